"""Incumbents as step functions, and regret on a scale fixed per task."""

import numpy as np

from hpobench.analysis.constants import Constants
from hpobench.analysis.hypervolume import running_volumes
from hpobench.analysis.trials import ROUNDING, Floats, Integers, Trials

GRID: Floats = np.arange(1, 101) / 100
"""Where curves are read off: at each hundredth of the budget (or of the time)."""

TARGETS: Floats = np.array([1.0, 0.5, 0.2, 0.1, 0.01])
"""Regrets that runs are timed to, from what random search reaches to next to the best known."""


def losses(trials: Trials, reference: Floats) -> Floats:
    """What each trial brings its run to, to be minimised; infinite where it does not count.

    With one objective that is the trial's value, with several the negative hypervolume of
    all the run's trials up to this one. Failed trials and lower fidelities do not count.

    Args:
        trials: Of one task.
        reference: Bounds the hypervolume, shape (objectives,); unused with one objective.

    Returns:
        Shape (trials,).
    """
    valid = trials.valid
    loss = np.full(len(valid), np.inf)
    if trials.vectors.shape[1] == 1:
        loss[valid] = trials.vectors[valid, 0]
    else:
        loss[valid] = -running_volumes(trials.vectors[valid], trials.run[valid], reference)
    return loss


def incumbents(loss: Floats, run: Integers, x: Floats, *, runs: int) -> Floats:
    """The best loss of each run so far, at each point of the grid.

    A step function read off exactly: what finishes at x counts from x on, nothing in between
    is interpolated, and before the first trial that counts it is infinite.

    Args:
        loss: Of each trial, shape (trials,).
        run: Which run each trial belongs to.
        x: When each trial finished, as a share of the budget or of the time.
        runs: Number of runs.

    Returns:
        Shape (runs, grid points), never rising along the grid.
    """
    column = np.searchsorted(GRID * (1 + ROUNDING), x)
    inside = column < len(GRID)
    best = np.full(runs * len(GRID), np.inf)
    np.minimum.at(best, run[inside] * len(GRID) + column[inside], loss[inside])
    return np.minimum.accumulate(best.reshape(runs, len(GRID)), axis=1)


def final_trials(loss: Floats, run: Integers, *, runs: int) -> Integers:
    """For each run the trial its final incumbent comes from, the first of equals; -1 if none."""
    found = np.full(runs, -1)
    order = np.lexsort((loss, run))
    first = order[np.unique(run[order], return_index=True)[1]]
    first = first[np.isfinite(loss[first])]
    found[run[first]] = first
    return found


def regret(incumbent: Floats, constants: Constants) -> Floats:
    """The distance to the best known loss, on a scale where random search ends at 1.

    0 is the best known loss, 1 the loss that random search ends with in the median. Cut off
    below at 0, and above at the regret of not having started, which also stands for having
    no incumbent.

    Source:
        Fixed references per task instead of the compared runs' own extremes: coco issue 600.
    """
    scale = constants.random - constants.best
    return np.clip((incumbent - constants.best) / scale, 0.0, constants.start_regret)


def hits(regrets: Floats, run: Integers, used: Floats, *, runs: int) -> Floats:
    """When each run first reached each of the targets.

    Args:
        regrets: Of each trial, shape (trials,).
        run: Which run each trial belongs to.
        used: Share of the budget spent when each trial finished.
        runs: Number of runs.

    Returns:
        Shares of the budget, shape (runs, targets); infinite where it never did.
    """
    found = np.full((len(TARGETS), runs), np.inf)
    for target, first in zip(TARGETS, found, strict=True):
        reached = regrets <= target
        np.minimum.at(first, run[reached], used[reached])
    return found.T
