"""The parent's side of a process that executes runs: whatever happens there, a result comes."""

import json
import math
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from hpobench.dispatch.folder import Folder
from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.watch import DESCRIPTOR, CallWatch
from hpobench.system.folders import cache_dir
from hpobench.system.kernel import require_unix
from hpobench.system.process import HYGIENE, PARENT, THREADS, LastWords, cause, end_marked

GRACE = 3.0
"""Seconds beyond a run's time in which its process may end by itself, leaving a traceback."""
ATTEMPTS = 3
"""How often a run is started whose process is killed from outside: by an operator, or by the
kernel for want of memory; or that dies, in any way, in a process which executed others before:
these may have left the cause behind. Another crash is the run's own and final at once."""
TICK = 0.5
"""Seconds between two looks at deadlines."""
START = """\
import sys
from importlib.util import module_from_spec, spec_from_file_location
folder = sys.argv.pop()
spec = spec_from_file_location("hpobench", f"{folder}/__init__.py")
sys.modules["hpobench"] = module = module_from_spec(spec)
spec.loader.exec_module(module)
from hpobench.dispatch.child import main
main()
"""
"""Begins a process with this very hpobench, and neither its folder nor the current one on the
path, where they would stand before the libraries (`-P` takes the current one off)."""
CHUNK = 1 << 16
LONGEST = 1 << 30
"""Bytes of a result; one that says it is longer is none."""


