"""What a setting of a problem changes: the same tasks and seeds as usual, and under it."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from hpobench.scoring.trials import TaskInfo
from hpobench.settings import as_usual
from hpobench.stats.interquartile import mean_over_tasks

COLUMNS = ("kind", "optimizer", "setting", "tasks", "runs", "usual", "under", "gap", "low", "high")


def gaps(runs: pd.DataFrame, tasks: Mapping[str, TaskInfo]) -> pd.DataFrame:
    """By optimizer and setting how much regret it changes, on tasks that were run in both ways.

    Args:
        runs: With `kind`, `task`, `optimizer`, `seed` and the final normalised `regret`.
        tasks: By id what is known of each.

    Returns:
        Columns `kind`, `optimizer`, the `setting` as it stands behind the `@`, the number of
        `tasks` and of `runs` of each side, the mean regret over tasks as `usual` and `under` the
        setting, and the `gap` between both with the ends of its 95 % interval over other seeds,
        `low` and `high` (NaN with one seed a task). Tasks without a scale are left out.
    """
    posed = {name: ",".join(info.settings.texts().values()) for name, info in tasks.items()}
    own = runs.assign(
        setting=runs["task"].map(posed),
        base=runs["task"].map({name: as_usual(name) for name in tasks}),
    )[["kind", "optimizer", "setting", "base", "seed", "regret"]]
    usual, under = own[own["setting"] == ""], own[own["setting"] != ""]
    both = under.merge(
        usual.drop(columns="setting"), on=["kind", "optimizer", "base", "seed"], suffixes=("", "_0")
    ).dropna(subset=["regret", "regret_0"])
    return pd.DataFrame(list(_rows(both)), columns=list(COLUMNS))


def _rows(both: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """A row for each kind, optimizer and setting."""
    names = ["kind", "optimizer", "setting"]
    for key, found in both.groupby(names, sort=True):
        means = found.groupby("base")[["regret", "regret_0"]].mean().mean()
        differences = found["regret"] - found["regret_0"]
        strata = [part.to_numpy()[:, None] for _, part in differences.groupby(found["base"])]
        estimate = mean_over_tasks(strata)
        yield dict(zip(names, map(str, key), strict=True)) | {
            "tasks": len(strata),
            "runs": len(found),
            "usual": means["regret_0"],
            "under": means["regret"],
            "gap": means["regret"] - means["regret_0"],
            "low": float(np.asarray(estimate.low)[0]),
            "high": float(np.asarray(estimate.high)[0]),
        }
