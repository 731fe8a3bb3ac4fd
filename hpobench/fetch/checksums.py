"""What tells whether a file is the one that was described."""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from hpobench.fetch.dataset import RemoteFile

CHUNK = 1 << 18


def right(path: Path, remote: RemoteFile) -> bool:
    """Whether a file is the one at the publisher, by its checksum."""
    kind, expected = known_checksum(remote)
    return DIGESTS[kind](path) == expected


def known_checksum(remote: RemoteFile) -> tuple[str, str]:
    """By which checksum a file is known, one of `DIGESTS`, and that checksum."""
    if remote.git:
        return "git", remote.git
    return ("MD5", remote.md5) if remote.md5 else ("SHA-256", remote.sha256)


def blob(path: Path) -> str:
    """The SHA-1 checksum by which git knows a file's content, in hexadecimal."""
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def checksum(path: Path) -> str:
    """The SHA-256 checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def md5(path: Path) -> str:
    """The MD5 checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, partial(hashlib.md5, usedforsecurity=False)).hexdigest()


DIGESTS: dict[str, Callable[[Path], str]] = {"git": blob, "MD5": md5, "SHA-256": checksum}
"""The checksums by which files are known."""
