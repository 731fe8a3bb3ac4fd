"""Incumbents where a configuration is evaluated anew: it counts by the mean of what was told."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from hpobench.scoring.trials import Floats, Integers, Trials


def fronts_of_means(trials: Trials) -> Iterator[tuple[int, Integers]]:
    """Each trial after which a run's incumbents are others, and the first trials of those.

    The incumbents are the configurations whose means over the valid trials up to there nothing
    dominates, the earliest of equals; with one objective that is the one of the least mean. Trials
    are of one configuration if they have one value without noise: where two configurations have the
    same, it makes no difference to the score which of them is the incumbent.
    """
    bounds = np.searchsorted(trials.run, np.arange(trials.runs + 1))
    for start, stop in pairwise(bounds.tolist()):
        yield from _fronts(trials, np.flatnonzero(trials.valid[start:stop]) + start)


def _fronts(trials: Trials, places: Integers) -> Iterator[tuple[int, Integers]]:
    """The incumbents of one run whenever they change.

    Args:
        trials: All of them.
        places: Positions of the run's valid ones, ascending.
    """
    groups: dict[bytes, int] = {}
    firsts: list[int] = []
    sums, counts = np.zeros((len(places), trials.vectors.shape[1])), np.zeros(len(places))
    before: Integers = np.empty(0, dtype=np.int64)
    front: Integers = before
    for place in places.tolist():
        group = groups.setdefault(trials.noiseless[place].tobytes(), len(groups))
        is_new = group == len(firsts)
        firsts += [place] if is_new else []
        sums[group] += trials.vectors[place]
        counts[group] += 1
        means = sums[: len(firsts)] / counts[: len(firsts), None]
        if is_new and (means[front] <= means[group]).all(axis=1).any():
            continue  # it is behind, and all others are where they were
        front = np.flatnonzero(_undominated(means))
        members = np.array(firsts)[front]
        if not np.array_equal(members, before):
            before = members
            yield place, members


def _undominated(points: Floats) -> npt.NDArray[np.bool_]:
    """Which points no other one dominates, of equal ones the first; shape (points,)."""
    if points.shape[1] == 1:
        return np.asarray(np.arange(len(points)) == points[:, 0].argmin())
    at_most = (points[:, None] <= points[None]).all(axis=2)  # the first is as good as the second
    earlier = np.tri(len(points), k=-1, dtype=bool)
    dominated = (at_most & ~at_most.T) | (at_most & at_most.T & earlier.T)
    return np.asarray(~dominated.any(axis=0))
