"""Read what others wrote down of their own experiments: a table with a row for each trial."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpobench.errors import MAX_NAME, FileError, nearest
from hpobench.exchange.cells import (
    Cells,
    checked_name,
    read_config,
    read_integer,
    read_number,
    read_text,
    read_values,
)
from hpobench.exchange.imported import ForeignRun, imported_row
from hpobench.task import Budget, Fidelity, Objective
from hpobench.trial import Config, Record

Key = tuple[str, str, int]

NEEDED = ("optimizer", "task", "seed", "trial")
KNOWN = (*NEEDED, "value", "test", "cost", "fidelity", "config", "failure")
PREFIXES = ("value.", "test.", "config.")
SHOWN = 50
"""So many columns are named that are left out."""
LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One trial as a table or a tool has it; what it does not say is None or empty."""

    number: int
    values: Mapping[str, float]
    test: Mapping[str, float]
    cost: float | None
    fidelity: float | None
    config: Config
    failure: str


@dataclass(slots=True, kw_only=True)
class ForeignTable:
    """What a table says, task by task.

    Attributes:
        origin: The format, for the definition.
        maximize: Objectives that are better when larger.
        notes: What a reader of the result should know.
    """

    origin: str
    maximize: frozenset[str] = frozenset()
    notes: list[str] = field(default_factory=list)
    _runs: dict[Key, dict[int, Line]] = field(default_factory=dict)

    def rows(self, path: Path, records: Iterable[tuple[int, Cells]]) -> Iterator[dict[str, Any]]:
        """The rows of the store that the table makes.

        Raises:
            FileError: A needed column or cell is missing, or a cell is malformed.
        """
        for number, cells in records:
            try:
                self._take(cells)
            except ValueError as error:
                raise FileError(path, str(error), line=number) from None
        known = {name for runs in self._runs.values() for t in runs.values() for name in t.values}
        if unknown := self.maximize - known:
            name = min(unknown)
            raise FileError(path, f"has no objective {name!r}{nearest(name, known)}")
        try:
            for task in dict.fromkeys(task for _, task, _ in self._runs):
                yield from self._task(task)
        except (ValueError, OverflowError) as error:
            raise FileError(path, f"task {task!r:.80}: {error}") from None

    def _take(self, cells: Cells) -> None:
        """Add one trial to the run."""
        if not self._runs:
            self._look_at(list(cells))
        seed = read_integer(cells, "seed")
        if seed > LARGEST_SEED:
            raise ValueError(f"the seed {seed} is above {LARGEST_SEED}")
        key = read_text(cells, "optimizer"), read_text(cells, "task"), seed
        line = _line(cells, self.maximize)
        if self._runs.setdefault(key, {}).setdefault(line.number, line) is not line:
            optimizer, task, _ = key
            raise ValueError(f"trial {line.number} of {optimizer!r} on {task!r} stands twice")

    def _look_at(self, names: Sequence[str]) -> None:
        """Refuse a table without the needed columns, and name those that are of no use."""
        for name in names:
            checked_name("column", name)
        for name in NEEDED:
            if name not in names:
                raise ValueError(f"there is no column {name!r}{nearest(name, names)}")
        if not any(name == "value" or name.startswith("value.") for name in names):
            raise ValueError("there is no column 'value', or 'value.<objective>' for several")
        if spare := [n for n in names if n not in KNOWN and not n.startswith(PREFIXES)]:
            shown = ", ".join(name[:MAX_NAME] for name in spare[:SHOWN])
            more = f" and {len(spare) - SHOWN:,} more" if spare[SHOWN:] else ""
            self.notes.append(f"columns without a meaning here are left out: {shown}{more}")

    def _task(self, task: str) -> Iterator[dict[str, Any]]:
        """The runs of one task."""
        runs = {key: _in_order(lines) for key, lines in self._runs.items() if key[1] == task}
        lines = [line for run in runs.values() for line in run]
        names = list(dict.fromkeys(name for line in lines for name in line.values)) or ["value"]
        objectives = [Objective(name=n, maximize=n in self.maximize) for n in names]
        yield from rows_of_task(self.origin, runs, objectives)


