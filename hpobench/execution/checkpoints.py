"""The states that trials leave for others to go on from: bytes in a folder of the run."""

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from hpobench.errors import RunError, UserError

LIMIT = "HPOBENCH_CHECKPOINT_BYTES"
"""Environment variable: how many bytes the checkpoints of one run may take at a time."""
BYTES = 4 << 30
"""So many where it is not set."""


class Room:
    """The sizes of a run's checkpoints, which are bounded, wherever these lie."""

    def __init__(self) -> None:
        self._sizes: dict[int, int] = {}
        self._taken = 0
        self._limit = _limit()

    def take(self, number: int, size: int) -> None:
        """Count the checkpoint of a trial.

        Raises:
            RunError: All together are too large.
        """
        self._sizes[number] = size
        self._taken += size
        if self._taken > self._limit:
            raise RunError(
                f"the checkpoints of {len(self._sizes)} trials take {self._taken:,} bytes, more "
                f"than {self._limit:,}: the optimizer is to release more of them, or {LIMIT} to "
                "allow more"
            )

    def give_back(self, number: int) -> None:
        """Count the checkpoint of a trial no more, if it had one."""
        self._taken -= self._sizes.pop(number, 0)


class Checkpoints:
    """One file for each trial that may be continued, gone with the run however that ends."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="hpobench-checkpoints-")
        self._room = Room()

    def read(self, number: int) -> bytes:
        """What a trial has left."""
        return self._path(number).read_bytes()

    def write(self, number: int, checkpoint: bytes) -> None:
        """Keep what a trial leaves.

        Raises:
            RunError: There is no room for it.
        """
        self._room.take(number, len(checkpoint))
        self._path(number).write_bytes(checkpoint)

    def release(self, numbers: Iterable[int]) -> None:
        """Remove what trials have left, if they have left anything."""
        for number in numbers:
            self._room.give_back(number)
            self._path(number).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove all that is left."""
        with suppress(OSError):
            self._folder.cleanup()

    def _path(self, number: int) -> Path:
        return Path(self._folder.name, str(number))


def _limit() -> int:
    """How many bytes a run may keep at a time.

    Raises:
        UserError: The environment variable is no whole number.
    """
    text = os.environ.get(LIMIT, "")
    if text and not (text.isascii() and text.isdigit()):
        raise UserError(f"{LIMIT} is {text!r}, not a whole number of bytes")
    return int(text or BYTES)
