"""The trials of all runs on one task as flat arrays, so that nothing below loops over trials."""

import json
from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from hpobench.diversity.axes import MeasureAxis, cell_numbers
from hpobench.run import Clock
from hpobench.settings import Settings, parse_settings
from hpobench.task import Budget, Fidelity, Kind, Objective, Problem, Task, Unit

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

ROUNDING = 1e-9
"""Relative tolerance for sums of fractions, such as three thirds of a trial."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInfo:
    """What the runs' own record says of their task; no catalogue is needed to read results.

    Attributes:
        id, base_id: With and without the budget where it is not the collection's own.
        real_time: Whether costs are measured seconds, another on each machine.
        clocked: Whether the clock counts the measured overhead of the optimizer.
        side_by_side: Whether trials may finish in another order than that of their numbers.
        settings: How it was put to optimizers, where that is not as usual.
        collection, kind, dimension, budget, fidelity, objectives: See `task.Task`.
        constraints: Names of what a trial must keep to count.
        signals: Names of the numbers that were told besides values.
        measures: The axes of its map of the best; each is one of the signals.
    """

    id: str
    base_id: str
    collection: str
    kind: Kind
    dimension: int
    budget: Budget
    fidelity: Fidelity | None
    objectives: tuple[Objective, ...]
    real_time: bool
    clocked: bool
    side_by_side: bool
    types: tuple[str, ...]
    settings: Settings
    constraints: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    measures: tuple[MeasureAxis, ...] = ()

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
            clocked=info.get("overhead") == "measured" or info.get("clock") == Clock.REAL,
            side_by_side=info["workers"] > 1,
            types=tuple(info.get("types", ())),
            settings=parse_settings(info["definition"].get("settings", {})),
            constraints=tuple(info.get("constraints") or ()),
            signals=tuple(info.get("signals") or ()),
            measures=tuple(MeasureAxis(**each) for each in info.get("measures") or ()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """The trials of all runs on one task, run after run, each run in order of finish.

    Attributes:
        task: The task.
        runs: Number of runs.
        run: Which run a trial belongs to, from 0, in the order of the frame; shape (trials,).
        number: How many trials of its run had finished with it, of whatever fidelity; a run may
            be stored without those that improved on nothing.
        vectors: What was found, minimised, NaN where a trial failed; shape (trials, objectives).
        test: The same on held-back data; NaN where there is none.
        noiseless: The same without noise, untold; NaN where there is none.
        excesses: How far a trial is beyond each limit, at most 0 where that is kept, NaN where it
            is not known; shape (trials, constraints).
        measured: The measures of a trial, NaN where one is not known; shape (trials, measures).
        full: Whether the trial was evaluated at the highest fidelity.
        used: Share of the budget spent when it finished.
        end: Virtual second at which it finished.
        overhead: Real seconds the optimizer took to ask and tell since the trial before.
    """

    task: TaskInfo
    runs: int
    run: Integers
    number: Integers
    vectors: Floats
    test: Floats
    noiseless: Floats
    excesses: Floats
    measured: Floats
    full: npt.NDArray[np.bool_]
    used: Floats
    end: Floats
    overhead: Floats

    @property
    def valid(self) -> npt.NDArray[np.bool_]:
        """Which trials may be an incumbent: feasible ones that succeeded at full fidelity."""
        succeeded = self.full & np.isfinite(self.vectors).all(axis=1)
        return np.asarray(succeeded & (self.excesses <= 0).all(axis=1))

    @property
    def cells(self) -> Integers:
        """The cell of the map that each trial fills, see `cell_numbers`; -1 if it fills none."""
        return np.where(self.valid, cell_numbers(self.task.measures, self.measured), -1)

    @property
    def violations(self) -> Floats:
        """By how much each trial violates its constraints together: 0 if it may be an incumbent.

        Infinite where that is not known, and below full fidelity; shape (trials,).
        """
        total = np.maximum(self.excesses, 0.0).sum(axis=1)
        known = self.full & (total > 0)  # which no NaN is
        return np.where(self.valid, 0.0, np.where(known, total, np.inf))


def describe_task(task: Task, problem: Problem) -> TaskInfo:
    """What a stored run would say of its task."""
    return TaskInfo(
        id=task.id,
        base_id=task.base_id,
        collection=task.collection,
        kind=task.kind,
        dimension=task.dimension,
        budget=task.budget,
        fidelity=problem.fidelity,
        objectives=problem.objectives,
        real_time=task.real_time,
        clocked=False,
        side_by_side=task.workers > 1,
        types=task.types,
        settings=task.settings,
        constraints=problem.constraints,
        signals=problem.signals,
        measures=problem.measures,
    )


def unpack(task: TaskInfo, table: pa.Table) -> Trials:
    """Turn the list columns of one task's runs into flat arrays."""
    counts = _lengths(table, "end")
    end, spent = _flat(table, "end"), _flat(table, "spent")
    run = np.repeat(np.arange(len(counts)), counts)
    number = _numbers(table, run, task)
    return Trials(
        task=task,
        runs=len(counts),
        run=run,
        number=number,
        vectors=_rows(table, "values", counts, len(task.objectives)),
        test=_rows(table, "test", counts, len(task.objectives)),
        noiseless=_rows(table, "noiseless", counts, len(task.objectives)),
        excesses=_rows(table, "constraints", counts, len(task.constraints)),
        measured=_measured(task, table, counts),
        full=_full(table, counts, task.fidelity),
        used=_used(task.budget, number, end, spent),
        end=end,
        overhead=_flat(table, "ask_seconds") + _flat(table, "tell_seconds"),
    )


