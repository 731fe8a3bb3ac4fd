"""Guess types, bounds and conditions of hyperparameters from the values of their columns."""

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from hpobench.benchmarks.recorded.columns import FEW, given, is_whole, keys
from hpobench.benchmarks.recorded.source import FileTable

MANY = 100_000
"""Grids with more cells are not recorded in full, or at least not counted."""

DECADES = 100.0
"""From this ratio of the largest to the smallest value on, a range is taken for logarithmic."""

EMPTY = "none"
"""What an empty cell is called that is a value of its own."""

Descriptions = dict[str, dict[str, Any]]


def guess_space(table: FileTable, columns: Mapping[str, str]) -> Descriptions:
    """Describe hyperparameters as a task's YAML does.

    Each configuration counts once, however often it was trained.

    Args:
        table: The rows.
        columns: By hyperparameter its column.
    """
    names = {column: name for name, column in columns.items()}
    first: dict[tuple[Any, ...], int] = {}
    for row, config in enumerate(keys(table, list(names))):
        first.setdefault(config, row)
    repeated = len(first) < len(table.numbers)
    table = table.take(first.values())
    cells = math.prod(len(set(table.columns[column])) for column in names)
    grid = len(first) == cells and (repeated or len(names) > 1)
    return {
        name: _hyperparameter(table, column, names, grid=grid)
        | ({"column": column} if column != name else {})
        for name, column in columns.items()
    }


def guessed_features(described: Descriptions) -> list[str]:
    """The features of the space, as a task names them."""
    kinds = {each["type"] for each in described.values()}
    conditions = any("if" in each for each in described.values())
    return sorted(kinds | ({"condition"} if conditions else set()))


def guess_lookup(table: FileTable, columns: Sequence[str], described: Descriptions) -> str:
    """Exact where the whole grid is recorded."""
    recorded = len(set(zip(*(table.columns[name] for name in columns), strict=True)))
    return "exact" if recorded == _legal_cells(described) else "nearest"


def _hyperparameter(
    table: FileTable, column: str, names: Mapping[str, str], *, grid: bool
) -> dict[str, Any]:
    """Type, bounds and condition of a column; empty is a value where no parent explains it."""
    values = table.columns[column]
    there = given(values)
    if len(there) == len(values):
        return _kind(there, grid=grid)
    if parents := _condition(table, column, list(names)):
        return {
            **_kind(there, grid=grid),
            "if": {names[name]: value for name, value in parents.items()},
        }
    return _with_empty(there, grid=grid)


def _kind(values: list[Any], *, grid: bool) -> dict[str, Any]:
    """The type of some values; few numbers are a list, if they repeat or make a grid."""
    distinct = set(values)
    if any(isinstance(value, str | bool) for value in distinct):
        return {"type": "categorical", "values": sorted(distinct, key=str)}
    whole = all(map(is_whole, distinct))
    if whole:
        distinct = set(map(int, distinct))
    few = len(distinct) <= FEW and (grid or len(distinct) <= max(len(values) / 2, 2))
    if few or not all(map(math.isfinite, distinct)):
        return {"type": "ordinal", "values": sorted(distinct)}
    low, high = min(distinct), max(distinct)
    log = {"log": True} if low > 0 and high / low >= DECADES else {}
    return {"type": "integer" if whole else "float", "low": low, "high": high, **log}


def _with_empty(there: list[Any], *, grid: bool) -> dict[str, Any]:
    """A list of all values, with one for what is empty behind them."""
    described = _kind(there, grid=grid)
    values = described.get("values")
    if values is None:
        whole = described["type"] == "integer"
        values = sorted({int(value) if whole else value for value in there})
    name = EMPTY
    while name in values:
        name += "_"
    kind = "categorical" if described["type"] == "categorical" else "ordinal"
    return {"type": kind, "values": [*values, name], "empty": name}


def _condition(table: FileTable, column: str, others: Sequence[str]) -> dict[str, Any]:
    """A column of few values which tell where this one is empty, with those where it is not.

    It has fewer empty cells itself, so that conditions never go round in a circle.
    """
    empty = [value is None for value in table.columns[column]]
    for other in others:
        values = table.columns[other]
        if other == column or values.count(None) >= sum(empty):
            continue
        active = {v for v, gone in zip(values, empty, strict=True) if not gone}
        inactive = {v for v, gone in zip(values, empty, strict=True) if gone}
        if len(active | inactive) <= FEW and not active & inactive and None not in active:
            known = sorted(active, key=str)
            return {other: known[0] if len(known) == 1 else known}
    return {}


def _legal_cells(described: Descriptions) -> int:
    """How many configurations the space has; 0 if it has a range, or more than can be counted."""
    axes = [each.get("values", ()) for each in described.values()]
    if math.prod(map(len, axes)) > MANY:
        return 0
    cells = (dict(zip(described, cell, strict=True)) for cell in product(*axes))
    return len({tuple(_active(cell, described).items()) for cell in cells})


def _active(cell: dict[str, Any], described: Descriptions) -> dict[str, Any]:
    """What is active of a configuration."""
    rules = {name: each.get("if", {}) for name, each in described.items()}
    return {
        name: value
        for name, value in cell.items()
        if all(
            cell.get(parent) in (wanted if isinstance(wanted, list) else [wanted])
            for parent, wanted in rules[name].items()
        )
    }
