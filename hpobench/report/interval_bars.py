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
