"""Ranks of optimizers that met the same task with the same seed."""

import numpy as np

from hpobench.analysis.trials import Floats


def fractional_ranks(losses: Floats) -> Floats:
    """Rank along the second axis: 1 is the smallest loss, equal losses share their mean rank.

    Args:
        losses: Shape (cases, optimizers, grid points); infinite is the worst, never NaN.

    Returns:
        The same shape.
    """
    ranks = np.empty_like(losses)
    for i in range(losses.shape[1]):
        own = losses[:, i : i + 1]
        better, equal = (losses < own).sum(axis=1), (losses == own).sum(axis=1)
        ranks[:, i] = better + (equal + 1) / 2
    return ranks
