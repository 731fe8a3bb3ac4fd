"""How a run's hypervolume grows trial by trial; moocore does the measuring."""

from bisect import bisect_right

import moocore
import numpy as np
import numpy.typing as npt

from hpobench.analysis.trials import Floats, Integers

PLANE = 2

BLOCK = 128
"""Points compared with one another at a time: large enough for numpy, small in memory."""


def running_volumes(points: Floats, run: Integers, reference: Floats) -> Floats:
    """The hypervolume dominated by each point and all before it of the same run.

    Args:
        points: To be minimised, shape (points, objectives), run after run.
        run: Which run each point belongs to, ascending.
        reference: What bounds the volume, shape (objectives,).

    Returns:
        Shape (points,), never falling within a run.
    """
    bounds = np.flatnonzero(np.diff(run)) + 1
    measure = _areas if points.shape[1] == PLANE else _volumes
    return np.concatenate([measure(part, reference) for part in np.split(points, bounds)])


def volume(points: Floats, reference: Floats) -> float:
    """The hypervolume that a set of points dominates up to the reference point."""
    return float(moocore.hypervolume(points, ref=reference)) if len(points) else 0.0


def front(points: Floats) -> Floats:
    """The points that no other point dominates, without duplicates."""
    return np.asarray(moocore.filter_dominated(points)) if len(points) else points


def _areas(points: Floats, reference: Floats) -> Floats:
    """The running hypervolume of one run with two objectives: the area that each point adds.

    The front is kept as a staircase, by the first objective; ten times as fast as measuring it
    anew for each point that adds to it.
    """
    right, top = reference.tolist()
    xs, ys = [-np.inf, right], [top, -np.inf]
    added = []
    for x, y in points.tolist():
        start = bisect_right(xs, x)
        if x >= right or y >= ys[start - 1]:
            added.append(0.0)
            continue
        area, left, cap = 0.0, x, ys[start - 1]
        stop = start
        while ys[stop] >= y:
            area += (xs[stop] - left) * (cap - y)
            left, cap = xs[stop], ys[stop]
            stop += 1
        added.append(area + (xs[stop] - left) * (cap - y))
        xs[start:stop], ys[start:stop] = [x], [y]
    return np.cumsum(added)


def _volumes(points: Floats, reference: Floats) -> Floats:
    """The running hypervolume of one run; measured anew only where a point adds to it."""
    volumes = np.zeros(len(points))
    measure = moocore.Hypervolume(ref=reference)
    best = points[:0]
    for start in range(0, len(points), BLOCK):
        block = points[start : start + BLOCK]
        for i in np.flatnonzero(_adds(block, best, reference)):
            best = np.vstack([best, block[i]])
            volumes[start + i] = measure(best)
        best = front(best)
    return np.maximum.accumulate(volumes)


def _adds(block: Floats, best: Floats, reference: Floats) -> npt.NDArray[np.bool_]:
    """Which points lie within the reference point and behind no earlier point."""
    earlier = np.tri(len(block), k=-1, dtype=np.bool_)
    behind = (_covers(block, block) & earlier).any(axis=1) | _covers(block, best).any(axis=1)
    return np.asarray((block < reference).all(axis=1) & ~behind)


def _covers(points: Floats, others: Floats) -> npt.NDArray[np.bool_]:
    """Whether others[j] is at least as good as points[i] in every objective, at [i, j]."""
    pairs = zip(points.T, others.T, strict=True)
    return np.asarray(np.logical_and.reduce([theirs <= own[:, None] for own, theirs in pairs]))
