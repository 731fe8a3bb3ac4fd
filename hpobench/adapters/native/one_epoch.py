"""One epoch for many configurations, and the whole training for the best of them."""

import math

from hpobench.adapters.shared.fidelities import required
from hpobench.optimizer import Optimizer, Signal
from hpobench.space import plain_config
from hpobench.task import Problem, Unit
from hpobench.trial import Config, Outcome, Trial


class OneEpoch(Optimizer):
    """Random search at the lowest fidelity, whose best few are evaluated at the highest.

    As many configurations are drawn as leave room in the budget for the best `top` of them. A
    budget of seconds is shared out by what the trials so far took.

    Args:
        top: How many are evaluated at the highest fidelity.

    Source: Egele et al. (2023), Is One Epoch All You Need For Multi-Fidelity Hyperparameter
    Optimization?, ESANN; arXiv:2307.15422.
    """

    def __init__(self, problem: Problem, seed: int, *, top: int = 3) -> None:
        self._problem, self._top = problem, top
        self._fidelity = required(problem)
        self._share = self._fidelity.low / self._fidelity.high
        problem.space.seed(seed)
        self._drawn = self._told = 0
        self._seconds = 0.0
        self._found: list[tuple[float, int, Config]] = []
        self._final: list[tuple[float, int, Config]] | None = None

    def ask(self) -> Trial | Signal:
        """Another configuration at the lowest fidelity, or the next best at the highest."""
        if self._final is None and (self._room() or not self._drawn):
            self._drawn += 1
            config = plain_config(self._problem.space.sample_configuration())
            return Trial(config=config, fidelity=self._fidelity.low, handle=self._drawn)
        if self._told < self._drawn:
            return Signal.WAIT
        if self._final is None:
            self._final = sorted(self._found, key=lambda each: each[:2])[: self._top][::-1]
        if not self._final:
            return Signal.EXHAUSTED
        return Trial(config=self._final.pop()[2], fidelity=self._fidelity.high)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Note the value at the lowest fidelity; of those at the highest nothing is learned."""
        if trial.handle is None:
            return
        self._told += 1
        self._seconds += outcome.cost
        if outcome.ok:
            self._found.append((outcome.value, trial.handle, trial.config))

    def _room(self) -> bool:
        """Whether another trial leaves enough of the budget for the best ones."""
        budget = self._problem.budget
        match budget.unit:
            case Unit.EVALUATIONS:
                return self._drawn < budget.amount - self._top
            case Unit.TRIALS:
                return (self._drawn + 1) * self._share <= budget.amount - self._top
            case Unit.SECONDS:
                return self._time() + self._time_of_the_best() <= budget.amount

    def _time(self) -> float:
        """Seconds that the trials drawn so far and one more take on all workers."""
        mean = self._seconds / max(self._told, 1)
        return (self._drawn + 1) * mean / self._problem.workers

    def _time_of_the_best(self) -> float:
        """Seconds that the highest fidelity takes for the best, if costs grow with fidelity."""
        rounds = math.ceil(self._top / self._problem.workers)
        return rounds * self._seconds / max(self._told, 1) / self._share
