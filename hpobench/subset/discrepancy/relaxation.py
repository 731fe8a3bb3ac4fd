"""A lower bound for all subsets at once, by letting tasks be chosen in part."""

from collections.abc import Iterator

import numpy as np

from hpobench.subset.discrepancy.boxes import Boxes, worst_boxes
from hpobench.subset.discrepancy.limits import GroupLimits, no_limits
from hpobench.subset.discrepancy.ranked import Floats, Integers, Space, space

ROUNDS = 60
"""Linear programs that are solved at most; together they take seconds."""

MOST_BOXES = 5_000_000
"""A fractional choice of so many points that it has more boxes ends the rounds."""

CLOSE = 1e-4
"""A bound is not made better than this."""

TINY = 1e-9
"""A smaller part of a point is none."""


def relaxed_bound(
    points: Floats,
    k: int,
    *,
    target: Floats | None = None,
    weights: Floats | None = None,
    limits: GroupLimits | None = None,
) -> float:
    """What no k of the points that keep to the limits fall below in star discrepancy.

    A linear program chooses each point in part, k in all, so that the largest excess over some
    boxes is small. The boxes in which its choice is worst, exactly, are added to it, until they
    hold no surprise. Each of its values is a bound, whenever one stops, for every subset is a
    choice, and the limits of groups are among its rows. Against the full set it is 0 without
    them: all points in equal parts.

    Args:
        points: (n, d) in [0, 1].
        k: How many are chosen.
        target: (t, d); points that stand for the target, None for the cube.
        weights: (t,); how much each of them counts for.
        limits: How many points of some groups must and may be chosen.
    """
    from scipy.optimize import linprog

    n, problem = len(points), space(points, target, weights)
    allowed = limits or no_limits(n)
    cost = np.append(np.zeros(n), 1.0)
    rows = [np.append(sign * row, 0.0) for sign in (-1.0, 1.0) for row in allowed.member]
    most = [*(-1.0 * allowed.low), *(1.0 * allowed.high)]
    even, value = np.full(n, k / n), 0.0
    parts = even
    for already in range(ROUNDS):
        chosen = np.flatnonzero(parts > TINY)
        if np.prod([len(np.unique(axis)) + 1.0 for axis in points[chosen].T]) > MOST_BOXES:
            chosen = np.sort(np.argsort(-parts, kind="stable")[:k])
        found = worst_boxes(problem, chosen, np.ascontiguousarray(parts[chosen]))
        if already and found.excess.max() < value + CLOSE:
            break
        for row, limit in _cuts(problem, found, k):
            rows.append(row)
            most.append(limit)
        solved = linprog(
            cost,
            A_ub=np.array(rows),
            b_ub=np.array(most),
            A_eq=np.append(np.ones(n), 0.0)[None, :],
            b_eq=[k],
            bounds=[*[(0.0, 1.0)] * n, (0.0, None)],
            method="highs",
        )
        if solved.x is None:
            break
        parts, value = solved.x[:-1], float(solved.x[-1])
    return max(0.0, value - 1e-6)  # the solver's tolerance


def _cuts(problem: Space, found: Boxes, k: int) -> Iterator[tuple[Floats, float]]:
    """For each box the row and the limit of: its excess is at most the last variable."""
    for row, sign in enumerate((1.0, -1.0)):
        inside = _inside(problem, found.corner[row])
        yield np.append(-sign * inside / k, -1.0), -sign * float(found.mass[row])


def _inside(problem: Space, corner: Integers) -> Floats:
    """1 for each point that a box holds."""
    return np.asarray((problem.ranks < corner).all(axis=1), dtype=float)
