"""Normalisation: how losses become regrets, and what stands for a run that found nothing.

No other module, and no script of the page, has a formula of it.
"""

from dataclasses import dataclass

import numpy as np

from hpobench.scoring.constants import Constants
from hpobench.scoring.policy import FailedAs
from hpobench.scoring.trials import Floats, TaskInfo

SMALLEST_SCALE = 1e-12
"""A distance from random search to the best known loss below this share of both is rounding."""

HUGE = 1e300
"""Differences of larger losses may overflow, so that they are made of the halves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalised:
    """The losses of one task's trials as regrets; all NaN without a scale.

    Attributes:
        regrets: Those of the trials, infinite where a trial counts for nothing; shape (trials,).
        nothing: That of having found nothing.
        failed: The loss and the regret that stand for a failed run.
    """

    regrets: Floats
    nothing: float
    failed: tuple[float, float]


def normalise(loss: Floats, constants: Constants | None, failed_as: FailedAs) -> Normalised:
    """The regrets of one task's trials, and what stands for failed runs.

    Args:
        loss: What each trial brings its run to, infinite where it counts for nothing.
        constants: Those of the task.
        failed_as: What a failed run is scored as.
    """
    if constants is None or not has_scale(constants):
        unknown = np.full_like(loss, np.nan)
        return Normalised(regrets=unknown, nothing=np.nan, failed=(np.inf, np.nan))
    nothing = regret_of_nothing(constants)
    return Normalised(
        regrets=np.where(np.isfinite(loss), regret(loss, constants), np.inf),
        nothing=nothing,  # those excluded as failed are not left to be scored
        failed=(constants.random, 1.0) if failed_as is FailedAs.RANDOM else (np.inf, nothing),
    )


def has_scale(constants: Constants) -> bool:
    """Whether random search leaves anything to improve, so that there is a scale."""
    share = _share(constants)
    return _scale(constants) > share * SMALLEST_SCALE * max(
        abs(constants.best), abs(constants.random)
    )


def regret(loss: Floats, constants: Constants) -> Floats:
    """The distance to the best known loss, on a scale where random search ends at 1.

    0 is the best known loss, 1 the loss that random search ends with in the median. Cut off
    below at 0, and above at the regret of not having started, which also stands for having
    no incumbent.

    Args:
        loss: Array of any shape, infinite where there is no incumbent.
        constants: Those of the task, with a scale.

    Source:
        Fixed references per task instead of the compared runs' own extremes: coco issue 600.
    """
    share = _share(constants)
    distance = share * loss - share * constants.best
    with np.errstate(over="ignore"):
        return np.clip(distance / _scale(constants), 0.0, regret_of_nothing(constants))


def regret_of_nothing(constants: Constants) -> float:
    """The normalised regret of having nothing, at least that of random search."""
    share = _share(constants)
    return max(1.0, (share * constants.start - share * constants.best) / _scale(constants))


def hypervolume_share(regret: Floats, task: TaskInfo, constants: Constants | None) -> Floats:
    """The hypervolume as a share of the best known, in which normalised regret is linear.

    It is 1 less the regret times the share of the best hypervolume that random search lacks.

    Args:
        regret: Normalised, of any shape.
        task: The task of all of them.
        constants: Those of the task.

    Returns:
        The same shape; NaN with one objective, without constants, and where the best is nothing.
    """
    if len(task.objectives) == 1 or constants is None or constants.best >= 0:
        return np.full_like(regret, np.nan)
    return 1 - regret * (1 - constants.random / constants.best)


def bounded(regret: Floats) -> Floats:
    """A score in [0, 1): 0 is the best known result, 1/2 what random search ends with.

    Regret has no upper end, and on some tasks a single unlucky run weighs as much as a hundred
    others; a mean of it says little. This keeps the order and, near 0, the differences.
    """
    return regret / (1 + regret)


def _share(constants: Constants) -> float:
    """The share taken of all losses, so that no difference overflows: a half of huge ones."""
    largest = max(abs(constants.best), abs(constants.random), abs(constants.start))
    return 0.5 if largest > HUGE else 1.0


def _scale(constants: Constants) -> float:
    """The distance of random search from the best, of that share; 1 in normalised regret."""
    share = _share(constants)
    return share * constants.random - share * constants.best
