"""Curves over each axis as data frames: task by task, and aggregated for each kind of tasks."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd

from hpobench.analysis import metric_columns
from hpobench.analysis.metric_columns import ByMetric
from hpobench.scoring.constants import References
from hpobench.scoring.curves import Axis, length
from hpobench.scoring.incumbents import GRID
from hpobench.scoring.means import mean
from hpobench.scoring.metric import Metric
from hpobench.scoring.metrics import (
    HYPERVOLUME,
    IGD_PLUS,
    LOG_REGRET,
    OF_FRONTS,
    REGRET,
    TARGETS_REACHED,
)
from hpobench.scoring.score import Scored, to_natural_units
from hpobench.scoring.trials import Floats, Integers, TaskInfo
from hpobench.stats.comparison import Comparison
from hpobench.stats.groups import Groups
from hpobench.stats.interquartile import estimated_together, interquartile_mean, means_by_task
from hpobench.stats.joined_columns import Columns, join_columns
from hpobench.stats.ranks import mean_ranks

BLOCK = 256
"""Pairs that are ranked at a time, to stay in the processor's cache."""


CURVES = ("optimizer", "axis", "x", "regret", "low", "high", "mean", "log_regret", "targets")
"""The columns of aggregated curves."""


OF_REGRET = (REGRET, LOG_REGRET, TARGETS_REACHED)
"""What is aggregated from runs, and not from means by task."""


def curves_by_task(
    scored: Scored,
    groups: Groups,
    tasks: Mapping[str, TaskInfo],
    compared: Sequence[Comparison],
    computed: ByMetric,
) -> pd.DataFrame:
    """For each task, optimizer and axis the curve.

    Returns:
        Columns `kind`, `task`, `optimizer`, `axis`, `x` (1 is what random search uses), median
        `value` over seeds (the hypervolume with several objectives) in the objective's own
        direction, mean normalised `regret`, share of `targets` reached, mean `rank` (NaN where
        not compared), mean `hypervolume` as a share of the best known (NaN with one objective
        or without constants), mean `igd_plus` (NaN without a known front), the incumbent's
        median `test` value, and the mean of each computed metric.
    """
    over_seeds = {
        axis: _over_seeds(scored, groups, axis, computed) for axis in scored.curves.losses
    }
    parts = [
        _curves(scored, groups, tasks, comparison, axis, found).pipe(
            _with_hypervolume, tasks, scored.references
        )
        for comparison in compared
        for axis, found in over_seeds.items()
    ]
    return pd.concat(parts, ignore_index=True)


def curves_over_tasks(
    scored: Scored,
    groups: Groups,
    comparison: Comparison,
    curves: pd.DataFrame,
    computed: ByMetric,
) -> pd.DataFrame:
    """The curves of a kind, over the tasks that all compared optimizers ran.

    Returns:
        Columns `kind`, `optimizer`, `axis`, `x`, interquartile mean `regret` of all runs with
        its interval `low` to `high`; of the mean regrets by task the `mean`, and the geometric
        mean `log_regret` (see `metrics.LOG_REGRET`); and means over tasks of the
        share of `targets` reached, of `hypervolume` (a share of the best known) and `igd_plus`;
        and each computed metric with its interval.
        Only axes and optimizers for which there are normalised tasks.
    """
    chosen = groups.compared(comparison)
    parts = [
        part
        for axis in scored.curves.regrets
        for part in _aggregates(axis, comparison.optimizers, chosen, groups, computed)
    ]
    if not parts:
        fronts = [metric.column for metric in OF_FRONTS]
        columns = ["kind", *CURVES, *fronts, *metric_columns.columns_of(computed)]
        return pd.DataFrame(columns=columns)
    ends = curves.drop_duplicates("axis", keep="last").set_index("axis")["x"]
    found = join_columns(parts, CURVES).assign(kind=str(comparison.kind))
    found["x"] *= found["axis"].map(ends)
    found = found[["kind", *CURVES]]
    for metric in OF_FRONTS:
        means = _over_tasks(curves, comparison, metric.column)
        found = found.merge(means, on=["optimizer", "axis", "x"], how="left")
    steps = np.tile(np.arange(len(GRID)), len(parts))
    means = metric_columns.metrics_over_tasks(computed, groups, comparison)
    keys = ["optimizer", "axis", "step"]
    return found.assign(step=steps).merge(means, on=keys, how="left").drop(columns="step")


def ranks(curves: pd.DataFrame, comparison: Comparison, seeds: "pd.Series[int]") -> pd.DataFrame:
    """Mean ranks over pairs of task and seed: columns `kind`, `optimizer`, `axis`, `x`, `rank`.

    Args:
        curves: Task by task, of the comparison's kind.
        comparison: Who is compared.
        seeds: By task in how many pairs it is.
    """
    own = curves[curves["rank"].notna()]
    weights = own["task"].map(seeds).to_numpy(float)
    doubled = np.rint(2 * own["rank"] * weights)  # sums of mean ranks are whole when doubled
    weighted = own.assign(rank=doubled / 2, weight=weights)
    keys = ["optimizer", "axis", "x"]
    sums = weighted.groupby(keys, sort=False, observed=True)[["rank", "weight"]].sum().reset_index()
    found = sums.assign(kind=str(comparison.kind), rank=sums["rank"] / sums["weight"])
    return found[["kind", *keys, "rank"]]


