"""Data frames of what was found at the end: for each kind of tasks, and task by task."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hpobench.scoring.means import mean, median
from hpobench.scoring.score import Scored, to_natural_units
from hpobench.scoring.trials import Floats, Integers, TaskInfo
from hpobench.stats.comparison import Comparison
from hpobench.stats.groups import Groups
from hpobench.stats.interquartile import estimated_together, interquartile_mean, means_by_task
from hpobench.stats.ranks import mean_ranks


def final(scored: Scored, groups: Groups, comparison: Comparison) -> pd.DataFrame:
    """One row for each compared optimizer, the best first.

    Returns:
        Columns `kind`, `optimizer`, interquartile mean `regret` of all runs with its interval
        `low` to `high`; of the mean regrets by task the `mean`, the `median`, the `worst` and
        the `worst_task`; mean `rank`, in how many pairs of task and seed none was better
        (`wins`), `runs`, `failed`, `failure_rate`, and the median over runs of milliseconds to
        ask and tell per trial (`overhead`).
    """
    losses = scored.curves.loss[:, -1:][comparison.pairs]
    ranks, reached = mean_ranks(losses, axis=1)[:, :, 0], np.isfinite(losses[:, :, 0])
    by_task = [_by_task(scored, groups, own) for own in groups.compared(comparison)]
    runs = scored.runs[["optimizer", "status", "overhead"]].iloc[comparison.rows]
    wins = (reached & (ranks == ranks.min(axis=1, keepdims=True))).sum(axis=0)
    counts = _counts(runs, comparison.optimizers)
    middle = estimated_together([list(strata.values()) for strata in by_task], interquartile_mean)
    rows = [
        {"kind": str(comparison.kind), "optimizer": name}
        | _final_regret(by_task[i], middle[i])
        | {"rank": float(mean(ranks[:, i])), "wins": int(wins[i]) if len(ranks) else pd.NA}
        | counts[i]
        for i, name in enumerate(comparison.optimizers)
    ]
    table = pd.DataFrame(rows).astype({"wins": "Int64"})
    return table.sort_values(["regret", "rank"], kind="stable", ignore_index=True)


def scores_by_task(scored: Scored, groups: Groups, tasks: Mapping[str, TaskInfo]) -> pd.DataFrame:
    """For each task and optimizer the final scores.

    The value is the median over seeds (the hypervolume with several objectives) in the
    objective's own direction, with failed runs as they are scored; the regret is the mean.
    """
    names = groups.names[["task", "kind", "optimizer"]]
    failed = scored.runs.assign(failed=scored.runs["status"] == "failed")
    summed = failed.groupby(["task", "optimizer"], sort=False)
    loss = groups.median(scored.curves.loss[:, -1])
    return names.assign(
        seeds=groups.counts,
        value=to_natural_units(loss, [tasks[task] for task in names["task"]]),
        loss=loss,
        test=summed["test"].median().to_numpy(),
        regret=groups.mean(scored.curves.regret[:, -1]),
        failed=summed["failed"].sum().to_numpy(),
    )


def _by_task(scored: Scored, groups: Groups, chosen: Integers) -> dict[str, Floats]:
    """What the runs of some groups ended with, shape (runs, 1), by task; those with a scale."""
    regret = scored.curves.regret[:, -1:]
    tasks = groups.names["task"].to_numpy()
    strata = {
        str(tasks[i]): groups.strata(chosen[at : at + 1], regret) for at, i in enumerate(chosen)
    }
    return {task: stratum[0] for task, stratum in strata.items() if stratum}


def _final_regret(found: Mapping[str, Floats], middle: Sequence[Floats]) -> dict[str, Any]:
    """What one optimizer ends with over the tasks, from its runs by task and their middle half."""
    if not found:
        unknown = dict.fromkeys(("regret", "low", "high", "mean", "median", "worst"), np.nan)
        return unknown | {"worst_task": None}
    means = means_by_task(list(found.values()))[:, 0]
    return {
        **{
            name: float(value[0])
            for name, value in zip(("regret", "low", "high"), middle, strict=True)
        },
        "mean": float(mean(means)),
        "median": float(median(means)),
        "worst": float(means.max()),
        "worst_task": list(found)[int(means.argmax())],
    }


def _counts(runs: pd.DataFrame, optimizers: Sequence[str]) -> list[dict[Any, Any]]:
    """For each optimizer how many runs it has, how many failed, and what its asking costs."""
    by_optimizer = runs.assign(failed=runs["status"] == "failed").groupby("optimizer")
    found = by_optimizer.agg(runs=("failed", "size"), failed=("failed", "sum"))
    counts = found.reindex([*optimizers], fill_value=0).astype(int)
    overhead = by_optimizer["overhead"].median().reindex([*optimizers]).astype(float)
    rate = counts["failed"] / counts["runs"]
    return counts.assign(failure_rate=rate, overhead=overhead).to_dict("records")


def overtuning_summary(runs: pd.DataFrame) -> pd.DataFrame:
    """For each kind and optimizer how often and how far its runs with test values overtuned.

    Returns:
        Columns `kind`, `optimizer`, number of `runs` with test values, the share of them that
        `overtuned`, and the `median` relative overtuning of these.
    """
    tested = runs[runs["overtuning"].notna() & (runs["status"] != "failed")]
    over = tested[tested["overtuning"] > 0].groupby(["kind", "optimizer"])["overtuning"]
    found = tested.groupby(["kind", "optimizer"]).agg(runs=("overtuning", "size")).reset_index()
    keys = pd.MultiIndex.from_frame(found[["kind", "optimizer"]])
    return found.assign(
        overtuned=over.size().reindex(keys, fill_value=0).to_numpy() / found["runs"],
        median=over.median().reindex(keys).to_numpy(),
    )
