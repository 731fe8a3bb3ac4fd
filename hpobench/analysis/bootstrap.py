"""Interquartile means over tasks, and how far they would move with other seeds."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from hpobench.analysis.means import mean
from hpobench.analysis.trials import Floats

LEVEL = 0.95
RESAMPLES = 2000
CURVE_RESAMPLES = 200
SEED = 0


def interquartile_mean(scores: Floats) -> Floats:
    """The mean without the lowest and the highest quarter (rounded down), along axis -2.

    Args:
        scores: Shape (..., tasks, grid points).

    Returns:
        Shape (..., grid points).

    Source:
        Agarwal et al. (2021), Deep Reinforcement Learning at the Edge of the Statistical
        Precipice, NeurIPS.
    """
    count = scores.shape[-2]
    cut = count // 4
    if cut:  # sorting is faster than a partition
        scores = np.sort(scores, axis=-2)
    return mean(scores[..., cut : count - cut, :], axis=-2)


def seed_means(strata: Sequence[Floats]) -> Floats:
    """The mean over seeds for each task: from shapes (seeds, grid points) to (tasks, ...)."""
    return np.stack([mean(stratum) for stratum in strata])


def interval(strata: Sequence[Floats], resamples: int = RESAMPLES) -> tuple[Floats, Floats]:
    """A percentile interval of the interquartile mean by stratified bootstrap.

    Seeds are drawn anew within each task; the tasks stay as they are. The draws depend on
    nothing but the numbers of tasks and seeds, so that no optimizer moves another's interval.

    Args:
        strata: For each task an array of shape (seeds, grid points).
        resamples: Number of draws.

    Returns:
        The interval's lower and upper end, of shape (grid points,); NaN if no task has more
        than one seed, since nothing is known about the spread then.

    Source:
        Agarwal et al. (2021), as above.
    """
    if all(len(stratum) == 1 for stratum in strata):
        nothing = np.full(strata[0].shape[1], np.nan)
        return nothing, nothing
    weights = draws(tuple(len(stratum) for stratum in strata), resamples)
    means = np.empty((resamples, len(strata), strata[0].shape[1]))
    for i, (weight, stratum) in enumerate(zip(weights, strata, strict=True)):
        np.matmul(weight, stratum, out=means[:, i])
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(interquartile_mean(means), [tail, 1 - tail], axis=0)
    return low, high


@lru_cache(maxsize=4)
def draws(seeds: tuple[int, ...], resamples: int) -> list[Floats]:
    """For each task how often each of its seeds is drawn, as shares: (resamples, seeds)."""
    rng = np.random.default_rng(SEED)
    return [rng.multinomial(n, np.full(n, 1 / n), size=resamples) / n for n in seeds]