def rows_of_task(
    origin: str,
    runs: Mapping[Key, Sequence[Line]],
    objectives: Sequence[Objective],
    *,
    space: Mapping[str, Any] | None = None,
    fidelity: Fidelity | None = None,
    gaps: bool = False,
) -> Iterator[dict[str, Any]]:
    """The rows of the store for all runs of one task.

    Args:
        origin: The format, for the definition.
        runs: By optimizer, task and seed the trials in order; their values are minimised.
        objectives: The task's; every trial that did not fail has a value of each.
        space: The task's space as ConfigSpace writes it, where it is known.
        fidelity: Its range, if it is known; else what occurs.
        gaps: Whether trials that improved nothing may be left out, so that numbers have gaps.
    """
    lines = [line for run in runs.values() for line in run]
    fidelity = fidelity or _fidelity(lines)
    names = [objective.name for objective in objectives]
    fold = _sparse_records if gaps else _records
    records = {key: fold(run, names, fidelity) for key, run in runs.items()}
    amount = max(found[-1].spent for found in records.values())
    dimension = len(
        space["hyperparameters"] if space else {n for line in lines for n in line.config}
    )
    for (optimizer, task, seed), found in records.items():
        yield imported_row(
            ForeignRun(
                origin=origin,
                optimizer=optimizer,
                task=task,
                seed=seed,
                objectives=objectives,
                fidelity=fidelity,
                budget=Budget(amount),
                dimension=dimension,
                records=found,
                space=space,
            )
        )


def _line(cells: Cells, maximize: frozenset[str]) -> Line:
    """One row of the table.

    Raises:
        ValueError: A cell is malformed.
    """
    cost, fidelity = read_number(cells, "cost"), read_number(cells, "fidelity")
    if cost is not None and not 0 <= cost < math.inf:
        raise ValueError(f"the cost is {cost}, not a number of at least 0")
    if fidelity is not None and not 0 < fidelity < math.inf:
        raise ValueError(f"the fidelity is {fidelity}, not a number above 0")
    return Line(
        number=read_integer(cells, "trial"),
        values=read_values(cells, "value", maximize),
        test=read_values(cells, "test", maximize),
        cost=cost,
        fidelity=fidelity,
        config=read_config(cells),
        failure=str(cells.get("failure") or ""),
    )


def _in_order(lines: Mapping[int, Line]) -> list[Line]:
    """The trials of a run in the order of their numbers."""
    return [lines[number] for number in sorted(lines)]


def _fidelity(lines: Iterable[Line]) -> Fidelity | None:
    """The range of fidelities that occur in a task, None where all trials have the same."""
    found = {line.fidelity for line in lines if line.fidelity is not None}
    if len(found) < 2:  # noqa: PLR2004 (a range has two ends)
        return None
    whole = all(value.is_integer() for value in found)
    return Fidelity(name="fidelity", low=min(found), high=max(found), integer=whole)


def _records(
    lines: Sequence[Line], names: Sequence[str], fidelity: Fidelity | None
) -> list[Record]:
    """The trials as if one worker had evaluated them one after the other."""
    records: list[Record] = []
    spent = now = 0.0
    for number, line in enumerate(lines):
        level = (line.fidelity or fidelity.high) if fidelity else None
        share = level / fidelity.high if fidelity and level else 1.0
        spent, start = spent + share, now
        cost = share if line.cost is None else line.cost
        now += cost
        failure = _failure(line, names)
        records.append(
            Record(
                number=number,
                config=line.config,
                fidelity=level,
                values=() if failure else tuple(line.values[name] for name in names),
                test=tuple(line.test.get(name, math.nan) for name in names) if line.test else (),
                cost=cost,
                start=start,
                end=now,
                worker=0,
                ask_seconds=0.0,
                tell_seconds=0.0,
                spent=spent,
                failure=failure,
            )
        )
    return records


def _sparse_records(
    lines: Sequence[Line], names: Sequence[str], fidelity: Fidelity | None
) -> list[Record]:
    """The trials, each one second long, where those that improved nothing are left out."""
    return [
        record._replace(
            number=line.number,
            start=float(line.number),
            end=line.number + 1.0,
            spent=line.number + 1.0,
        )
        for line, record in zip(lines, _records(lines, names, fidelity), strict=True)
    ]


def _failure(line: Line, names: Sequence[str]) -> str:
    """Why there is nothing to learn from a trial, or empty."""
    lacking = [name for name in names if not math.isfinite(line.values.get(name, math.nan))]
    return line.failure or (f"there is no {lacking[0]}" if lacking else "")
