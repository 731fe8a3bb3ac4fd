"""Keep several drivers on one results folder from executing the same run."""

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from hpobench.store.files import naming_file
from hpobench.system.kernel import NO_INHERIT, lock_bytes, unlock_bytes


class Claims:
    """Claims on runs, held by the kernel: they end with the process, however it ends.

    A claim is a lock on one byte of a file, at an offset that is the run's id; the file
    stays empty. Two runs whose ids share their first 60 bits wait for each other, no more.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | NO_INHERIT, 0o666)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._file)

    def take(self, run_id: str) -> bool:
        """Claim a run, unless another process holds it."""
        try:
            with naming_file(self._path):
                lock_bytes(self._file, start=_offset(run_id), length=1, wait=False)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def release(self, run_id: str) -> None:
        """Give a claim up: after its result is in the store, or when it is not executed."""
        unlock_bytes(self._file, start=_offset(run_id), length=1)


def _offset(run_id: str) -> int:
    """The first 60 bits of the id."""
    return int(run_id[:15], 16)
