"""The boxes that matter to a discrepancy: finitely many, between the points' own coordinates.

A box is anchored at the origin and given by a corner of ranks: it holds the points whose dense
rank is below the corner's on each axis. An open box [0, q) and a closed box [0, q] are thus the
same kind of thing, and ties, duplicates and points on the border need no care: among boxes with
the same points, the largest (open) falls short of its target most and the smallest (closed)
exceeds it most.
"""

from typing import NamedTuple

import numpy as np

from hpobench.subset.discrepancy.compiled import compiled, compiled_part
from hpobench.subset.discrepancy.grid import Grid, Worst, grid_of
from hpobench.subset.discrepancy.ranked import Floats, Integers, Space
from hpobench.subset.discrepancy.shares import against_points
from hpobench.subset.discrepancy.volumes import against_volume


class Boxes(NamedTuple):
    """The worst open box (row 0) and the worst closed one (row 1) of a set of points.

    Attributes:
        excess: (2,); target minus points in row 0, points minus target in row 1.
        corner: (2, d); the boxes hold the points whose ranks are below these.
        mass: (2,); what the target measure gives the boxes.
    """

    excess: Floats
    corner: Integers
    mass: Floats


@compiled
def worst_boxes(space: Space, chosen: Integers, weights: Floats) -> Boxes:
    """The boxes in which the `chosen` rows of the space differ most from its target.

    Takes time in proportion to (k + 1)^d and memory to (k + 1)^(d - 1): corners are swept along
    the first axis, and only those at the current level are held.

    Args:
        space: The points and the target.
        chosen: (k,); rows of the space.
        weights: (k,), positive; how much each of these counts for.
    """
    grid = grid_of(space, chosen)
    if len(space.target):
        worst = against_points(space, grid, weights)
    else:
        worst = against_volume(space, grid, weights)
    return _boxes(grid, worst, weights)


@compiled_part
def _boxes(grid: Grid, worst: Worst, weights: Floats) -> Boxes:
    """The boxes behind the cells, and what the target measure gives them."""
    corner = np.zeros((2, len(grid.shape)), np.int64)
    step, mass = np.zeros(len(grid.shape), np.int64), np.zeros(2)
    for row in range(2):
        rest = worst.cell[row]
        for axis in range(len(grid.shape) - 1, -1, -1):
            step[axis] = rest % grid.shape[axis] if axis else worst.level[row]
            rest //= grid.shape[axis]
            if row == 0:
                corner[row, axis] = grid.levels[axis, step[axis]]
            elif step[axis]:  # the closed box ends at the level before, which it holds
                corner[row, axis] = grid.levels[axis, step[axis] - 1] + 1
        for index in range(len(weights)):
            inside = True
            for axis in range(len(step)):
                inside &= grid.steps[index, axis] <= step[axis]
            mass[row] += weights[index] * inside
        mass[row] = mass[row] / weights.sum() + (1 - 2 * row) * worst.excess[row]
    return Boxes(worst.excess, corner, mass)
