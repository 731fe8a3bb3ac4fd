"""Data frames of what was found: aggregated for each kind of tasks, and task by task."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from hpobench.analysis.bootstrap import (
    CURVE_RESAMPLES,
    interquartile_mean,
    interval,
    seed_means,
)
from hpobench.analysis.comparison import Comparison
from hpobench.analysis.ranks import fractional_ranks
from hpobench.analysis.scored import Scored, people_read
from hpobench.analysis.scores import GRID
from hpobench.analysis.trials import Floats, TaskInfo


def final(scored: Scored, comparison: Comparison) -> pd.DataFrame:
    """One row for each compared optimizer, the best first.

    Returns:
        Columns `kind`, `optimizer`, interquartile mean `regret` with its interval `low` to
        `high`, `median` regret over tasks, mean `rank`, in how many pairs of task and seed
        none was better (`wins`), `runs`, `failed`, `failure_rate`, and the median over runs
        of milliseconds to ask and tell per trial (`overhead`).
    """
    ranks = pair_ranks(scored, comparison)[:, :, -1]
    found = np.isfinite(scored.curves.loss[comparison.pairs][:, :, -1])
    wins = (found & (ranks == ranks.min(axis=1, keepdims=True))).sum(axis=0)
    rows = [
        {"kind": str(comparison.kind), "optimizer": name}
        | _final_regret(strata(scored, comparison, name, scored.curves.regret[:, -1:]))
        | {"rank": _mean(ranks[:, i]), "wins": int(wins[i])}
        | _counts(scored.runs.loc[_rows_of(scored, comparison, name)])
        for i, name in enumerate(comparison.optimizers)
    ]
    return pd.DataFrame(rows).sort_values(["regret", "rank"], kind="stable", ignore_index=True)


def anytime(scored: Scored, comparison: Comparison) -> pd.DataFrame:
    """Aggregated curves.

    Returns:
        Columns `kind`, `optimizer`, `axis` (`budget` or `time`), `x`, interquartile mean
        `regret`, and its interval `low` to `high`.
    """
    axes = {"budget": scored.curves.regret, "time": scored.curves.timed}
    parts = [
        _curve(strata(scored, comparison, name, curve)).assign(
            kind=str(comparison.kind), optimizer=name, axis=axis
        )
        for name in comparison.optimizers
        for axis, curve in axes.items()
    ]
    return pd.concat(parts)[["kind", "optimizer", "axis", "x", "regret", "low", "high"]]


def ranks(scored: Scored, comparison: Comparison) -> pd.DataFrame:
    """Mean ranks over the budget: columns `kind`, `optimizer`, `x`, `rank`."""
    if not len(comparison.pairs):
        return pd.DataFrame(columns=["kind", "optimizer", "x", "rank"])
    means = pair_ranks(scored, comparison).mean(axis=0)
    parts = [
        pd.DataFrame({"kind": str(comparison.kind), "optimizer": name, "x": GRID, "rank": mean})
        for name, mean in zip(comparison.optimizers, means, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def pair_ranks(scored: Scored, comparison: Comparison) -> Floats:
    """Ranks within each pair of task and seed, shape (pairs, optimizers, grid points)."""
    return fractional_ranks(scored.curves.loss[comparison.pairs])


def strata(scored: Scored, comparison: Comparison, optimizer: str, curve: Floats) -> list[Floats]:
    """An optimizer's curves for each common task where they are defined."""
    rows = _rows_of(scored, comparison, optimizer)
    groups = scored.runs.loc[rows].groupby("task").indices.values()
    found = (curve[rows[group]] for group in groups)
    return [stratum for stratum in found if np.isfinite(stratum).all()]


def by_task(scored: Scored, tasks: Mapping[str, TaskInfo]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """For each task and optimizer the final scores, and the curves over the budget.

    The value is the median over seeds (the hypervolume with several objectives) in the
    objective's own direction, with failed runs as they are scored; the regret is the mean.
    """
    groups = _groups(scored.runs)
    names = scored.runs.iloc[[rows.start for rows in groups]][["task", "kind", "optimizer"]]
    failed = scored.runs.assign(failed=scored.runs["status"] == "failed")
    summed = failed.groupby(["task", "optimizer"], sort=False)
    loss = np.stack([np.median(scored.curves.loss[rows], axis=0) for rows in groups])
    regret = np.stack([scored.curves.regret[rows].mean(axis=0) for rows in groups])
    timed = np.stack([scored.curves.timed[rows].mean(axis=0) for rows in groups])
    value = people_read(loss, [tasks[task] for task in names["task"]])
    final = names.assign(
        seeds=[rows.stop - rows.start for rows in groups],
        value=value[:, -1],
        loss=loss[:, -1],
        test=summed["test"].median().to_numpy(),
        regret=regret[:, -1],
        failed=summed["failed"].sum().to_numpy(),
    )
    curves = names.loc[names.index.repeat(len(GRID))].assign(
        x=np.tile(GRID, len(groups)),
        value=value.ravel(),
        regret=regret.ravel(),
        regret_at_time=timed.ravel(),
    )
    return final.reset_index(drop=True), curves.reset_index(drop=True)


def _groups(runs: pd.DataFrame) -> list[slice]:
    """The rows of each task and optimizer; the runs are sorted by these."""
    starts = np.flatnonzero(~runs.duplicated(["task", "optimizer"]))
    return [slice(a, b) for a, b in pairwise([*starts.tolist(), len(runs)])]


def _rows_of(scored: Scored, comparison: Comparison, optimizer: str) -> Any:
    own = scored.runs.loc[comparison.rows, "optimizer"] == optimizer
    return comparison.rows[own.to_numpy()]


def _final_regret(found: list[Floats]) -> dict[str, float]:
    if not found:
        return dict.fromkeys(("regret", "low", "high", "median"), np.nan)
    means = seed_means(found)
    low, high = interval(found)
    return {
        "regret": float(interquartile_mean(means)[0]),
        "low": float(low[0]),
        "high": float(high[0]),
        "median": float(np.median(means)),
    }


def _curve(found: list[Floats]) -> pd.DataFrame:
    if not found:
        return pd.DataFrame({"x": [], "regret": [], "low": [], "high": []}, dtype=float)
    low, high = interval(found, CURVE_RESAMPLES)
    regret = interquartile_mean(seed_means(found))
    return pd.DataFrame({"x": GRID, "regret": regret, "low": low, "high": high})


def _counts(runs: pd.DataFrame) -> dict[str, Any]:
    failed = int((runs["status"] == "failed").sum())
    return {
        "runs": len(runs),
        "failed": failed,
        "failure_rate": failed / len(runs) if len(runs) else np.nan,
        "overhead": float(runs["overhead"].median()),
    }


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else np.nan
