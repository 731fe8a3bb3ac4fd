"""Interquartile means of runs, and how far other seeds would move them."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import lcm
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from hpobench.scoring.means import mean
from hpobench.scoring.trials import Floats, Integers

LEVEL = 0.95
"""Confidence level of all intervals."""

FINEST = 2**20
"""Shares of runs are whole numbers up to this, which is exact but for odd mixes of many seeds."""

BLOCK = 2**17
"""So many values of runs are aggregated at a time, to stay in the processor's cache."""


class Estimate(NamedTuple):
    """A mean with its interval, each of shape (grid points,).

    Attributes:
        mean: Interquartile mean of the runs.
        low, high: The ends of its confidence interval, which holds the mean; NaN if no task has
            more than one seed, since nothing is known about the spread then.
    """

    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedRuns:
    """The runs of several optimizers in ascending order, to be averaged with many weights.

    Attributes:
        values: Shape (runs, optimizers), ascending; 0 where an optimizer has no such run.
        order: The positions of these runs, by task and seed.
        weights: By position, 0 where there is no run, so that all tasks have the same weight.
    """

    values: Floats
    order: Integers
    weights: Integers

    @classmethod
    def of(cls, scores: Floats) -> Self:
        """The runs with scores of shape (tasks, optimizers, seeds), NaN where there is none."""
        known = ~np.isnan(scores)
        counts = known.sum(axis=2)
        each = np.stack([run_weights(own) for own in counts.T], axis=1)[:, :, None] * known
        runs = np.moveaxis(scores, 1, 2).reshape(-1, scores.shape[1])
        weights = np.moveaxis(each, 1, 2).reshape(-1, scores.shape[1])
        order = np.argsort(runs, axis=0, kind="stable")
        values = np.nan_to_num(np.take_along_axis(runs, order, axis=0), nan=0.0)
        return cls(values=np.asarray(values, dtype=np.float64), order=order, weights=weights)

    def means(self, weights: Integers) -> Floats:
        """The interquartile mean of each optimizer with other weights.

        Args:
            weights: By position as the pool's own; shape (..., runs, optimizers).

        Returns:
            Shape (..., optimizers).
        """
        ordered = weights[..., self.order, np.arange(self.order.shape[1])]
        return weighted_mean(self.values, middle_half(ordered, axis=-2), axis=-2)


def interquartile_mean(strata: Sequence[Floats]) -> Estimate:
    """The mean of the middle half of all runs, and how far it would move with other seeds.

    All runs are pooled, and the lowest and the highest quarter (rounded down) left out. Each task
    has the same weight: where tasks have different numbers of seeds, each run counts as often as
    makes them equal. The interval treats the tasks as given and the seeds as drawn: it covers
    the value that the mean has in expectation with as many other seeds on the same tasks. It is
    Student's, of the winsorised runs, whose variance is taken within each task, on a log scale.

    Args:
        strata: For each task the scores of its runs, none negative, of shape (seeds, grid
            points); at least one task.

    Source:
        Agarwal et al. (2021), Deep Reinforcement Learning at the Edge of the Statistical
        Precipice, NeurIPS; Tukey and McLaughlin (1963), Less Vulnerable Confidence and
        Significance Procedures for Location Based on a Single Sample, Sankhya A 25.
    """
    counts = np.array([len(stratum) for stratum in strata])
    values, weights = np.concatenate(strata), np.repeat(run_weights(counts), counts)
    ordered, shares = _ascending(values, weights)
    kept = middle_half(shares, axis=0)
    middle = weighted_mean(ordered, kept, axis=0)
    inside = kept > 0
    least = np.take_along_axis(ordered, inside.argmax(axis=0)[None], axis=0)
    last = len(values) - 1 - inside[::-1].argmax(axis=0)
    most = np.take_along_axis(ordered, last[None], axis=0)
    share = kept.sum(axis=0)[0] / weights.sum()
    width = _width(
        np.clip(values, least, most), counts, np.full(len(counts), 1 / len(counts)), share
    )
    low, high = _positive(middle, width, ordered[-1])
    return Estimate(middle, low, high)


def stratified_mean(strata: Sequence[Floats]) -> Estimate:
    """The mean of all values, each with the same weight, and how far other seeds would move it.

    Args:
        strata: For each task an array of shape (seeds, grid points); at least one.
    """
    counts = np.array([len(stratum) for stratum in strata])
    values = np.concatenate(strata)
    middle = weighted_mean(values, np.ones(values.shape), axis=0)
    width = _width(values, counts, counts / counts.sum(), 1.0)
    return Estimate(middle, middle - width, middle + width)


def mean_over_tasks(strata: Sequence[Floats]) -> Estimate:
    """The mean of the means by task, and how far other seeds would move it.

    The interval is Student's, and on a log scale where no value is negative.

    Args:
        strata: For each task an array of shape (seeds, grid points); at least one.
    """
    counts = np.array([len(stratum) for stratum in strata])
    values = np.concatenate(strata)
    middle = mean(means_by_task(strata))
    width = _width(values, counts, np.full(len(counts), 1 / len(counts)), 1.0)
    if values.min() < 0:
        return Estimate(middle, middle - width, middle + width)
    return Estimate(middle, *_positive(middle, width, values.max(axis=0)))


