"""Intervals of a ranking as bars of one scale, to be seen side by side."""

import numpy as np
import pandas as pd

DECADE = 10.0
"""Intervals that span more than this factor are drawn on a log scale."""

SMALL = 1e-3
"""The lowest end of a log scale, as a share of the highest."""


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
    if top > 0 and ends.min() < top / DECADE:
        ends = np.log(np.maximum(ends, top * SMALL))
    least, most = float(ends.min()), float(ends.max())
    shares = 100 * (ends - least) / (most - least) if most > least else np.full(ends.shape, 50.0)
    return {
        str(name): (round(low, 1), round(high - low, 1), round(middle, 1))
        for name, (low, middle, high) in zip(known["optimizer"], shares.tolist(), strict=True)
    }
