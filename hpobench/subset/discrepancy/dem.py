"""Exact star discrepancy against the uniform measure where a grid of all boxes is too large.

Source: Dobkin, Eppstein, Mitchell (1996), Computing the discrepancy with applications to
supersampling patterns; worked out here on ranks instead of coordinates, so that ties are exact,
and with bounds that skip what cannot be the worst. Takes about n^(1 + d/2) time.
"""

from typing import NamedTuple

import numpy as np

from hpobench.subset.discrepancy.compiled import compiled, compiled_part, sort, variable
from hpobench.subset.discrepancy.ranked import Floats, Integers, Space

OUTSIDE = -1
"""Marks a point that no box of the cell holds."""
HELD = -2
"""Marks a point that so far all boxes of the cell hold; else the one axis that decides."""


class CornerRange(NamedTuple):
    """Corners whose ranks lie in a range on each axis that was split so far.

    Attributes:
        low: (d,); lowest rank of a corner; points with lower ranks are held on this axis.
        high: (d,); highest rank of a corner; points with this rank or more are outside.
        decider: (depth, n); row i says after i splits what decides over a point.
    """

    low: Integers
    high: Integers
    decider: Integers


@compiled
def discrepancy(space: Space) -> float:
    """The largest deviation over all boxes, of a space whose target is uniform."""
    n, d = space.ranks.shape
    cell = CornerRange(np.zeros(d, np.int64), np.full(d, -1), np.full((d + 1, n), HELD))
    best = np.zeros(1)
    axis = variable(0)
    # numba cannot cache a function that calls itself, hence a loop (numba issue 6061)
    while axis >= 0:
        if cell.high[axis] == space.sizes[axis]:
            cell.high[axis] = -1
            axis -= 1
            continue
        cell.low[axis] = cell.high[axis] + 1
        cell.high[axis] = _extent(space, cell, axis, int(np.sqrt(n)))
        _enter(space, cell, axis)
        if _promising(space, cell, axis + 1, best):
            if axis + 1 == d:
                _settle(space, cell, best)
            else:
                axis += 1
    return float(best[0])


@compiled_part
def _extent(space: Space, cell: CornerRange, axis: int, capacity: int) -> int:
    """How far a cell may reach on an axis, so that one axis at most decides over each point."""
    forced, free = _occupancy(space, cell, axis)
    inside = 0
    for rank in range(cell.low[axis], space.sizes[axis]):
        inside += free[rank]
        if forced[rank] or inside > capacity:
            return rank
    return int(space.sizes[axis])


@compiled_part
def _occupancy(space: Space, cell: CornerRange, axis: int) -> tuple[Integers, Integers]:
    """For each rank: how many points another axis decides over, and how many none does."""
    forced, free = np.zeros((2, space.sizes[axis]), np.int64)
    for point in range(len(space.ranks)):
        state = cell.decider[axis, point]
        if state == HELD:
            free[space.ranks[point, axis]] += 1
        elif state != OUTSIDE:
            forced[space.ranks[point, axis]] += 1
    return forced, free


@compiled_part
def _enter(space: Space, cell: CornerRange, axis: int) -> None:
    """Tell for each point what decides over it now that the axis has its range."""
    for point in range(len(space.ranks)):
        state = cell.decider[axis, point]
        rank = space.ranks[point, axis]
        if state != OUTSIDE and rank >= cell.high[axis]:
            state = OUTSIDE
        elif state == HELD and rank >= cell.low[axis]:
            state = axis
        cell.decider[axis + 1, point] = state


@compiled_part
def _promising(space: Space, cell: CornerRange, depth: int, best: Floats) -> bool:
    """Whether a box of the cell may be worse than the worst one known."""
    upper, lower = 1.0, 1.0 if depth == len(space.sizes) else 0.0
    for axis in range(depth):
        upper *= space.coordinates[axis, cell.high[axis]]
        lower *= space.coordinates[axis, cell.low[axis] - 1] if cell.low[axis] else 0.0
    held, possible = 0, 0
    for point in range(len(space.ranks)):
        state = cell.decider[depth, point]
        possible += state != OUTSIDE
        held += state == HELD
    if depth < len(space.sizes):
        held = 0
    n = len(space.ranks)
    return bool(max(upper - held / n, possible / n - lower) > best[0])


@compiled_part
def _settle(space: Space, cell: CornerRange, best: Floats) -> None:
    """Find the worst box of a cell: extreme volumes for each number of points held."""
    n, d = space.ranks.shape
    largest, smallest = np.zeros(n + 1), np.full(n + 1, 2.0)
    largest[0] = smallest[0] = 1.0
    total = variable(0)
    for axis in range(d):
        ranks = space.ranks[:, axis][cell.decider[d] == axis]
        sort(ranks)
        _combine(space, cell, axis, ranks, largest, smallest, total)
        total += len(ranks)
    held = np.sum(cell.decider[d] == HELD)
    for count in range(total + 1):
        share = (held + count) / n
        best[0] = max(best[0], largest[count] - share, share - smallest[count])


@compiled_part
def _combine(
    space: Space,
    cell: CornerRange,
    axis: int,
    ranks: Integers,
    largest: Floats,
    smallest: Floats,
    total: int,
) -> None:
    """Let an axis hold some of the points it decides over, in order of their ranks.

    Runs from many points to few, so that each entry is read before it is overwritten.
    """
    sides = space.coordinates[axis]
    for count in range(total + len(ranks), -1, -1):
        large, small = 0.0, 2.0
        for taken in range(max(0, count - total), min(len(ranks), count) + 1):
            end = cell.high[axis] if taken == len(ranks) else ranks[taken]
            start = ranks[taken - 1] + 1 if taken else cell.low[axis]
            if start <= end:  # else equal ranks were torn apart
                large = max(large, largest[count - taken] * sides[end])
                side = sides[start - 1] if start else 0.0
                small = min(small, smallest[count - taken] * side)
        largest[count], smallest[count] = large, small
