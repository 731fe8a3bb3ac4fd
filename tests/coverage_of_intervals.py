"""How often the interval of an interquartile mean holds its expected value, by simulation."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hpobench.stats.interquartile import interquartile_mean

Floats = npt.NDArray[np.float64]

SETTINGS = ((20, 10), (179, 5), (334, 10), (1000, 10))
"""Tasks, and seeds of each."""

TOGETHER = 20
"""So many experiments are made at a time."""


class Coverage(NamedTuple):
    """What a simulation found.

    Attributes:
        covered: The share of experiments whose interval holds the expected value.
        inside: The share of experiments whose estimate lies inside its own interval.
    """

    covered: float
    inside: float


def coverage(tasks: int, seeds: int, *, experiments: int, seed: int) -> Coverage:
    """Repeat an experiment with other seeds on the same tasks.

    Regrets are skewed, as those of optimizers are: on each task they are exponential about its
    level, and levels are exponential over tasks. The expected value is the mean of the estimates.
    """
    rng = np.random.default_rng(seed)
    levels = rng.exponential(size=(tasks, 1, 1))
    estimates = []
    for _ in range(experiments // TOGETHER):
        regrets = levels * rng.exponential(size=(tasks, seeds, TOGETHER))
        estimates.append(interquartile_mean(list(regrets)))
    mean, low, high = (np.concatenate(parts) for parts in zip(*estimates, strict=True))
    expected = mean.mean()
    return Coverage(
        covered=float(np.mean((low <= expected) & (expected <= high))),
        inside=float(np.mean((low <= mean) & (mean <= high))),
    )
