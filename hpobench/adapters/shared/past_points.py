"""The history of a problem as points of the unit cube, with scores that tasks have in common."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

from hpobench.adapters.shared.vectors import Vectors
from hpobench.task import Problem
from hpobench.trial import Config

Floats = npt.NDArray[np.float64]

LEAST = 2
"""So many trials of a task are needed to compare its configurations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPoints:
    """What was tried on one other task.

    Attributes:
        configs: In the order in which they were tried.
        points: Where they lie in the unit cube, shape (trials, dimension), see `Vectors`.
        scores: Normal scores of what was found, small where it was good, shape (trials,).
    """

    configs: tuple[Config, ...]
    points: Floats
    scores: Floats

    @property
    def best(self) -> int:
        """Which trial found the least."""
        return int(self.scores.argmin())


def past_points(problem: Problem, vectors: Vectors) -> list[PastPoints]:
    """The tasks of a history of which there are enough trials; of the first objective."""
    return [
        PastPoints(
            configs=tuple(trial.config for trial in past.trials),
            points=np.array([vectors.vector(trial.config) for trial in past.trials]),
            scores=normal_scores(np.array([trial.values[0] for trial in past.trials])),
        )
        for past in problem.history
        if len(past.trials) >= LEAST
    ]


def normal_scores(values: Floats) -> Floats:
    """Quantiles of the standard normal distribution in the place of values, in their order.

    Equal values have equal scores.

    Source: Salinas et al. (2020), A Quantile-based Approach for Hyperparameter Transfer Learning,
    ICML, section 3, for scores that make objectives of any scale comparable.
    """
    return np.asarray(norm.ppf((rankdata(values) - 0.5) / len(values)))