def estimated_together(
    several: Sequence[Sequence[Floats]], estimate: Callable[[Sequence[Floats]], Sequence[Floats]]
) -> list[tuple[Floats, ...]]:
    """What an estimate gives for each of several optimizers, all points of it by themselves.

    Those that have as many runs on each task are estimated at once, as if all their points were
    those of one: the same numbers in few calls.

    Args:
        several: For each optimizer strata of shape (seeds, grid points).
        estimate: Estimates of strata, at least one, arrays of shape (grid points,).

    Returns:
        For each optimizer its estimates; nothing where it has no strata.
    """
    alike: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for i, strata in enumerate(several):
        alike[tuple(map(len, strata))].append(i)
    found: dict[int, tuple[Floats, ...]] = dict.fromkeys(alike.pop((), []), ())
    for counts, members in alike.items():
        together = max(BLOCK // (sum(counts) * several[members[0]][0].shape[1]), 1)
        for start in range(0, len(members), together):
            own = members[start : start + together]
            whole = [
                np.concatenate(p, axis=1) for p in zip(*(several[i] for i in own), strict=True)
            ]
            parts = (np.split(values, len(own)) for values in estimate(whole))
            found |= dict(zip(own, zip(*parts, strict=True), strict=True))
    return [found[i] for i in range(len(several))]


def means_by_task(strata: Sequence[Floats]) -> Floats:
    """The mean of each task's runs, shape (tasks, grid points).

    Args:
        strata: For each task an array of shape (seeds, grid points); at least one.
    """
    counts = np.array([len(stratum) for stratum in strata])
    found = np.empty((len(strata), strata[0].shape[1]))
    for count in np.unique(counts):
        alike = np.flatnonzero(counts == count)
        found[alike] = mean(np.stack([strata[i] for i in alike.tolist()]), axis=1)
    return found


def run_weights(counts: Integers) -> Integers:
    """How often a run of each task counts, so that all tasks have the same weight.

    Args:
        counts: Runs of each task, at least one; shape (tasks,).
    """
    whole = lcm(*np.unique(counts).tolist())
    return np.asarray(np.rint(min(whole, FINEST) / counts), dtype=np.int64)


def middle_half(weights: Integers, axis: int) -> Integers:
    """What is left of weights in ascending order of value without the lowest and highest quarter.

    Args:
        weights: Whole numbers, any shape; a quarter of their sum is rounded down.
        axis: Along which values ascend.

    Returns:
        The same shape.
    """
    ends = np.cumsum(weights, axis=axis)
    total = np.take(ends, [-1], axis=axis)
    cut = total // 4
    kept = np.clip(ends, cut, total - cut) - np.clip(ends - weights, cut, total - cut)
    return np.asarray(kept, dtype=np.int64)


def weighted_mean(ordered: Floats, weights: npt.NDArray[Any], axis: int) -> Floats:
    """The mean of values in ascending order, in extended precision and rounded once.

    So the same runs have the same mean, in whichever order they were made.

    Args:
        ordered: The values.
        weights: Weight of each value; the two broadcast.
        axis: To take the mean along.
    """
    products = ordered.astype(np.longdouble) * weights
    return np.asarray(products.sum(axis=axis) / weights.sum(axis=axis), dtype=np.float64)


def _ascending(values: Floats, weights: Integers) -> tuple[Floats, Integers]:
    """All runs in ascending order at each point, equal ones by weight, and the weights so.

    Args:
        values: Shape (runs, grid points).
        weights: Shares of the runs.

    Returns:
        The runs, and weights that broadcast to them.
    """
    if (weights == weights[0]).all():
        return np.sort(values, axis=0), weights[:, None]
    order = np.lexsort((np.broadcast_to(weights[:, None], values.shape), values), axis=0)
    return np.take_along_axis(values, order, axis=0), weights[order]


def _positive(middle: Floats, width: Floats, largest: Floats) -> tuple[Floats, Floats]:
    """The interval on a log scale, which suits scores that are skewed and never negative.

    Its upper end is no higher than the largest run, unless that on a linear scale is.
    """
    ratio = np.divide(width, middle, out=0.0 * width, where=middle > 0)
    with np.errstate(over="ignore"):
        high = np.minimum(middle * np.exp(ratio), np.maximum(largest, middle))
    return middle * np.exp(-ratio), np.maximum(high, middle + width)


def _width(values: Floats, counts: Integers, weights: Floats, share: float) -> Floats:
    """Half the width of the interval of a stratified mean, shape (grid points,).

    A task with a single seed is taken to vary as the others do in the mean.

    Args:
        values: Task after task, shape (runs, grid points).
        counts: Runs of each task.
        weights: Weight of each task in the mean.
        share: Fraction of the runs that were not left out.
    """
    several = counts > 1
    if not several.any():
        return np.full(values.shape[1], np.nan)
    starts = np.cumsum(counts) - counts
    means = np.add.reduceat(values, starts, axis=0) / counts[:, None]
    squares = np.add.reduceat((values - np.repeat(means, counts, axis=0)) ** 2, starts, axis=0)
    variances = squares[several] / (counts[several, None] - 1)
    errors = (weights[several] ** 2 / counts[several])[:, None] * variances
    total = errors.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        free = share * total**2 / (errors**2 / (counts[several, None] - 1)).sum(axis=0)
    total = total + (weights[~several] ** 2).sum() * variances.mean(axis=0)
    degrees = np.where(total > 0, np.fmax(free, 1.0), 1.0)  # squares of tiny errors vanish: NaN
    quantile = stdtrit(degrees, (1 + LEVEL) / 2)
    return np.asarray(quantile * np.sqrt(total) / share)
