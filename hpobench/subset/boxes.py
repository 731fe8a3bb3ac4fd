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
        ranks: (n, d); dense rank of each point on each axis, equal coordinates sharing one.
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
        shape: (d,); the number of cells on each axis, one more than of levels.
        place: (d, max ranks + 1); the number of levels below each rank.
    """

    levels: Integers
    shape: Integers
    place: Integers


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
    return Space(np.ascontiguousarray(ranks[:n]), sizes, coordinates, ranks[order], counts)


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
        worst = _against_points(space, grid, chosen, weights)
    else:
        worst = _against_volume(space, grid, chosen, weights)
    return _boxes(space, grid, worst, chosen, weights)


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
    d = len(space.sizes)
    levels = np.empty((d, len(chosen) + 1), np.int64)
    shape = np.empty(d, np.int64)
    place = np.zeros((d, space.coordinates.shape[1]), np.int64)
    for axis in range(d):
        for point in chosen:
            place[axis, space.ranks[point, axis] + 1] = 1
        found = 0
        for rank in range(space.sizes[axis]):
            if place[axis, rank + 1]:
                levels[axis, found] = rank
                found += 1
            place[axis, rank + 1] = found
        levels[axis, found] = space.sizes[axis]
        shape[axis] = found + 1
    return Grid(levels, shape, place)


@compiled
def _nothing() -> Worst:
    """No boxes yet."""
    return Worst(np.full(2, -np.inf), np.zeros(2, np.int64), np.zeros(2, np.int64))


@compiled
def _against_volume(space: Space, grid: Grid, chosen: Integers, weights: Floats) -> Worst:
    """The worst boxes where a box's target is its volume."""
    upper, lower = _volumes(space, grid)
    held = np.zeros(len(upper))
    lanes = np.zeros(min(grid.shape[-1], len(upper)))
    total, worst = weights.sum(), _nothing()
    for level in range(grid.shape[0]):
        for index in range(len(chosen)):
            ranks = space.ranks[chosen[index]]
            if grid.place[0, ranks[0] + 1] == level:
                _hold(held, grid, ranks, weights[index])
        side = total * space.coordinates[0, grid.levels[0, level]]
        before = total * space.coordinates[0, grid.levels[0, level - 1]] if level else 0.0
        short = _largest(side, upper, -1.0, held, lanes)
        if short > worst.excess[0]:
            _note(worst, 0, short, level, int(np.argmax(side * upper - held)))
        over = _largest(-before, lower, 1.0, held, lanes)
        if over > worst.excess[1]:
            _note(worst, 1, over, level, int(np.argmax(held - before * lower)))
    return Worst(worst.excess / total, worst.level, worst.cell)


@compiled
def _largest(factor: float, volume: Floats, sign: float, held: Floats, lanes: Floats) -> float:
    """The largest of factor * volume + sign * held.

    Each lane keeps the largest of every so many cells, so that several are looked at at once.
    """
    width = len(lanes)
    lanes[:] = -np.inf
    for start in range(0, len(held) - width + 1, width):
        for lane in range(width):
            value = factor * volume[start + lane] + sign * held[start + lane]
            lanes[lane] = max(lanes[lane], value)
    return float(lanes.max())


@compiled
def _against_points(space: Space, grid: Grid, chosen: Integers, weights: Floats) -> Worst:
    """The worst boxes where a box's target is its share of the target's points.

    Whole weights are subtracted as whole numbers, so that equal boxes are exactly equal.
    """
    total, whole, worst = weights.sum(), space.weights.sum(), _nothing()
    short, over = np.zeros(np.prod(grid.shape[1:])), np.zeros(np.prod(grid.shape[1:]))
    opened, closed = 0, 0
    for level in range(grid.shape[0]):
        for index in range(len(chosen)):
            ranks = space.ranks[chosen[index]]
            if grid.place[0, ranks[0] + 1] == level:
                cell = _cell(grid, ranks, 1)
                short[cell] -= whole * weights[index]
                over[cell] += whole * weights[index]
        end = grid.levels[0, level]
        opened = _add(space, grid, opened, end, 1, short, total)
        end = grid.levels[0, level - 1] + 1 if level else 0
        closed = _add(space, grid, closed, end, 0, over, -total)
        for row, cells in enumerate((short, over)):
            sums = cells.copy()
            _accumulate(sums, grid.shape[1:])
            cell = int(np.argmax(sums))
            if sums[cell] > worst.excess[row]:
                _note(worst, row, sums[cell], level, cell)
    return Worst(worst.excess / (total * whole), worst.level, worst.cell)


@compiled
def _note(worst: Worst, row: int, excess: float, level: int, cell: int) -> None:
    """Remember a box that is worse than the others."""
    worst.excess[row] = excess
    worst.level[row] = level
    worst.cell[row] = cell


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
def _hold(held: Floats, grid: Grid, ranks: Integers, weight: float) -> None:
    """Add a point to all boxes that hold it on all axes but the first."""
    last = len(grid.shape) - 1
    width = grid.shape[last] if last else 1
    first = grid.place[last, ranks[last] + 1] if last else 0
    rows = len(held) // width
    # rows are in order of the second axis, so that the first ones need no look
    start = grid.place[1, ranks[1] + 1] * (rows // grid.shape[1]) if last > 1 else 0
    for row in range(start, rows):
        rest = row
        inside = True
        for axis in range(last - 1, 1, -1):
            inside &= rest % grid.shape[axis] >= grid.place[axis, ranks[axis] + 1]
            rest //= grid.shape[axis]
        if inside:
            for cell in range(row * width + first, (row + 1) * width):
                held[cell] += weight


@compiled
def _add(
    space: Space, grid: Grid, row: int, end: int, opening: int, cells: Floats, factor: float
) -> int:
    """Count the target's points from `row` on whose first rank is below `end`; where it ended.

    Each counts in the smallest box that holds it on all axes but the first, if there is one;
    `opening` is 1 for open boxes and 0 for closed ones.
    """
    while row < len(space.target) and space.target[row, 0] < end:
        cell = _cell(grid, space.target[row], opening)
        if cell >= 0:
            cells[cell] += factor * space.weights[row]
        row += 1
    return row


@compiled
def _cell(grid: Grid, ranks: Integers, opening: int) -> int:
    """The smallest box that holds a point on all axes but the first, or -1."""
    cell = 0
    for axis in range(1, len(grid.shape)):
        step = grid.place[axis, ranks[axis] + opening] + 1 - opening
        if step == grid.shape[axis]:
            return -1
        cell = cell * grid.shape[axis] + step
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
def _boxes(space: Space, grid: Grid, worst: Worst, chosen: Integers, weights: Floats) -> Boxes:
    """The boxes behind the cells, and what the target measure gives them."""
    corner = np.zeros((2, len(grid.shape)), np.int64)
    mass = np.zeros(2)
    for row in range(2):
        rest = worst.cell[row]
        for axis in range(len(grid.shape) - 1, -1, -1):
            step = rest % grid.shape[axis] if axis else worst.level[row]
            rest //= grid.shape[axis]
            if row == 0:
                corner[row, axis] = grid.levels[axis, step]
            elif step:  # the closed box ends at the level before, which it holds
                corner[row, axis] = grid.levels[axis, step - 1] + 1
        for index in range(len(chosen)):
            mass[row] += weights[index] * np.all(space.ranks[chosen[index]] < corner[row])
        mass[row] = mass[row] / weights.sum() + (1 - 2 * row) * worst.excess[row]
    return Boxes(worst.excess, corner, mass)
