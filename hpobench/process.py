"""How child processes are started, watched and ended, seen from either end of their pipes."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from typing import BinaryIO

PARENT = "HPOBENCH_PARENT"
"""Environment variable that holds the process id of the parent."""
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
HYGIENE = {
    "PYTHONHASHSEED": "0",  # the order of sets of texts must not differ between processes
    "PYTHONWARNINGS": "ignore",
}

_PR_SET_PDEATHSIG = 1
_SHOWN = 600


def end_with_parent(parent: int) -> None:
    """Be killed by the kernel when the parent dies (Linux); elsewhere the closed input ends us."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def bare() -> dict[str, str]:
    """The environment variables for another Python, without what is meant for this one."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def take_stdin() -> BinaryIO:
    """Keep standard input for messages; a library that reads it finds nothing."""
    messages = os.fdopen(os.dup(0), "rb")
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    return messages


def take_stdout() -> BinaryIO:
    """Keep standard output for results; what libraries print goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return answers


class LastWords:
    """The end of what a process writes to standard error, which never blocks for it."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._kept: deque[bytes] = deque(maxlen=4)
        threading.Thread(target=self._drain, args=(process,), daemon=True).start()

    def __str__(self) -> str:
        """In one line, after a colon; or nothing."""
        words = " ".join(b"".join(self._kept).decode(errors="replace").split())[-_SHOWN:]
        return f": {words}" if words else ""

    def _drain(self, process: "subprocess.Popen[bytes]") -> None:
        if process.stderr:
            with process.stderr as stream:
                while chunk := os.read(stream.fileno(), 1024):
                    self._kept.append(chunk)


def cause(code: int) -> str:
    """What an exit code says."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
