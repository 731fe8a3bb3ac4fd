"""Columns of metrics, as each declares them: by task and over tasks, some with intervals."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt
import pandas as pd

from hpobench.scoring.curves import Axis, Curves
from hpobench.scoring.incumbents import GRID
from hpobench.scoring.means import mean
from hpobench.scoring.metric import Aggregation, Metric
from hpobench.scoring.metrics import FLOOR, METRICS
from hpobench.scoring.trials import Floats
from hpobench.stats.comparison import Comparison
from hpobench.stats.groups import Groups
from hpobench.stats.interquartile import (
    Estimate,
    estimated_together,
    interquartile_mean,
    mean_over_tasks,
    means_by_task,
)
from hpobench.stats.joined_columns import join_columns

UNKNOWN = Estimate(*(np.full(len(GRID), np.nan) for _ in Estimate._fields))
"""What stands for a metric that no task has."""

ByMetric = Mapping[Metric, Mapping[Axis, Floats]]
"""For each metric and axis the curves of all runs, shape (runs, grid points)."""


def compute(curves: Curves, metrics: Sequence[Metric]) -> ByMetric:
    """Those that are asked for, and those that all tables of curves have; without empty axes.

    One for the final tables that no run has is left out.
    """
    found = {
        metric: {
            axis: values
            for axis in curves.losses
            if (values := metric.compute(curves, axis)) is not None
        }
        for metric in dict.fromkeys((*(each for each in METRICS if not each.final), *metrics))
    }
    return {metric: by_axis for metric, by_axis in found.items() if by_axis or not metric.final}


def columns_of(computed: ByMetric) -> list[str]:
    """The columns of the metrics that are in the final tables, and of their intervals."""
    return [name for metric in _finals(computed) for name in (metric.column, *metric.interval)]


def task_means(metric: Metric, computed: ByMetric, groups: Groups, axis: Axis) -> Floats:
    """The mean of a metric over the runs of each group, shape (groups, grid points).

    What a metric says of its task's scale, see `Metric.on_task`, is not yet in it.
    """
    values = computed[metric].get(axis)
    if values is None:
        return np.full((len(groups.starts), len(GRID)), np.nan)
    return groups.mean(values)


def aggregated(metric: Metric, strata: Sequence[Floats]) -> Floats:
    """A metric over the tasks of a kind, as it declares, without an interval.

    Args:
        metric: Says how.
        strata: For each task an array of shape (seeds, grid points); at least one.
    """
    match metric.aggregation:
        case Aggregation.INTERQUARTILE:
            return interquartile_mean(strata).mean
        case Aggregation.GEOMETRIC:
            return np.exp(mean(np.log(np.maximum(means_by_task(strata), FLOOR))))
        case Aggregation.MEAN:
            return mean(means_by_task(strata))
    assert_never(metric.aggregation)


def metrics_by_task(computed: ByMetric, groups: Groups, axis: Axis) -> dict[str, Floats]:
    """The mean over seeds of each metric over one axis, by its column, for each group."""
    return {
        metric.column: task_means(metric, computed, groups, axis) for metric in _finals(computed)
    }


def metrics_over_tasks(computed: ByMetric, groups: Groups, comparison: Comparison) -> pd.DataFrame:
    """Each metric over the compared tasks that have it, with its interval.

    Returns:
        Columns `optimizer`, `axis`, `step` (of the grid, from 0), and for each metric its own
        and those of its interval.
    """
    parts = [
        curve_keys(name, axis) | {"step": np.arange(len(GRID))} | columns
        for axis in next(iter(_finals(computed).values()), {})
        for name, columns in _of_axis(computed, groups, comparison, axis)
    ]
    return join_columns(parts, ["optimizer", "axis", "step", *columns_of(computed)])


def curve_keys(optimizer: str, axis: Axis) -> dict[str, npt.NDArray[Any]]:
    """The columns that say of which optimizer and over which axis a curve is."""
    keys = {"optimizer": optimizer, "axis": str(axis)}
    return {name: np.full(len(GRID), key, dtype=object) for name, key in keys.items()}


def metrics_at_the_end(computed: ByMetric, groups: Groups, comparison: Comparison) -> pd.DataFrame:
    """What each optimizer ends with: columns `kind`, `optimizer`, and those of the metrics."""
    rows = [
        {"kind": str(comparison.kind), "optimizer": name}
        | {column: float(values[-1]) for column, values in columns.items()}
        for name, columns in _of_axis(computed, groups, comparison, Axis.BUDGET, points=1)
    ]
    return pd.DataFrame(rows)


def at_the_end_by_task(computed: ByMetric, groups: Groups) -> dict[str, Floats]:
    """What each group ends with: the mean over seeds and its interval, by column."""
    found: dict[str, Floats] = {}
    every = np.arange(len(groups.starts))
    for metric, values in _finals(computed).items():
        ends = values[Axis.BUDGET][:, -1:]
        several = [groups.strata(every[i : i + 1], ends) for i in every]
        parts = [own or UNKNOWN for own in estimated_together(several, partial(_estimate, metric))]
        names = (metric.column, *metric.interval)
        found |= {
            name: np.array([float(part[i][-1]) for part in parts]) for i, name in enumerate(names)
        }
    return found


def _of_axis(
    computed: ByMetric,
    groups: Groups,
    comparison: Comparison,
    axis: Axis,
    *,
    points: int = len(GRID),
) -> Iterator[tuple[str, dict[str, Any]]]:
    """For each optimizer the columns of all metrics over one axis, at its last points."""
    chosen = groups.compared(comparison)
    columns: list[dict[str, Any]] = [{} for _ in comparison.optimizers]
    for metric, values in _finals(computed).items():
        names = (metric.column, *metric.interval)
        several = [groups.strata(own, values[axis]) for own in chosen]
        ends = [[stratum[:, -points:] for stratum in strata] for strata in several]
        found = estimated_together(ends, partial(_estimate, metric))
        for own, estimates in zip(columns, found, strict=True):
            own |= dict(zip(names, estimates or UNKNOWN, strict=False))
    yield from zip(comparison.optimizers, columns, strict=True)


def _estimate(metric: Metric, strata: Sequence[Floats]) -> Estimate:
    """The metric, aggregated over strata."""
    if metric.aggregation is Aggregation.GEOMETRIC:  # of which no interval is known
        middle = aggregated(metric, strata)
        return Estimate(middle, np.full_like(middle, np.nan), np.full_like(middle, np.nan))
    return interquartile_mean(strata) if metric.pooled else mean_over_tasks(strata)


def _finals(computed: ByMetric) -> ByMetric:
    """Those metrics that are columns of the final tables."""
    return {metric: values for metric, values in computed.items() if metric.final}
