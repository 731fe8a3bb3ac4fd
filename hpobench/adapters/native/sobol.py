"""Quasi-random search: a Sobol sequence covers the space more evenly than random points do."""

import warnings
from typing import Any

from scipy.stats.qmc import Sobol

from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.adapters.shared.vectors import Vectors
from hpobench.optimizer import Optimizer, Signal
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial


class SobolSearch(Optimizer):
    """Ask for the points of scipy's `Sobol`, scrambled, one after the other.

    Args:
        options: Arguments of scipy's class, such as `scramble`.

    Source: Bergstra and Bengio (2012), Random Search for Hyper-Parameter Optimization, JMLR 13,
    section 4; Owen (1998), Scrambling Sobol' and Niederreiter-Xing Points, Journal of Complexity.
    """

    def __init__(self, problem: Problem, seed: int, **options: Any) -> None:
        self._space, self._vectors = problem.space, Vectors(problem.space)
        self._initial = list(problem.initial)[::-1]
        self._points = Sobol(self._vectors.dimension, rng=seed, **options)

    def ask(self) -> Trial | Signal:
        """The next point of the sequence that keeps the forbidden clauses."""
        if self._initial:
            return Trial(config=self._initial.pop())
        return propose_legal(self._space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Ignore the outcome: this search learns nothing."""

    def _propose(self) -> Trial:
        with warnings.catch_warnings(action="ignore"):  # it would like a power of 2 at a time
            (point,) = self._points.random(1)
        return Trial(config=self._vectors.config(point))
