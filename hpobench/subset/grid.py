"""The boxes between the coordinates of a few points, as the cells of a grid."""

from typing import NamedTuple

import numpy as np

from hpobench.subset.compiled import compiled
from hpobench.subset.ranked import Floats, Integers, Space


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


@compiled
def grid_of(space: Space, chosen: Integers) -> Grid:
    """The grid between the coordinates of the chosen points."""
    k, d = len(chosen), len(space.sizes)
    levels = np.empty((d, k + 1), np.int64)
    shape = np.empty(d, np.int64)
    steps = np.empty((k, d), np.int64)
    for axis in range(d):
        found = 0
        for index in np.argsort(space.ranks[:, axis][chosen]):
            rank = space.ranks[chosen[index], axis]
            if found == 0 or rank > levels[axis, found - 1]:
                levels[axis, found] = rank
                found += 1
            steps[index, axis] = found
        levels[axis, found] = space.sizes[axis]
        shape[axis] = found + 1
    return Grid(levels, shape, steps)


@compiled
def worst_of(excess: Floats) -> Worst:
    """The levels of largest excess, their cells still unknown."""
    level = np.array([np.argmax(excess[0]), np.argmax(excess[1])])
    most = np.array([excess[0, level[0]], excess[1, level[1]]])
    return Worst(most, level, np.zeros(2, np.int64))
