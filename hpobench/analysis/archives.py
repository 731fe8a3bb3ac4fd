"""Which cells of a task's map an optimizer's runs have filled at the end, and with what."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from hpobench.diversity.axes import CELLS
from hpobench.scoring.frame import Frame
from hpobench.scoring.policy import Horizon
from hpobench.scoring.trials import Trials
from hpobench.scoring.valuation import losses_alone

COLUMNS = ("kind", "task", "optimizer", "x", "y", "value", "runs")


def archives(frame: Frame, horizon: Horizon, scored_by_told: frozenset[str]) -> pd.DataFrame:
    """The filled cells of each optimizer on each task with measures, at the end of the budget.

    Args:
        frame: All runs.
        horizon: Where the end is.
        scored_by_told: Ids of the tasks on which what was told counts.

    Returns:
        Columns `kind`, `task`, `optimizer`; where the cell lies along the first measure, `x`, and
        along the second, `y` (0 if there is none), from 0; the best `value` that any run has there,
        in the objective's own direction; and the share of `runs` that have any. A failed run
        filled nothing, and counts as a run.
    """
    mapped = {name for name, task in frame.tasks.items() if task.measures}
    frame = frame.only(frame.runs["task"].isin(mapped).to_numpy())
    optimizers = frame.runs["optimizer"].to_numpy(dtype=object)
    completed = (frame.runs["status"] != "failed").to_numpy()
    rows = [
        row
        for of_task, trials in frame.counted(horizon)
        for row in _of_task(
            trials,
            pd.DataFrame({"optimizer": optimizers[of_task], "completed": completed[of_task]}),
            without_noise=trials.task.id not in scored_by_told,
        )
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _of_task(
    trials: Trials, runs: pd.DataFrame, *, without_noise: bool
) -> Iterator[dict[str, Any]]:
    """A row for each optimizer and cell that any of its runs has filled."""
    sign = -1.0 if trials.task.objectives[0].maximize else 1.0
    found = pd.DataFrame(
        {
            "optimizer": runs["optimizer"].to_numpy()[trials.run],
            "cell": trials.cells,
            "loss": losses_alone(trials, without_noise=without_noise),
            "run": trials.run,
        }
    )[runs["completed"].to_numpy()[trials.run]]
    counts = runs["optimizer"].value_counts()
    wide = CELLS ** (len(trials.task.measures) - 1)
    filled = found[found["cell"] >= 0]
    for key, own in filled.groupby(["optimizer", "cell"], sort=True):
        optimizer, cell = str(key[0]), int(str(key[1]))
        yield {
            "kind": str(trials.task.kind),
            "task": trials.task.id,
            "optimizer": optimizer,
            "x": cell // wide,
            "y": cell % wide if wide > 1 else 0,
            "value": sign * float(np.min(own["loss"])),
            "runs": own["run"].nunique() / counts[optimizer],
        }
