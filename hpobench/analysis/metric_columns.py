"""Columns of the metrics that are computed from curves: by task and over tasks, with intervals."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hpobench.scoring.curves import Axis, Curves
from hpobench.scoring.incumbents import GRID
from hpobench.scoring.metric import Metric
from hpobench.scoring.trials import Floats
from hpobench.stats.comparison import Comparison
from hpobench.stats.groups import Groups
from hpobench.stats.interquartile import Estimate, interquartile_mean, mean_over_tasks

ByMetric = Mapping[Metric, Mapping[Axis, Floats]]
"""For each metric and axis the curves of all runs, shape (runs, grid points)."""


def compute(curves: Curves, metrics: Sequence[Metric]) -> ByMetric:
    """Those metrics that are computed from curves."""
    return {
        metric: {axis: metric.compute(curves, axis) for axis in curves.losses}
        for metric in metrics
        if metric.compute
    }


def by_task(computed: ByMetric, groups: Groups, axis: Axis) -> dict[str, Floats]:
    """The mean over seeds of each metric over one axis, by its column, for each group."""
    return {metric.column: groups.mean(values[axis]) for metric, values in computed.items()}


def over_tasks(computed: ByMetric, groups: Groups, comparison: Comparison) -> pd.DataFrame:
    """Each metric over the compared tasks that have it, with its interval.

    Returns:
        Columns `optimizer`, `axis`, `step` (of the grid, from 0), and for each metric its own
        and those of its interval.
    """
    parts = [
        pd.DataFrame({"optimizer": name, "axis": str(axis), "step": range(len(GRID))} | columns)
        for axis in next(iter(computed.values()), {})
        for name, columns in _of_axis(computed, groups, comparison, axis)
    ]
    keys = ["optimizer", "axis", "step"]
    names = [column for metric in computed for column in (metric.column, *metric.interval)]
    return pd.concat(parts) if parts else pd.DataFrame(columns=[*keys, *names])


def at_the_end(computed: ByMetric, groups: Groups, comparison: Comparison) -> pd.DataFrame:
    """What each optimizer ends with: columns `kind`, `optimizer`, and those of the metrics."""
    rows = [
        {"kind": str(comparison.kind), "optimizer": name}
        | {column: float(values[-1]) for column, values in columns.items()}
        for name, columns in _of_axis(computed, groups, comparison, Axis.BUDGET)
    ]
    return pd.DataFrame(rows)


def at_the_end_by_task(computed: ByMetric, groups: Groups) -> dict[str, Floats]:
    """What each group ends with: the mean over seeds and its interval, by column."""
    found: dict[str, Floats] = {}
    every = np.arange(len(groups.starts))
    for metric, values in computed.items():
        ends = values[Axis.BUDGET][:, -1:]
        parts = [_estimate(metric, groups.strata(every[i : i + 1], ends)) for i in every]
        names = (metric.column, *metric.interval)
        found |= {
            name: np.array([float(part[i][-1]) for part in parts]) for i, name in enumerate(names)
        }
    return found


def _of_axis(
    computed: ByMetric, groups: Groups, comparison: Comparison, axis: Axis
) -> Iterator[tuple[str, dict[str, Any]]]:
    """For each optimizer the columns of all metrics over one axis."""
    for name, own in zip(comparison.optimizers, groups.compared(comparison), strict=True):
        columns: dict[str, Any] = {}
        for metric, values in computed.items():
            estimate = _estimate(metric, groups.strata(own, values[axis]))
            columns |= dict(zip((metric.column, *metric.interval), estimate, strict=True))
        yield name, columns


def _estimate(metric: Metric, strata: Sequence[Floats]) -> Estimate:
    """The aggregated metric; NaN where no task has it."""
    if not strata:
        unknown = np.full(len(GRID), np.nan)
        return Estimate(unknown, unknown, unknown)
    return interquartile_mean(strata) if metric.pooled else mean_over_tasks(strata)
