"""Guess which columns of a table are its objectives."""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from hpobench.benchmarks.recorded import columns as about
from hpobench.benchmarks.recorded.exports import Export, fits, inner
from hpobench.benchmarks.recorded.source import FileTable


@dataclass(frozen=True, slots=True)
class Objectives:
    """What is measured.

    Attributes:
        objectives: By name direction, column and test column, as a task's YAML has them.
        columns: The columns that these use.
        left_out: By column that is measured too and not used, the reason.
    """

    objectives: dict[str, Any]
    columns: list[str]
    left_out: dict[str, str] = field(default_factory=dict)


def guess_objectives(
    table: FileTable, export: Export, names: Sequence[str], axes: Collection[str], cost: str
) -> Objectives:
    """Choose among the columns that are no hyperparameter by a prefix.

    A name that ends in + or - says its direction. Else the words of the tool count; else the
    columns of numbers whose last word is a metric's; else those that differ in each row while
    others make a grid; else the last column. Of several kinds of data, validation counts.
    """
    names = [name for name in names if about.is_numeric(table.columns[name])]
    free = [name for name in names if name != cost]
    if marked := [name for name in free if name.endswith(("+", "-"))]:
        return _described(marked, free, export)
    if export.objective:
        return _described([n for n in free if fits(export.objective, n)], free, export)
    spreads = {n: "it is a spread" for n in free if set(about.words(n)) & about.SPREADS}
    free = [n for n in free if n not in spreads]
    sounding = [n for n in free if about.metric_direction(n)]
    sounding = [n for n in sounding if not any(fits(each, n) for each in export.cost)]
    free = [n for n in free if not fits(export.unused, n)]
    measured = _measured(table, export, free, axes, cost)
    sounding = [n for n in sounding if not about.is_designed(table.columns[n])] or sounding
    last = measured[-1:] or _last(table, free, cost, prefixed=bool(export.hyperparameter))
    chosen = _by_split(sounding) or last
    found = _described(chosen, sounding, export)
    reason = f"it is measured too, but not {' or '.join(chosen)}"
    others = dict.fromkeys((*sounding, *measured), reason)
    left = {n: why for n, why in others.items() if n not in found.columns}
    return Objectives(found.objectives, found.columns, {**spreads, **left})


def _last(table: FileTable, free: Sequence[str], cost: str, *, prefixed: bool) -> list[str]:
    """The last column of numbers; the cost, if it stands behind all others."""
    names = list(table.columns)
    if cost and (not free or (not prefixed and names.index(cost) > names.index(free[-1]))):
        return [cost]
    return list(free[-1:])


def _by_split(names: Sequence[str]) -> list[str]:
    """Those of validation, else of no part of the data, else of test, else of training."""
    for split in ("val", "", "test", "train"):
        if found := [name for name in names if about.split_of(name) == split]:
            return found
    return []


def _measured(
    table: FileTable, export: Export, free: Sequence[str], axes: Collection[str], cost: str
) -> list[str]:
    """What differs in most rows, if the other columns are a grid."""
    if export.hyperparameter:
        return []
    others = {*table.columns} - {cost}
    design = [n for n in table.columns if n in others and _is_repeating(table.columns[n])]
    design = [n for n in design if not about.metric_direction(n) or n in axes]
    measured = [n for n in free if n not in design and not about.metric_direction(n)]
    return measured if design and _is_grid(table, design, axes) else []


def _is_repeating(values: Sequence[Any]) -> bool:
    """Whether the values are on average there twice; and not all the same."""
    return 1 < len(set(values)) <= len(values) / 2


def _is_grid(table: FileTable, design: Sequence[str], axes: Collection[str]) -> bool:
    """Whether all combinations are there equally often; or all configurations along each axis."""
    cells = Counter(about.keys(table, design))
    sizes = [len(set(table.columns[name])) for name in design]
    if len(set(cells.values())) == 1 and len(cells) == math.prod(sizes):
        return True
    along = [name for name in axes if name in design]
    rest = set(about.keys(table, [name for name in design if name not in along]))
    levels = math.prod(len(set(table.columns[name])) for name in along)
    return bool(along) and len(rest) * levels == len(cells) == len(table.numbers)


def _described(chosen: Sequence[str], known: Sequence[str], export: Export) -> Objectives:
    """Name, direction, column and test values of the objectives."""
    objectives: dict[str, Any] = {}
    used = list(chosen)
    for column in chosen:
        name = column.rstrip("+-").strip()
        name = inner(export.objective, name) if export.objective else name
        direction = _direction(column, export)
        test = "" if export.objective else _test_column(column, known)
        used += [test] if test else []
        fields = {"direction": direction, **({"test": test} if test else {})}
        fields |= {"column": column} if name != column else {}
        objectives[name] = direction if len(fields) == 1 else fields
    return Objectives(objectives, used)


def _direction(column: str, export: Export) -> str:
    """What a mark, the tool, or the name says of an objective."""
    marks = {"+": "maximize", "-": "minimize"}
    said = marks.get(column[-1:]) or export.direction or about.metric_direction(column)
    return said or "minimize"


def _test_column(column: str, names: Sequence[str]) -> str:
    """The column of test values that goes with one of validation or of no part of the data."""
    stem = about.stem_of(column)
    found = [n for n in names if about.split_of(n) == "test" and about.stem_of(n) == stem]
    return next((name for name in found if name != column), "")
