"""What tells whether a file is the one that was described."""

import hashlib
from pathlib import Path

from hpobench.fetch.dataset import Remote

CHUNK = 1 << 18


def right(path: Path, remote: Remote) -> bool:
    """Whether a file is the one at the publisher, by its checksum."""
    return blob(path) == remote.git if remote.git else checksum(path) == remote.sha256


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