class Slot:
    """Room for one run at a time.

    The process is started on first use and kept for the next run, unless that needs another
    number of threads.
    """

    def __init__(self) -> None:
        require_unix()
        self._process: subprocess.Popen[bytes] | None = None
        self._cpus = 0
        self._home: Folder | None = None
        self._served = 0
        self._head: dict[str, Any] | None = None
        self._buffer = bytearray()
        self._last_words: LastWords | str = ""
        self._watch: CallWatch | None = None
        self._attempt = 1
        self.job: Job | None = None
        self._deadline = math.inf

    @property
    def deadline(self) -> float:
        """When the run is to be ended, by `time.monotonic`: for its own time or its optimizer's."""
        began = self._watch.began if self._watch else 0.0
        if self.job is None or not self.job.patience or not began:
            return self._deadline
        return min(self._deadline, began + self.job.patience)

    def fileno(self) -> int:
        """Where results come from, for a selector."""
        _, out = self._pipes()
        return out.fileno()

    @property
    def gone(self) -> bool:
        """Whether the process ended; what it forked may keep its pipes open."""
        return self._process is not None and self._process.poll() is not None

    def warm_up(self, cpus: int = 1) -> None:
        """Start the process now, so that its imports run while the caller does other things."""
        if self._process is None:
            self._spawn(cpus)

    def submit(self, job: Job) -> None:
        """Begin a run; the slot must be idle."""
        self._attempt = 1
        self._submit(job)

    def _submit(self, job: Job) -> None:
        cpus = max(1, int(job.resources.cpus))
        if self._process is None or self._process.poll() is not None or cpus != self._cpus:
            self._spawn(cpus)
        self.job, self._began = job, time.monotonic()
        self._deadline = self._began + job.timeout + GRACE if job.timeout else math.inf
        into, _ = self._pipes()
        with suppress(BrokenPipeError):  # it died just now: `step` finds out how
            into.write(job.message())
            into.flush()

    def step(self) -> Result | None:
        """Take what has come; call when readable, or when the deadline has passed.

        Returns:
            The result if the run has ended, in whichever way; else None.
        """
        if time.monotonic() > self.deadline:
            return self._end_by_deadline()
        try:
            chunk = os.read(self.fileno(), CHUNK)
        except BlockingIOError:
            return self._end_by_death() if self.gone else None
        if not chunk:
            return self._end_by_death()
        self._buffer += chunk
        try:
            return self._complete()
        except (ValueError, KeyError, TypeError):
            return self._end("its process garbled its answer")

    def run(self, job: Job) -> Result:
        """Execute a run and wait for its result."""
        self.submit(job)
        while True:
            pause = min(max(self.deadline - time.monotonic(), 0), TICK)
            select.select([self], [], [], pause)
            if result := self.step():
                return result

    def close(self) -> None:
        """End the process and all that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in filter(None, (process.stdin, process.stdout)):
            with suppress(BrokenPipeError):  # what it did not read is in the buffer
                pipe.close()
        with suppress(subprocess.TimeoutExpired):  # its guard was stopped or is gone
            process.wait(GRACE)  # it ends all that the runs have started
        with suppress(ProcessLookupError):  # it may be gone
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if self._watch:
            self._watch.close()
            self._watch = None
        if self._home:
            end_marked(f"TMPDIR={self._home.path}")  # what is left if the guard is gone
            self._home.remove()

    def _complete(self) -> Result | None:
        """The result, once head and trajectory are here in full.

        Raises:
            ValueError: What came is no result of this job, or (KeyError, TypeError) none at all.
        """
        if self._head is None:
            head, newline, rest = self._buffer.partition(b"\n")
            if not newline and len(head) < CHUNK:
                return None
            self._head, self._buffer = json.loads(head), rest
        size = self._head["bytes"]
        if self.job is None or self._head["run_id"] != self.job.run.id or not 0 <= size < LONGEST:
            raise ValueError("not the result of this job")
        if len(self._buffer) < size:
            return None
        result = Result.parse(self._head, bytes(self._buffer[:size]))
        self._head, self._buffer = None, self._buffer[size:]
        self.job, self._deadline = None, math.inf
        self._served += 1
        return result

    def _end_by_deadline(self) -> Result:
        own = time.monotonic() > self._deadline
        job, seconds = self._stop()
        slow = f"its optimizer took more than {job.patience:g} s for one ask or tell"
        return job.failure(f"timed out after {job.timeout:g} s" if own else slow, seconds)

    def _end_by_death(self) -> Result | None:
        """The process is gone: start the run again, or say what killed it."""
        process, job = self._process, self.job
        code = process.wait() if process else 0
        seconds = time.monotonic() - self._began
        if job and job.timeout and code == 1 and seconds >= job.timeout:
            job, seconds = self._stop()
            return job.failure(f"timed out after {job.timeout:g} s{self._last_words}", seconds)
        return self._end(f"its process {cause(code)}", again=code == -signal.SIGKILL)

    def _end(self, reason: str, *, again: bool = False) -> Result | None:
        """End the run, unless the cause may lie outside: then begin it in a new process."""
        again |= self._served > 0
        job, seconds = self._stop()
        if again and self._attempt < ATTEMPTS:
            self._attempt += 1
            self._submit(job)
            return None
        return job.failure(f"{reason}{self._last_words}", seconds)

    def _stop(self) -> tuple[Job, float]:
        """Clear the slot; the job that ran, and for how long."""
        job, self.job, self._deadline = self.job, None, math.inf
        if job is None:
            raise RuntimeError("the slot is idle")
        self.close()
        return job, time.monotonic() - self._began

    def _spawn(self, cpus: int) -> None:
        self.close()
        self._home, self._watch = Folder(), CallWatch()
        environment = {
            "MPLCONFIGDIR": str(cache_dir() / "matplotlib"),  # its fonts are listed once
            **os.environ,
            "TMPDIR": self._home.path,
            **dict.fromkeys(THREADS, str(cpus)),
            **HYGIENE,
            PARENT: str(os.getpid()),
            DESCRIPTOR: str(self._watch.descriptor),
            "PYTHONPATH": _absolute(os.environ.get("PYTHONPATH", "")),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", START, str(Path(__file__).parents[1])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            pass_fds=(self._watch.descriptor,),
        )
        os.set_blocking(self.fileno(), False)
        self._cpus, self._served = cpus, 0
        self._head, self._buffer = None, bytearray()
        self._last_words = LastWords(self._process)

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        """Into the process, and out of it."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise RuntimeError("the slot has no process")
        return process.stdin, process.stdout


def _absolute(paths: str) -> str:
    """A `PYTHONPATH` without entries that mean the current folder, or lie below it."""
    return os.pathsep.join(path for path in paths.split(os.pathsep) if os.path.isabs(path))  # noqa: PTH117
