"""How far a set of points is from another measure: the L-infinity star discrepancy, exactly."""

import numpy as np
from numpy.typing import ArrayLike

from hpobench.errors import UserError
from hpobench.subset.discrepancy import dem
from hpobench.subset.discrepancy.boxes import worst_boxes
from hpobench.subset.discrepancy.ranked import Floats, Space, space

MAX_CELLS = 50_000_000
"""A grid of more boxes than this takes a second or more, each time."""

SWEPT_AXES, SWEPT_CELLS = 3, 10_000_000
"""With at most so many axes and boxes, looking at every box is faster than skipping most."""


def star_discrepancy(
    points: ArrayLike, target: ArrayLike | None = None, weights: ArrayLike | None = None
) -> float:
    """The largest difference of shares over all boxes that are anchored at the origin.

    Open boxes [0, q) and closed boxes [0, q] both count, so ties, duplicates and points on the
    border have the effect that the definition gives them.

    Args:
        points: (n, d) in [0, 1].
        target: (t, d) in [0, 1]; compare with the shares of these points instead of with volumes.
        weights: (t,), positive; how much each point of the target counts for, 1 by default.

    Returns:
        The exact value (up to rounding), in [0, 1].

    Raises:
        UserError: The points or weights are no such arrays, or with a target the (n + 1)^d boxes
            are too many.
    """
    checked = unit_points(points)
    if target is None:
        return _from_the_cube(checked)
    goal = unit_points(target)
    if goal.shape[1] != checked.shape[1]:
        raise UserError(f"points have {checked.shape[1]} axes, their target {goal.shape[1]}")
    check_boxes(boxes(checked))
    return _swept(space(checked, goal, positive_weights(weights, len(goal))))


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


def positive_weights(weights: ArrayLike | None, count: int) -> Floats:
    """Check the weights of so many points; all are 1 where none are given.

    Raises:
        UserError: It is no (count,) array of positive finite numbers.
    """
    result = np.ones(count) if weights is None else np.asarray(weights, dtype=float)
    if result.shape != (count,) or not ((result > 0) & np.isfinite(result)).all():
        raise UserError(f"weights are {count} positive numbers")
    return result


def boxes(points: Floats, k: int | None = None) -> float:
    """How many boxes lie between the coordinates of the points, or at most of k of them."""
    most = len(points) if k is None else k
    return float(np.prod([min(len(np.unique(axis)), most) + 1.0 for axis in points.T]))


def check_boxes(count: float) -> None:
    """Refuse to look at too many boxes.

    Raises:
        UserError: With the number.
    """
    if count > MAX_CELLS:
        raise UserError(f"{count:.1g} boxes are too many for an exact value")


def _from_the_cube(points: Floats) -> float:
    """Against the uniform measure."""
    if points.shape[1] == 1:
        return _line(points[:, 0])
    problem = space(points, None)
    if points.shape[1] <= SWEPT_AXES and boxes(points) <= SWEPT_CELLS:
        return _swept(problem)
    return dem.discrepancy(problem)


def _swept(problem: Space) -> float:
    """By a look at all boxes between the coordinates of all points."""
    n = len(problem.ranks)
    return float(worst_boxes(problem, np.arange(n), np.ones(n)).excess.max())


def _line(points: Floats) -> float:
    """One axis.

    Source: Niederreiter (1992), Random Number Generation and Quasi-Monte Carlo Methods, thm. 2.6.
    """
    n = len(points)
    middles = (np.arange(n) + 0.5) / n
    return float(0.5 / n + np.abs(np.sort(points) - middles).max())
