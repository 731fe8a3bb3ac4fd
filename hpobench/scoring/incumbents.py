"""Incumbents as step functions: what each run had found, at each point of a grid."""

from itertools import pairwise

import numpy as np

from hpobench.scoring.hypervolume import Bounds, running_volumes, shortfalls
from hpobench.scoring.trials import ROUNDING, Floats, Integers, Trials

GRID: Floats = np.arange(1, 101) / 100
"""Where curves are read off: at each hundredth of the budget (or of the time)."""


def losses(trials: Trials, bounds: Bounds) -> Floats:
    """What each trial brings its run to, to be minimised; infinite where it does not count.

    With one objective that is the trial's value, with several the negative hypervolume of
    all the run's trials up to this one. As long as these have none, for they lie behind the
    reference point, it is above 0 and says how far behind, so that such runs have ranks too;
    wherever only the hypervolume counts, it counts as 0. Failed trials and lower fidelities do
    not count.

    Args:
        trials: All trials of one task.
        bounds: Ideal and reference point of the hypervolume; unused with one objective.

    Returns:
        Shape (trials,).
    """
    valid = trials.valid
    loss = np.full(len(valid), np.inf)
    if trials.vectors.shape[1] == 1:
        loss[valid] = trials.vectors[valid, 0]
    else:
        points = trials.vectors[valid]
        volumes = running_volumes(points, trials.run[valid], bounds.reference)
        loss[valid] = np.where(volumes > 0, -volumes, shortfalls(points, bounds))
    return loss


def incumbents(loss: Floats, run: Integers, x: Floats, *, runs: int) -> Floats:
    """The best loss of each run so far, at each point of the grid.

    A step function read off exactly: what finishes at x counts from x on, nothing in between
    is interpolated, and before the first trial that counts it is infinite.

    Args:
        loss: Loss of each trial, shape (trials,).
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


def incumbents_on_test(
    loss: Floats, test: Floats, run: Integers, x: Floats, *, runs: int
) -> Floats:
    """The test loss of each run's incumbent at each point of the grid.

    Args:
        loss: Loss of each trial, shape (trials,), run after run, each in order of finish.
        test: Test value of each trial, unseen by any optimizer.
        run: Which run each trial belongs to.
        x: When each trial finished.
        runs: Number of runs.

    Returns:
        Shape (runs, grid points), NaN before the first incumbent; it may rise and fall.
    """
    better = improvements(loss, run)
    column = np.searchsorted(GRID * (1 + ROUNDING), x[better])
    better, column = better[column < len(GRID)], column[column < len(GRID)]
    newest = np.full((runs, len(GRID)), -1)
    np.maximum.at(newest, (run[better], column), better)
    newest = np.maximum.accumulate(newest, axis=1)
    return np.asarray(np.append(test, np.nan)[newest])


def improvements(loss: Floats, run: Integers) -> Integers:
    """The trials that became incumbents, the first of equals; positions, ascending."""
    starts = np.searchsorted(run, np.arange(run.max(initial=-1) + 2))
    best = np.full(len(loss), np.inf)
    for start, stop in pairwise(starts.tolist()):
        if stop - start > 1:
            best[start + 1 : stop] = np.minimum.accumulate(loss[start : stop - 1])
    return np.flatnonzero(loss < best)


def final_trials(loss: Floats, run: Integers, *, runs: int) -> Integers:
    """For each run the trial its final incumbent comes from, the first of equals; -1 if none."""
    found = np.full(runs, -1)
    order = np.lexsort((loss, run))
    first = order[np.unique(run[order], return_index=True)[1]]
    first = first[np.isfinite(loss[first])]
    found[run[first]] = first
    return found
