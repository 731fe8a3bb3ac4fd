"""Stored runs, chosen by name, told apart by definition, and given out task by task."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from hpobench.errors import UnknownNameError
from hpobench.scoring.policy import Horizon
from hpobench.scoring.trials import TaskInfo, Trials, to_common, unpack
from hpobench.store.rows import without_notes
from hpobench.store.selection import match_globs, matches, optimizer_of, task_of

RUN_COLUMNS = (
    "optimizer",
    "task",
    "seed",
    "status",
    "reason",
    "cut",
    "seconds",
    "finished",
    "task_info",
    "variant_info",
)
TRIAL_COLUMNS = (
    "number",
    "fidelity",
    "values",
    "test",
    "noiseless",
    "constraints",
    "signals",
    "end",
    "spent",
    "ask_seconds",
    "tell_seconds",
)


class Source(Protocol):
    """What analysis reads of a store.

    Attributes:
        damage: What was found torn or altered, in words.
        notes: What else a reader should know, in words.
    """

    damage: list[str]
    notes: list[str]

    def runs(self, columns: Sequence[str] | None = None) -> pa.Table:
        """One row for each run, with the given columns."""

    def experiments(self) -> list[dict[str, Any]]:
        """The manifests of the experiments that were run."""

    def missing(self) -> list[tuple[str, str, int]]:
        """Optimizer, task and seed of what was planned but is neither stored nor skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The chosen runs, sorted by task, optimizer and seed.

    Attributes:
        runs: One row for each run with the columns of `RUN_COLUMNS` and the task's kind.
        tasks: By id, in order.
        table: The trials of the same runs in the same order.
        outdated: Number of runs left out since their task, or their optimizer, is
            another now.
    """

    runs: pd.DataFrame
    tasks: Mapping[str, TaskInfo]
    table: pa.Table
    outdated: int

    def only(self, kept: npt.NDArray[np.bool_]) -> Self:
        """The frame of some of its runs, and of their tasks."""
        runs = self.runs[kept]
        names = set(runs["task"].unique())
        tasks = {name: info for name, info in self.tasks.items() if name in names}
        table = self.table.filter(pa.array(kept)).combine_chunks()
        return replace(self, runs=runs, tasks=tasks, table=table)

    def trials(self) -> Iterator[Trials]:
        """Give the trials of each task."""
        return (trials for _, trials in self.counted(Horizon.FULL))

    def counted(self, horizon: Horizon) -> Iterator[tuple[slice, Trials]]:
        """For each task the rows of its runs, and those of their trials that count."""
        failed = (self.runs["status"] == "failed").to_numpy()
        start = 0
        for task, count in self.runs["task"].value_counts(sort=False).items():
            rows = slice(start, start + count)
            trials = unpack(self.tasks[str(task)], self.table.slice(start, count))
            start += count
            yield rows, to_common(trials, failed[rows]) if horizon is Horizon.COMMON else trials


def read(
    source: Source,
    *,
    optimizers: Sequence[str] = (),
    tasks: Sequence[str] = (),
    further: Sequence[str] = (),
) -> Frame:
    """Read the runs whose optimizer and task match any of the globs; all without globs.

    Args:
        source: Where the runs are.
        optimizers: Globs of optimizers.
        tasks: Globs of tasks.
        further: Columns that the table of trials is to have besides those that scores need.

    Raises:
        UserError: A glob matches nothing.
    """
    columns = (*TRIAL_COLUMNS, *further)
    stored = source.runs((*RUN_COLUMNS, *columns))
    names = stored.select(["optimizer", "task", "seed"]).to_pandas()
    chosen = matching("optimizer", names["optimizer"], optimizers)
    chosen &= matching("task", names["task"], tasks)
    defined = ["optimizer", "task", "task_info", "variant_info", "finished"]
    current = up_to_date(stored.select(defined).to_pandas())
    kept = names[chosen & current].sort_values(["task", "optimizer", "seed"])
    found = stored.take(kept.index.to_numpy()).combine_chunks()
    runs = found.select(RUN_COLUMNS).to_pandas()
    texts = runs["variant_info"]
    runs["variant_info"] = texts.map({text: without_notes(text) for text in texts.unique()})
    infos = _tasks(runs)
    return Frame(
        runs=runs.assign(kind=runs["task"].map({name: str(t.kind) for name, t in infos.items()})),
        tasks=infos,
        table=found.select(columns),
        outdated=int((chosen & ~current).sum()),
    )


def up_to_date(runs: pd.DataFrame) -> "pd.Series[bool]":
    """Which runs are of the newest definition: of their task, and of their optimizer.

    The newest is that of the run that finished last.

    Args:
        runs: With `optimizer`, `task`, `task_info`, `variant_info` and `finished`.
    """
    tasks = {text: task_of(text) for text in runs["task_info"].unique()}
    optimizers = {text: optimizer_of(text) for text in runs["variant_info"].unique()}
    current = _of_the_last(runs, "task", runs["task_info"].map(tasks))
    return current & _of_the_last(runs, "optimizer", runs["variant_info"].map(optimizers))


def _of_the_last(runs: pd.DataFrame, name: str, state: "pd.Series[str]") -> "pd.Series[bool]":
    """Which runs agree with the one of the same name that finished last."""
    last = runs.sort_values("finished").drop_duplicates(name, keep="last").index
    newest = state[last].set_axis(runs[name][last])
    return state == runs[name].map(newest)


def definition(info: Mapping[str, Any]) -> dict[str, Any]:
    """All that determines a run's result but for its optimizer and its seed."""
    return {**info["definition"], "overhead": info["overhead"]}


def matching(noun: str, names: pd.Series, globs: Sequence[str]) -> "pd.Series[bool]":
    """Which names match any of the globs; a glob that matches none is an error."""
    known = [str(name) for name in names.unique()]
    for glob in globs:
        if not any(matches(name, [glob]) for name in known):
            raise UnknownNameError(f"run with {noun}", glob, known)
    return names.isin(match_globs(known, globs))


def _tasks(runs: pd.DataFrame) -> dict[str, TaskInfo]:
    """By id what is known of each task; a run that failed early may know less than others.

    Of several budgets, in a folder merged of others, the largest counts.
    """
    infos = {text: json.loads(text)["budget"]["amount"] for text in runs["task_info"].unique()}
    amounts = -runs["task_info"].map(infos).astype(float)
    ordered = runs.assign(amount=amounts).sort_values(["task", "status", "amount"], kind="stable")
    best = ordered.drop_duplicates("task")
    pairs = zip(best["task"], best["task_info"], strict=True)
    return {task: TaskInfo.parse(task, text) for task, text in pairs}
