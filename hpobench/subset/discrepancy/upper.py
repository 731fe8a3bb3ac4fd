"""An upper bound of a star discrepancy where its exact value is out of reach."""

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hpobench.subset.discrepancy.ranked import Integers, Space, space
from hpobench.subset.discrepancy.star import unit_points


@dataclass(frozen=True, slots=True, order=True)
class BoxRange:
    """Boxes whose corners' ranks lie in a range on each axis, the most promising first.

    Attributes:
        order: The negative of what none of these boxes exceeds.
        number: Tells cells of one bound apart.
        low: (d,); the lowest ranks.
        high: (d,); the highest ones.
    """

    order: float
    number: int
    low: tuple[int, ...]
    high: tuple[int, ...]


def upper_bound(points: ArrayLike, *, splits: int = 10_000) -> float:
    """What the star discrepancy against the uniform measure does not exceed.

    No box is worse than the largest volume in its cell without the points that all boxes of the
    cell hold, nor than all the points that any holds without the smallest volume. The cell with
    the worst bound is halved again and again. Together with `lower_bound` this encloses the exact
    value; where a cell of a single box comes out worst, the bound is that value.

    Source: bounds as of Thiemard (2001), An algorithm to compute bounds for the star discrepancy,
    on cells of ranks, halved best first.

    Args:
        points: (n, d) in [0, 1].
        splits: Cells are halved at most so often; each takes time in proportion to n d.

    Raises:
        UserError: The points are no such array.
    """
    problem = space(unit_points(points), None)
    heap = [_cell(problem, 0, np.zeros_like(problem.sizes), problem.sizes)]
    for number in range(1, 2 * splits, 2):
        low, high = np.array(heap[0].low), np.array(heap[0].high)
        if (low == high).all():
            break
        axis, rank = _cut(problem, low, high)
        below, above = high.copy(), low.copy()
        below[axis], above[axis] = rank, rank + 1
        heapq.heapreplace(heap, _cell(problem, number, low, below))
        heapq.heappush(heap, _cell(problem, number + 1, above, high))
    return min(-heap[0].order, 1.0)


def _cell(problem: Space, number: int, low: Integers, high: Integers) -> BoxRange:
    """With what none of its boxes exceeds."""
    axes = np.arange(len(low))
    largest = problem.coordinates[axes, high].prod()
    smallest = np.where(low > 0, problem.coordinates[axes, low - 1], 0.0).prod()
    held, possible = ((problem.ranks < corner).all(axis=1).mean() for corner in (low, high))
    bound = max(largest - held, possible - smallest)
    return BoxRange(-float(bound), number, tuple(low.tolist()), tuple(high.tolist()))


def _cut(problem: Space, low: Integers, high: Integers) -> tuple[int, int]:
    """Where to halve a cell: in the middle of the axis on which its sides differ by most."""
    axes = np.arange(len(low))
    ends = problem.coordinates[axes, high]
    starts = np.where(low > 0, problem.coordinates[axes, low - 1], 0.0)
    width = np.where(high > low, (ends - starts) / ends.clip(min=1e-300), -1.0)
    axis = int(np.argmax(width))
    middle = (starts[axis] + ends[axis]) / 2
    rank = int(np.searchsorted(problem.coordinates[axis, : high[axis]], middle))
    return axis, min(max(rank, int(low[axis])), int(high[axis]) - 1)
