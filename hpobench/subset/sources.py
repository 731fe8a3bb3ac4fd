"""Where scores come from: the runs of a results folder, or a table that somebody made."""

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from hpobench.catalogue import Catalogue
from hpobench.errors import FileError, UserError
from hpobench.scoring.constants import references_of
from hpobench.scoring.curves import Axis
from hpobench.scoring.frame import matching, read
from hpobench.scoring.means import mean_of_known
from hpobench.scoring.policy import Policy
from hpobench.scoring.score import Scored, score
from hpobench.stats.comparison import Comparison, comparisons
from hpobench.stats.finals import finals
from hpobench.store import Store
from hpobench.subset.discrepancy.ranked import Floats
from hpobench.subset.scores import TaskScores
from hpobench.subset.ways import Measure
from hpobench.system.text import count

ABOUT = ("task", "kind")
"""Columns of a table that are no coordinates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceScores:
    """What a source gave.

    Attributes:
        parts: One for each kind of tasks, or one where kinds are not known.
        notes: What a reader must know, in sentences.
    """

    parts: tuple[TaskScores, ...]
    notes: tuple[str, ...]


def from_results(
    path: Path,
    catalogue: Catalogue,
    *,
    tasks: Sequence[str] = (),
    optimizers: Sequence[str] = (),
    measure: Measure,
) -> SourceScores:
    """The runs of a results folder, scored as `hpobench analyze` scores them.

    Only tasks that all compared optimizers of the kind ran are candidates.

    Args:
        path: The folder.
        catalogue: Whose constants normalise regrets.
        tasks: Globs of the tasks to consider; all by default.
        optimizers: Globs of the optimizers to compare; all by default.
        measure: What the values are; see `Measure`.

    Raises:
        UserError: It is no results folder, holds no runs, or a glob matches nothing.
    """
    store = Store(path)
    frame = read(store, optimizers=optimizers, tasks=tasks)
    if not len(frame.runs):
        raise UserError("there are no runs to choose tasks from yet; 'hpobench run' makes some")
    scored = score(frame, references_of(path, catalogue), Policy())
    if measure is Measure.AREA:
        scored = _averaged(scored)
    compared = list(comparisons(scored.runs, sorted(set(scored.runs["optimizer"]))))
    notes = [*store.damage, *store.notes, *(note for c in compared for note in _holes(c))]
    parts = [_scores(scored, comparison) for comparison in compared if comparison.tasks]
    if not parts:
        raise UserError("there is no task that several optimizers ran")
    return SourceScores(parts=tuple(parts), notes=tuple(notes))


def from_table(path: Path, *, tasks: Sequence[str] = ()) -> SourceScores:
    """A CSV file with a row for each task.

    Its columns are `task`, perhaps `kind`, and one for each optimizer (or any other feature of
    a task). A column that leaves [0, 1] is scaled to it by its smallest and largest value, which
    makes no difference against the full set.

    Raises:
        UserError: It is no such file; with the line.
    """
    head, rows = cells(path)
    names = tuple(name for name in head if name not in ABOUT)
    if "task" not in head or not names or len(set(head)) < len(head):
        raise FileError(path, "needs a column 'task' and one or more of coordinates", line=1)
    table = pd.DataFrame(rows, columns=head)
    for name in names:
        table[name] = [
            number_in_cell(path, line, name, cell) for line, cell in enumerate(table[name], 2)
        ]
    if (twice := table["task"].duplicated()).any():
        line = int(np.argmax(twice)) + 2
        raise FileError(path, f"the task {table['task'][line - 2]!r} stands twice", line=line)
    values = table[list(names)].to_numpy(dtype=float)
    kinds = tuple(table["kind"]) if "kind" in head else ("",) * len(table)
    whole = TaskScores(
        tasks=tuple(table["task"]),
        kinds=kinds,
        optimizers=names,
        values=_scaled(values),
        losses=values[:, :, None],
    )
    wanted = matching("task", table["task"], tasks).to_numpy()
    groups = [np.flatnonzero(wanted & (np.array(kinds) == kind)) for kind in sorted(set(kinds))]
    return SourceScores(parts=tuple(whole.only(rows) for rows in groups if len(rows)), notes=())


def _averaged(scored: Scored) -> Scored:
    """With the mean regret over the budget in the place of the last one."""
    mean = scored.curves.regret.mean(axis=1, keepdims=True)
    return replace(scored, curves=replace(scored.curves, regrets={Axis.BUDGET: mean}))


def _scores(scored: Scored, comparison: Comparison) -> TaskScores:
    """The scores of one kind."""
    found = finals(scored, comparison)
    regret = mean_of_known(found.regret, axis=2)
    return TaskScores(
        tasks=found.tasks,
        kinds=(str(found.kind),) * len(found.tasks),
        optimizers=found.optimizers,
        values=regret / (1 + regret),
        losses=found.loss,
    )


def _holes(comparison: Comparison) -> Iterator[str]:
    """What is left out since runs are missing."""
    if comparison.aside:
        yield f"{comparison.kind}: {', '.join(comparison.aside)} set aside, with too few tasks"
    if comparison.others:
        yield (
            f"{comparison.kind}: {count(len(comparison.others), 'task')} left out of the "
            "candidates, for want of runs of some optimizer"
        )


def cells(path: Path) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of a CSV file, every row as long as the head.

    Raises:
        FileError: It is no such file.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head, *rows = list(csv.reader(file)) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileError(path, f"cannot be read as CSV: {error}") from None
    for line, row in enumerate(rows, 2):
        if len(row) != len(head):
            raise FileError(path, f"has {len(row)} cells instead of {len(head)}", line=line)
    if not rows:
        raise FileError(path, "holds no tasks")
    return head, rows


def number_in_cell(path: Path, line: int, name: str, cell: str) -> float:
    """The finite number in a cell.

    Raises:
        FileError: There is none.
    """
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise FileError(path, f"{cell[:60]!r} in column {name!r} is no number", line=line)
    return value


def _scaled(values: Floats) -> Floats:
    """Columns that leave [0, 1] brought into it."""
    low, high = np.minimum(values.min(axis=0), 0), np.maximum(values.max(axis=0), 1)
    outside = (low < 0) | (high > 1)
    low = np.where(outside, values.min(axis=0), 0.0)
    width = np.where(outside, values.max(axis=0) - low, 1.0)
    return np.asarray((values - low) / np.where(width > 0, width, 1.0))
