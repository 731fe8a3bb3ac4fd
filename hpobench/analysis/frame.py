"""Stored runs as columns, one task at a time, so that nothing below loops over trials."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from hpobench.errors import UnknownNameError
from hpobench.task import Budget, Fidelity, Kind, Objective, Unit

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

RUN_COLUMNS = (
    "optimizer",
    "task",
    "seed",
    "status",
    "reason",
    "cut",
    "seconds",
    "task_info",
    "variant_info",
)
TRIAL_COLUMNS = ("fidelity", "values", "test", "end", "spent", "ask_seconds", "tell_seconds")

ROUNDING = 1e-9
"""Relative tolerance for sums of fractions, such as three thirds of a trial."""


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
class TaskInfo:
    """What the runs' own record says of their task; no catalogue is needed to read results."""

    id: str
    base_id: str
    collection: str
    kind: Kind
    dimension: int
    budget: Budget
    fidelity: Fidelity | None
    objectives: tuple[Objective, ...]
    real_time: bool

    @classmethod
    def parse(cls, task: str, text: str) -> "TaskInfo":
        """Read the JSON of the column `task_info`."""
        info = json.loads(text)
        return cls(
            id=task,
            base_id=info["base_id"],
            collection=info["collection"],
            kind=Kind(info["kind"]),
            dimension=info["dimension"],
            budget=Budget(info["budget"]["amount"], Unit(info["budget"]["unit"])),
            fidelity=Fidelity(**info["fidelity"]) if info["fidelity"] else None,
            objectives=tuple(Objective(**objective) for objective in info["objectives"]),
            real_time=info["real_time"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """The trials of all runs on one task, run after run, each run in order of finish.

    Attributes:
        task: The task.
        runs: Number of runs.
        run: Which run a trial belongs to, from 0, in the order of the frame; shape (trials,).
        vectors: What was found, minimised, NaN where a trial failed; shape (trials, objectives).
        test: The same on held-back data; NaN where there is none.
        full: Whether the trial was evaluated at the highest fidelity.
        used: Share of the budget spent when it finished.
        end: Virtual second at which it finished.
        overhead: Real seconds the optimizer took to ask and tell.
    """

    task: TaskInfo
    runs: int
    run: Integers
    vectors: Floats
    test: Floats
    full: npt.NDArray[np.bool_]
    used: Floats
    end: Floats
    overhead: Floats

    @property
    def valid(self) -> npt.NDArray[np.bool_]:
        """Which trials may be an incumbent: those that succeeded at the highest fidelity."""
        return np.asarray(self.full & np.isfinite(self.vectors).all(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The chosen runs, sorted by task, optimizer and seed.

    Attributes:
        runs: One row for each run with the columns of `RUN_COLUMNS` and the task's kind.
        tasks: By id, in order.
        table: The trials of the same runs in the same order.
    """

    runs: pd.DataFrame
    tasks: Mapping[str, TaskInfo]
    table: pa.Table

    def trials(self) -> Iterator[Trials]:
        """Give the trials of each task."""
        counts = self.runs["task"].value_counts(sort=False)
        start = 0
        for task, count in counts.items():
            yield unpack(self.tasks[str(task)], self.table.slice(start, count))
            start += count


def read(source: Source, *, optimizers: Sequence[str] = (), tasks: Sequence[str] = ()) -> Frame:
    """Read the runs whose optimizer and task match any of the globs; all without globs.

    Raises:
        UserError: A glob matches nothing.
    """
    stored = source.runs((*RUN_COLUMNS, *TRIAL_COLUMNS))
    names = stored.select(["optimizer", "task", "seed"]).to_pandas()
    chosen = matching("optimizer", names["optimizer"], optimizers)
    chosen &= matching("task", names["task"], tasks)
    order = names[chosen].sort_values(["task", "optimizer", "seed"]).index.to_numpy()
    found = stored.take(order).combine_chunks()
    runs = found.select(RUN_COLUMNS).to_pandas()
    infos = _tasks(runs)
    runs["kind"] = [str(infos[task].kind) for task in runs["task"]]
    return Frame(runs=runs, tasks=infos, table=found.select(TRIAL_COLUMNS))


def matching(noun: str, names: pd.Series, globs: Sequence[str]) -> "pd.Series[bool]":
    """Which names match any of the globs; a glob that matches none is an error."""
    known = [str(name) for name in names.unique()]
    for glob in globs:
        if not any(matches(name, [glob]) for name in known):
            raise UnknownNameError(f"run with {noun}", glob, known)
    return names.isin([name for name in known if matches(name, globs)])


def matches(name: str, globs: Sequence[str]) -> bool:
    """Whether a name, whole or up to its `@`, matches any of the globs, or there are none."""
    forms = {name, name.partition("@")[0]}
    return not globs or any(fnmatchcase(form, glob) for form in forms for glob in globs)


def unpack(task: TaskInfo, table: pa.Table) -> Trials:
    """Turn the list columns of one task's runs into flat arrays."""
    counts = _lengths(table, "end")
    end, spent = _flat(table, "end"), _flat(table, "spent")
    run = np.repeat(np.arange(len(counts)), counts)
    return Trials(
        task=task,
        runs=len(counts),
        run=run,
        vectors=_rows(table, "values", counts, len(task.objectives)),
        test=_rows(table, "test", counts, len(task.objectives)),
        full=_full(table, counts, task.fidelity),
        used=_used(task.budget, run, end, spent),
        end=end,
        overhead=_flat(table, "ask_seconds") + _flat(table, "tell_seconds"),
    )


def _tasks(runs: pd.DataFrame) -> dict[str, TaskInfo]:
    """By id what is known of each task; a run that failed early may know less than others."""
    best = runs.sort_values(["task", "status"], kind="stable").drop_duplicates("task")
    pairs = zip(best["task"], best["task_info"], strict=True)
    return {task: TaskInfo.parse(task, text) for task, text in pairs}


def _lengths(table: pa.Table, name: str) -> Integers:
    """Number of items in each list of a column, 0 for null."""
    lengths = pc.fill_null(pc.list_value_length(table[name]), 0)
    return np.asarray(lengths, dtype=np.int64)


def _flat(table: pa.Table, name: str) -> Floats:
    """All items of a list column, null as NaN."""
    return np.asarray(pc.list_flatten(table[name]), dtype=np.float64)


def _rows(table: pa.Table, name: str, counts: Integers, width: int) -> Floats:
    """The row-major lists of a column as one matrix, NaN for runs that have none."""
    rows = np.full((int(counts.sum()), width), np.nan)
    present = _lengths(table, name) == counts * width
    kept = table[name].filter(pa.array(present))
    rows[np.repeat(present, counts)] = np.asarray(pc.list_flatten(kept), dtype=np.float64).reshape(
        -1, width
    )
    return rows


def _full(table: pa.Table, counts: Integers, fidelity: Fidelity | None) -> npt.NDArray[np.bool_]:
    """Which trials were evaluated at the highest fidelity; all where the task has none."""
    fidelities = _rows(table, "fidelity", counts, 1)[:, 0]
    if fidelity is None:
        return np.ones(len(fidelities), dtype=np.bool_)
    return np.isnan(fidelities) | (fidelities >= fidelity.high * (1 - ROUNDING))


def _used(budget: Budget, run: Integers, end: Floats, spent: Floats) -> Floats:
    """The share of the budget spent when each trial finished."""
    match budget.unit:
        case Unit.SECONDS:
            return end / budget.amount
        case Unit.EVALUATIONS:
            first = np.searchsorted(run, run)
            return np.asarray((np.arange(len(run)) - first + 1) / budget.amount)
        case _:
            return spent / budget.amount
