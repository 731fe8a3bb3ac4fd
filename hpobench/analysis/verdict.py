"""What a ranking says, in one sentence for each kind of tasks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from hpobench.analysis.pipeline import Analysis
from hpobench.stats.comparison import Comparison
from hpobench.stats.significance import LEVEL
from hpobench.system.text import (
    count,
    number,
)

MOST_NAMES = 4
"""More names than this are counted."""
FEWEST_TASKS = 5
"""Among two optimizers the test over fewer pairs cannot reach the level of 0.05."""


def verdict(analysis: Analysis, comparison: Comparison) -> str:
    """Who leads on tasks of a kind, who cannot be told apart from it, and how stable that is.

    The order is that of the ranking: interquartile mean of the regret, then mean rank.
    """
    rows = analysis.final[analysis.final["kind"] == comparison.kind].to_dict("records")
    seeds = analysis.runs.iloc[comparison.rows]["seed"].nunique()
    what = f"{str(comparison.kind).capitalize()}, {count(len(comparison.tasks), 'task')} x "
    order, stable = _order(rows, comparison), _stable(analysis, comparison)
    return f"{what}{count(seeds, 'seed')}: {order}{stable}."


def verdicts(analysis: Analysis) -> list[str]:
    """The sentence of each kind."""
    return [verdict(analysis, comparison) for comparison in analysis.comparisons]


def _order(rows: Sequence[Mapping[Any, Any]], comparison: Comparison) -> str:
    """The first, those like it, and the last."""
    if not rows or not len(comparison.pairs):
        return "nothing that all of them ran can be compared"
    if len(rows) == 1:
        return f"{rows[0]['optimizer']} alone, with nobody to compare it with"
    first, *others = rows
    alike = [row["optimizer"] for row in others if not row["p_first"] < LEVEL]
    if len(alike) == len(others):
        few = f": {count(len(comparison.tasks), 'task')} are too few"
        reason = few if len(comparison.tasks) < FEWEST_TASKS else ""
        best = f"{first['optimizer']} is ahead by {_measure(first)}"
        return f"nobody can be told apart from the first{reason}; {best}, {_last(rows)}"
    leads = f"{first['optimizer']} leads ({_measure(first)})"
    apart = f"; {_names(alike)} cannot be told apart from it" if alike else " before all others"
    return f"{leads}{apart}; {_last(rows)}"


def _measure(row: Mapping[Any, Any]) -> str:
    """What the first is the first by."""
    return f"regret {number(row['regret'])}, mean rank {row['rank']:.2f}"


def _last(rows: Sequence[Mapping[Any, Any]]) -> str:
    return f"{rows[-1]['optimizer']} is last"


def _names(names: Sequence[str]) -> str:
    """Names, or how many they are."""
    if len(names) > MOST_NAMES:
        return f"{len(names)} others"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _stable(analysis: Analysis, comparison: Comparison) -> str:
    """How like each other the rankings by other tasks and seeds are."""
    found = analysis.significance
    values: Iterable[float] = found.loc[found["kind"] == comparison.kind, "tau"]
    known = [float(tau) for tau in values if np.isfinite(tau)]
    return f"; rankings by other tasks and seeds agree by tau {known[0]:.2f}" if known else ""
