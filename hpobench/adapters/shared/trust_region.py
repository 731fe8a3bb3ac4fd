"""When the trust region of TuRBO grows, shrinks and is given up: counting, and no model."""

import math
from dataclasses import dataclass

LONGEST, SHORTEST = 1.6, 0.5**7
"""Bounds of its sides, in the unit cube: it does not outgrow the one, nor live below the other."""

SUCCESSES = 3
"""So many batches in a row that improve double its sides."""

IMPROVEMENT = 1e-3
"""By which share of the best value a batch has to be better than that."""


@dataclass(slots=True)
class TrustRegion:
    """A cube around the best point that doubles with successes and halves with failures.

    Args:
        dimension: Number of the space's hyperparameters.
        batch: Points that are evaluated before it is told.
        best: The least value of the design that it begins with.

    Attributes:
        length: Length of its sides, before the model's lengthscales stretch them.

    Source: Eriksson et al. (2019), Scalable Global Optimization via Local Bayesian Optimization,
    NeurIPS, arXiv:1910.01321, section 2 and supplement; what the paper leaves open is as in its
    authors' github.com/uber-research/TuRBO.
    """

    dimension: int
    batch: int
    best: float
    length: float = 0.8
    _successes: int = 0
    _failures: int = 0

    @property
    def patience(self) -> int:
        """So many batches in a row without improvement halve its sides."""
        return math.ceil(max(4, self.dimension) / self.batch)

    @property
    def converged(self) -> bool:
        """Whether it is too small to go on with: the search begins anew."""
        return self.length < SHORTEST

    def tell(self, found: float) -> None:
        """Count a batch by its least value."""
        if found < self.best - IMPROVEMENT * abs(self.best):
            self._successes, self._failures = self._successes + 1, 0
        else:
            self._successes, self._failures = 0, self._failures + 1
        self.best = min(self.best, found)
        if self._successes == SUCCESSES:
            self.length, self._successes = min(2 * self.length, LONGEST), 0
        elif self._failures == self.patience:
            self.length, self._failures = self.length / 2, 0
