"""What a Parquet file says of itself: the parameters of its look-up, and what it was made from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from hpobench.errors import FileError

KEY = b"hpobench"
"""Name of the entry in the file's metadata: JSON with `params`, `origin` and more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a table was made from that others published.

    Attributes:
        package: Distribution on PyPI.
        version: The package's version.
        copyright: The publisher's line.
        licence: The table's licence, as SPDX names it.
        file: In the package.
        sha256: Checksum of that file, in hexadecimal.
    """

    PACKAGE: ClassVar[tuple[str, ...]] = ("package", "version", "copyright", "licence")
    """What all tables of a package have in common."""

    package: str
    version: str
    copyright: str
    licence: str
    file: str
    sha256: str

    @property
    def facts(self) -> dict[str, str]:
        """In words, a short text by topic."""
        return {
            "made from": f"{self.file} of {self.package} {self.version}, SHA-256 {self.sha256}",
            "copyright": f"{self.copyright}; {self.licence}, see NOTICE",
        }


def embed_metadata(about: Mapping[str, Any]) -> dict[bytes, bytes]:
    """The metadata of a file that says `about` of itself."""
    return {KEY: json.dumps(about, sort_keys=True).encode()}


def read_embedded(path: Path) -> dict[str, Any]:
    """What `embed_metadata` was given when the file was written; empty if there is nothing.

    Raises:
        FileError: It is not Parquet, or what it says cannot be read.
    """
    from pyarrow import ArrowException, parquet

    try:
        metadata = parquet.read_metadata(path).metadata or {}
    except ArrowException as error:
        raise FileError(path, f"is not Parquet: {str(error).splitlines()[0]}") from None
    try:
        about = json.loads(metadata.get(KEY, b"{}"))
    except ValueError:
        about = None
    if not isinstance(about, dict) or not isinstance(about.get("params", {}), dict):
        raise FileError(path, "says something of itself that hpobench did not write")
    return about


def read_origin(path: Path) -> dict[str, str]:
    """The fields of the table's `Origin`; empty if it is a publisher's own file, or ours.

    Raises:
        FileError: It is named as Parquet and is none, or what it says cannot be read.
    """
    if path.suffix != ".parquet":
        return {}
    origin: dict[str, str] = read_embedded(path).get("origin", {})
    return origin
