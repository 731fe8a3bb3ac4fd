"""What a share of an optimizer's runs attained: empirical attainment surfaces, two objectives."""

import math
from collections.abc import Iterator, Sequence

import moocore
import numpy as np
import numpy.typing as npt
import pandas as pd

from hpobench.scoring.frame import Frame
from hpobench.scoring.policy import Horizon, ScoredBy
from hpobench.scoring.trials import Floats, Trials
from hpobench.scoring.valuation import final_fronts

LEVELS = (0.25, 0.5, 0.75)
"""Shares of runs; half of the runs attain the median surface."""

PLANE = 2


def surfaces(frame: Frame, horizon: Horizon, scored_by_told: frozenset[str]) -> pd.DataFrame:
    """The surfaces of each optimizer on each task with two objectives, at the end of the budget.

    A failed run attained nothing, and counts as a run.

    Args:
        frame: All runs.
        horizon: Where the end is.
        scored_by_told: Ids of the tasks on which what was told counts.

    Returns:
        Columns `kind`, `task`, `optimizer`, `level` (share of runs), and the points' `first` and
        `second` objective in their own direction, the first ascending. Each is the corner of a
        staircase; no row where too few runs found anything.
    """
    plane = {name for name, task in frame.tasks.items() if len(task.objectives) == PLANE}
    frame = frame.only(frame.runs["task"].isin(plane).to_numpy())
    failed = (frame.runs["status"] == "failed").to_numpy()
    optimizers = frame.runs["optimizer"].to_numpy()
    parts: list[tuple[str, str, float, Floats]] = []
    for rows, trials in frame.counted(horizon):
        by = ScoredBy.TOLD if trials.task.id in scored_by_told else ScoredBy.NOISELESS
        parts += list(_of_task(trials, by, optimizers[rows], failed[rows]))
    counts = [len(part[3]) for part in parts]
    corners = np.concatenate([np.empty((0, PLANE)), *(part[3] for part in parts)])
    kinds = [str(frame.tasks[part[0]].kind) for part in parts]
    return pd.DataFrame(
        {
            "kind": np.repeat(np.array(kinds, dtype=object), counts),
            "task": np.repeat(np.array([part[0] for part in parts], dtype=object), counts),
            "optimizer": np.repeat(np.array([part[1] for part in parts], dtype=object), counts),
            "level": np.repeat([part[2] for part in parts], counts),
            "first": corners[:, 0],
            "second": corners[:, 1],
        }
    )


def attainment_surface(
    points: Floats, run: npt.ArrayLike, *, runs: int, levels: Sequence[float]
) -> list[Floats]:
    """For each level the points that at least such a share of runs attained, the minimal ones.

    Args:
        points: To be minimised, shape (points, 2).
        run: Which run found each.
        runs: Number of runs, with those that found nothing.
        levels: Shares, over 0.

    Returns:
        For each an array of shape (corners, 2), by the first objective.

    Source:
        Grunert da Fonseca, Fonseca and Hall (2001), Inferential performance assessment of
        stochastic optimisers and the attainment function, EMO; computed by moocore.
    """
    sets = np.unique(run, return_inverse=True)[1]
    found = int(sets.max(initial=-1)) + 1
    numbers = [math.ceil(level * runs - 1e-9) for level in levels]
    # In the middle, for moocore rounds them up.
    wanted = sorted({100 * (number - 0.5) / found for number in numbers if number <= found})
    if not wanted:
        return [np.empty((0, PLANE))] * len(levels)
    corners = moocore.eaf(points, sets, percentiles=wanted)
    number = np.round(corners[:, PLANE] * found / 100 + 0.5)
    return [_by_first(corners[number == own, :PLANE]) for own in numbers]


def _by_first(corners: Floats) -> Floats:
    return np.asarray(corners[np.argsort(corners[:, 0])])


def _of_task(
    trials: Trials,
    by: ScoredBy,
    optimizers: npt.NDArray[np.object_],
    failed: npt.NDArray[np.bool_],
) -> Iterator[tuple[str, str, float, Floats]]:
    """Task, optimizer, level and corners of each surface."""
    signs = np.array([-1.0 if objective.maximize else 1.0 for objective in trials.task.objectives])
    fronts = [
        _front(points[:0] if lost else points)
        for points, lost in zip(final_fronts(trials, by), failed, strict=True)
    ]
    for name in np.unique(optimizers):
        found = [fronts[run] for run in np.flatnonzero(optimizers == name)]
        sets = np.repeat(np.arange(len(found)), [len(points) for points in found])
        corners = attainment_surface(np.concatenate(found), sets, runs=len(found), levels=LEVELS)
        for level, own in zip(LEVELS, corners, strict=True):
            yield trials.task.id, str(name), level, _by_first(own * signs)


def _front(points: Floats) -> Floats:
    """The points that no other point dominates: those lower than all before, from the left."""
    ordered = points[np.lexsort(points.T[::-1])]
    second = ordered[:, 1]
    lowest = np.minimum.accumulate(np.append(np.inf, second))[: len(second)]
    return ordered[second < lowest]
