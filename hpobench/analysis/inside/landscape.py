"""What the landscape of a task is like: how much of it is good, and how many optima it has."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from hpobench.analysis.inside.task_trials import TaskTrials
from hpobench.analysis.inside.whole_tables import local_optima, whole_table
from hpobench.scoring.trials import Floats, Integers

NEAR = (0.01, 0.05, 0.1)
"""Near the best is what lies within these shares of the way from it to the median."""

RANDOM = "random"
"""Trials of random search are a fair sample of the space; those of others are where it is good."""

MOST = 1000
"""So many configurations at most are compared with each other."""

FEWEST = 20
"""Fewer configurations say nothing of a landscape."""

COLUMNS = ("kind", "task", "objective", "basis", "configurations", "best", "median")
SHARES = tuple(f"near_{share:.0%}".rstrip("%") for share in NEAR)


def landscape(trials: TaskTrials) -> pd.DataFrame:
    """Shares near the best, and local optima, of a task.

    Returns:
        Columns `kind`, `task`, `objective`; the `basis`: the whole `table`, the trials of
        `random` search, or of `all` optimizers, which crowd where it is good; how many
        `configurations` that are; the `best` and the `median` value in the objective's own
        direction; `near_1`, `near_5` and `near_10`, the shares of configurations that lie within
        so many percent of the way from the best to the median; the number of local `optima` and
        the `neighbours` each is compared with: on the grid of a table, else as many nearest
        ones as twice the dimension.
    """
    rows = [
        {"kind": str(trials.task.kind), "task": trials.task.id, **row}
        for objective in range(len(trials.task.objectives))
        for row in _of_objective(trials, objective)
    ]
    return pd.DataFrame(rows, columns=[*COLUMNS, *SHARES, "optima", "neighbours"])


def _of_objective(trials: TaskTrials, objective: int) -> Iterator[dict[str, Any]]:
    """The landscape of one objective: of the table, or of a sample."""
    name = trials.task.objectives[objective].name
    table = whole_table(trials.space.benchmark, (name,))
    if table is not None:
        losses = table.losses[:, 0]
        known = losses[np.isfinite(losses)]
        optima = local_optima(losses, table)
        yield _described(trials, objective, "table", known) | {
            "optima": optima,
            "neighbours": "on the grid",
        }
        return
    basis, rows = _sample(trials, objective)
    if len(rows) < FEWEST:
        return
    active = [i for i, scale in enumerate(trials.space.scales) if not scale.constant]
    count = min(2 * max(len(active), 1), len(rows) - 1)
    losses = trials.losses[rows, objective]
    yield _described(trials, objective, basis, losses) | {
        "optima": optima_of_sample(trials.places[rows][:, active], losses, count),
        "neighbours": f"the {count} nearest",
    }


def _sample(trials: TaskTrials, objective: int) -> tuple[str, Integers]:
    """Different configurations: of random search if it has enough of them, else of all."""
    usable = trials.usable(objective)
    basis, rows = RANDOM, _different(trials, usable & (trials.optimizer == RANDOM))
    if len(rows) < FEWEST:
        basis, rows = "all", _different(trials, usable)
    if len(rows) > MOST:
        rows = rows[np.linspace(0, len(rows) - 1, MOST).round().astype(np.int64)]
    return basis, rows


def _different(trials: TaskTrials, chosen: npt.NDArray[np.bool_]) -> Integers:
    """The first trial of each of the chosen configurations."""
    rows = np.flatnonzero(chosen)
    _, first = np.unique(trials.configs[rows], return_index=True)
    return rows[np.sort(first)]


def _described(trials: TaskTrials, objective: int, basis: str, losses: Floats) -> dict[str, Any]:
    """The best, the median, and how many are near."""
    aim = trials.task.objectives[objective]
    best, median = (float(losses.min()), float(np.median(losses))) if len(losses) else (np.nan,) * 2
    sign = -1.0 if aim.maximize else 1.0
    near = {
        name: float((losses - best <= share * (median - best)).mean()) if len(losses) else np.nan
        for name, share in zip(SHARES, NEAR, strict=True)
    }
    return {
        "objective": aim.name,
        "basis": basis,
        "configurations": len(losses),
        "best": sign * best,
        "median": sign * median,
        **near,
    }


def optima_of_sample(places: Floats, losses: Floats, neighbours: int) -> int:
    """How many configurations are better than each of their nearest neighbours.

    Args:
        places: In [0, 1], NaN where a hyperparameter is inactive, which is as far from any place
            as 0 is from 1; shape (configurations, hyperparameters).
        losses: To be minimised, shape (configurations,).
        neighbours: How many of the nearest are compared.
    """
    distances = np.zeros((len(losses), len(losses)))
    for column in places.T:
        inactive = np.isnan(column)
        apart = np.abs(column[:, None] - column)
        one = inactive[:, None] != inactive
        distances += np.where(one, 1.0, np.nan_to_num(apart)) ** 2
    np.fill_diagonal(distances, np.inf)
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :neighbours]
    return int((losses[:, None] < losses[nearest]).all(axis=1).sum())
