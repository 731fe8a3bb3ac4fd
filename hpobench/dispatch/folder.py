"""Folders for temporary files, which outlive no driver for long, however it ended."""

import os
import shutil
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Self

from hpobench.system.kernel import NO_LINK, lock, require_unix
from hpobench.system.process import TEMPORARY

YOUNG = 60
"""Seconds in which a folder's owner has surely locked it."""


class Folder:
    """A new folder that its owner holds a lock on; the kernel frees it even when we are killed.

    Attributes:
        path: Where it is.
    """

    def __init__(self, place: str = "") -> None:
        """Make it, for this user alone.

        Args:
            place: Where, if not where temporary files go.

        Raises:
            OSError: It cannot be made; its file name says where.
        """
        require_unix()
        place = place or _place()
        clear_leftovers(place)
        self.path = tempfile.mkdtemp(prefix=TEMPORARY, dir=place)
        self._lock = os.open(self.path, os.O_RDONLY)
        lock(self._lock)

    def __enter__(self) -> Self:
        """The folder, until the end of the context."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the temporary folder."""
        self.remove()

    def remove(self) -> None:
        """Delete it with all that is in it; a second time does nothing."""
        if self._lock >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1


def _place() -> str:
    """Where temporary files go."""
    try:
        return tempfile.gettempdir()
    except FileNotFoundError as error:  # it names no file
        raise OSError(error.errno, error.strerror, os.environ.get("TMPDIR", "TMPDIR")) from None


@cache
def clear_leftovers(place: str) -> None:
    """Delete what drivers that were killed have left in a place, once a process."""
    for path in Path(place).glob(f"{TEMPORARY}*"):
        with suppress(OSError):  # it is another user's, or its owner is alive
            if time.time() - path.stat().st_mtime > YOUNG:
                _delete_unowned(path)


def _delete_unowned(path: Path) -> None:
    """Delete a folder, unless a process holds its lock."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | NO_LINK)
    try:
        lock(descriptor, wait=False)
        shutil.rmtree(path, ignore_errors=True)
    finally:
        os.close(descriptor)
