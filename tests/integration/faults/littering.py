"""A benchmark that leaves its process in another state than it found, and minds what it finds."""

import atexit
import ctypes
import gc
import json
import locale
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial

NO_ROOM = (16, 16)
NICENESS = os.getpriority(os.PRIO_PROCESS, 0)


def _in_a_folder_that_is_gone() -> None:
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    Path(folder).rmdir()


def _strike_later() -> None:
    def strike() -> None:
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGUSR1)

    threading.Thread(target=strike).start()


def _leave_a_helper() -> None:
    surroundings = {"PATH": os.environ["PATH"]}
    subprocess.Popen(["sleep", "1000"], env=surroundings, start_new_session=True)


def _let_nothing_block() -> None:
    for path in [*Path("/proc/self/fd").iterdir()]:
        with suppress(OSError):  # the one that listed them
            os.set_blocking(int(path.name), False)


LITTER: dict[str, Callable[[], object]] = {
    "none": lambda: None,
    "environment": os.environ.clear,
    "temporary": lambda: os.environ.update(TMPDIR="/nonexistent"),
    "no-home": lambda: shutil.rmtree(os.environ["TMPDIR"]),
    "no-folder": _in_a_folder_that_is_gone,
    "floats": lambda: np.seterr(all="raise"),
    "umask": lambda: os.umask(0o777),
    "locale": lambda: locale.setlocale(locale.LC_ALL, "C"),
    "path": sys.path.clear,
    "modules": lambda: sys.modules.pop("decimal", None),
    "files": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, NO_ROOM),
    "size": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
    "processes": lambda: resource.setrlimit(resource.RLIMIT_CPU, (3600, 3600)),
    "patched": lambda: vars(np).update(exp=None),
    "recursion": lambda: sys.setrecursionlimit(90),
    "nice": lambda: os.nice(5),
    "warnings": lambda: warnings.simplefilter("error"),
    "mask": lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGALRM}),
    "handler": lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN),
    "alarm": lambda: signal.setitimer(signal.ITIMER_REAL, 0.2),
    "thread": _strike_later,
    "collector": gc.disable,
    "stdout": lambda: setattr(sys, "stdout", None),
    "exit": lambda: atexit.register(time.sleep, 1000),
    "parent": lambda: ctypes.CDLL(None).prctl(1, 0),
    "blocking": _let_nothing_block,
    "helper": _leave_a_helper,
}
"""What a run may leave behind, by its name."""


class Littering(Benchmark):
    """Works only in a process as good as new, and leaves litter in it at its last trial."""

    def __init__(self, *, litter: str, trials: int) -> None:
        self.space = ConfigurationSpace({"x": (0.0, 1.0)})
        self.objectives = (Objective(name="loss"),)
        self._litter, self._left = LITTER[litter], trials

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        value = float(trial.config["x"]) ** 2 + _worked()
        self._left -= 1
        if not self._left:
            self._litter()
        return Outcome(values={"loss": value})


def _worked() -> float:
    """Do what benchmarks do: 0, unless the process is not what it should be."""
    value = float(
        np.exp(np.float64(-1000.0)) + np.sum(np.float32(1e-38) * np.array([1e-5], np.float32))
    )
    folder, _ = tempfile.mkdtemp(), tempfile.NamedTemporaryFile()  # noqa: SIM115 (it goes by itself)
    file = Path(folder) / "file"
    file.write_text("é" * 10_000, encoding="utf-8")
    assert len(file.read_text(encoding="utf-8")) == 10_000
    assert json.loads(json.dumps({"a": [1]})) == {"a": [1]}
    subprocess.run(["true"], check=True)
    warnings.warn("nothing to worry about", stacklevel=1)
    assert time.ctime(0)
    assert _depth(500) == 500
    assert os.getpriority(os.PRIO_PROCESS, 0) == NICENESS
    assert gc.isenabled()
    print("fine")
    __import__("decimal").Decimal(1)
    return value


def _depth(number: int) -> int:
    """As many calls within each other."""
    return 1 + _depth(number - 1) if number else 0
