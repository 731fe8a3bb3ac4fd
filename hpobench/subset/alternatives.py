"""Other ways to choose a subset, to compare with: at random, by kernel means, by medoids."""

import numpy as np
from numpy.typing import ArrayLike

from hpobench.errors import UserError
from hpobench.subset.boxes import Floats, Integers
from hpobench.subset.discrepancy import unit_points


def random(points: ArrayLike, k: int, *, seed: int = 0) -> tuple[int, ...]:
    """Choose k rows at random, ascending."""
    rows = _checked(points, k)
    return _ascending(np.random.default_rng(seed).choice(len(rows), k, replace=False))


def kernel_mean(points: ArrayLike, k: int, *, seed: int = 0) -> tuple[int, ...]:
    """Choose k rows by swaps until none lowers the maximum mean discrepancy from the full set.

    Source: Gretton et al. (2012), A kernel two-sample test; Gaussian kernel, its width the median
    distance. The best swap is made each time, from a random subset on.
    """
    distances = _distances(_checked(points, k))
    width = np.median(distances[distances > 0]) if distances.any() else 1.0
    kernel = np.exp(-((distances / width) ** 2) / 2)
    pull = kernel.mean(axis=1)
    chosen = np.random.default_rng(seed).choice(len(kernel), k, replace=False)
    while True:
        kept = kernel[:, chosen].sum(axis=1)
        # what the squared discrepancy changes by, times k^2 / 2: rows are in, columns are out
        gain = kept[:, None] - kernel[:, chosen] - k * pull[:, None]
        gain = gain - (kept[chosen] - 1 - k * pull[chosen])[None, :]
        gain[chosen] = np.inf
        new, position = np.unravel_index(np.argmin(gain), gain.shape)
        if gain[new, position] > -1e-9:  # noqa: PLR2004 (rounding)
            return _ascending(chosen)
        chosen[position] = new


def medoids(points: ArrayLike, k: int, *, seed: int = 0) -> tuple[int, ...]:
    """Choose k rows that are the centres of k clusters, by alternation from random rows on.

    Source: Park, Jun (2009), A simple and fast algorithm for K-medoids clustering.
    """
    distances = _distances(_checked(points, k))
    chosen = np.sort(np.random.default_rng(seed).choice(len(distances), k, replace=False))
    cost = np.inf
    while (now := distances[:, chosen].min(axis=1).sum()) < cost:
        cost = now
        best, nearest = chosen, distances[:, chosen].argmin(axis=1)
        nearest[chosen] = np.arange(k)  # also among duplicates each centre keeps itself
        members = [np.flatnonzero(nearest == cluster) for cluster in range(k)]
        chosen = np.array(
            [own[distances[np.ix_(own, own)].sum(axis=0).argmin()] for own in members]
        )
    return _ascending(best)


def _checked(points: ArrayLike, k: int) -> Floats:
    """The points, if k of them can be chosen."""
    result = unit_points(points)
    if not 1 <= k <= len(result):
        raise UserError(f"cannot choose {k} of {len(result)} points")
    return result


def _distances(points: Floats) -> Floats:
    """Euclidean distances of all pairs, (n, n)."""
    squares = ((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(np.sqrt(squares), dtype=float)


def _ascending(rows: Integers) -> tuple[int, ...]:
    """In plain Python values."""
    return tuple(sorted(rows.tolist()))
