"""How child processes are started, watched and ended, seen from either end of their pipes."""

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, NoReturn

from hpobench.errors import legible
from hpobench.system.kernel import UNLIMITED, get_limit, set_limit

TEMPORARY = "hpobench-temporary-"
"""Nobody else gives a folder a name that begins so: what does may be deleted."""
PARENT = "HPOBENCH_PARENT"
"""Environment variable that holds the process id of the parent."""
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",  # its threads wait by spinning: runs beside each other took thrice as long
    "LOKY_MAX_CPU_COUNT",  # joblib's; SMAC's forests and others ask it for all cores
)
"""Environment variables that say how many cores the libraries of a run may use."""
HYGIENE = {
    "PYTHONHASHSEED": "0",  # the order of sets of texts must not differ between processes
    "PYTHONWARNINGS": "ignore",
}
KEPT: set[int] = set()
"""Child processes that outlive a run on purpose."""
PROCESSES = 4000
"""So many processes and threads a run may start, beside all that its user has running."""
STANDARD = 3
"""Standard input, output and error are below this number."""

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_CHUNK = 1 << 16
_WORDS = 1 << 12
"""Bytes that are kept of what a process writes to standard error: the last ones."""
_SHOWN = 600
_READING = 5.0
"""Seconds that what an ended process has written may take to be read; if another process keeps
its standard error open, the end of it never comes."""
_OURS = "hpobench"
"""The names of threads that are started here begin so."""


def guard(parent: int) -> None:
    """Fork: the new process returns, this one stays its parent, guards it, and ends as it does.

    The guard ends all that is left of the process, of its descendants and of its folder for
    temporary files, when it dies and also when the end of the pipe that is our standard input
    is closed: that happens when the process that started us lets us go, or is killed in whatever
    way. It is told of all descendants, whatever session or environment they gave themselves,
    since the kernel makes it the parent of those that lost theirs (Linux).

    Args:
        parent: The process that started us, by its id; if it is gone already, so are we.
    """
    if os.getppid() != parent:
        _end_as(None)
    keep_descendants()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    guardian = os.getpid()
    pid = os.fork()
    if pid:
        _end_as(_guarded(pid))
    end_with_parent(guardian)


def _guarded(pid: int) -> int | None:
    """Wait for the end of a process; how it ended, or None if we were let go before."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    watched = select.poll()
    watched.register(woken, select.POLLIN)
    watched.register(0, 0)  # its closed end alone
    while True:
        with suppress(ChildProcessError):
            while (dead := os.waitpid(-1, os.WNOHANG))[0]:
                if dead[0] == pid:
                    return dead[1]
        ready = dict(watched.poll())
        if 0 in ready:
            return None
        os.read(woken, _CHUNK)


def _end_as(status: int | None) -> NoReturn:
    """Leave nothing behind, and end like the process that was guarded."""
    end_descendants()
    if status is None:
        temporary = Path(os.environ.get("TMPDIR", ""))
        if temporary.name.startswith(TEMPORARY):
            shutil.rmtree(temporary, ignore_errors=True)
    elif os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        set_limit("RLIMIT_CORE", (0, 0))
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status or 0))


def end_with_parent(parent: int) -> None:
    """Be killed by the kernel when the parent dies (Linux); elsewhere the closed input ends us."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def bare() -> dict[str, str]:
    """The environment variables for another Python, without what is meant for this one."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep standard input for messages and standard output for answers, where nobody finds them.

    What libraries print goes nowhere; a forked process has neither messages nor answers.
    """
    messages, answers, nowhere = os.dup(0), os.dup(1), os.open(os.devnull, os.O_RDWR)

    def close(*streams: int) -> None:
        for stream in streams:
            os.dup2(nowhere, stream, inheritable=stream < STANDARD)

    close(0, 1)
    os.register_at_fork(after_in_child=partial(close, messages, answers))
    return os.fdopen(messages, "rb"), os.fdopen(answers, "wb")


def keep_descendants() -> None:
    """Become the parent of what a run's processes leave behind (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def end_descendants() -> None:
    """Kill the processes that a run has left behind, but for those in `KEPT`."""
    with suppress(ChildProcessError):  # raised when there are none
        while True:
            os.waitpid(-1, os.WNOHANG)
            found = [
                path.read_text().split() for path in Path("/proc/self/task").glob("*/children")
            ]
            if not (pids := {int(pid) for pids in found for pid in pids} - KEPT):
                return
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def end_marked(mark: str) -> None:
    """Kill the processes that were started with an environment variable, such as `NAME=value`."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # another user's, or it ended just now
            if mark.encode() in path.read_bytes().split(b"\0"):
                os.kill(int(path.parent.name), signal.SIGKILL)


def limit_processes() -> None:
    """Bound the processes and threads a run can start; the kernel exempts root from it."""
    limit, hard = get_limit("RLIMIT_NPROC")
    wanted = threads_of(os.getuid()) + PROCESSES
    if wanted < limit or limit == UNLIMITED:
        set_limit("RLIMIT_NPROC", (wanted, hard))


def threads_of(user: int) -> int:
    """How many threads all processes of a user have."""
    count = 0
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended just now
            count += len(os.listdir(path / "task")) if path.stat().st_uid == user else 0  # noqa: PTH208
    return count


def is_interrupt(error: BaseException) -> bool:
    """Whether somebody pressed Ctrl-C; where that signal is ignored, the code itself raised it."""
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return isinstance(error, KeyboardInterrupt) and not ignored


class LastWords:
    """The end of what a process writes to standard error, which never blocks for it."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._kept = bytearray()
        name = f"{_OURS} last words"
        self._thread = threading.Thread(target=self._drain, args=(process,), name=name, daemon=True)
        self._thread.start()

    def __str__(self) -> str:
        """In one line, after a colon; or nothing. Asked for when the process has ended."""
        self._thread.join(_READING)  # the last of them may be on their way
        words = " ".join(self._kept.decode(errors="replace").split())
        return f": {legible(words)[-_SHOWN:]}" if words else ""

    def _drain(self, process: "subprocess.Popen[bytes]") -> None:
        if process.stderr:
            with process.stderr as stream:
                while chunk := os.read(stream.fileno(), _CHUNK):
                    self._kept += chunk
                    del self._kept[:-_WORDS]


def has_stray_threads() -> bool:
    """Whether there are threads that neither are the main one nor were started here."""
    others = set(threading.enumerate()) - {threading.main_thread()}
    return any(not thread.name.startswith(_OURS) for thread in others)


def cause(code: int) -> str:
    """What an exit code says."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
