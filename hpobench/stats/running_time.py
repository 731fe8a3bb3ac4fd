"""Expected running times: how much of the budget it takes to reach a regret."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from hpobench.scoring.curves import Axis
from hpobench.scoring.incumbents import TARGETS
from hpobench.scoring.score import Scored
from hpobench.scoring.trials import TaskInfo
from hpobench.stats.comparison import Comparison

KEYS = ["kind", "task", "optimizer", "target"]


def running_time_by_task(scored: Scored, tasks: Mapping[str, TaskInfo]) -> pd.DataFrame:
    """The expected running time of each optimizer on each task to each target.

    That is what all runs spent until they reached the target, or in all if they did not, over
    the number of those that did. A failed run spent its whole budget.

    Args:
        scored: All runs.
        tasks: By id.

    Returns:
        Columns `kind`, `task`, `optimizer`, `target` (a normalised regret), `ert` in units of
        the task's budget (infinite where no run reached the target), the `unit`, `successes`,
        `runs`, and what these `spent`, as a share of the budget; for tasks with a scale.

    Source:
        Hansen, Auger, Finck, Ros (2009), Real-Parameter Black-Box Optimization Benchmarking;
        Price (1997), Differential Evolution vs. the Functions of the 2nd ICEO.
    """
    found = _spent(scored).groupby(KEYS, sort=False, observed=True)
    summed = found.agg(successes=("hit", "sum"), runs=("hit", "size"), spent=("spent", "sum"))
    frame = summed.reset_index()
    budgets = {name: task.budget for name, task in tasks.items()}
    amounts = frame["task"].map({name: budget.amount for name, budget in budgets.items()})
    units = frame["task"].map({name: str(budget.unit) for name, budget in budgets.items()})
    ert = _ratio(frame) * amounts.astype(float)
    return frame.assign(ert=ert, unit=units)[[*KEYS, "ert", "unit", "successes", "runs", "spent"]]


def running_time_over_tasks(times: pd.DataFrame, comparison: Comparison) -> pd.DataFrame:
    """The same over all tasks of a comparison, in whole budgets.

    Args:
        times: What `running_time_by_task` gave.
        comparison: Whose tasks and optimizers are taken.

    Returns:
        Columns `kind`, `optimizer`, `target`, `ert` in budgets, `successes`, `runs`, the tasks
        with any success (`tasks_reached`) and all `tasks` with a scale.
    """
    kept = times["optimizer"].isin(comparison.optimizers) & times["task"].isin(comparison.tasks)
    own = times[kept].assign(tasks_reached=times["successes"] > 0)
    found = own.groupby(["kind", "optimizer", "target"], sort=False).agg(
        successes=("successes", "sum"),
        runs=("runs", "sum"),
        spent=("spent", "sum"),
        tasks_reached=("tasks_reached", "sum"),
        tasks=("task", "nunique"),
    )
    frame = found.reset_index()
    columns = ["ert", "successes", "runs", "tasks_reached", "tasks"]
    return frame.assign(ert=_ratio(frame))[["kind", "optimizer", "target", *columns]]


def _spent(scored: Scored) -> pd.DataFrame:
    """For each run and target whether it was reached, and what was spent until then."""
    lengths = scored.curves.lengths.get(Axis.BUDGET, np.full((len(scored.runs), 1), np.nan))
    scaled = ~np.isnan(lengths).any(axis=1)
    runs, reached = scored.runs[scaled], lengths[scaled]
    whole = np.where(runs["status"] == "failed", 1.0, runs["used"])
    names = runs[["kind", "task", "optimizer"]]
    return names.loc[names.index.repeat(len(TARGETS))].assign(
        target=np.tile(TARGETS, len(runs)),
        hit=np.isfinite(reached).ravel(),
        spent=np.minimum(reached, whole[:, None]).ravel(),
    )


def _ratio(frame: pd.DataFrame) -> pd.Series:
    """What was spent for each success, infinite without any."""
    reached: pd.Series = frame["spent"] / frame["successes"].where(frame["successes"] > 0)
    return reached.fillna(np.inf)
