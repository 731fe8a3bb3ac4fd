"""How good a benchmark a recorded table is, in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hpobench.recording.table import NUMBER, SEED, TEST, VALUE, RecordedTable

NEAR = 0.01
"""A configuration is near the best if it lies within so much of the way to the median."""

EFFORTS = (10, 30, 100)
"""Trials of random search whose result is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Quality of the table of one objective, at the highest level unless said otherwise.

    Attributes:
        best: Mean over seeds of the best configuration.
        median: Median over configurations of their means.
        seed_spread: Median over configurations of the standard deviation over seeds.
        signal: Standard deviation of the means over configurations, divided by `seed_spread`.
        near_best: Share of configurations within `NEAR` of the best, relative to the median.
        level_correlations: By level, Spearman's rank correlation of means with the highest level.
        test_correlation: Spearman's correlation of the means with those of the test values; NaN
            where there are none.
        random_search: By number of trials, the median over draws of the mean that random search's
            best configuration has, chosen by what one seed told.
    """

    best: float
    median: float
    seed_spread: float
    signal: float
    near_best: float
    level_correlations: Mapping[float, float]
    test_correlation: float
    random_search: Mapping[int, float]


def quality_of(table: RecordedTable, objective: str, *, maximize: bool) -> Quality | None:
    """Measure one objective of a table.

    Args:
        table: What was recorded.
        objective: Its name.
        maximize: Whether larger is better.

    Returns:
        None if fewer than two configurations were trained to the end.
    """
    sign = -1.0 if maximize else 1.0
    final = table.final
    told = _by_configuration(final, SEED, VALUE + objective) * sign
    means = told.mean(axis=1)
    if len(means) < 2:  # noqa: PLR2004
        return None
    spread = float(told.std(axis=1).median())
    best, median = float(means.min()), float(means.median())
    tests = final.astype({NUMBER: int}).groupby(NUMBER)[TEST + objective].mean() * sign
    return Quality(
        best=sign * best,
        median=sign * median,
        seed_spread=spread,
        signal=float(means.std()) / spread if spread else float("inf"),
        near_best=float((means <= best + NEAR * (median - best)).mean()),
        level_correlations=_level_correlations(table, objective),
        test_correlation=float(means.corr(tests, method="spearman")),
        random_search={n: sign * _random_search(told, n) for n in EFFORTS if n <= len(told)},
    )


def _level_correlations(table: RecordedTable, objective: str) -> dict[float, float]:
    """Rank correlation of each level's means with the highest level's."""
    if not table.fidelity:
        return {}
    done = table.succeeded
    means = _by_configuration(done, table.fidelity, VALUE + objective)
    last = means[means.columns.max()]
    return {float(str(level)): float(means[level].corr(last, method="spearman")) for level in means}


def _by_configuration(rows: pd.DataFrame, columns: str, values: str) -> pd.DataFrame:
    """Means of a column: a row for each configuration, a column for each seed or level."""
    return rows.astype({NUMBER: int, columns: float}).pivot_table(
        index=NUMBER, columns=columns, values=values
    )


def _random_search(told: pd.DataFrame, trials: int) -> float:
    """The median mean of the configuration that some random ones' best told value has."""
    rng = np.random.default_rng(0)
    values, means = told.to_numpy(), told.mean(axis=1).to_numpy()
    reached = []
    for _ in range(500):
        rows = rng.choice(len(values), trials, replace=False)
        drawn = values[rows, rng.integers(values.shape[1], size=trials)]
        if not np.isnan(drawn).all():
            reached.append(means[rows[np.nanargmin(drawn)]])
    return float(np.median(reached))
