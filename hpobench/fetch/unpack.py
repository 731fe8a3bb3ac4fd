"""Unpack an archive from the network, which may be hostile, into a folder and nowhere else."""

import errno
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from stat import S_IFMT, S_IFREG
from typing import IO

from hpobench.errors import FileError, UserError, one_line

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
"""Errors that say something of this machine, and nothing of the archive."""

MAX_BYTES = 64 << 30
MAX_FILES = 200_000
MAX_RATIO = 200
"""Text compresses to a hundredth at the most; beyond this it is a bomb."""

SLACK = 64 << 20
"""Small archives may be compressed more."""


def unpack_archive(archive: Path, folder: Path) -> None:
    """Unpack a zip or tar file (also compressed), files only.

    Refused before the first byte is written: absolute names, names with `..` or a backslash,
    links, devices, two files of one name, and more than `MAX_FILES` files. Refused while it
    happens: more bytes than the archive says, than `MAX_BYTES` or `MAX_RATIO` allow.

    Args:
        archive: The file.
        folder: Exists.

    Raises:
        FileError: The archive is not one, or is refused, and names the member; or there is no
            room for what it holds. Nothing else is raised, whatever is in it.
    """
    with readable(archive):
        room = min(MAX_BYTES, SLACK + MAX_RATIO * archive.stat().st_size)
        if is_zip(archive):
            with zipfile.ZipFile(archive) as file:
                _write(archive, folder, _zip_members(archive, file), room)
        else:
            with tarfile.open(archive) as file:
                _write(archive, folder, _tar_members(archive, file), room)


def is_zip(path: Path) -> bool:
    """Whether a file is a zip archive, and no tar file that ends in one."""
    return zipfile.is_zipfile(path) and not tarfile.is_tarfile(path)


@contextmanager
def readable(archive: Path) -> Iterator[None]:
    """Turn whatever goes wrong with an archive into one kind of error.

    Raises:
        FileError: It is none, or there is no room for what it holds.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # noqa: BLE001 (a damaged archive makes the libraries raise anything)
        reason = getattr(error, "strerror", "") or one_line(error) or type(error).__name__
        if getattr(error, "errno", 0) in NO_ROOM:
            raise FileError(archive, f"cannot be unpacked: {reason}") from None
        raise FileError(archive, f"is no archive that can be unpacked: {reason}") from None


Member = tuple[str, "IO[bytes]"]


def _zip_members(archive: Path, file: zipfile.ZipFile) -> Iterator[Member]:
    """The files of a zip archive, after all of it is found harmless."""
    infos = [info for info in file.infolist() if not info.is_dir()]
    for info in infos:
        if S_IFMT(info.external_attr >> 16) not in (0, S_IFREG):
            raise FileError(archive, f"{info.filename!r} is no plain file")
    _refuse(archive, [info.filename for info in infos])
    for info in infos:
        with file.open(info) as content:
            yield info.filename, content


def _tar_members(archive: Path, file: tarfile.TarFile) -> Iterator[Member]:
    """The files of a tar archive, after all of it is found harmless."""
    infos = [info for info in file.getmembers() if not info.isdir()]
    for info in infos:
        if not info.isreg():
            raise FileError(archive, f"{info.name!r} is no plain file")
    _refuse(archive, [info.name for info in infos])
    for info in infos:
        content = file.extractfile(info)
        if content is not None:
            yield info.name, content


def _refuse(archive: Path, names: list[str]) -> None:
    """Refuse names that lead out of the folder, or collide."""
    if len(names) > MAX_FILES:
        raise FileError(archive, f"holds more than {MAX_FILES} files")
    for name in names:
        if not safe(name):
            raise FileError(archive, f"{name!r} would be written outside of its folder")
    lowered = [str(PurePosixPath(name)).lower() for name in names]
    if len(set(lowered)) < len(lowered):
        raise FileError(archive, "holds two files of one name")


def safe(name: str) -> bool:
    """Whether a path stays within the folder it is relative to."""
    path = PurePosixPath(name)
    strange = any(char in name for char in "\\\0:") or not path.parts
    return not (strange or path.is_absolute() or ".." in path.parts)


def _write(archive: Path, folder: Path, members: Iterator[Member], room: int) -> None:
    """Write files until there is no room left."""
    for name, content in members:
        target = folder / PurePosixPath(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            while chunk := content.read(1 << 20):
                room -= len(chunk)
                if room < 0:
                    raise FileError(archive, "unpacks to suspiciously many bytes")
                file.write(chunk)
