"""Other ways to choose a subset, to compare with: at random, by kernel means, by medoids."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hpobench.subset.discrepancy.assignment import draw_subset
from hpobench.subset.discrepancy.limits import GroupLimits, no_limits
from hpobench.subset.discrepancy.ranked import Floats, Integers
from hpobench.subset.discrepancy.selection import free_rows
from hpobench.subset.discrepancy.star import positive_weights, unit_points


class Alternative(Protocol):
    """A way to choose k rows, ascending.

    Arguments as of `selection.select`; what is required is chosen, and what is excluded is not,
    but still counts where the whole set does. Limits of groups are kept.
    """

    def __call__(
        self,
        points: ArrayLike,
        k: int,
        *,
        weights: ArrayLike | None = None,
        seed: int = 0,
        required: Sequence[int] = (),
        excluded: Iterable[int] = (),
        limits: GroupLimits | None = None,
    ) -> tuple[int, ...]:
        """Choose rows of the points."""


def random(
    points: ArrayLike,
    k: int,
    *,
    weights: ArrayLike | None = None,  # noqa: ARG001 (chance weighs all alike)
    seed: int = 0,
    required: Sequence[int] = (),
    excluded: Iterable[int] = (),
    limits: GroupLimits | None = None,
) -> tuple[int, ...]:
    """Choose rows at random."""
    return _ascending(_start(len(unit_points(points)), k, seed, required, excluded, limits)[0])


def kernel_mean(
    points: ArrayLike,
    k: int,
    *,
    weights: ArrayLike | None = None,
    seed: int = 0,
    required: Sequence[int] = (),
    excluded: Iterable[int] = (),
    limits: GroupLimits | None = None,
) -> tuple[int, ...]:
    """Choose by swaps until none lowers the maximum mean discrepancy from the full set.

    Source: Gretton et al. (2012), A kernel two-sample test; Gaussian kernel, its width the median
    distance. The best swap is made each time, from a random subset on.
    """
    checked = unit_points(points)
    chosen, closed = _start(len(checked), k, seed, required, excluded, limits)
    distances, counts = _distances(checked), positive_weights(weights, len(checked))
    width = np.median(distances[distances > 0]) if distances.any() else 1.0
    kernel = np.exp(-((distances / width) ** 2) / 2)
    pull = kernel @ (counts / counts.sum())
    while True:
        kept = kernel[:, chosen].sum(axis=1)
        # what the squared discrepancy changes by, times k^2 / 2: rows are in, columns are out
        gain = kept[:, None] - kernel[:, chosen] - k * pull[:, None]
        gain = gain - (kept[chosen] - 1 - k * pull[chosen])[None, :]
        gain[chosen] = gain[closed] = gain[:, : len(required)] = np.inf
        gain[~_allowed(limits, chosen, len(checked))] = np.inf
        new, position = np.unravel_index(np.argmin(gain), gain.shape)
        if gain[new, position] > -1e-9:  # noqa: PLR2004 (rounding)
            return _ascending(chosen)
        chosen[position] = new


def medoids(
    points: ArrayLike,
    k: int,
    *,
    weights: ArrayLike | None = None,
    seed: int = 0,
    required: Sequence[int] = (),
    excluded: Iterable[int] = (),
    limits: GroupLimits | None = None,
) -> tuple[int, ...]:
    """Choose the centres of k clusters, by alternation from random rows on.

    Source: Park, Jun (2009), A simple and fast algorithm for K-medoids clustering.
    """
    checked = unit_points(points)
    chosen, closed = _start(len(checked), k, seed, required, excluded, limits)
    distances, counts = _distances(checked), positive_weights(weights, len(checked))
    best, cost = chosen, np.inf
    groups = limits or no_limits(len(checked))
    while (now := float(counts @ distances[:, chosen].min(axis=1))) < cost:
        best, cost = chosen, now
        nearest = distances[:, chosen].argmin(axis=1)
        nearest[chosen] = np.arange(k)  # also among duplicates each centre keeps itself
        chosen = chosen.copy()
        for cluster in range(len(required), k):
            members = np.flatnonzero(nearest == cluster)
            central = counts[members] @ distances[np.ix_(members, members)]
            barred = closed[members] | ~groups.replacements(chosen, cluster)[members]
            chosen[cluster] = members[np.where(barred, np.inf, central).argmin()]
    return _ascending(best)


def _start(
    n: int,
    k: int,
    seed: int,
    required: Sequence[int],
    excluded: Iterable[int],
    limits: GroupLimits | None,
) -> tuple[Integers, NDArray[np.bool_]]:
    """Rows chosen at random behind the required ones, and whether each row is excluded."""
    closed_rows = list(excluded)
    free = free_rows(n, k, required, closed_rows)
    rng = np.random.default_rng(seed)
    chosen = draw_subset(limits or no_limits(n), required, free, k, rng)
    return chosen, np.isin(np.arange(n), closed_rows)


def _allowed(limits: GroupLimits | None, chosen: Integers, n: int) -> NDArray[np.bool_]:
    """Whether each of n rows may replace the one at each position; shape (n, positions)."""
    groups = limits or no_limits(n)
    return np.column_stack([groups.replacements(chosen, place) for place in range(len(chosen))])


def _distances(points: Floats) -> Floats:
    """Euclidean distances of all pairs, (n, n)."""
    squares = ((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(np.sqrt(squares), dtype=float)


def _ascending(rows: Integers) -> tuple[int, ...]:
    """In plain Python values."""
    return tuple(sorted(rows.tolist()))
