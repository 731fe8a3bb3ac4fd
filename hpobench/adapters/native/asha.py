"""ASHA: successive halving that never waits, for many workers."""

import math
from typing import Any

from hpobench.adapters.shared.fidelities import required
from hpobench.adapters.shared.ladder import ladder
from hpobench.optimizer import Optimizer
from hpobench.space import plain_config
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial


class Asha(Optimizer):
    """Promote a configuration as soon as it is among the best of its rung, else draw another.

    A free worker takes the highest rung with a configuration in its best 1/eta that was not
    promoted yet. Where there is none it starts a new random one on the lowest rung. What failed
    counts among a rung's trials, and as the worst of them.

    Args:
        eta: One in so many of a rung's trials is promoted, to an `eta` times higher fidelity.

    Source: Algorithm 2 of Li et al. (2020), A System for Massively Parallel Hyperparameter
    Tuning, MLSys.
    """

    def __init__(self, problem: Problem, seed: int, *, eta: int = 3) -> None:
        self._space, self._eta = problem.space, eta
        self._space.seed(seed)
        self._fidelities = ladder(required(problem), eta)
        self._rungs: list[list[tuple[float, int, Any]]] = [[] for _ in self._fidelities]
        self._promoted: list[set[int]] = [set() for _ in self._fidelities]
        self._drawn = 0

    def ask(self) -> Trial:
        """A promotion from the highest rung that has one, or a new configuration."""
        for rung in reversed(range(len(self._rungs) - 1)):
            for _, number, config in self._best(rung):
                if number not in self._promoted[rung]:
                    self._promoted[rung].add(number)
                    return self._trial(config, number, rung + 1)
        self._drawn += 1
        return self._trial(plain_config(self._space.sample_configuration()), self._drawn, 0)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Enter the value in the rung's table."""
        number, rung = trial.handle
        self._rungs[rung].append((outcome.value if outcome.ok else math.inf, number, trial.config))

    def _best(self, rung: int) -> list[tuple[float, int, Any]]:
        """The best 1/eta of a rung's trials, rounded down, without those that failed."""
        table = self._rungs[rung]
        best = sorted(table, key=lambda entry: entry[:2])[: len(table) // self._eta]
        return [entry for entry in best if entry[0] < math.inf]

    def _trial(self, config: Any, number: int, rung: int) -> Trial:
        return Trial(config=config, fidelity=self._fidelities[rung], handle=(number, rung))
