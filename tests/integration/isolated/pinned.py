"""Optimizers for environments of their own: one that works, and one that dies in many ways."""

import ctypes
import os
import signal
import sys
from typing import Any

import cmaes  # type: ignore[import-not-found]
import numpy as np

from hpobench.optimizer import Optimizer
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial


class Pinned(Optimizer):
    """CMA-ES on one float, told in whole populations."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.space = problem.space
        self.told: list[tuple[Any, float]] = []
        self.cma = cmaes.CMA(
            mean=np.full(2, 0.5), sigma=0.2, seed=seed, bounds=np.array([[0, 1]] * 2)
        )

    def ask(self) -> Trial:
        vector = self.cma.ask()
        return Trial(config={name: float(vector[0]) for name in self.space}, handle=vector)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        self.told.append((trial.handle, outcome.value if outcome.ok else 1e9))
        if len(self.told) == self.cma.population_size:
            self.cma.tell(self.told)
            self.told = []


class Dying(Pinned):
    """Does something that a process does not survive, or that spoils what it is spoken with by."""

    def __init__(self, problem: Problem, seed: int, *, fault: str) -> None:
        super().__init__(problem, seed)
        self.fault = fault

    def ask(self) -> Trial:
        getattr(self, f"_{self.fault}".replace("-", "_"))()
        return super().ask()

    def _raise(self) -> None:
        raise RuntimeError("no\nidea")

    def _kill(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def _segfault(self) -> None:
        ctypes.string_at(0)

    def _exit(self) -> None:
        os._exit(3)

    def _sys_exit(self) -> None:
        sys.exit(4)

    def _hang(self) -> None:
        ctypes.PyDLL(None).sleep(1000)  # with the interpreter lock held

    def _memory(self) -> None:
        self.hoard = [bytearray(50 << 20) for _ in range(100)]

    def _flood(self) -> None:
        print("x" * 1_000_000)
        os.write(1, b"z" * 1_000_000)
        os.write(2, b"y" * 1_000_000)
        assert sys.stdin.read() == ""
