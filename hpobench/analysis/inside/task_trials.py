"""All trials of the analysed runs on one task, as arrays that can be looked into."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from hpobench.analysis.inside.spaces import TaskSpace, task_space
from hpobench.catalogue import Catalogue
from hpobench.scoring.frame import TRIAL_COLUMNS, Source
from hpobench.scoring.trials import Floats, Integers, TaskInfo, unpack
from hpobench.trial import Value

COLUMNS = (
    "optimizer",
    "task",
    "seed",
    "status",
    "task_info",
    *TRIAL_COLUMNS,
    "cost",
    "failures",
    "configs",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTrials:
    """The trials of all runs on one task, run after run, each in the order of finish.

    Attributes:
        task: The task.
        space: What is known of its space.
        runs: One row for each run, with `optimizer`, `seed` and `status`.
        run: Which run a trial belongs to, from 0; shape (trials,).
        number: Position in the order of asking, from 0.
        values: What was found, in the objectives' own directions, NaN where a trial failed;
            shape (trials, objectives).
        full: Whether a trial was evaluated at the highest fidelity.
        fidelity: Where a trial was evaluated; NaN where the task has no fidelity.
        used: Share of the budget that was spent when it finished.
        cost: Seconds that it was charged.
        places: Where its configuration lies on each scale, in [0, 1], NaN where a
            hyperparameter is inactive; shape (trials, hyperparameters).
        configs: What tells configurations apart; -1 where none was stored.
        failures: By position why a trial failed.
    """

    task: TaskInfo
    space: TaskSpace
    runs: pd.DataFrame
    run: Integers
    number: Integers
    values: Floats
    full: npt.NDArray[np.bool_]
    fidelity: Floats
    used: Floats
    cost: Floats
    places: Floats
    configs: Integers
    failures: Mapping[int, str]

    @property
    def optimizer(self) -> npt.NDArray[np.object_]:
        """The name of each trial's optimizer."""
        return self.runs["optimizer"].to_numpy(dtype=object)[self.run]

    @property
    def losses(self) -> Floats:
        """The values to be minimised, shape (trials, objectives)."""
        return self.values * [-1.0 if o.maximize else 1.0 for o in self.task.objectives]

    def usable(self, objective: int) -> npt.NDArray[np.bool_]:
        """Which trials say something of an objective: finite, at full fidelity, with a config.

        Infeasible ones do: what an objective is like is known of them too.
        """
        return np.asarray(self.full & np.isfinite(self.values[:, objective]) & (self.configs >= 0))


def trials_by_task(
    source: Source, analysed: pd.DataFrame, tasks: Sequence[str], catalogue: Catalogue
) -> Iterator[TaskTrials]:
    """The trials of the analysed runs, task by task.

    Args:
        source: What the runs are stored in.
        analysed: The runs, with `optimizer`, `task` and `seed`.
        tasks: Which tasks, in the order in which they are given out.
        catalogue: Says what their spaces are.
    """
    stored = source.runs(COLUMNS)
    keys = pd.MultiIndex.from_frame(analysed[["optimizer", "task", "seed"]])
    named = stored.select(["optimizer", "task", "seed"]).to_pandas()
    stored = stored.filter(pa.array(pd.MultiIndex.from_frame(named).isin(keys)))
    for task in tasks:
        runs = stored.filter(pc.equal(stored["task"], task)).sort_by(
            [("optimizer", "ascending"), ("seed", "ascending")]
        )
        if runs.num_rows:
            yield _of_task(task, runs.combine_chunks(), catalogue)


def _of_task(task: str, runs: pa.Table, catalogue: Catalogue) -> TaskTrials:
    """The trials of one task's runs."""
    info = TaskInfo.parse(task, runs["task_info"][0].as_py())
    flat = unpack(info, runs)
    counts = np.bincount(flat.run, minlength=flat.runs)
    tried = _tried(runs["configs"].to_pylist(), counts)
    space = task_space(json.loads(runs["task_info"][0].as_py()), task, tried, catalogue)
    scales = space.scales
    places = [scale.places(tried.get(scale.name, [None] * len(flat.run))) for scale in scales]
    return TaskTrials(
        task=info,
        space=space,
        runs=runs.select(["optimizer", "seed", "status"]).to_pandas(),
        run=flat.run,
        number=np.asarray(pc.list_flatten(runs["number"]), dtype=np.int64),
        values=flat.vectors * [-1.0 if o.maximize else 1.0 for o in info.objectives],
        full=flat.full,
        fidelity=_or_nan(runs, "fidelity", counts),
        used=flat.used,
        cost=_or_nan(runs, "cost", counts),
        places=np.array(places).reshape(len(scales), len(flat.run)).T,
        configs=_told_apart(tried, len(flat.run)),
        failures=_failures(runs["failures"].to_pylist(), counts),
    )


def _tried(texts: Sequence[str], counts: Integers) -> dict[str, list[Value | None]]:
    """By hyperparameter its value in every trial of all runs, None where it is not there."""
    starts = np.cumsum(counts) - counts
    total = int(counts.sum())
    values_by_name: dict[str, list[Value | None]] = {}
    for text, start, count in zip(texts, starts.tolist(), counts.tolist(), strict=True):
        columns: dict[str, list[Any]] = json.loads(text or "{}")
        for name, values in columns.items():
            values_by_name.setdefault(name, [None] * total)[start : start + count] = values
    return values_by_name


def _told_apart(tried: Mapping[str, Sequence[Value | None]], total: int) -> Integers:
    """A number for each trial's configuration, equal for equal ones; -1 where there is none."""
    if not tried:
        return np.full(total, -1)
    numbers: dict[str, int] = {}
    codes = np.empty(total, dtype=np.int64)
    for i, config in enumerate(zip(*tried.values(), strict=True)):
        empty = all(value is None for value in config)
        codes[i] = -1 if empty else numbers.setdefault(json.dumps(config), len(numbers))
    return codes


def _or_nan(runs: pa.Table, name: str, counts: Integers) -> Floats:
    """A column with a number for each trial, NaN for runs that have none."""
    total = int(counts.sum())
    flat = np.asarray(pc.list_flatten(runs[name]), dtype=np.float64)
    if len(flat) == total:
        return flat
    lengths = np.asarray(pc.fill_null(pc.list_value_length(runs[name]), 0), dtype=np.int64)
    numbers = np.full(total, np.nan)
    numbers[np.repeat(lengths == counts, counts)] = flat
    return numbers


def _failures(texts: Sequence[str], counts: Integers) -> dict[int, str]:
    """By position among all trials why one failed."""
    starts = (np.cumsum(counts) - counts).tolist()
    return {
        start + int(i): reason
        for text, start in zip(texts, starts, strict=True)
        for i, reason in json.loads(text or "{}").items()
    }
