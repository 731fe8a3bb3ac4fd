"""Points by their ranks, so that ties, duplicates and points on the border need no care."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Space(NamedTuple):
    """Points by their ranks, and the measure that they are compared with.

    Attributes:
        ranks: (n, d); dense rank of each point on each axis, equal coordinates sharing one.
        sizes: (d,); the number of ranks on each axis.
        coordinates: (d, max(sizes) + 1); the coordinate of each rank, 1 from `sizes` on.
        target: (t, d); ranks of the points of an empirical target, ascending on the first axis;
            no rows for the uniform one.
        weights: (t,); how much each of these counts for; whole numbers keep sums exact.
    """

    ranks: Integers
    sizes: Integers
    coordinates: Floats
    target: Integers
    weights: Floats


def space(points: Floats, target: Floats | None, weights: Floats | None = None) -> Space:
    """Rank points together with those of an empirical target (None: the uniform measure).

    Args:
        points: (n, d) in [0, 1].
        target: (t, d) in [0, 1].
        weights: (t,), positive; how much each point of the target counts for, 1 by default.
    """
    n, d = points.shape
    everything = points if target is None else np.vstack([points, target])
    axes = [np.unique(axis, return_inverse=True) for axis in everything.T]
    sizes = np.array([len(values) for values, _ in axes], dtype=np.int64)
    coordinates = np.ones((d, sizes.max() + 1))
    for row, (values, _) in zip(coordinates, axes, strict=True):
        row[: len(values)] = values
    ranks = np.column_stack([inverse for _, inverse in axes]).astype(np.int64)
    order = n + np.argsort(ranks[n:, 0], kind="stable")
    counts = np.ones(len(order)) if weights is None else weights[order - n].astype(float)
    return Space(np.ascontiguousarray(ranks[:n]), sizes, coordinates, ranks[order], counts)
