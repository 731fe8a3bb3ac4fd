"""A search that is written as a generator: configurations out, their values in."""

import math
from abc import abstractmethod
from collections import deque
from collections.abc import Generator, Sequence

from hpobench.optimizer import Optimizer, Signal
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial

Batches = Generator[Sequence[Config], Sequence[float], None]
"""Gives configurations that may be evaluated side by side, and is sent the value of each at full
fidelity, infinite where it failed."""


class BatchSearch(Optimizer):
    """Ask what a generator gives, batch after batch, on tasks of one objective.

    A batch begins when the one before has been told; until then a free worker waits.

    Args:
        problem: What is to be solved.
        seed: Seed of all that is drawn.
    """

    def __init__(self, problem: Problem, seed: int) -> None:
        problem.space.seed(seed)
        self._problem, self._seed = problem, seed
        self._batches = self.batches()
        self._asked: deque[tuple[int, Config]] = deque()
        self._values: list[float] = []
        self._open = 0
        self._begin(next(self._batches, ()))

    @abstractmethod
    def batches(self) -> Batches:
        """The search; it ends where there is nothing left to try."""

    def ask(self) -> Trial | Signal:
        """The next configuration of the batch."""
        if self._asked:
            place, config = self._asked.popleft()
            return Trial(config=config, handle=place)
        return Signal.WAIT if self._open else Signal.EXHAUSTED

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Note the value, and begin the next batch with the last of one."""
        self._values[trial.handle] = outcome.value if outcome.ok else math.inf
        self._open -= 1
        if not self._open:
            try:
                self._begin(self._batches.send(self._values))
            except StopIteration:
                self._begin(())

    def _begin(self, batch: Sequence[Config]) -> None:
        self._asked.extend(enumerate(batch))
        self._values, self._open = [math.inf] * len(batch), len(batch)
