"""Strike a process at a chosen one of the calls by which it changes the disk.

The calls are counted from 1. At the chosen one the process is killed, before it or, if it is a
write, in the middle of it; or the call fails as on a full or a broken disk.
"""

import errno
import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

CALLS = ("write", "fsync", "open", "rename", "replace", "unlink", "mkdir", "ftruncate", "fchmod")
"""Functions of `os` by which the store changes the disk."""
GROWING = ("write", "open", "mkdir")
"""Those that a full disk refuses, now and from now on."""
FAULTS = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO}


def strike(fault: str, at: int) -> Callable[[], int]:
    """Arm this process.

    Args:
        fault: `kill`, `tear` (killed when half is written), `ENOSPC`, `EIO`, or empty: only count.
        at: At which call.

    Returns:
        Tells how many calls there were so far.
    """
    count = 0

    def call(name: str, real: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        nonlocal count
        if name == "open" and not args[1] & os.O_CREAT:
            return real(*args, **kwargs)
        count += 1
        if count == at or (count > at and fault == "ENOSPC" and name in GROWING):
            _suffer(fault, name, real, *args)
        return real(*args, **kwargs)

    for name in CALLS:
        setattr(os, name, partial(call, name, getattr(os, name)))
    return lambda: count


def _suffer(fault: str, name: str, real: Callable[..., Any], *args: Any) -> None:
    """What happens at the chosen call."""
    if name == "write" and fault in {"tear", *FAULTS}:
        real(args[0], bytes(args[1])[: len(args[1]) // 2])
    if fault in {"kill", "tear"}:
        os.kill(os.getpid(), signal.SIGKILL)
    if fault == "EIO" or (fault == "ENOSPC" and name in {*GROWING, "fsync"}):
        path = args[0] if isinstance(args[0], str | Path) else None
        raise OSError(FAULTS[fault], os.strerror(FAULTS[fault]), path)


def acknowledgements(path: Path) -> Callable[[str], object]:
    """Note something in a file, by a call that is not counted."""
    file, write = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), os.write
    return lambda text: write(file, f"{text}\n".encode())
