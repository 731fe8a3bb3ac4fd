"""Write files so that a reader sees all of one or none of it."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from hpobench.system.kernel import BYTES, NO_INHERIT, NO_LINK, NO_WAIT, UNIX, lock

TEMPORARY = ".tmp-"
"""How the names of unfinished files begin."""


def write_atomically(path: Path, data: bytes) -> None:
    """Write to a temporary name beside it, bring it to the disk, and rename.

    Raises:
        OSError: As the disk has it; `path` is then as before.
    """
    with naming_file(path):
        temporary = path.with_name(f"{TEMPORARY}{uuid4().hex}")
        descriptor = create_locked(temporary)
        try:
            try:
                write_all(descriptor, data)
                os.fsync(descriptor)
                if UNIX:  # while it is locked
                    temporary.replace(path)
            finally:
                os.close(descriptor)
            if not UNIX:  # where no open file can be renamed
                temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def create_locked(path: Path, flags: int = 0) -> int:
    """Create a file for writing whose lock says, as long as it is open, that somebody needs it.

    Where there are no locks it has none, and nobody removes it.

    Raises:
        OSError: It is there already, or cannot be made.
    """
    flags |= os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_INHERIT | BYTES
    while True:
        descriptor = os.open(path, flags, 0o644)
        with suppress(OSError):
            lock(descriptor)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)  # taken for one that a killed process left, before it was locked


def remove_abandoned(folder: Path) -> None:
    """Remove the unfinished files of processes that were killed: nobody holds their locks."""
    for path in folder.glob(f"{TEMPORARY}*"):
        with suppress(OSError):  # its owner is alive, or it is gone
            descriptor = os.open(path, os.O_RDONLY | NO_WAIT | NO_LINK | NO_INHERIT)
            try:
                lock(descriptor, wait=False)
                path.unlink()
            finally:
                os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it: one call may take less, on a disk that is nearly full."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where folders can be opened."""
    if not UNIX:
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading; one that is no regular file could keep us waiting for ever.

    Raises:
        FileNotFoundError: There is nothing of that name.
        OSError: It cannot be opened, or is something else, such as a link to nothing.
    """
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | NO_WAIT | NO_INHERIT | BYTES), "rb")
    except FileNotFoundError:
        if path.is_symlink():
            raise OSError(errno.ELOOP, "a link to nothing", str(path)) from None
        raise
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return file


def read_regular(path: Path) -> bytes:
    """All bytes of a regular file.

    Raises:
        OSError: As `open_regular`, and as the disk has it.
    """
    with open_regular(path) as file:
        return file.read()


@contextmanager
def naming_file(path: Path) -> Iterator[None]:
    """Put a file's name into errors of the disk, which say what happened, not where."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def digest_bytes(data: bytes | memoryview) -> str:
    """The BLAKE2b digest of bytes, as 32 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def index_path(shard: Path) -> Path:
    """Where the index of a shard is."""
    return shard.with_suffix(".index")


def file_size(path: Path) -> int:
    """Bytes of a file; 0 of what is none, has gone, or is a link to nothing or to itself."""
    try:
        found = path.stat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0
