"""Ranks of optimizers that met the same task with the same seed."""

import numpy as np

from hpobench.scoring.trials import Floats


def mean_ranks(values: Floats, axis: int, *, tolerance: float = 0.0) -> Floats:
    """Rank along an axis: 1 is the smallest, equal values share their mean rank.

    Args:
        values: Any shape, without NaN; infinite is the worst.
        axis: To rank along.
        tolerance: Neighbours that differ by no more than this share of the larger are equal;
            for values that are differences, whose rounding would break their ties.

    Returns:
        The same shape.
    """
    moved = np.moveaxis(values, axis, -1)
    order = np.argsort(moved, axis=-1)
    ordered = np.take_along_axis(moved, order, axis=-1)
    place = np.broadcast_to(np.arange(1.0, moved.shape[-1] + 1), moved.shape)
    fresh = np.ones(moved.shape, dtype=np.bool_)
    if tolerance:
        fresh[..., 1:] = np.diff(ordered, axis=-1) > tolerance * np.abs(ordered[..., 1:])
    else:
        fresh[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    final = np.ones(moved.shape, dtype=np.bool_)
    final[..., :-1] = fresh[..., 1:]
    first = np.maximum.accumulate(np.where(fresh, place, 0.0), axis=-1)
    last = np.where(final, place, np.inf)[..., ::-1]
    last = np.minimum.accumulate(last, axis=-1)[..., ::-1]
    ranks = np.empty(moved.shape)
    np.put_along_axis(ranks, order, (first + last) / 2, axis=-1)
    return np.moveaxis(ranks, -1, axis)
