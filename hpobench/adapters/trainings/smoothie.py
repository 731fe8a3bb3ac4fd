"""The smoothness after a short training decides which configurations are trained to the end."""

import sys

from hpobench.adapters.shared.fidelities import required
from hpobench.optimizer import Optimizer, Signal
from hpobench.space import plain_config
from hpobench.task import Problem, Unit
from hpobench.trial import Config, Outcome, Trial

SMOOTHNESS = "smoothness"
"""The signal that decides."""


class Smoothie(Optimizer):
    """Draw configurations at the lowest fidelity, and train those of the smoothest loss on.

    What counts is the signal `smoothness` alone; values at the lowest fidelity are not looked at.
    When the smoothest have been trained a new round begins, until the budget is spent (the
    authors' program has one round).

    Args:
        drawn: Configurations of a round; fewer if the budget has not so many and the best of them.
        top: How many of them are evaluated at the highest fidelity.

    Source: Yedida and Menzies (2024), Is Hyper-Parameter Optimization Different for Software
    Analytics? (SMOOTHIE), arXiv:2401.09622; numbers of `defect_prediction.py` in
    github.com/yrahul3910/smoothness-hpo.
    """

    def __init__(self, problem: Problem, seed: int, *, drawn: int = 30, top: int = 5) -> None:
        self._space, self._fidelity = problem.space, required(problem)
        self._space.seed(seed)
        self._size, self._top = max(min(drawn, affordable_round(problem, top)), 1), top
        self._asked = self._waited = 0
        self._found: list[tuple[float, int, Config]] = []
        self._promoted: list[Config] = []

    def ask(self) -> Trial | Signal:
        """Another configuration of the round, or the next of the smoothest."""
        if self._asked < self._size:
            self._asked += 1
            config = plain_config(self._space.sample_configuration())
            return Trial(config=config, fidelity=self._fidelity.low, handle=self._asked)
        if self._waited < self._size:
            return Signal.WAIT
        if not self._promoted:  # all of the round have failed
            self._begin_round()
            return self.ask()
        smoothest = self._promoted.pop()
        if not self._promoted:
            self._begin_round()
        return Trial(config=smoothest, fidelity=self._fidelity.high)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Note how smooth the loss is; of what is trained to the end nothing is learnt."""
        if trial.handle is None:
            return
        self._waited += 1
        if outcome.ok and SMOOTHNESS in outcome.signals:
            self._found.append((outcome.signals[SMOOTHNESS], -trial.handle, trial.config))
        if self._waited == self._size:
            ranked = sorted(self._found, key=lambda each: each[:2])
            self._promoted = [config for *_, config in ranked[-self._top :]]

    def _begin_round(self) -> None:
        """Forget the configurations of this round."""
        self._asked = self._waited = 0
        self._found.clear()


def affordable_round(problem: Problem, top: int) -> int:
    """How many configurations leave the budget room for the best; no limit where it has seconds."""
    fidelity, budget = required(problem), problem.budget
    match budget.unit:
        case Unit.TRIALS:
            return int((budget.amount - top) * fidelity.high / fidelity.low)
        case Unit.EVALUATIONS:
            return int(budget.amount - top)
        case Unit.SECONDS:
            return sys.maxsize
