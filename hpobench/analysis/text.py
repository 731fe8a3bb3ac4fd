"""Numbers as people read them."""

import math


def number(value: float | None, *, none: str = "-") -> str:
    """Three significant digits, without an exponent where that stays short."""
    if value is None or not math.isfinite(value):
        return none
    if value != 0 and not 1e-4 <= abs(value) < 1e6:  # noqa: PLR2004 (beyond, digits are noise)
        return f"{value:.2e}"
    decimals = 2 - math.floor(math.log10(abs(value))) if value else 0
    return f"{value:.{max(decimals, 0)}f}"


def share(value: float, *, none: str = "-") -> str:
    """A share in percent; 0 and 1 only if they are exact."""
    if not math.isfinite(value):
        return none
    rounded = f"{100 * value:.0f} %"
    return f"{100 * value:.1g} %" if rounded == "0 %" and value else rounded


def span(low: float, high: float, *, none: str = "-") -> str:
    """An interval."""
    return none if math.isnan(low) else f"{number(low)} to {number(high)}"
