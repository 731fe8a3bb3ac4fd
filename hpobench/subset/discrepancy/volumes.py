"""The worst boxes of a grid where a box's target is its volume."""

import numpy as np

from hpobench.subset.discrepancy.compiled import compiled_part
from hpobench.subset.discrepancy.grid import Grid, Worst, count_cells, largest, worst_of
from hpobench.subset.discrepancy.ranked import Floats, Integers, Space


@compiled_part
def against_volume(space: Space, grid: Grid, weights: Floats) -> Worst:
    """The worst boxes where a box's target is its volume."""
    upper, lower = _volumes(space, grid)
    held, room = np.zeros(len(upper)), np.empty(len(upper))
    total = weights.sum()
    excess = np.empty((2, grid.shape[0]))
    for level in range(grid.shape[0]):
        _hold_level(held, grid, level, weights)
        side, before = _sides(space, grid, level)
        excess[0, level] = _largest(total * side, upper, -1.0, held, room)
        excess[1, level] = _largest(-total * before, lower, 1.0, held, room)
    worst = worst_of(excess / total)
    for row in range(2):
        held[:] = 0.0
        for level in range(worst.level[row] + 1):
            _hold_level(held, grid, level, weights)
        side, before = _sides(space, grid, worst.level[row])
        if row == 0:
            worst.cell[row] = largest(total * side * upper - held)
        else:
            worst.cell[row] = largest(held - total * before * lower)
    return worst


@compiled_part
def _sides(space: Space, grid: Grid, level: int) -> tuple[float, float]:
    """How far the open boxes of a level reach on the first axis, and the closed ones."""
    side = space.coordinates[0, grid.levels[0, level]]
    before = space.coordinates[0, grid.levels[0, level - 1]] if level else 0.0
    return side, before


@compiled_part
def _largest(factor: float, volume: Floats, sign: float, held: Floats, room: Floats) -> float:
    """The largest of factor * volume + sign * held.

    Halves are folded onto each other, so that several numbers are compared at once.
    """
    size = len(held)
    for cell in range(size):
        room[cell] = factor * volume[cell] + sign * held[cell]
    while size > 1:
        half = (size + 1) // 2
        for cell in range(size - half):
            room[cell] = max(room[cell], room[half + cell])
        size = half
    return float(room[0])


@compiled_part
def _volumes(space: Space, grid: Grid) -> tuple[Floats, Floats]:
    """On all axes but the first, the volume of each cell's largest and smallest box."""
    size = count_cells(grid)
    upper, lower = np.ones(size), np.ones(size)
    stride = 1
    for axis in range(len(grid.shape) - 1, 0, -1):
        for start in range(0, size, stride):
            step = start // stride % grid.shape[axis]
            side = space.coordinates[axis, grid.levels[axis, step]]
            before = space.coordinates[axis, grid.levels[axis, step - 1]] if step else 0.0
            for cell in range(start, start + stride):
                upper[cell] *= side
                lower[cell] *= before
        stride *= grid.shape[axis]
    return upper, lower


@compiled_part
def _hold_level(held: Floats, grid: Grid, level: int, weights: Floats) -> None:
    """Add the points that boxes hold from a level on."""
    for index in range(len(weights)):
        if grid.steps[index, 0] == level:
            _hold(held, grid, grid.steps[index], weights[index])


@compiled_part
def _hold(held: Floats, grid: Grid, steps: Integers, weight: float) -> None:
    """Add a point to all boxes that hold it on all axes but the first."""
    last = len(grid.shape) - 1
    width = grid.shape[last] if last else 1
    first = steps[last] if last else 0
    rows = len(held) // width
    # rows are in order of the second axis, so that the first ones need no look
    start = steps[1] * (rows // grid.shape[1]) if last > 1 else 0
    for row in range(start, rows):
        rest = row
        inside = True
        for axis in range(last - 1, 1, -1):
            inside &= rest % grid.shape[axis] >= steps[axis]
            rest //= grid.shape[axis]
        if inside:
            for cell in range(row * width + first, (row + 1) * width):
                held[cell] += weight
