"""What was run and what was not: the tasks with their constants, absences, failures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from hpobench.analysis.plan import IntendedRuns
from hpobench.analysis.statistics import KnownTasks
from hpobench.scoring.frame import Frame
from hpobench.scoring.score import to_natural_units
from hpobench.scoring.trials import TaskInfo
from hpobench.stats.by_property import ORIGINS
from hpobench.stats.comparison import Comparison


def absent(frame: Frame, plan: IntendedRuns, compared: Sequence[Comparison]) -> pd.DataFrame:
    """Columns `kind`, `optimizer`, and the `reason` why it has no run on such tasks."""
    scored = set(zip(frame.runs["kind"], frame.runs["optimizer"], strict=True))
    rows = [
        _absence(name, c, plan, frame, left_out=(c.kind, name) in scored)
        for c in compared
        for name in c.absent
    ]
    return pd.DataFrame(rows, columns=["kind", "optimizer", "reason"])


def failure_counts(runs: pd.DataFrame, plan: IntendedRuns) -> pd.DataFrame:
    """How many runs failed, and how many tasks were skipped.

    Returns:
        Columns `kind`, `optimizer`, `runs`, those that `failed` and the failure `rate`, the
        kind's `tasks`, those `skipped` since the optimizer cannot handle them, and the
        `skip_rate`; also for optimizers that skipped all.
    """
    keys = ["kind", "optimizer"]
    kinds = runs.drop_duplicates("task").set_index("task")["kind"]
    skips = pd.DataFrame(
        {(kinds[s["task"]], s["optimizer"], s["task"]) for s in plan.skips if s["task"] in kinds},
        columns=[*keys, "task"],
    )
    failed = runs.assign(failed=runs["status"] == "failed").groupby(keys)["failed"]
    made = failed.agg(runs="size", failed="sum")
    skipped = skips.groupby(keys)["task"].nunique().rename("skipped")
    found = made.join(skipped, how="outer").fillna(0).astype(int).reset_index()
    total = found["kind"].map(kinds.value_counts()).astype(int)
    rate, share = found["failed"] / found["runs"], found["skipped"] / total
    ordered: pd.DataFrame = found.assign(rate=rate, tasks=total, skip_rate=share)
    return ordered[[*keys, "runs", "failed", "rate", "tasks", "skipped", "skip_rate"]]


def described(tasks: KnownTasks) -> pd.DataFrame:
    """One row for each task with its origin (real, function or ?), its budget and constants."""
    return pd.DataFrame([_row(task, tasks) for task in tasks.infos.values()])


def _absence(
    name: str, comparison: Comparison, plan: IntendedRuns, frame: Frame, *, left_out: bool
) -> dict[str, str]:
    """Why an optimizer has no run on a kind of tasks, or only such as were left out."""
    tasks = {task.id for task in frame.tasks.values() if task.kind is comparison.kind}
    reasons = {s["reason"] for s in plan.skips if s["optimizer"] == name and s["task"] in tasks}
    if any(optimizer == name and task in tasks for optimizer, task, _ in plan.missing):
        reasons.add("its runs are missing")
    if left_out:
        reasons.add("all its runs are left out, since some on each task failed")
    reason = "; ".join(sorted(reasons)) or "it was not run on such tasks"
    return {"kind": str(comparison.kind), "optimizer": name, "reason": reason}


def _row(task: TaskInfo, tasks: KnownTasks) -> dict[str, Any]:
    constants = tasks.references.of(task)
    about: dict[str, Any] = {
        "task": task.id,
        "kind": str(task.kind),
        "collection": task.collection,
        "origin": ORIGINS[tasks.real.get(task.id)],
        "dimension": task.dimension,
        "objectives": ", ".join(objective.name for objective in task.objectives),
        "directions": " ".join("max" if o.maximize else "min" for o in task.objectives),
        "budget": str(task.budget),
        "constants": "none",
        "best": np.nan,
        "random_median": np.nan,
    }
    if constants is None:
        return about
    best, random = to_natural_units(np.array([constants.best, constants.random]), [task, task])
    return about | {"constants": constants.source, "best": best, "random_median": random}
