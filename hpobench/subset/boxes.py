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
        target: (t, d); ranks of the points of an empirical target, no rows for the uniform one.
    """

    ranks: Integers
    sizes: Integers
    coordinates: Floats
    target: Integers


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


def space(points: Floats, target: Floats | None) -> Space:
    """Rank points together with those of an empirical target (None: the uniform measure)."""
    n, d = points.shape
    everything = points if target is None else np.vstack([points, target])
    axes = [np.unique(axis, return_inverse=True) for axis in everything.T]
    sizes = np.array([len(values) for values, _ in axes], dtype=np.int64)
    coordinates = np.ones((d, sizes.max() + 1))
    for row, (values, _) in zip(coordinates, axes, strict=True):
        row[: len(values)] = values
    ranks = np.column_stack([inverse for _, inverse in axes]).astype(np.int64)
    return Space(np.ascontiguousarray(ranks[:n]), sizes, coordinates, ranks[n:].copy())


@compiled
def worst_boxes(space: Space, chosen: Integers) -> Boxes:
    """The boxes in which the `chosen` rows of the space differ most from its target.

    Takes time and memory in proportion to (k + 1)^d.
    """
    grid = _grid(space, chosen)
    share = np.zeros(np.prod(grid.shape))
    _count(share, grid, space.ranks, chosen)
    if len(space.target):
        return _against_points(space, grid, share, len(chosen))
    _accumulate(share, grid.shape)
    for cell in range(len(share)):
        share[cell] /= len(chosen)
    return _against_volume(space, grid, share)


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
def _count(cells: Floats, grid: Grid, ranks: Integers, rows: Integers) -> None:
    """Count points in the smallest open box that holds them."""
    for row in rows:
        cell = 0
        for axis in range(len(grid.shape)):
            cell = cell * grid.shape[axis] + grid.place[axis, ranks[row, axis] + 1]
        cells[cell] += 1


@compiled
def _count_closed(cells: Floats, grid: Grid, ranks: Integers) -> None:
    """Count points in the smallest closed box that holds them, if there is one."""
    for row in range(len(ranks)):
        cell = 0
        held = True
        for axis in range(len(grid.shape)):
            step = grid.place[axis, ranks[row, axis]] + 1
            held &= step < grid.shape[axis]
            cell = cell * grid.shape[axis] + step
        if held:
            cells[cell] += 1


@compiled
def _accumulate(cells: Floats, shape: Integers) -> None:
    """Turn counts of cells into counts of boxes, one axis after the other."""
    stride = 1
    for axis in range(len(shape) - 1, -1, -1):
        for start in range(0, len(cells), stride * shape[axis]):
            for cell in range(start + stride, start + stride * shape[axis]):
                cells[cell] += cells[cell - stride]
        stride *= shape[axis]


@compiled
def _against_volume(space: Space, grid: Grid, share: Floats) -> Boxes:
    """The worst boxes where a box's target is its volume."""
    upper, lower = np.ones(len(share)), np.ones(len(share))
    stride = 1
    for axis in range(len(grid.shape) - 1, -1, -1):
        for step in range(grid.shape[axis]):
            side = space.coordinates[axis, grid.levels[axis, step]]
            before = space.coordinates[axis, grid.levels[axis, step - 1]] if step else 0.0
            for start in range(step * stride, len(share), stride * grid.shape[axis]):
                for cell in range(start, start + stride):
                    upper[cell] *= side
                    lower[cell] *= before
        stride *= grid.shape[axis]
    for cell in range(len(share)):
        upper[cell] -= share[cell]
        lower[cell] = share[cell] - lower[cell]
    return _worst(grid, share, upper, lower)


@compiled
def _against_points(space: Space, grid: Grid, share: Floats, k: int) -> Boxes:
    """The worst boxes where a box's target is its share of the target's points.

    Counts are subtracted as whole numbers, so that equal boxes are exactly equal.
    """
    size = len(space.target)
    short, over = np.zeros(len(share)), np.zeros(len(share))
    _count(short, grid, space.target, np.arange(size))
    _count_closed(over, grid, space.target)
    for cell in range(len(share)):
        short[cell] = k * short[cell] - size * share[cell]
        over[cell] = size * share[cell] - k * over[cell]
    for cells in (share, short, over):
        _accumulate(cells, grid.shape)
    for cell in range(len(share)):
        share[cell] /= k
        short[cell] /= k * size
        over[cell] /= k * size
    return _worst(grid, share, short, over)


@compiled
def _worst(grid: Grid, share: Floats, short: Floats, over: Floats) -> Boxes:
    """The boxes of largest lack and largest surplus."""
    lack, surplus = np.argmax(short), np.argmax(over)
    excess = np.array([short[lack], over[surplus]])
    mass = np.array([share[lack] + excess[0], share[surplus] - excess[1]])
    corner = np.zeros((2, len(grid.shape)), np.int64)
    for axis in range(len(grid.shape) - 1, -1, -1):
        corner[0, axis] = grid.levels[axis, lack % grid.shape[axis]]
        before = surplus % grid.shape[axis] - 1
        if before >= 0:  # the closed box ends at the level before, which it holds
            corner[1, axis] = grid.levels[axis, before] + 1
        lack //= grid.shape[axis]
        surplus //= grid.shape[axis]
    return Boxes(excess, corner, mass)
