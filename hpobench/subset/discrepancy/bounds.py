"""Bounds of a star discrepancy where its exact value is out of reach, each with its proof."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hpobench.subset.discrepancy.compiled import compiled, compiled_part, variable
from hpobench.subset.discrepancy.ranked import Floats, Integers, Space, space
from hpobench.subset.discrepancy.star import unit_points


@dataclass(frozen=True, slots=True, kw_only=True)
class LowerBound:
    """A box that proves that the discrepancy is at least this.

    Attributes:
        value: How much the box's volume and its share of the points differ.
        corner: The corner of the box, as coordinates.
        closed: Whether the box [0, corner] is closed, and has too many points; else it is open,
            and has too few.
    """

    value: float
    corner: tuple[float, ...]
    closed: bool


def lower_bound(points: ArrayLike, *, seed: int = 0, steps: int = 20_000) -> LowerBound:
    """The worst box that threshold accepting finds, against the uniform measure.

    Source: Gnewuch, Wahlstroem, Winzen (2012), A new randomized algorithm to approximate the star
    discrepancy based on threshold accepting: open and closed boxes are searched apart, each box
    is grown or shrunk until it is critical, and large coordinates are tried more often.

    Args:
        points: (n, d) in [0, 1].
        seed: Where all chance comes from.
        steps: How many boxes are tried of either kind; each takes time in proportion to n d.

    Raises:
        UserError: The points are no such array.
    """
    problem = space(unit_points(points), None)
    rng = np.random.default_rng(seed)
    ends = [_accept(problem, sign, steps, rng) for sign in (1.0, -1.0)]
    closed = ends[1][0] > ends[0][0]
    value, corner = ends[closed]
    ranks = corner - 1 if closed else corner
    sides = [float(axis[rank]) for axis, rank in zip(problem.coordinates, ranks, strict=True)]
    return LowerBound(value=float(value), corner=tuple(sides), closed=closed)


def rounding_bound(k: int, target: Floats | None, weights: Floats | None = None) -> float:
    """What the star discrepancy of no k points falls below, wherever they are.

    The share of k points in a box is a multiple of 1/k. Whatever the target gives to a slab
    [0, q) x [0, 1]^(d - 1) or its closure is missed by the distance from the nearest multiple;
    the cube gives every share to some slab, so there the bound is 1/(2 k).

    Args:
        k: How many points.
        target: (t, d); points that stand for the target, None for the cube.
        weights: (t,); how much each of them counts for.
    """
    if target is None:
        return 0.5 / k
    counts = np.ones(len(target)) if weights is None else weights
    worst = 0.0
    for axis in target.T:
        values, place = np.unique(axis, return_inverse=True)
        shares = k * np.cumsum(np.bincount(place, counts, len(values))) / counts.sum()
        worst = max(worst, float(np.abs(shares - np.round(shares)).max()) / k)
    return worst


@compiled
def _accept(
    space: Space, sign: float, steps: int, rng: np.random.Generator
) -> tuple[float, Integers]:
    """Walk over critical boxes, accepting small losses less and less.

    The sign is 1 for open boxes, which lack points, and -1 for closed ones, which have too many.
    """
    d = len(space.sizes)
    current = space.sizes.copy()
    value = _fit(space, sign, current, rng)
    best, champion = value, current.copy()
    for step in range(steps):
        threshold = 0.05 * (1 - step / steps) ** 2
        corner = current.copy()
        for _ in range(1 + int(rng.random() * min(d, 3))):
            axis = int(rng.random() * d)
            corner[axis] = _draw(space, axis, int(current[axis]), 1 - step / steps, rng)
        after = _fit(space, sign, corner, rng)
        if after >= value - threshold:
            value, current = after, corner
        if value > best:
            best, champion = value, current.copy()
    return best, champion


@compiled_part
def _draw(space: Space, axis: int, rank: int, width: float, rng: np.random.Generator) -> int:
    """A new rank of a corner on an axis, within a window that narrows over time.

    Its coordinate has the density x^(d - 1): in many dimensions only large boxes have a volume.
    """
    size = space.sizes[axis]
    reach = 2 + int(size * width / 2)
    low, high = max(1, rank - reach), min(size, rank + reach)
    d = len(space.sizes)
    bottom, top = space.coordinates[axis, low - 1] ** d, space.coordinates[axis, high] ** d
    goal = (bottom + rng.random() * (top - bottom)) ** (1 / d)
    drawn = low
    while drawn < high and space.coordinates[axis, drawn] < goal:
        drawn += 1
    return int(drawn)


@compiled_part
def _fit(space: Space, sign: float, corner: Integers, rng: np.random.Generator) -> float:
    """Make the box critical: the largest, or smallest, of boxes with these points; its value."""
    if sign < 0:
        _shrink(space, corner)
    else:
        _grow(space, corner, rng)
    volume, held = 1.0, 0
    for axis in range(len(corner)):
        rank = corner[axis] - 1 if sign < 0 else corner[axis]
        volume *= space.coordinates[axis, rank] if rank >= 0 else 0.0
    for point in range(len(space.ranks)):
        held += _holds(space, corner, point, variable(-1))
    return float(sign * (volume - held / len(space.ranks)))


@compiled_part
def _holds(space: Space, corner: Integers, point: int, spared: int) -> bool:
    """Whether the box holds a point on all axes except the spared one."""
    for axis in range(len(corner)):
        if axis != spared and space.ranks[point, axis] >= corner[axis]:
            return False
    return True


@compiled_part
def _shrink(space: Space, corner: Integers) -> None:
    """Fit the box closely around the points that it holds."""
    tight = np.zeros(len(corner), np.int64)
    for point in range(len(space.ranks)):
        if _holds(space, corner, point, variable(-1)):
            for axis in range(len(corner)):
                tight[axis] = max(tight[axis], space.ranks[point, axis] + 1)
    for axis in range(len(corner)):
        corner[axis] = tight[axis]


@compiled_part
def _grow(space: Space, corner: Integers, rng: np.random.Generator) -> None:
    """Enlarge the box, from a random axis on, until a further point stops it on each."""
    d = len(corner)
    first = int(rng.random() * d)
    for step in range(d):
        axis = (first + step) % d
        limit = space.sizes[axis]
        for point in range(len(space.ranks)):
            rank = space.ranks[point, axis]
            if corner[axis] <= rank < limit and _holds(space, corner, point, int(axis)):
                limit = rank
        corner[axis] = limit
