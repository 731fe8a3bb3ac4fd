"""Numbers as people read them, in a page or a terminal."""

import math


def number(value: float | None, *, none: str = "-") -> str:
    """Three significant digits, without an exponent where that stays short."""
    if value is None or not math.isfinite(value):
        return none
    if value != 0 and not 1e-4 <= abs(value) < 1e6:  # noqa: PLR2004 (beyond, digits are noise)
        return f"{value:.2e}"
    decimals = 2 - int(f"{value:.2e}".partition("e")[2]) if value else 0
    return f"{value:.{max(decimals, 0)}f}"


def share(value: float, *, none: str = "-") -> str:
    """A share in percent; 0 and 1 only if they are exact."""
    if not math.isfinite(value):
        return none
    percent = 100 * value
    if 0 < percent < 1:
        return f"{percent:.1g} %"
    return f"{percent:.1f} %" if 99 < percent < 100 else f"{percent:.0f} %"  # noqa: PLR2004


def span(low: float, high: float, *, none: str = "-") -> str:
    """An interval as text."""
    return none if math.isnan(low) else f"{number(low)} to {number(high)}"


def count(number: int, noun: str) -> str:
    """A number with its noun, such as `1 run`, `2,000 runs` and `3 families`."""
    if number == 1:
        return f"{number:,} {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("y") else f"{number:,} {noun}s"


def are(number: int) -> str:
    """The verb for so many."""
    return "is" if number == 1 else "are"
