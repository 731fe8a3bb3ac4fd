"""The worst boxes of a grid where a box's target is its share of a target's points."""

import numpy as np

from hpobench.subset.discrepancy.compiled import compiled_part, variable
from hpobench.subset.discrepancy.grid import Grid, Worst, count_cells, largest, worst_of
from hpobench.subset.discrepancy.ranked import Floats, Integers, Space


@compiled_part
def against_points(space: Space, grid: Grid, weights: Floats) -> Worst:
    """The worst boxes where a box's target is its share of the target's points.

    Whole weights are subtracted as whole numbers, so that equal boxes are exactly equal.
    """
    total, whole = weights.sum(), space.weights.sum()
    place = _place(space, grid)
    opening = _cells(space, grid, place, variable(1))
    closing = _cells(space, grid, place, variable(0))
    short, over = np.zeros(count_cells(grid)), np.zeros(count_cells(grid))
    excess, cells = np.empty((2, grid.shape[0])), np.empty((2, grid.shape[0]), np.int64)
    opened = closed = variable(0)
    for level in range(grid.shape[0]):
        for index in range(len(weights)):
            if grid.steps[index, 0] == level:
                cell = _cell(grid, grid.steps[index])
                short[cell] -= whole * weights[index]
                over[cell] += whole * weights[index]
        end = grid.levels[0, level]
        opened = _add(space, opening, opened, end, short, total)
        end = grid.levels[0, level - 1] + 1 if level else 0
        closed = _add(space, closing, closed, end, over, -total)
        for row, counts in enumerate((short, over)):
            sums = counts.copy()
            _accumulate(sums, grid.shape[1:])
            cells[row, level] = largest(sums)
            excess[row, level] = sums[cells[row, level]]
    worst = worst_of(excess / (total * whole))
    for row in range(2):
        worst.cell[row] = cells[row, worst.level[row]]
    return worst


@compiled_part
def _place(space: Space, grid: Grid) -> Integers:
    """On each axis the number of levels below each rank, (d, max ranks + 1)."""
    place = np.zeros(space.coordinates.shape, np.int64)
    for axis in range(len(grid.shape)):
        found = 0
        for rank in range(space.sizes[axis]):
            found += grid.levels[axis, found] == rank
            place[axis, rank + 1] = found
    return place


@compiled_part
def _cells(space: Space, grid: Grid, place: Integers, opening: int) -> Integers:
    """For each point of the target the smallest box that holds it on all axes but the first.

    `opening` is 1 for open boxes and 0 for closed ones; -1 where there is none.
    """
    cells = np.empty(len(space.target), np.int64)
    steps = np.empty(len(grid.shape), np.int64)
    for row in range(len(cells)):
        for axis in range(len(steps)):
            steps[axis] = place[axis, space.target[row, axis] + opening] + 1 - opening
        cells[row] = _cell(grid, steps)
    return cells


@compiled_part
def _add(space: Space, cells: Integers, row: int, end: int, counts: Floats, factor: float) -> int:
    """Count the target's points from `row` on whose first rank is below `end`; where it ended."""
    while row < len(cells) and space.target[row, 0] < end:
        if cells[row] >= 0:
            counts[cells[row]] += factor * space.weights[row]
        row += 1
    return row


@compiled_part
def _cell(grid: Grid, steps: Integers) -> int:
    """The cell with these levels on all axes but the first, or -1."""
    cell = 0
    for axis in range(1, len(grid.shape)):
        if steps[axis] == grid.shape[axis]:
            return -1
        cell = cell * grid.shape[axis] + steps[axis]
    return int(cell)


@compiled_part
def _accumulate(cells: Floats, shape: Integers) -> None:
    """Turn counts of cells into counts of boxes, one axis after the other."""
    stride = 1
    for axis in range(len(shape) - 1, -1, -1):
        for start in range(0, len(cells), stride * shape[axis]):
            for row in range(start + stride, start + stride * shape[axis], stride):
                for cell in range(row, row + stride):
                    cells[cell] += cells[cell - stride]
        stride *= shape[axis]
