"""The boxes between the coordinates of a few points, as the cells of a grid."""

from typing import NamedTuple

import numpy as np

from hpobench.subset.discrepancy.compiled import compiled_part, sort
from hpobench.subset.discrepancy.ranked import Floats, Integers, Space


class Grid(NamedTuple):
    """The boxes between the coordinates of some of the points, as the cells of a grid.

    Attributes:
        levels: (d, k + 1); on each axis the ranks of those points, ascending, and the size.
        shape: (d,); the number of levels on each axis.
        steps: (k, d); for each of those points the first level whose open boxes hold it.
    """

    levels: Integers
    shape: Integers
    steps: Integers


class Worst(NamedTuple):
    """The worst boxes so far, open and closed.

    Attributes:
        excess: (2,); times the total weights.
        level: (2,); their level on the first axis of the grid.
        cell: (2,); their cell on the other axes.
    """

    excess: Floats
    level: Integers
    cell: Integers


@compiled_part
def grid_of(space: Space, chosen: Integers) -> Grid:
    """The grid between the coordinates of the chosen points."""
    k, d = len(chosen), len(space.sizes)
    levels = np.empty((d, k + 1), np.int64)
    shape = np.empty(d, np.int64)
    steps = np.empty((k, d), np.int64)
    for axis in range(d):
        for index in range(k):
            levels[axis, index] = space.ranks[chosen[index], axis]
        sort(levels[axis, :k])
        found = 0
        for index in range(k):
            if found == 0 or levels[axis, index] > levels[axis, found - 1]:
                levels[axis, found] = levels[axis, index]
                found += 1
        levels[axis, found] = space.sizes[axis]
        shape[axis] = found + 1
        for index in range(k):
            step = 0
            while levels[axis, step] <= space.ranks[chosen[index], axis]:
                step += 1
            steps[index, axis] = step
    return Grid(levels, shape, steps)


@compiled_part
def worst_of(excess: Floats) -> Worst:
    """The levels of largest excess, their cells still unknown."""
    level, most = np.zeros(2, np.int64), np.empty(2)
    for row in range(2):
        level[row] = largest(excess[row])
        most[row] = excess[row, level[row]]
    return Worst(most, level, np.zeros(2, np.int64))


@compiled_part
def largest(values: Floats) -> int:
    """Where the first of the largest is."""
    best = 0
    for place in range(1, len(values)):
        if values[place] > values[best]:
            best = place
    return best


@compiled_part
def count_cells(grid: Grid) -> int:
    """The number of cells on all axes but the first."""
    cells = 1
    for axis in range(1, len(grid.shape)):
        cells *= grid.shape[axis]
    return cells
