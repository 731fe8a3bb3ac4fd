"""What is known of a data set before it is fetched."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hpobench.system.folders import data_dir


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file at its publisher.

    Attributes:
        sha256: Checksum, in hexadecimal; empty if there is `git` or `md5` instead.
        size: Bytes; 0 if they are not known before the file is asked for.
        git: What the publisher's repository identifies the file's content by (its blob's SHA-1),
            where nobody could read the file when the data set was described.
        md5: What somebody else who read the file notes of it, where its publisher states nothing.
            It tells damage and change, but no forgery that is made to have the same.
        unpack: Whether it is an archive that is replaced by what it holds.
    """

    sha256: str = ""
    size: int = 0
    git: str = ""
    md5: str = ""
    unpack: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Files that tasks need and that are fetched once.

    Attributes:
        name: Name of its folder below `folders.data_dir()`.
        description: One line for people.
        source: Its publisher and paper.
        licence: Its terms; `unknown` if the publisher names none.
        free: Whether these allow any use; else a person has to agree first.
        urls: Where the files lie: each ends in `/`, and any of them will do.
        files: By path, in the folder as at the publisher.
    """

    name: str
    description: str
    source: str
    licence: str
    free: bool
    urls: tuple[str, ...]
    files: Mapping[str, RemoteFile]

    @property
    def folder(self) -> Path:
        """Where it lies once it is fetched."""
        return data_dir() / self.name

    @property
    def size(self) -> int:
        """Bytes to be fetched, as far as they are known."""
        return sum(remote.size for remote in self.files.values())
