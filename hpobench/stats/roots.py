"""Where a function crosses zero, by Brent's method, without the half second that SciPy's takes."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

PRECISION = 8.881784197001252e-16
"""Relative: four times the distance of 1 to the next number, SciPy's own default."""

STEPS = 100
"""At most so many, as SciPy has it; halving alone gains 30 digits in them."""


@dataclass(slots=True)
class Bracket:
    """Points around a root: the best one, the one before it, and one on the other side.

    Attributes:
        best, before, across: The points.
        at_best, at_before, at_across: The function there.
        step, last: The step from `before` to `best`, and the one before that.
    """

    best: float
    before: float
    across: float
    at_best: float
    at_before: float
    at_across: float
    step: float = 0.0
    last: float = 0.0


def find_root(
    function: Callable[[float], float], low: float, high: float, *, tolerance: float = 2e-12
) -> float:
    """A root between two points, the same to the bit as `scipy.optimize.brentq` gives.

    Args:
        function: Continuous, of different signs at the two points.
        low: One end.
        high: The other.
        tolerance: How far from the root the result may be, at most.

    Raises:
        ValueError: The signs are the same.

    Source:
        Brent (1973), Algorithms for Minimization Without Derivatives, chapter 4.
    """
    low, high = float(low), float(high)
    at = Bracket(high, low, low, function(high), function(low), 0.0)
    if not at.at_before or not at.at_best:
        return at.best if at.at_before else at.before
    if (at.at_before < 0) == (at.at_best < 0):
        raise ValueError("the function has the same sign at both ends")
    for _ in range(STEPS):
        _turn(at)
        near = (tolerance + PRECISION * abs(at.best)) / 2
        half = (at.across - at.best) / 2
        if not at.at_best or abs(half) < near:
            break
        _choose_step(at, half, near)
        at.before, at.at_before = at.best, at.at_best
        smallest = near if half > 0 else -near
        at.best += at.step if abs(at.step) > near else smallest
        at.at_best = function(at.best)
    return at.best


def _turn(at: Bracket) -> None:
    """Have the root between `best` and `across`, and the smaller value at the former."""
    if at.at_before and at.at_best and (at.at_before < 0) != (at.at_best < 0):
        at.across, at.at_across = at.before, at.at_before
        at.last = at.step = at.best - at.before
    if abs(at.at_across) < abs(at.at_best):
        at.before, at.best, at.across = at.best, at.across, at.best
        at.at_before, at.at_best, at.at_across = at.at_best, at.at_across, at.at_best


def _choose_step(at: Bracket, half: float, near: float) -> None:
    """The step by interpolation where that is short enough to be trusted, else half the way."""
    if abs(at.last) > near and abs(at.at_best) < abs(at.at_before):
        try:
            guess = _interpolated(at)
        except ZeroDivisionError:  # two values are alike
            guess = inf
        if 2 * abs(guess) < min(abs(at.last), 3 * abs(half) - near):
            at.last, at.step = at.step, guess
            return
    at.last = at.step = half


def _interpolated(at: Bracket) -> float:
    """The step to where a line through two points, or an inverse parabola through three, is 0."""
    if at.before == at.across:
        return -at.at_best * (at.best - at.before) / (at.at_best - at.at_before)
    slope = (at.at_before - at.at_best) / (at.before - at.best)
    other = (at.at_across - at.at_best) / (at.across - at.best)
    rise = at.at_across * other - at.at_before * slope
    return -at.at_best * rise / (other * slope * (at.at_across - at.at_before))
