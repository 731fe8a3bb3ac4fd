"""Intervals of a ranking as bars of one logarithmic scale, to be seen side by side."""

import numpy as np
import pandas as pd

SMALL = 1e-3
"""The lowest end of the scale, as a share of the highest; regrets are skewed, never negative."""


def interval_bars(final: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """By optimizer where its interval begins, how long it is, and where the estimate lies.

    Args:
        final: With `optimizer`, `regret`, `low` and `high`; those without an interval get no bar.

    Returns:
        Percent of the scale, which reaches from the lowest to the highest end of all.
    """
    known = final[np.isfinite(final[["regret", "low", "high"]].astype(float)).all(axis=1)]
    if not len(known):
        return {}
    ends = known[["low", "regret", "high"]].to_numpy(dtype=float)
    top = float(ends.max())
    ends = np.log(np.maximum(ends, (top or 1.0) * SMALL))
    least, most = float(ends.min()), float(ends.max())
    shares = 100 * (ends - least) / (most - least) if most > least else np.full(ends.shape, 50.0)
    return {
        str(name): (round(low, 1), round(high - low, 1), round(middle, 1))
        for name, (low, middle, high) in zip(known["optimizer"], shares.tolist(), strict=True)
    }


def gap_bars(found: pd.DataFrame) -> list[tuple[float, float, float] | None]:
    """Row by row where the interval of a gap begins, how long it is, and where the gap lies.

    Args:
        found: With `gap`, `low` and `high`; without an interval there is no bar.

    Returns:
        Percent of a linear scale over all ends and 0, which is no gap.
    """
    ends = found[["low", "gap", "high"]].to_numpy(dtype=float)
    known = np.isfinite(ends).all(axis=1)
    least, most = ends[known].min(initial=0.0), ends[known].max(initial=0.0)
    shares = 100 * (ends - least) / ((most - least) or 1.0)
    rows = zip(shares.tolist(), known.tolist(), strict=True)
    return [
        (round(low, 1), round(high - low, 1), round(middle, 1)) if has else None
        for (low, middle, high), has in rows
    ]
