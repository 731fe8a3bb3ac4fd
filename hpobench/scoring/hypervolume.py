"""What trials bring their run to: losses, hypervolumes trial by trial, and IGD+."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import fsum, inf

import moocore
import numpy as np
import numpy.typing as npt

from hpobench.scoring.constants import Constants
from hpobench.scoring.trials import Floats, Integers, Trials

MARGIN = 0.1
"""How far the reference point lies behind the worst values, as a share of the range."""

PLANE = 2
"""So many objectives have a front that is a staircase."""

LARGEST = float(np.finfo(np.float64).max)
"""No volume is larger, however huge the values are."""

BLOCK = 128
"""Points compared with one another at a time: large enough for numpy, small in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Between which points the values of a task's objectives lie, to be minimised.

    Attributes:
        ideal: The smallest value known for each objective, shape (objectives,).
        reference: What bounds the hypervolume, behind `ideal` in all objectives.
    """

    ideal: Floats
    reference: Floats


def shortfalls(points: Floats, bounds: Bounds) -> Floats:
    """How far points lie behind the reference point; for those that have no hypervolume.

    Each objective counts as 1 on the reference point, as a unit more for each distance from the
    ideal to the reference point behind it, and towards 0 before it; the mean over objectives.
    So a point that another dominates lies farther behind, whatever the reference point is.

    Args:
        points: Shape (points, objectives).
        bounds: Ideal and reference point of the objectives.

    Returns:
        Shape (points,), above 0.
    """
    with np.errstate(over="ignore"):
        scale = bounds.reference / 4 - bounds.ideal / 4  # quarters do not overflow
        behind = (points / 4 - bounds.reference / 4) / np.where(scale > 0, scale, 1.0)
        share = np.where(behind > 0, 1 + behind, 1 / (1 - np.minimum(behind, 0)))
        return np.asarray(share.mean(axis=1))


def within(points: Floats, bounds: Bounds) -> Floats:
    """Points with the ideal at 0 and the reference point at 1."""
    scale = bounds.reference / 4 - bounds.ideal / 4  # quarters do not overflow
    return np.asarray((points / 4 - bounds.ideal / 4) / scale)


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
    volumes = [measure(part, reference) for part in np.split(points, bounds)]
    return np.minimum(np.concatenate(volumes), LARGEST)


def volume(points: Floats, reference: Floats) -> float:
    """The hypervolume that a set of points dominates up to the reference point."""
    found = float(moocore.hypervolume(points, ref=reference)) if len(points) else 0.0
    return min(found, LARGEST)


def front(points: Floats) -> Floats:
    """The points that no other point dominates, without duplicates, in ascending order."""
    kept = np.asarray(moocore.filter_dominated(points)) if len(points) else points
    return kept[np.lexsort(kept.T[::-1])]


def _areas(points: Floats, reference: Floats) -> Floats:
    """The running hypervolume of one run with two objectives: the area that each point adds.

    The front is kept as a staircase, by the first objective, and measured anew for each point
    that adds to it: summing up what each adds is faster, but would round otherwise for the same
    front that was found in another order.
    """
    right, top = reference.tolist()
    xs, ys = [-np.inf, right], [top, -np.inf]
    volumes = [0.0]
    for x, y in points.tolist():
        start = bisect_right(xs, x)
        if x >= right or y >= ys[start - 1]:
            volumes.append(volumes[-1])
            continue
        stop = start
        while ys[stop] >= y:
            stop += 1
        xs[start:stop], ys[start:stop] = [x], [y]
        steps = zip(pairwise(xs[1:]), ys[1:-1], strict=True)
        volumes.append(_total((end - begin) * (top - height) for (begin, end), height in steps))
    return np.maximum.accumulate(volumes[1:])


def _total(areas: Iterable[float]) -> float:
    """Their sum, rounded once; infinite where it is too large for a number."""
    try:
        return fsum(areas)
    except OverflowError:
        return inf


def _volumes(points: Floats, reference: Floats) -> Floats:
    """The running hypervolume of one run; measured anew only where a point adds to it."""
    volumes = np.zeros(len(points))
    measure = moocore.Hypervolume(ref=reference)
    best = points[:0]
    for start in range(0, len(points), BLOCK):
        block = points[start : start + BLOCK]
        for i in np.flatnonzero(_adds(block, best, reference)):
            best = front(np.vstack([best, block[i]]))
            volumes[start + i] = measure(best)
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


def reference_point(fronts: Floats, trials: Floats) -> Floats:
    """Behind the worst values on some fronts, by a margin of their range.

    Where they have a single value in an objective, the range of all trials stands in.
    """
    with np.errstate(over="ignore"):
        span = np.ptp(fronts, axis=0)
        span = np.where(span > 0, span, np.ptp(trials, axis=0))
        point = fronts.max(axis=0) + MARGIN * np.where(span > 0, span, 1.0)
    return np.asarray(np.minimum(point, np.finfo(np.float64).max))


def losses_of(trials: Trials, constants: Constants | None) -> Floats:
    """What each trial brings its run to, to be minimised.

    Without constants the hypervolume of several objectives is the share of the box between the
    best value of each that the runs' fronts hold and a point behind the worst, by a tenth of
    their range: each front counts in full, however far it lies behind another.
    """
    count, points = trials.vectors.shape[1], trials.vectors[trials.valid]
    bounds = Bounds(ideal=np.zeros(count), reference=np.ones(count))
    if constants is not None and count > 1:
        given = Bounds(ideal=np.array(constants.ideal), reference=np.array(constants.reference))
        return losses(trials, given)
    if count == 1 or not len(points):
        return losses(trials, bounds)
    run = trials.run[trials.valid]
    box = box_of([front(points[run == number]) for number in np.unique(run)], points)
    return losses(replace(trials, vectors=within(trials.vectors, box)), bounds)


def box_of(fronts: Sequence[Floats], points: Floats) -> Bounds:
    """The box that stands for constants: from the best values to behind the fronts of all runs.

    Args:
        fronts: That of each run.
        points: Those of all runs.
    """
    ends = np.concatenate(fronts)
    return Bounds(ideal=ends.min(axis=0), reference=reference_point(ends, points))


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


def distances_of(trials: Trials, constants: Constants | None) -> tuple[Floats | None, float]:
    """The IGD+ of each trial with all before it, and of nothing; None and NaN without a front."""
    if constants is None or not constants.front:
        return None, np.nan
    return running_igd(trials, constants), igd_of_nothing(constants)


def running_igd(trials: Trials, constants: Constants) -> Floats:
    """The IGD+ of each trial together with all before it of the same run.

    Each objective is scaled so that the task's ideal point is 0 and its reference point 1.
    Since a set is as far from a point of the front as its nearest member, no front of the run
    is needed: the distances are cut down trial by trial.

    Args:
        trials: All trials of one task with several objectives.
        constants: With the known front.

    Returns:
        Shape (trials,), never rising within a run; infinite before the first valid trial.

    Source:
        Ishibuchi et al. (2015), Modified distance calculation in generational distance and
        inverted generational distance, EMO.
    """
    front = _scaled(np.array(constants.front), constants)
    points = _scaled(trials.vectors, constants)
    points[~trials.valid] = np.inf
    bounds = np.searchsorted(trials.run, np.arange(trials.runs + 1))
    found = np.empty(len(points))
    for start, stop in pairwise(bounds.tolist()):
        distances = np.minimum.accumulate(_distances(points[start:stop], front), axis=0)
        found[start:stop] = distances.mean(axis=1)
    return found


def igd(points: Floats, constants: Constants | None) -> float:
    """The IGD+ of a set of points, see `running_igd`; NaN without a known front."""
    if constants is None or not constants.front:
        return np.nan
    known = _scaled(np.array(constants.front), constants)
    return float(_distances(_scaled(points, constants), known).min(axis=0).mean())


def igd_of_nothing(constants: Constants) -> float:
    """The IGD+ of the reference point, which stands for having found nothing."""
    front = _scaled(np.array(constants.front), constants)
    return float(_distances(np.ones((1, front.shape[1])), front).mean())


def _scaled(points: Floats, constants: Constants) -> Floats:
    """Points with the task's ideal at 0 and its reference at 1."""
    ideal, reference = np.array(constants.ideal), np.array(constants.reference)
    return np.asarray((points - ideal) / (reference - ideal))


def _distances(points: Floats, front: Floats) -> Floats:
    """By how much each point falls short of each point of the front, (points, front points)."""
    total = np.zeros((len(points), len(front)))
    for objective in range(front.shape[1]):
        total += np.maximum(points[:, objective, None] - front[None, :, objective], 0.0) ** 2
    return np.asarray(np.sqrt(total))