def improvements(loss: Floats, run: Integers) -> Integers:
    """The trials that became incumbents, the first of equals; positions, ascending."""
    starts = np.searchsorted(run, np.arange(run.max(initial=-1) + 2))
    best = np.full(len(loss), np.inf)
    for start, stop in pairwise(starts.tolist()):
        if stop - start > 1:
            best[start + 1 : stop] = np.minimum.accumulate(loss[start : stop - 1])
    return np.flatnonzero(loss < best)


def to_common(trials: Trials, failed: npt.NDArray[np.bool_]) -> Trials:
    """The trials up to the share of the budget that all completed runs on the task reached.

    Runs without any trial reached nothing and do not count.

    Args:
        trials: All trials of one task.
        failed: Which of its runs failed, shape (runs,).
    """
    reached = np.zeros(trials.runs)
    np.maximum.at(reached, trials.run, trials.used)
    counted = reached[(reached > 0) & ~failed]
    kept = trials.used <= counted.min(initial=1.0) * (1 + ROUNDING)
    arrays = {field.name: getattr(trials, field.name) for field in fields(trials)}
    chosen = {n: a[kept] for n, a in arrays.items() if isinstance(a, np.ndarray)}
    return replace(trials, **chosen)


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
    if not width:
        return rows
    present = _lengths(table, name) == counts * width
    kept = table[name].filter(pa.array(present))
    rows[np.repeat(present, counts)] = np.asarray(pc.list_flatten(kept), dtype=np.float64).reshape(
        -1, width
    )
    return rows


def _measured(task: TaskInfo, table: pa.Table, counts: Integers) -> Floats:
    """The measures among the signals of each trial, in the task's order."""
    if not task.measures:
        return np.empty((int(counts.sum()), 0))
    columns = [task.signals.index(measure.name) for measure in task.measures]
    return _rows(table, "signals", counts, len(task.signals))[:, columns]


def _full(table: pa.Table, counts: Integers, fidelity: Fidelity | None) -> npt.NDArray[np.bool_]:
    """Which trials were evaluated at the highest fidelity; all where the task has none."""
    fidelities = _rows(table, "fidelity", counts, 1)[:, 0]
    if fidelity is None:
        return np.ones(len(fidelities), dtype=np.bool_)
    return np.isnan(fidelities) | (fidelities >= fidelity.full_from)


def _numbers(table: pa.Table, run: Integers, task: TaskInfo) -> Integers:
    """How many trials of its run had finished with each."""
    if task.side_by_side:  # such runs are stored whole
        return np.arange(len(run)) - np.searchsorted(run, run) + 1
    return np.asarray(pc.list_flatten(table["number"]), dtype=np.int64) + 1


def _used(budget: Budget, number: Integers, end: Floats, spent: Floats) -> Floats:
    """The share of the budget spent when each trial finished."""
    match budget.unit:
        case Unit.SECONDS:
            return end / budget.amount
        case Unit.EVALUATIONS:
            return np.asarray(number / budget.amount)
        case _:
            return spent / budget.amount
