"""What a Parquet file says of itself: the parameters of its look-up, and what it was made from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hpobench.errors import FileError

KEY = b"hpobench"
"""Of the entry in the file's metadata: JSON with `params` and more."""


def embed(about: Mapping[str, Any]) -> dict[bytes, bytes]:
    """The metadata of a file that says `about` of itself."""
    return {KEY: json.dumps(about, sort_keys=True).encode()}


def read_embedded(path: Path) -> dict[str, Any]:
    """What `embed` was given when the file was written; empty if it says nothing of itself.

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
