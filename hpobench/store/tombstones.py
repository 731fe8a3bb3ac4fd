"""Take files out of a results folder so that a reader sees all of them or none."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hpobench.errors import FileError
from hpobench.store.files import (
    index_path,
    naming_file,
    remove_abandoned,
    sync_folder,
    write_atomically,
)
from hpobench.store.marker import MARKER
from hpobench.system.kernel import UNIX, lock

RETIRED = "retired.json"
"""The list of files that no longer count and are about to be removed."""

FOLDERS = ("journal", "runs", "experiments")
"""Where its files are."""

_FILE = re.compile(r"journal/[^/\0]+\.jsonl|runs/[^/\0]+\.parquet")
"""What may be retired: never a path that leads out of the folder."""


@contextmanager
def exclusive(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Be the only process that replaces files of the folder; drivers may go on appending.

    First completes what a process that died in here left to be done, and removes the unfinished
    files of such processes.

    Raises:
        BlockingIOError: Another process is at it, and `wait` is false.
        OSError: There is no such folder any more, or there are no locks.
    """
    descriptor = os.open(folder / MARKER, os.O_RDWR)
    try:
        if UNIX:  # elsewhere the user has to see to it
            with naming_file(folder / MARKER):
                lock(descriptor, wait=wait)
        _remove(folder)
        for part in (folder, *(folder / name for name in FOLDERS)):
            remove_abandoned(part)
        yield
    finally:
        os.close(descriptor)


def read_tombstones(folder: Path) -> frozenset[Path]:
    """The files that no longer count, although they may still be there."""
    path = folder / RETIRED
    try:
        parts = [_FILE.fullmatch(name) for name in json.loads(path.read_bytes())["files"]]
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise FileError(path, "cannot be read") from None
    return frozenset(folder / part[0] for part in parts if part)


def retire(folder: Path, paths: Iterable[Path]) -> None:
    """Remove files: from one moment to the next none of them counts any more.

    Call within `exclusive`.
    """
    names = sorted(str(path.relative_to(folder)) for path in paths)
    write_atomically(folder / RETIRED, json.dumps({"files": names}).encode() + b"\n")
    _remove(folder)


def _remove(folder: Path) -> None:
    """Delete the retired files, then the list of them."""
    paths = read_tombstones(folder)
    for path in paths:
        path.unlink(missing_ok=True)
        index_path(path).unlink(missing_ok=True)
    for parent in {path.parent for path in paths}:
        sync_folder(parent)
    (folder / RETIRED).unlink(missing_ok=True)
