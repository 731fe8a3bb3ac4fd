"""The append-only file of one driver, one line a run; and the reading of others' journals."""

import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hpobench.store.codec import DamagedError, decode
from hpobench.store.files import sync_folder

SYNC_SECONDS = 2.0
"""At most so much work is lost when the power fails; a killed process loses none."""


class Journal:
    """A journal being written; the kernel's lock on it says that its driver is alive."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.jsonl"
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        sync_folder(folder)
        self._synced = time.monotonic()

    def append(self, line: bytes) -> None:
        """Add a run's line; when this returns, killing the process does not lose it.

        Raises:
            OSError: The disk is full or broken; what was written of the line is removed.
        """
        size = os.fstat(self._file).st_size
        try:
            _write_all(self._file, line)
        except OSError:
            os.ftruncate(self._file, size)
            raise
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Bring what was appended to the disk."""
        os.fsync(self._file)
        self._synced = time.monotonic()

    def close(self) -> None:
        """Bring all to the disk and let go of the file; an empty one is removed."""
        self.sync()
        if os.fstat(self._file).st_size == 0:
            self.path.unlink(missing_ok=True)
        os.close(self._file)


def _write_all(descriptor: int, data: bytes) -> None:
    """Write all of it: one call may take less, on a disk that is nearly full."""
    while data:
        data = data[os.write(descriptor, data) :]


def lines(path: Path, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """The lines of a journal from a byte offset, each with the offset behind it.

    A last line without its newline is given too: it is torn, or still being written.
    """
    with path.open("rb") as file:
        file.seek(start)
        for line in file:
            start += len(line)
            yield start, line


def rows(path: Path, damage: list[str]) -> Iterator[dict[str, Any]]:
    """The intact rows of a journal; what is damaged is named in `damage`."""
    for number, (_, line) in enumerate(lines(path), start=1):
        try:
            yield decode(line)
        except DamagedError as error:
            damage.append(f"{path}:{number}: a run's line is {error}; the run counts as missing")


def abandoned(path: Path) -> bool:
    """Whether no living driver writes to the journal."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
