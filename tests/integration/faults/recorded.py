"""A benchmark that takes its time, and notes when and where each evaluation happened."""

import ctypes
import json
import os
import signal
import time
from pathlib import Path

from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial

SECONDS = 1000
"""So long one waits for others that never begin; no test that passes depends on it."""


class Recorded(Benchmark):
    """Answers its hyperparameter after some seconds.

    Args:
        folder: Where each evaluation leaves a file: begin, end, process and GPUs.
        seconds: How long one takes.
        together: One ends only when so many have begun, or after SECONDS.
        fault: What happens to a third of the trials, the largest: `kill` and `segfault` each
            time, `kill-once` and `kill-worker-once` the first time.
    """

    def __init__(
        self, *, folder: str, seconds: float = 0.0, together: int = 1, fault: str = ""
    ) -> None:
        self.space = ConfigurationSpace({"x": (0.0, 1.0)})
        self.objectives = (Objective(name="loss"),)
        self._folder, self._seconds, self._fault = Path(folder), seconds, fault
        self._together = together

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        self._folder.mkdir(exist_ok=True)
        began, x = time.time(), float(trial.config["x"])
        facts = {"pid": os.getpid(), "gpus": os.environ.get("CUDA_VISIBLE_DEVICES"), "x": x}
        note = self._folder / f"{time.time_ns()}-{os.getpid()}"
        note.with_suffix(".begun").write_text(json.dumps(facts))
        if self._fault and x > 2 / 3:
            self._misbehave(self._folder / f"{x}.once")
        time.sleep(self._seconds)
        while len(list(self._folder.glob("*.begun"))) < self._together:
            if time.time() > began + SECONDS:
                break
            time.sleep(0.05)
        times = {"began": began, "ended": time.time()}
        note.with_suffix(".json").write_text(json.dumps({**facts, **times}))
        return Outcome(values={"loss": x}, cost=self._seconds)

    def _misbehave(self, mark: Path) -> None:
        first = not mark.exists()
        mark.touch()
        match self._fault:
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "kill-once" if first:
                os.kill(os.getpid(), signal.SIGKILL)
            case "kill-worker-once" if first:
                os.kill(os.getppid(), signal.SIGKILL)
            case "segfault":
                ctypes.string_at(0)
