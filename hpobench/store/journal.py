"""The append-only file of one driver, one line a run; and the reading of others' journals."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hpobench.errors import FileError
from hpobench.store.files import (
    TEMPORARY,
    create_locked,
    naming_file,
    open_regular,
    sync_folder,
    write_all,
)
from hpobench.store.rows import DamagedError, decode
from hpobench.system.kernel import NO_WAIT, lock

SYNC_SECONDS = 2.0
"""At most so much work is lost when the power fails; a killed process loses none."""

_START = re.compile(rb'(?=\{"run":")')
"""Where a run's line begins; inside a text the quotes would be escaped."""


class Journal:
    """A journal being written; the kernel's lock on it says that its driver is alive.

    It has a hidden name until it is locked: others would take it for an abandoned one.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.jsonl"
        if self.path.exists():
            raise FileExistsError(f"{self.path} exists")
        hidden = folder / f"{TEMPORARY}{name}"
        with naming_file(self.path):
            self._file = create_locked(hidden, os.O_APPEND)
            lock(self._file)  # held already, or there are no locks here
            hidden.rename(self.path)
            sync_folder(folder)
        self._size = 0
        self._synced = time.monotonic()

    def append(self, line: bytes) -> None:
        """Add a run's line; when this returns, killing the process does not lose it.

        Raises:
            OSError: The disk is full or broken; what was written of the line is removed.
            FileError: The journal is not what and where it was: what it held is lost.
        """
        self._check()
        with naming_file(self.path):
            size = os.fstat(self._file).st_size
            try:
                write_all(self._file, line)
            except BaseException:
                os.ftruncate(self._file, size)
                raise
        self._size = size + len(line)
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Bring what was appended to the disk."""
        with naming_file(self.path):
            os.fsync(self._file)
        self._synced = time.monotonic()

    def close(self) -> None:
        """Bring all to the disk and let go of the file; an empty one is removed.

        Raises:
            OSError: As `append`.
            FileError: As `append`.
        """
        try:
            self.sync()
            self._check()
            if self._size == 0:
                self.path.unlink(missing_ok=True)
        finally:
            os.close(self._file)

    def _check(self) -> None:
        """See that what was written is still there: a deleted file takes all and tells nobody.

        Raises:
            FileError: It is not.
        """
        ours = os.fstat(self._file)
        try:
            there = self.path.stat()
        except OSError as error:
            reason = error.strerror or "it is gone"
        else:
            if os.path.samestat(ours, there) and ours.st_size >= self._size:
                return
            reason = "it was replaced or cut"
        raise FileError(
            self.path,
            f"vanished while runs were written to it ({reason}); what it held is lost or "
            "elsewhere, and the same command runs again what the results folder lacks",
        )


def lines(path: Path, start: int = 0) -> Iterator[tuple[int, bytes]]:
    """The lines of a journal from a byte offset, each with the offset behind it.

    A last line without its newline is given too: it is torn, or still being written.
    """
    with open_regular(path) as file:
        file.seek(start)
        for line in file:
            start += len(line)
            yield start, line


def rows(path: Path, damage: list[str]) -> Iterator[dict[str, Any]]:
    """The intact rows of a journal; what is damaged is named in `damage`."""
    for number, (_, line) in enumerate(lines(path), start=1):
        yield from intact(line, f"{path}:{number}", damage)


def intact(line: bytes, place: str, damage: list[str]) -> Iterator[dict[str, Any]]:
    """The intact rows of a line: more than one where the newline between them was damaged."""
    try:
        yield decode(line)
    except DamagedError as error:
        parts = [part for part in _START.split(line) if part]
        if len(parts) < 2:  # noqa: PLR2004
            damage.append(f"{place}: a run's line is {error}; the run counts as missing")
            return
        for part in parts:
            yield from intact(part, place, damage)


def abandoned(path: Path) -> bool:
    """Whether no living driver writes to the journal, as far as a lock can say.

    Where there are no locks, none can write: one needs the lock first.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | NO_WAIT)
    except OSError as error:  # what is gone is nobody's; what cannot be opened is to be named
        return not isinstance(error, FileNotFoundError) or path.is_symlink()
    try:
        lock(descriptor, shared=True, wait=False)
        return os.fstat(descriptor).st_nlink > 0  # else it was empty, and removed just now
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        os.close(descriptor)
