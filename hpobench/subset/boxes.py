"""The boxes that matter to a discrepancy: finitely many, between the points' own coordinates.

A box is anchored at the origin and given by a corner of ranks: it holds the points whose dense
rank is below the corner's on each axis. An open box [0, q) and a closed box [0, q] are thus the
same kind of thing, and ties, duplicates and points on the border need no care: among boxes with
the same points, the largest (open) falls short of its target most and the smallest (closed)
exceeds it most.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hpobench.subset.compiled import compiled

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Space(NamedTuple):
    """Points by their ranks, and the measure that they are compared with.

    Attributes:
        ranks: (n, d); dense rank of each point on each axis, equal coordinates sharing one;
            each axis lies together in memory.
        sizes: (d,); the number of ranks on each axis.
        coordinates: (d, max(sizes) + 1); the coordinate of each rank, 1 from `sizes` on.
        target: (t, d); ranks of the points of an empirical target, ascending on the first axis;
            no rows for the uniform one.
        weights: (t,); how much each of these counts for; whole numbers keep sums exact.
    """

    ranks: Integers
    sizes: Integers
    coordinates: Floats
    target: Integers
    weights: Floats


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


def space(points: Floats, target: Floats | None, weights: Floats | None = None) -> Space:
    """Rank points together with those of an empirical target (None: the uniform measure).

    Args:
        points: (n, d) in [0, 1].
        target: (t, d) in [0, 1].
        weights: (t,), positive; how much each point of the target counts for, 1 by default.
    """
    n, d = points.shape
    everything = points if target is None else np.vstack([points, target])
    axes = [np.unique(axis, return_inverse=True) for axis in everything.T]
    sizes = np.array([len(values) for values, _ in axes], dtype=np.int64)
    coordinates = np.ones((d, sizes.max() + 1))
    for row, (values, _) in zip(coordinates, axes, strict=True):
        row[: len(values)] = values
    ranks = np.column_stack([inverse for _, inverse in axes]).astype(np.int64)
    order = n + np.argsort(ranks[n:, 0], kind="stable")
    counts = np.ones(len(order)) if weights is None else weights[order - n].astype(float)
    own = np.asfortranarray(ranks[:n])
    return Space(own, sizes, coordinates, np.ascontiguousarray(ranks[order]), counts)


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
    grid = _grid(space, chosen)
    if len(space.target):
        worst = _against_points(space, grid, weights)
    else:
        worst = _against_volume(space, grid, weights)
    return _boxes(grid, worst, weights)


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
def _grid(space: Space, chosen: Integers) -> Grid:
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
def _against_volume(space: Space, grid: Grid, weights: Floats) -> Worst:
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
    worst = _worst(excess / total)
    for row in range(2):
        held[:] = 0.0
        for level in range(worst.level[row] + 1):
            _hold_level(held, grid, level, weights)
        side, before = _sides(space, grid, worst.level[row])
        if row == 0:
            worst.cell[row] = np.argmax(total * side * upper - held)
        else:
            worst.cell[row] = np.argmax(held - total * before * lower)
    return worst


@compiled
def _worst(excess: Floats) -> Worst:
    """The levels of largest excess, their cells still unknown."""
    level = np.array([np.argmax(excess[0]), np.argmax(excess[1])])
    most = np.array([excess[0, level[0]], excess[1, level[1]]])
    return Worst(most, level, np.zeros(2, np.int64))


@compiled
def _sides(space: Space, grid: Grid, level: int) -> tuple[float, float]:
    """How far the open boxes of a level reach on the first axis, and the closed ones."""
    side = space.coordinates[0, grid.levels[0, level]]
    before = space.coordinates[0, grid.levels[0, level - 1]] if level else 0.0
    return side, before


@compiled
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


@compiled
def _against_points(space: Space, grid: Grid, weights: Floats) -> Worst:
    """The worst boxes where a box's target is its share of the target's points.

    Whole weights are subtracted as whole numbers, so that equal boxes are exactly equal.
    """
    total, whole, place = weights.sum(), space.weights.sum(), _place(space, grid)
    short, over = np.zeros(np.prod(grid.shape[1:])), np.zeros(np.prod(grid.shape[1:]))
    excess, cells = np.empty((2, grid.shape[0])), np.empty((2, grid.shape[0]), np.int64)
    opened, closed = 0, 0
    for level in range(grid.shape[0]):
        for index in range(len(weights)):
            if grid.steps[index, 0] == level:
                cell = _cell(grid, grid.steps[index])
                short[cell] -= whole * weights[index]
                over[cell] += whole * weights[index]
        end = grid.levels[0, level]
        opened = _add(space, grid, place, opened, end, 1, short, total)
        end = grid.levels[0, level - 1] + 1 if level else 0
        closed = _add(space, grid, place, closed, end, 0, over, -total)
        for row, counts in enumerate((short, over)):
            sums = counts.copy()
            _accumulate(sums, grid.shape[1:])
            cells[row, level] = np.argmax(sums)
            excess[row, level] = sums[cells[row, level]]
    worst = _worst(excess / (total * whole))
    for row in range(2):
        worst.cell[row] = cells[row, worst.level[row]]
    return worst


@compiled
def _place(space: Space, grid: Grid) -> Integers:
    """On each axis the number of levels below each rank, (d, max ranks + 1)."""
    place = np.zeros(space.coordinates.shape, np.int64)
    for axis in range(len(grid.shape)):
        found = 0
        for rank in range(space.sizes[axis]):
            found += grid.levels[axis, found] == rank
            place[axis, rank + 1] = found
    return place


@compiled
def _volumes(space: Space, grid: Grid) -> tuple[Floats, Floats]:
    """On all axes but the first, the volume of each cell's largest and smallest box."""
    size = np.prod(grid.shape[1:])
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


@compiled
def _hold_level(held: Floats, grid: Grid, level: int, weights: Floats) -> None:
    """Add the points that boxes hold from a level on."""
    for index in range(len(weights)):
        if grid.steps[index, 0] == level:
            _hold(held, grid, grid.steps[index], weights[index])


@compiled
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


@compiled
def _add(
    space: Space,
    grid: Grid,
    place: Integers,
    row: int,
    end: int,
    opening: int,
    cells: Floats,
    factor: float,
) -> int:
    """Count the target's points from `row` on whose first rank is below `end`; where it ended.

    Each counts in the smallest box that holds it on all axes but the first, if there is one;
    `opening` is 1 for open boxes and 0 for closed ones.
    """
    steps = np.empty(len(grid.shape), np.int64)
    while row < len(space.target) and space.target[row, 0] < end:
        for axis in range(len(steps)):
            steps[axis] = place[axis, space.target[row, axis] + opening] + 1 - opening
        cell = _cell(grid, steps)
        if cell >= 0:
            cells[cell] += factor * space.weights[row]
        row += 1
    return row


@compiled
def _cell(grid: Grid, steps: Integers) -> int:
    """The cell with these levels on all axes but the first, or -1."""
    cell = 0
    for axis in range(1, len(grid.shape)):
        if steps[axis] == grid.shape[axis]:
            return -1
        cell = cell * grid.shape[axis] + steps[axis]
    return int(cell)


@compiled
def _accumulate(cells: Floats, shape: Integers) -> None:
    """Turn counts of cells into counts of boxes, one axis after the other."""
    stride = 1
    for axis in range(len(shape) - 1, -1, -1):
        for start in range(0, len(cells), stride * shape[axis]):
            for row in range(start + stride, start + stride * shape[axis], stride):
                for cell in range(row, row + stride):
                    cells[cell] += cells[cell - stride]
        stride *= shape[axis]


@compiled
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