def _curves(
    scored: Scored,
    groups: Groups,
    tasks: Mapping[str, TaskInfo],
    comparison: Comparison,
    axis: Axis,
    over_seeds: Mapping[str, Floats],
) -> pd.DataFrame:
    """One kind's curves over one axis, task by task."""
    rows = _rows(scored, groups, comparison, axis)
    names = groups.names.loc[rows]
    infos = [tasks[task] for task in names["task"]]
    ends = np.array([length(axis, info) for info in infos])
    columns = {name: values[rows] for name, values in over_seeds.items()}
    columns |= {name: to_natural_units(columns[name], infos) for name in ("value", "test")}
    columns |= {"rank": _ranks(scored.curves.losses[axis], groups, comparison)[rows]}
    return names.loc[names.index.repeat(len(GRID))].assign(
        axis=str(axis),
        x=np.outer(ends, GRID).ravel(),
        **{name: values.ravel() for name, values in columns.items()},
    )


def _rows(scored: Scored, groups: Groups, comparison: Comparison, axis: Axis) -> Integers:
    """The groups of a kind that have curves over an axis."""
    of_kind = (groups.names["kind"] == comparison.kind).to_numpy()
    return np.flatnonzero(of_kind & ~np.isnan(scored.curves.losses[axis][groups.starts, -1]))


def _over_seeds(
    scored: Scored, groups: Groups, axis: Axis, computed: ByMetric
) -> dict[str, Floats]:
    """What the seeds of each group reach together, by column, each of shape (groups, points).

    Columns that are not over seeds alone stand there unknown, in their places.
    """
    unknown = np.full((len(groups.starts), len(GRID)), np.nan)
    tests = scored.curves.tests.get(axis)
    means = partial(metric_columns.task_means, computed=computed, groups=groups, axis=axis)
    return {
        "value": groups.median(scored.curves.losses[axis]),
        REGRET.column: means(REGRET),
        TARGETS_REACHED.column: means(TARGETS_REACHED),
        "rank": unknown,
        IGD_PLUS.column: means(IGD_PLUS),
        "test": unknown if tests is None else groups.median(tests),
        HYPERVOLUME.column: unknown,
        **metric_columns.metrics_by_task(computed, groups, axis),
    }


def _ranks(loss: Floats, groups: Groups, comparison: Comparison) -> Floats:
    """The mean ranks of each group over its task's pairs, NaN where it is in none."""
    found = np.full((len(groups.starts), len(GRID)), np.nan)
    pairs = comparison.pairs[~np.isnan(loss[comparison.pairs[:, 0], -1])]
    if not len(pairs):
        return found
    group = np.searchsorted(groups.starts, pairs, side="right") - 1
    first = np.flatnonzero(np.diff(group[:, 0], prepend=-1))
    ranked = np.concatenate(list(_ranked(loss, pairs)))
    counts = np.diff(np.append(first, len(pairs)))
    found[group[first]] = np.add.reduceat(ranked, first, axis=0) / counts[:, None, None]
    return found


def _ranked(loss: Floats, pairs: Integers) -> Iterator[Floats]:
    for start in range(0, len(pairs), BLOCK):
        yield mean_ranks(loss[pairs[start : start + BLOCK]], axis=1)


def _aggregates(
    axis: Axis,
    optimizers: Sequence[str],
    chosen: Integers,
    groups: Groups,
    computed: ByMetric,
) -> Iterator[Columns]:
    """For each optimizer that has any the curves over one axis, of what becomes of regrets."""
    strata = {m: [groups.strata(own, computed[m][axis]) for own in chosen] for m in OF_REGRET}
    columns: dict[tuple[str, ...], list[tuple[Floats, ...]]] = {
        (REGRET.column, *REGRET.interval): estimated_together(strata[REGRET], interquartile_mean),
        ("mean",): estimated_together(strata[REGRET], lambda own: [mean(means_by_task(own))]),
        **{
            (metric.column,): estimated_together(strata[metric], partial(_alone, metric))
            for metric in (LOG_REGRET, TARGETS_REACHED)
        },
    }
    for i, optimizer in enumerate(optimizers):
        if strata[REGRET][i]:
            values = {
                name: value
                for names, found in columns.items()
                for name, value in zip(names, found[i], strict=True)
            }
            yield {**metric_columns.curve_keys(optimizer, axis), "x": GRID, **values}


def _alone(metric: Metric, strata: Sequence[Floats]) -> list[Floats]:
    """A metric without an interval."""
    return [metric_columns.aggregated(metric, strata)]


def _with_hypervolume(
    curves: pd.DataFrame, tasks: Mapping[str, TaskInfo], references: References
) -> pd.DataFrame:
    """The curves with the hypervolume: the regret on another scale, task by task."""
    volumes = curves[REGRET.column].to_numpy(copy=True)
    if rescale := HYPERVOLUME.on_task:
        for name, rows in curves.groupby("task", sort=False).indices.items():
            task = tasks[str(name)]
            volumes[rows] = rescale(volumes[rows], task, references.of(task))
    return curves.assign(**{HYPERVOLUME.column: volumes})


def _over_tasks(curves: pd.DataFrame, comparison: Comparison, column: str) -> pd.DataFrame:
    """The mean over the compared tasks that have such a measure."""
    own = curves[curves[column].notna() & curves["task"].isin(comparison.tasks)]
    own = own[own["optimizer"].isin(comparison.optimizers)]
    keys = ["optimizer", "axis", "x"]
    if not len(own):
        return own[[*keys, column]]
    known = {name: own[name].to_numpy() for name in (*keys, column)}
    parts = [
        {name: known[name][rows[: len(GRID)]] for name in keys}
        | {column: mean(known[column][rows].reshape(-1, len(GRID)))}
        for rows in own.groupby(["optimizer", "axis"], sort=False).indices.values()
    ]
    return join_columns(parts, [*keys, column])
