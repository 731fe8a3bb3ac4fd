"""Regret against cost: whom nobody dominates, who is named, and where there is room for names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from hpobench.scoring.trials import Floats

REFERENCE = "random"
"""Named besides those that nobody dominates: what all others are held against."""

STEPS = (0.5, -1.25, 1.6, -2.4, 2.75, -3.5, 3.9)
"""How far a label may stand above its point, in heights of a label; the nearest first."""

ASIDE, CLEAR = 0.6, 0.4
"""How far beside its point, and how much room is left around a point, in the same."""


class Box(NamedTuple):
    """A rectangle, its lower left corner first."""

    x0: float
    y0: float
    x1: float
    y1: float

    def overlaps(self, other: Self) -> bool:
        """Whether the two share any point."""
        across = self.x0 < other.x1 and other.x0 < self.x1
        return across and self.y0 < other.y1 and other.y0 < self.y1

    def inside(self, other: Self) -> bool:
        """Whether the other one holds it."""
        across = other.x0 <= self.x0 and self.x1 <= other.x1
        return across and other.y0 <= self.y0 and self.y1 <= other.y1


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPoints:
    """Optimizers of which regret and cost are known, the quickest first.

    Attributes:
        names: The optimizers'.
        xy: Milliseconds of a trial and regret, both above zero; shape (optimizers, 2).
        front: Whether none is as good and as quick and better in one of them.
        named: Which are to be named: these, and random search.
    """

    names: tuple[str, ...]
    xy: Floats
    front: npt.NDArray[np.bool_]
    named: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, table: pd.DataFrame) -> Self:
        """Those of a table with `optimizer`, `regret` and `overhead` that a log scale can show."""
        found = table[["optimizer", "overhead", "regret"]].dropna()
        found = found[(found["overhead"] > 0) & (found["regret"] > 0)]
        found = found.sort_values(["overhead", "regret", "optimizer"])
        xy = found[["overhead", "regret"]].to_numpy(dtype=float)
        front = undominated(xy)
        names = tuple(found["optimizer"])
        reference = np.array([name == REFERENCE for name in names], dtype=np.bool_)
        return cls(names=names, xy=xy, front=front, named=front | reference)


def undominated(points: Floats) -> npt.NDArray[np.bool_]:
    """Which points no other one is as good as in both, and better in one.

    Args:
        points: To be minimised, shape (points, 2).

    Returns:
        Shape (points,); all of several equal points.
    """
    as_good = np.all(points[None] <= points[:, None], axis=2)
    better = np.any(points[None] < points[:, None], axis=2)
    return np.asarray(~np.any(as_good & better, axis=1))


def place_labels(
    widths: Sequence[float], points: Floats, frame: Box, height: float
) -> list[tuple[float, float]]:
    """Where labels cover neither each other nor a point, each near its own, where there is room.

    Args:
        widths: The labels'.
        points: What they name, shape (labels, 2), y upwards.
        frame: What they are to lie inside.
        height: A label's; all in one unit.

    Returns:
        For each label how far from its point it is: to its left end where that is positive across,
        to its right end where it is negative; upwards to its lower edge.
    """
    clear = CLEAR * height
    taken = [Box(x - clear, y - clear, x + clear, y + clear) for x, y in points]
    found = []
    for width, (x, y) in zip(widths, points, strict=True):
        offsets = [(side * ASIDE * height, step * height) for step in STEPS for side in (1, -1)]
        boxes = [
            Box(x + dx - (width if dx < 0 else 0), y + dy, x + dx + (width if dx > 0 else 0), 0)
            for dx, dy in offsets
        ]
        boxes = [box._replace(y1=box.y0 + height) for box in boxes]
        free = (
            i
            for i, box in enumerate(boxes)
            if box.inside(frame) and not any(box.overlaps(other) for other in taken)
        )
        chosen = next(free, 0)
        taken.append(boxes[chosen])
        found.append(offsets[chosen])
    return found
