"""Take a data set from a copy of its publisher's repository: a clone, a folder or an archive."""

import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from hpobench.errors import UserError
from hpobench.fetch.checksums import known_checksum, right
from hpobench.fetch.dataset import Dataset, RemoteFile
from hpobench.fetch.download import MOST
from hpobench.fetch.place import missing_files, move
from hpobench.fetch.unpack import is_zip, readable, safe
from hpobench.system.folders import locked

CHUNK = 1 << 20
POINTER = b"version https://git-lfs.github.com/"
"""How a file begins that stands for one which Git LFS has not brought."""

UNREAD = (".git", ".hg", ".svn")
"""Folders of a clone that hold its history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of a data set's files.

    Attributes:
        here: Those that were in their place before.
        copied: Those that are there now.
        wrong: By path what is wrong with each of the others.
    """

    here: list[str] = field(default_factory=list)
    copied: list[str] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)


Member = tuple[str, int, Callable[[], IO[bytes]]]
"""A file's path in a copy, its bytes, and what opens it."""


def take(dataset: Dataset, copy: Path) -> Taken:
    """Copy what is not in place and right of a data set from a copy of the publisher's files.

    Files are looked for by the end of their path, so that it does not matter which folder of the
    repository it is, or what an archive calls the folder that holds all. Every file is compared
    with its checksum, those that are in place already too; only what is right is copied.

    Args:
        dataset: What to look for.
        copy: A folder, a zip or tar file (also compressed), or one of the files.

    Raises:
        UserError: The copy cannot be read, or there is no room for its files.
    """
    arriving = dataset.folder.with_name(f".{dataset.name}.copied")
    dataset.folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(dataset.folder.with_name(f".{dataset.name}.lock")):
        shutil.rmtree(arriving, ignore_errors=True)
        here = [path for path in dataset.files if _in_place(dataset, path)]
        taken = Taken(here=here, wrong=dict.fromkeys(set(dataset.files) - set(here), "is missing"))
        try:
            with readable(copy):
                _copy(dataset, _members(copy), arriving, taken)
            if taken.copied:
                move(dataset, taken.copied, arriving)
        finally:
            shutil.rmtree(arriving, ignore_errors=True)
    return taken


def _in_place(dataset: Dataset, path: str) -> bool:
    """Whether a file is in its folder and right; of an unpacked archive sizes are compared."""
    if missing_files(dataset, [path]):
        return False
    return dataset.files[path].unpack or right(dataset.folder / path, dataset.files[path])


def _copy(dataset: Dataset, members: Iterator[Member], arriving: Path, taken: Taken) -> None:
    """Copy each file that is looked for from the first place where it is right."""
    by_name: dict[str, list[str]] = {}
    for path in taken.wrong:
        if not safe(path):
            raise UserError(f"data set {dataset.name!r}: {path!r} leads out of its folder")
        by_name.setdefault(PurePosixPath(path).name, []).append(path)
    for name, size, opened in members:
        for path in by_name.get(PurePosixPath(name).name, ()):
            if path in taken.wrong and f"/{name}".endswith(f"/{path}"):
                fault = _bring(dataset.files[path], size, opened, arriving / path)
                if fault:
                    taken.wrong[path] = f"{fault}: {name}"
                else:
                    del taken.wrong[path]
                    taken.copied.append(path)


def _bring(remote: RemoteFile, size: int, opened: Callable[[], IO[bytes]], target: Path) -> str:
    """Copy one file if it is the right one; else say what is wrong with it."""
    with opened() as content:
        if size < CHUNK and (start := content.read(len(POINTER))) == POINTER:
            return "is only a pointer of Git LFS ('git lfs pull' in the clone brings the file)"
        if size != (remote.size or size) or size > MOST > remote.size:
            return f"has {size} bytes, expected {remote.size or f'at most {MOST}'}"
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            file.write(start if size < CHUNK else b"")
            _pour(content, file, size)
    if right(target, remote):
        return ""
    target.unlink()
    return f"has another checksum than {' '.join(known_checksum(remote))}"


def _pour(content: IO[bytes], file: IO[bytes], size: int) -> None:
    """Copy what there is, but no more than was announced."""
    left = size
    while left > 0 and (chunk := content.read(min(CHUNK, left))):
        file.write(chunk)
        left -= len(chunk)


def _members(copy: Path) -> Iterator[Member]:
    """The plain files of a copy; a file is one of them by itself, whatever it holds."""
    if copy.is_dir():
        yield from _of_folder(copy)
        return
    yield copy.name, copy.stat().st_size, partial(_opened, copy)
    if is_zip(copy):
        yield from _of_zip(copy)
    elif tarfile.is_tarfile(copy):
        yield from _of_tar(copy)


def _of_zip(copy: Path) -> Iterator[Member]:
    """The files of a zip archive."""
    with zipfile.ZipFile(copy) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield info.filename, info.file_size, partial(archive.open, info)


def _of_tar(copy: Path) -> Iterator[Member]:
    """The plain files of a tar archive, in its order, as going back would take long."""
    with tarfile.open(copy) as archive:
        for member in archive:
            if member.isreg():
                yield member.name, member.size, partial(_extracted, archive, member)


def _opened(path: Path) -> IO[bytes]:
    """The content of a file of a folder."""
    return path.open("rb")


def _extracted(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    """The content of a plain file."""
    content = archive.extractfile(member)
    if content is None:
        raise tarfile.ReadError(f"{member.name!r} is no plain file")
    return content


def _of_folder(folder: Path) -> Iterator[Member]:
    """The files below a folder, without the history of a clone."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in UNREAD)
        for name in sorted(names):
            path = Path(place) / name
            if path.is_file():
                size = path.stat().st_size
                yield path.relative_to(folder).as_posix(), size, partial(_opened, path)
