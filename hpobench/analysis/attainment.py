"""What a share of an optimizer's runs attained: empirical attainment surfaces, two objectives."""

import math
from collections.abc import Iterator

import moocore
import numpy as np
import numpy.typing as npt
import pandas as pd

from hpobench.analysis.frame import Frame
from hpobench.analysis.hypervolume import front
from hpobench.analysis.trials import Floats, Trials

LEVELS = (0.25, 0.5, 0.75)
"""Shares of runs; half of the runs attain the median surface."""

PLANE = 2


def surfaces(frame: Frame) -> pd.DataFrame:
    """The surfaces of each optimizer on each task with two objectives, at the end of the budget.

    A failed run attained nothing, and counts as a run.

    Returns:
        Columns `task`, `optimizer`, `level` (share of runs), and the points' `first` and
        `second` objective in their own direction, by the first. Each is the corner of a
        staircase; no row where too few runs found anything.
    """
    failed = (frame.runs["status"] == "failed").to_numpy()
    optimizers = frame.runs["optimizer"].to_numpy()
    parts, start = [], 0
    for trials in frame.trials():
        rows = slice(start, start + trials.runs)
        start += trials.runs
        if len(trials.task.objectives) == PLANE:
            parts += list(_of_task(trials, optimizers[rows], failed[rows]))
    columns = ["task", "optimizer", "level", "first", "second"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def surface(points: Floats, run: npt.ArrayLike, *, runs: int, level: float) -> Floats:
    """The points whose weak domination at least a share of runs attained, the minimal ones.

    Args:
        points: To be minimised, shape (points, 2).
        run: Which run found each.
        runs: Number of runs, with those that found nothing.
        level: The share, over 0.

    Returns:
        Shape (corners, 2), by the first objective.

    Source:
        Grunert da Fonseca, Fonseca and Hall (2001), Inferential performance assessment of
        stochastic optimisers and the attainment function, EMO; computed by moocore.
    """
    found, number = len(np.unique(run)), math.ceil(level * runs - 1e-9)
    if number > found:
        return np.empty((0, PLANE))
    percentile = 100 * (number - 0.5) / found  # in the middle, for it is rounded up
    corners = moocore.eaf(points, np.unique(run, return_inverse=True)[1], percentiles=[percentile])
    return np.asarray(corners[np.argsort(corners[:, 0]), :PLANE])


def _of_task(
    trials: Trials, optimizers: npt.NDArray[np.object_], failed: npt.NDArray[np.bool_]
) -> Iterator[pd.DataFrame]:
    signs = np.array([-1.0 if objective.maximize else 1.0 for objective in trials.task.objectives])
    kept = trials.valid & ~failed[trials.run]
    for name in np.unique(optimizers):
        own = np.flatnonzero(optimizers == name)
        found = [front(trials.vectors[kept & (trials.run == run)]) for run in own]
        sets = np.repeat(np.arange(len(found)), [len(points) for points in found])
        for level in LEVELS if len(sets) else ():
            corners = surface(np.concatenate(found), sets, runs=len(own), level=level) * signs
            yield pd.DataFrame(
                {
                    "task": trials.task.id,
                    "optimizer": name,
                    "level": level,
                    "first": corners[:, 0],
                    "second": corners[:, 1],
                }
            )
