"""Notice an optimizer that never answers: the process at work says since when it waits for one."""

import mmap
import os
import struct
import time
from collections.abc import Callable

from hpobench.system.kernel import anonymous_file

DESCRIPTOR = "HPOBENCH_WATCH"
"""Environment variable with the descriptor that a process of runs inherits."""

_FORMAT = struct.Struct("d")


class CallWatch:
    """Since when a call of an optimizer lasts, in memory that two processes share.

    The clock of both is `time.monotonic`, which on Linux is the machine's. Nothing of it needs the
    interpreter of the process that is watched, which may be stuck in a library.

    Args:
        descriptor: The shared memory's file descriptor; without one, new memory.
        clock: Seconds.
    """

    def __init__(self, descriptor: int = -1, clock: Callable[[], float] = time.monotonic) -> None:
        self.descriptor = descriptor if descriptor >= 0 else anonymous_file()
        os.ftruncate(self.descriptor, _FORMAT.size)
        self._memory = mmap.mmap(self.descriptor, _FORMAT.size)
        self._clock = clock

    @classmethod
    def inherited(cls) -> "CallWatch":
        """The one that the parent has handed to this process."""
        return cls(int(os.environ[DESCRIPTOR]))

    def begin(self) -> None:
        """Note that a call begins now."""
        _FORMAT.pack_into(self._memory, 0, self._clock())

    def end(self) -> None:
        """Note that it has ended."""
        _FORMAT.pack_into(self._memory, 0, 0.0)

    @property
    def began(self) -> float:
        """When the call that lasts now began; 0 while there is none."""
        began: float = _FORMAT.unpack_from(self._memory, 0)[0]
        return began

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()
        os.close(self.descriptor)
