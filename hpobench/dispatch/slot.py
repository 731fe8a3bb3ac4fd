"""The parent's side of a process that executes runs: whatever happens there, a result comes."""

import json
import math
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from hpobench.dispatch.job import Job, Result
from hpobench.process import HYGIENE, PARENT, THREADS, LastWords, cause

GRACE = 3.0
"""Seconds beyond a run's time in which its process may end by itself, leaving a traceback."""
ATTEMPTS = 3
"""How often a run is started whose process is killed from outside: by an operator, or by the
kernel for want of memory. A crash of the run's own making is final at once."""
CHUNK = 1 << 16


class Slot:
    """Room for one run at a time.

    The process is started on first use and kept for the next run, unless that needs another
    number of threads.
    """

    def __init__(self, paths: Sequence[Path] = ()) -> None:
        """Prepare a slot.

        Args:
            paths: Folders whose modules the runs may import.
        """
        self.paths = paths
        self._process: subprocess.Popen[bytes] | None = None
        self._cpus = 0
        self._buffer = b""
        self._last_words: LastWords | str = ""
        self._attempt = 1
        self.job: Job | None = None
        self.deadline = math.inf

    def fileno(self) -> int:
        """Where results come from, for a selector."""
        _, out = self._pipes()
        return out.fileno()

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
        self.deadline = self._began + job.timeout + GRACE if job.timeout else math.inf
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
        chunk = os.read(self.fileno(), CHUNK)
        if not chunk:
            return self._end_by_death()
        self._buffer += chunk
        return self._complete()

    def run(self, job: Job) -> Result:
        """Execute a run and wait for its result."""
        self.submit(job)
        while True:
            pause = min(max(self.deadline - time.monotonic(), 0), 3600)
            ready = select.select([self], [], [], pause)[0]
            if (ready or time.monotonic() > self.deadline) and (result := self.step()):
                return result

    def close(self) -> None:
        """End the process and all that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):  # it may be gone
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()

    def _complete(self) -> Result | None:
        """The result, once head and trajectory are here in full."""
        head, newline, rest = self._buffer.partition(b"\n")
        if not newline:
            return None
        fields = json.loads(head)
        if len(rest) < fields["bytes"]:
            return None
        self._buffer, self.job, self.deadline = rest[fields["bytes"] :], None, math.inf
        return Result.parse(fields, rest[: fields["bytes"]])

    def _end_by_deadline(self) -> Result:
        job, seconds = self._stop()
        return job.failure(f"timed out after {job.timeout:g} s", seconds)

    def _end_by_death(self) -> Result | None:
        """The process is gone: start the run again, or say what killed it."""
        process = self._process
        code = process.wait() if process else 0
        job, seconds = self._stop()
        if job.timeout and code == 1 and seconds >= job.timeout:
            return job.failure(f"timed out after {job.timeout:g} s{self._last_words}", seconds)
        if code == -signal.SIGKILL and self._attempt < ATTEMPTS:
            self._attempt += 1
            self._submit(job)
            return None
        return job.failure(f"its process {cause(code)}{self._last_words}", seconds)

    def _stop(self) -> tuple[Job, float]:
        """Clear the slot; the job that ran, and for how long."""
        job, self.job, self.deadline = self.job, None, math.inf
        if job is None:
            raise RuntimeError("the slot is idle")
        self.close()
        return job, time.monotonic() - self._began

    def _spawn(self, cpus: int) -> None:
        self.close()
        paths = [
            str(Path(__file__).parents[2]),
            *map(str, self.paths),
            os.environ.get("PYTHONPATH", ""),
        ]
        environment = {
            **os.environ,
            **dict.fromkeys(THREADS, str(cpus)),
            **HYGIENE,
            PARENT: str(os.getpid()),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hpobench.dispatch.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        self._cpus, self._buffer = cpus, b""
        self._last_words = LastWords(self._process)

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        """Into the process, and out of it."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise RuntimeError("the slot has no process")
        return process.stdin, process.stdout
