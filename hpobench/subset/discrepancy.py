"""How far a set of points is from another measure: the L-infinity star discrepancy, exactly."""

import numpy as np
from numpy.typing import ArrayLike

from hpobench.errors import UserError
from hpobench.subset import dem
from hpobench.subset.boxes import Floats, space, worst_boxes

MAX_CELLS = 50_000_000
"""A grid of more boxes than this takes gigabytes."""


def star_discrepancy(points: ArrayLike, target: ArrayLike | None = None) -> float:
    """The largest difference of shares over all boxes that are anchored at the origin.

    Open boxes [0, q) and closed boxes [0, q] both count, so ties, duplicates and points on the
    border have the effect that the definition gives them.

    Args:
        points: (n, d) in [0, 1].
        target: (t, d) in [0, 1]; compare with the shares of these points instead of with volumes.

    Returns:
        The exact value (up to rounding), in [0, 1].

    Raises:
        UserError: The points are no such array, or with a target the (n + 1)^d boxes are too many.
    """
    checked = unit_points(points)
    if target is None:
        return (
            _line(checked[:, 0]) if checked.shape[1] == 1 else dem.discrepancy(space(checked, None))
        )
    goal = unit_points(target)
    if goal.shape[1] != checked.shape[1]:
        raise UserError(f"points have {checked.shape[1]} axes, their target {goal.shape[1]}")
    boxes = np.prod([len(np.unique(axis)) + 1.0 for axis in checked.T])
    if boxes > MAX_CELLS:
        raise UserError(f"{boxes:.1g} boxes are too many for an exact value")
    return float(worst_boxes(space(checked, goal), np.arange(len(checked))).excess.max())


def unit_points(points: ArrayLike) -> Floats:
    """Check that these are points of the unit cube.

    Raises:
        UserError: It is no (n, d) array of at least one point and one axis with values in [0, 1].
    """
    result = np.ascontiguousarray(points, dtype=float)
    if result.ndim != 2 or 0 in result.shape:  # noqa: PLR2004 (rows and columns)
        raise UserError(f"points are an array of shape (n, d), not {result.shape}")
    if not ((result >= 0) & (result <= 1)).all():
        raise UserError("the coordinates of points lie in [0, 1]")
    return result


def _line(points: Floats) -> float:
    """One axis.

    Source: Niederreiter (1992), Random Number Generation and Quasi-Monte Carlo Methods, thm. 2.6.
    """
    n = len(points)
    middles = (np.arange(n) + 0.5) / n
    return float(0.5 / n + np.abs(np.sort(points) - middles).max())
