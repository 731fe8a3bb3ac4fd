"""A training that goes on and takes its time, and notes each part that it has done."""

import json
import os
import time
from pathlib import Path

from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.task import Fidelity, Objective
from hpobench.trial import Outcome, Trial

LARGE = 300_000
"""Bytes that a checkpoint has at least: Ray keeps small ones with the run, where they are safe."""


class Chained(Benchmark):
    """Answers the sum of its hyperparameter over all steps, whichever trials took them.

    Args:
        folder: Where each part that was trained leaves a file: with which hyperparameters it got
            up to where.
        seconds: How long a part takes.
    """

    continues = True

    def __init__(self, *, folder: str, seconds: float) -> None:
        self.space = ConfigurationSpace({"x": (0.0, 1.0)})
        self.objectives = (Objective(name="loss"),)
        self.fidelity = Fidelity(name="steps", low=1, high=5, integer=True, continuable=True)
        self._folder, self._seconds = Path(folder), seconds

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Train from the beginning."""
        return self.advance(trial, seed, None)[0]

    def advance(self, trial: Trial, seed: int, checkpoint: bytes | None) -> tuple[Outcome, bytes]:
        """Train on."""
        del seed
        parts = json.loads(checkpoint) if checkpoint else []
        before = parts[-1][1] if parts else 0
        parts.append([float(trial.config["x"]), int(trial.fidelity or 5)])
        time.sleep(self._seconds)
        self._folder.mkdir(exist_ok=True)
        note = self._folder / f"{time.time_ns()}-{os.getpid()}.json"
        note.write_text(json.dumps(parts))
        steps = parts[-1][1] - before
        levels = [0.0, *(end for _, end in parts)]
        loss = sum(x * (end - levels[i]) for i, (x, end) in enumerate(parts))
        outcome = Outcome(values={"loss": loss}, cost=self._seconds * steps)
        return outcome, json.dumps(parts).ljust(LARGE).encode()
