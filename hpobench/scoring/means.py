"""Means and medians that depend on which values there are and on nothing else, such as their order.

Scores are compared for equality: two optimizers tie, or are both the best. A sum of floating-point
numbers depends on their order, so that the same results under other seeds would differ by its
rounding, and a rank or a test would take that for a difference. Whatever is compared is averaged
here.
"""

import numpy as np

from hpobench.scoring.trials import Floats, Integers

BLOCK = 2**15
"""So many values are averaged at a time, which stay in the processor's cache."""

HUGE = 2.0**960
"""Sums of larger numbers may overflow, so that they are made of a share of them."""

SHRINK = 2.0**-64
"""That share; a power of two, which rounds no large number."""

SPLITTER = 2.0**27 + 1
"""Splits a number into two of half its digits (Dekker, 1971), whose products are exact."""

ROUNDING = 2.0**-53
"""Half of what the last binary digit of a number stands for, beside the number."""


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
    return _mean(values, axis, known_only=False)


def mean_of_known(values: Floats, axis: int = 0) -> Floats:
    """The `mean` of all values that are not NaN; NaN where all are."""
    return _mean(values, axis, known_only=True)


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


def _mean(values: Floats, axis: int, *, known_only: bool) -> Floats:
    """The mean along an axis, block by block of what lies across it."""
    moved = np.moveaxis(np.asarray(values, dtype=np.float64), axis, 0)
    columns = moved if moved.ndim > 1 else moved[:, None]
    found = np.empty(columns.shape[1:])
    together = max(BLOCK * columns.shape[1] // max(columns.size, 1), 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        for start in range(0, columns.shape[1], together):
            block = columns[:, start : start + together]
            found[start : start + together] = _block_mean(block, known_only=known_only)
    return found.reshape(moved.shape[1:])


def _block_mean(columns: Floats, *, known_only: bool) -> Floats:
    """The mean of each column, of all its values or of those that are not NaN."""
    largest = np.abs(columns).max(axis=0, initial=0.0)
    plain = largest <= HUGE
    if plain.all():
        return _divided(*_sum(columns, largest), len(columns))
    found = np.empty(plain.shape)
    found[plain] = _divided(*_sum(columns[:, plain], largest[plain]), len(columns))
    found[~plain] = _odd_mean(columns[:, ~plain], known_only=known_only)
    return found


def _odd_mean(columns: Floats, *, known_only: bool) -> Floats:
    """The mean of each column, where some values are unknown, infinite or huge."""
    known = ~np.isnan(columns)
    finite = np.where(np.isfinite(columns), columns, 0.0)
    largest = np.abs(finite).max(axis=0)
    share = np.where(largest > HUGE, SHRINK, 1.0)
    infinite = np.where(np.isinf(columns), columns, 0.0).sum(axis=0)
    counts = np.count_nonzero(known, axis=0)
    found = _divided(*_sum(finite * share, largest * share), counts) / share
    found = np.where(infinite == 0.0, found, infinite)
    return found if known_only else np.where(known.all(axis=0), found, np.nan)


def _sum(columns: Floats, largest: Floats) -> tuple[Floats, Floats]:
    """The sum over the first axis: rounded, and what the rounding left out.

    All numbers of a column are cut at the same binary digits, into slices so narrow that the sum
    of a slice is exact. So it does not depend on the order, and nothing has to be sorted. Two
    slices are usual; numbers of very different sizes need more.

    Args:
        columns: Finite values.
        largest: The largest size of a value in each column, at most `HUGE`.

    Source:
        Rump, Ogita and Oishi (2008), Accurate Floating-Point Summation Part I: Faithful Rounding,
        SIAM Journal on Scientific Computing 31 (the extraction of high-order parts); Demmel and
        Nguyen (2013), Fast Reproducible Floating-Point Summation.
    """
    digits = (len(columns) + 1).bit_length()
    cut = np.ldexp(1.0, np.frexp(largest)[1] + digits)
    total, rest, left = np.zeros(cut.shape), np.zeros(cut.shape), columns
    while True:
        slices = left + cut
        slices -= cut
        total, error = _two_sum(total, slices.sum(axis=0))
        rest += error
        left = np.subtract(left, slices, out=slices)
        if not left.any():
            return _two_sum(total, rest)
        cut *= ROUNDING * 2.0**digits


def _two_sum(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """A sum, and its rounding error, exactly."""
    total = first + second
    virtual = total - first
    return total, (first - (total - virtual)) + (second - virtual)


def _divided(total: Floats, rest: Floats, counts: Integers | int) -> Floats:
    """A sum in two parts over a whole number, rounded once."""
    quotient = total / counts
    high = quotient * SPLITTER
    high = high - (high - quotient)
    remainder = ((total - high * counts) - (quotient - high) * counts) + rest
    return np.asarray(quotient + remainder / counts)
