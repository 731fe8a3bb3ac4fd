"""When runs reach targets: run lengths, the share of targets reached, performance profiles."""

import numpy as np

from hpobench.scoring.constants import Constants
from hpobench.scoring.regret import regret
from hpobench.scoring.trials import ROUNDING, Floats, Trials

ECDF_TARGETS: Floats = 10.0 ** (1 - np.arange(51) / 10)
"""51 targets for normalised regret, ten a decade from 10 to 0.0001.

Source:
    Hansen et al. (2021), COCO: a platform for comparing continuous optimizers in a black-box
    setting, Optimization Methods and Software 36: as many targets, for differences of values.
"""

TARGETS = (1.0, 0.5, 0.2, 0.1, 0.01)
"""Targets of performance profiles and running times: regret 1 is what random search ends with."""


def share_reached(regrets: Floats) -> Floats:
    """The share of `ECDF_TARGETS` that each regret reaches; NaN for NaN, of the same shape."""
    ascending = ECDF_TARGETS[::-1]
    missed = np.searchsorted(ascending, regrets, side="left")
    return np.where(np.isnan(regrets), np.nan, 1 - missed / len(ascending))


def run_lengths(loss: Floats, x: Floats, trials: Trials, constants: Constants) -> Floats:
    """Where each run first reaches each target, exactly; infinite where it does not by the end.

    Args:
        loss: What each trial brings its run to, shape (trials,).
        x: When each finished on some axis that ends at 1.
        trials: All trials of one task.
        constants: Usable ones.

    Returns:
        Shape (runs, targets).
    """
    scores = np.where(np.isfinite(loss), regret(loss, constants), np.inf)
    scores[x > 1 + ROUNDING] = np.inf
    found = np.full((trials.runs, len(TARGETS)), np.inf)
    for i, target in enumerate(TARGETS):
        reached = np.flatnonzero(scores <= target)
        first = reached[np.diff(trials.run[reached], prepend=-1) > 0]
        found[trials.run[first], i] = x[first]
    return found


def profile(lengths: Floats) -> list[tuple[Floats, Floats]]:
    """Performance profiles: on which share of tasks an optimizer is within a factor of the best.

    Args:
        lengths: How long each optimizer takes on each task, positive, infinite where it does
            not get there; shape (tasks, optimizers).

    Returns:
        For each optimizer the factors at which its share rises, from 1, and the shares from
        there on. Tasks on which nobody gets there count as tasks all the same.

    Source:
        Dolan and More (2002), Benchmarking optimization software with performance profiles;
        Dahl et al. (2023), Benchmarking neural network training algorithms (AlgoPerf).
    """
    with np.errstate(invalid="ignore"):
        ratios = lengths / lengths.min(axis=1, keepdims=True)
    return [_steps(own[np.isfinite(own)], len(ratios)) for own in ratios.T]


def _steps(ratios: Floats, tasks: int) -> tuple[Floats, Floats]:
    factors, counts = np.unique(np.append(ratios, 1.0), return_counts=True)
    counts[0] -= 1  # the 1 that was added so that every profile begins there
    return factors, np.cumsum(counts) / tasks
