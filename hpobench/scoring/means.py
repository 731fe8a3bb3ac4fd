"""Means and medians that depend on which values there are and on nothing else, such as their order.

Scores are compared for equality: two optimizers tie, or are both the best. A sum of floating-point
numbers depends on their order, so that the same results under other seeds would differ by its
rounding, and a rank or a test would take that for a difference. Whatever is compared is averaged
here.
"""

from math import prod

import numpy as np

from hpobench.scoring.trials import Floats, Integers

BLOCK = 4096
"""So many means are made at a time, which stay in the processor's cache."""

HUGE = 2.0**960
"""Sums of larger numbers may overflow, so that they are made of a share of them."""

SHRINK = 2.0**-64
"""That share; a power of two, which rounds no large number."""

SPLITTER = 2.0**27 + 1
"""Splits a number into two of half its digits (Dekker, 1971), whose products are exact."""


def mean(values: Floats, axis: int = 0) -> Floats:
    """The mean along an axis, the same to the bit for the same values in any order and layout.

    It is the true mean rounded once (but for the rarest of halfway cases), so that equal values
    have themselves for a mean, however many they are.

    Args:
        values: Any shape; NaN and infinite values make a mean NaN and infinite.
        axis: To take the mean along.

    Returns:
        The shape without the axis; NaN where there are no values.
    """
    known = mean_of_known(values, axis)
    return np.where(np.isnan(values).any(axis=axis), np.nan, known)


def mean_of_known(values: Floats, axis: int = 0) -> Floats:
    """The `mean` of all values that are not NaN; NaN where all are."""
    moved = np.moveaxis(np.asarray(values, dtype=np.float64), axis, -1)
    columns = moved.reshape(prod(moved.shape[:-1]), moved.shape[-1])
    found = np.empty(len(columns))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for start in range(0, len(columns), BLOCK):
            found[start : start + BLOCK] = _means(columns[start : start + BLOCK])
    return found.reshape(moved.shape[:-1])


def median(values: Floats, axis: int = 0) -> Floats:
    """The median along an axis, NaN where any value is; huge values do not overflow.

    Args:
        values: Any shape.
        axis: To take the median along.

    Returns:
        The shape without the axis.
    """
    ordered = np.sort(np.moveaxis(np.asarray(values, dtype=np.float64), axis, 0), axis=0)
    count = len(ordered)
    found = mean(ordered[max(count - 1, 0) // 2 : count // 2 + 1])
    return np.where(np.isnan(ordered).any(axis=0), np.nan, found)


def _means(rows: Floats) -> Floats:
    """The mean of the known values of each row."""
    ordered = np.sort(rows, axis=-1).T
    found = _divided(*_sum(ordered), np.full(len(rows), len(ordered)))
    odd = ~np.isfinite(found)
    if odd.any():
        found[odd] = _odd_means(ordered[:, odd])
    return found


def _odd_means(ordered: Floats) -> Floats:
    """The mean of the known values of each column, some of them unknown, infinite or huge."""
    counts = np.count_nonzero(~np.isnan(ordered), axis=0)
    finite = np.where(np.isfinite(ordered), ordered, 0.0)
    share = np.where(np.abs(finite).max(axis=0, initial=0.0) > HUGE, SHRINK, 1.0)
    infinite = np.where(np.isinf(ordered), ordered, 0.0).sum(axis=0)
    found = _divided(*_sum(finite * share), counts) / share
    return np.where(infinite == 0.0, found, infinite)


def _sum(ordered: Floats) -> tuple[Floats, Floats]:
    """The sum of the first axis: rounded, and what the rounding left out.

    Source:
        Knuth (1969), The Art of Computer Programming 2, the error of a sum; Ogita, Rump and
        Oishi (2005), Accurate Sum and Dot Product.
    """
    total, rest = np.zeros(ordered.shape[1:]), np.zeros(ordered.shape[1:])
    for value in ordered:
        total, error = _two_sum(total, value)
        rest += error
    return _two_sum(total, rest)


def _two_sum(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """A sum, and its rounding error, exactly."""
    total = first + second
    virtual = total - first
    return total, (first - (total - virtual)) + (second - virtual)


def _divided(total: Floats, rest: Floats, counts: Integers) -> Floats:
    """A sum in two parts over a whole number, rounded once."""
    quotient = total / counts
    high = quotient * SPLITTER
    high = high - (high - quotient)
    remainder = ((total - high * counts) - (quotient - high) * counts) + rest
    return np.asarray(quotient + remainder / counts)
