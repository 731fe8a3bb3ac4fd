"""The process that executes runs, one after the other, and can be killed without harm."""

import ctypes
import faulthandler
import os
import resource
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from hpobench.dispatch.deferred import deferred
from hpobench.dispatch.job import Job, Result
from hpobench.run import Trajectory

PARENT = "HPOBENCH_PARENT"
"""Environment variable that holds the process id of the parent."""

REASON = 2000
"""A reason for failure is cut to so many characters."""
PROCESSES = 4000
"""So many processes and threads a run may start, beside all that its user has running."""
STANDARD = 3
"""Standard input, output and error are below this number."""

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Answer each job on standard input with a result on the original standard output."""
    end_with_parent(int(os.environ[PARENT]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    jobs, answers = take_streams()
    keep_descendants()
    limit_processes()
    with deferred("scipy.stats", "scipy.stats._distn_infrastructure"):
        import_module("ConfigSpace")
    from hpobench.runner import execute  # after stdout is safe, before the first job comes

    for message in jobs:
        job = Job.parse(message)
        with limited(job):
            trajectory = execute(job.run)
        end_descendants()
        answers.write(result(job, trajectory).message())
        answers.flush()
        if threading.active_count() > 1:  # whatever they do, the next run shall not suffer it
            os._exit(0)


def result(job: Job, trajectory: Trajectory) -> Result:
    """What came of a job; also where a faulty part put in what cannot be written."""
    try:
        return Result.of(trajectory, job.experiment)
    except Exception as error:  # noqa: BLE001 (it would end the process, and leave no reason)
        return job.failure(f"its trajectory cannot be written: {error!r}"[:REASON])


def end_with_parent(parent: int) -> None:
    """Be killed by the kernel when the parent dies (Linux); elsewhere the closed input ends us."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Keep standard input for jobs and standard output for results, where nobody finds them.

    What libraries print goes nowhere; a forked process has neither jobs nor results.
    """
    jobs, answers, nowhere = os.dup(0), os.dup(1), os.open(os.devnull, os.O_RDWR)

    def close(*streams: int) -> None:
        for stream in streams:
            os.dup2(nowhere, stream, inheritable=stream < STANDARD)

    close(0, 1)
    os.register_at_fork(after_in_child=partial(close, jobs, answers))
    return os.fdopen(jobs, "rb"), os.fdopen(answers, "wb")


def keep_descendants() -> None:
    """Become the parent of what a run's processes leave behind (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def end_descendants() -> None:
    """Kill the processes that a run has left behind."""
    with suppress(ChildProcessError):  # raised when there are none
        while True:
            os.waitpid(-1, os.WNOHANG)
            found = [
                path.read_text().split() for path in Path("/proc/self/task").glob("*/children")
            ]
            if not (pids := [int(pid) for pids in found for pid in pids]):
                return
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def limit_processes() -> None:
    """Bound the processes and threads a run can start; the kernel exempts root from it."""
    limit, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    wanted = threads_of(os.getuid()) + PROCESSES
    if wanted < limit or limit == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NPROC, (wanted, hard))


def threads_of(user: int) -> int:
    """How many threads all processes of a user have."""
    count = 0
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended just now
            count += len(os.listdir(path / "task")) if path.stat().st_uid == user else 0  # noqa: PTH208
    return count


@contextmanager
def limited(job: Job) -> Iterator[None]:
    """Hold a run to its time, by a watchdog that needs no interpreter lock, and its memory."""
    memory = job.run.resources.memory
    before = resource.getrlimit(resource.RLIMIT_DATA)
    if memory:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, before[1]))
    if job.timeout:
        faulthandler.dump_traceback_later(job.timeout, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
            signal.setitimer(timer, 0)  # one that the run set would strike the next
        resource.setrlimit(resource.RLIMIT_DATA, before)


if __name__ == "__main__":
    main()
