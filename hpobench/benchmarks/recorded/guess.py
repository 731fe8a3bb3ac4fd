"""Guess from a table's header and values what a person would write about it in YAML."""

import math
import re
from collections.abc import Sequence
from itertools import product
from typing import Any

from hpobench.benchmarks.recorded.source import Table

FIDELITY = r"epochs?|steps?|iterations?|iters?|budget|fidelity|train_?size|rungs?|checkpoint"
SEED = r"seeds?|repl|repeat|repetition|replicate|fold"
COST = r"(train|fit|run|total|elapsed|wall)?_?(time|seconds|runtime|duration|cost)(_?s|\(s\))?"
IDENTITY = r"(unnamed: ?\d+|index|((run|config|configuration|trial|job|arch)_?)?(id|index|hash))"
PREFIXES = ("hp_config.", "config.", "config/", "config:", "params.", "params_", "hp.", "hp_")
"""What some libraries put before the names of hyperparameters."""

SMALLER = r"loss|error|err|rmse|mse|mae|nll|regret|perplexity|latency|energy|time|size|params"
LARGER = r"acc|accuracy|auc|roc_auc|f1|r2|score|reward|return|performance|precision|recall|bleu"

FEW = 20
"""A hyperparameter of numbers with at most so many values is taken for an ordinal."""

MANY = 100_000
"""Grids with more cells are not recorded in full, or at least not counted."""

DECADES = 100.0
"""From this ratio of the largest to the smallest value on, a range is taken for logarithmic."""


def guess(table: Table) -> dict[str, Any]:
    """The parameters of a `Recorded` but for the file; all of them are to be checked."""
    names = [n for n, values in table.columns.items() if not n.endswith("X") and any_of(values)]
    names = [name for name in names if not _first([name], IDENTITY)]
    prefix = next((p for p in PREFIXES if sum(n.startswith(p) for n in names) > 1), "")
    about = [name for name in names if not (prefix and name.startswith(prefix))]
    fidelity, seed, cost = (_first(about, pattern) for pattern in (FIDELITY, SEED, COST))
    objectives, used = _objectives([n for n in about if n not in {fidelity, seed, cost}])
    taken = {fidelity, seed, cost, *used}
    columns = [n for n in (names if not prefix else set(names) - set(about)) if n not in taken]
    columns = [n for n in table.columns if n in columns and len({*table.columns[n]} - {None}) > 1]
    hyperparameters = {
        n.removeprefix(prefix): _hyperparameter(table, n, columns, prefix) for n in columns
    }
    found: dict[str, Any] = {"lookup": _lookup(table, columns, hyperparameters)}
    found |= {"hyperparameters": hyperparameters, "objectives": objectives}
    found |= {"fidelity": {"column": fidelity}} if fidelity else {}
    found |= {"cost": {"column": cost}} if cost else {}
    if seed or _repeated(table, [*columns, *([fidelity] if fidelity else [])]):
        found["seeds"] = {**({"column": seed} if seed else {}), "use": "draw"}
    return found


def any_of(values: Sequence[Any]) -> bool:
    """Whether there is a value at all."""
    return any(value is not None for value in values)


def features(hyperparameters: dict[str, dict[str, Any]]) -> list[str]:
    """The features of the space, as a task names them."""
    kinds = {described["type"] for described in hyperparameters.values()}
    conditions = any("if" in described for described in hyperparameters.values())
    return sorted(kinds | ({"condition"} if conditions else set()))


def _first(names: Sequence[str], pattern: str) -> str:
    """The first name that is a word of the pattern; or empty."""
    found = (name for name in names if re.fullmatch(f"(?:{pattern})", name.strip().lower()))
    return next(found, "")


def _objectives(names: Sequence[str]) -> tuple[dict[str, Any], set[str]]:
    """The objectives with their directions and test columns, and the columns used for them.

    A name that ends in + or - says its direction. Else the columns of validation count, or those
    that sound like objectives, or the last one.
    """
    marked = [name for name in names if name.endswith(("+", "-"))]
    sounding = [n for n in names if _sounds(n, f"{SMALLER}|{LARGER}") and not _first([n], COST)]
    told = [n for n in sounding if not n.lower().startswith(("test", "train"))]
    valid = [n for n in told if n.lower().startswith("val")]
    chosen = marked or valid or told or list(names[-1:])
    objectives: dict[str, Any] = {}
    used = {*chosen, *(n for n in sounding if n.lower().startswith(("test", "train", "val")))}
    for column in chosen:
        direction = _direction(column)
        fields = {"direction": direction, **_test(column, sounding)}
        name = column.rstrip("+-").strip()
        fields |= {"column": column} if name != column else {}
        objectives[name] = direction if len(fields) == 1 else fields
    return objectives, used


def _sounds(name: str, words: str) -> bool:
    """Whether a name has one of the words in it."""
    return re.search(rf"(?:^|[^a-z])(?:{words})(?:[^a-z]|$)", name.lower()) is not None


def _direction(column: str) -> str:
    """What its name says of an objective."""
    larger = column.endswith("+") or (not column.endswith("-") and _sounds(column, LARGER))
    return "maximize" if larger else "minimize"


def _test(column: str, names: Sequence[str]) -> dict[str, str]:
    """The column of test values that goes with one of validation."""
    stem = re.sub(r"^val(id(ation)?)?_?", "", column.lower())
    found = [n for n in names if n.lower() in {f"test_{stem}", f"test{stem}"} and n != column]
    return {"test": found[0]} if found else {}


def _hyperparameter(
    table: Table, column: str, others: Sequence[str], prefix: str
) -> dict[str, Any]:
    """Type, bounds and condition of a column."""
    values = [value for value in table.columns[column] if value is not None]
    described = _kind(values)
    if prefix:
        described["column"] = column
    if len(values) < len(table.columns[column]):
        parents = _condition(table, column, others)
        described["if"] = {name.removeprefix(prefix): value for name, value in parents.items()}
    return described


def _kind(values: list[Any]) -> dict[str, Any]:
    """The type of some values."""
    distinct = set(values)
    if any(isinstance(value, str | bool) for value in distinct):
        return {"type": "categorical", "values": sorted(distinct, key=str)}
    if len(distinct) <= FEW and len(distinct) < max(len(values) / 2, 3):
        return {"type": "ordinal", "values": sorted(distinct)}
    low, high = min(distinct), max(distinct)
    kind = "integer" if all(isinstance(value, int) for value in distinct) else "float"
    log = {"log": True} if low > 0 and high / low >= DECADES else {}
    return {"type": kind, "low": low, "high": high, **log}


def _condition(table: Table, column: str, others: Sequence[str]) -> dict[str, Any]:
    """A categorical whose values tell where the column is empty; the reader's job if none does."""
    empty = [value is None for value in table.columns[column]]
    for other in others:
        values = table.columns[other]
        active = {v for v, gone in zip(values, empty, strict=True) if not gone}
        inactive = {v for v, gone in zip(values, empty, strict=True) if gone}
        if other != column and len(active | inactive) <= FEW and not active & inactive:
            known = sorted(active - {None}, key=str)
            return {other: known[0] if len(known) == 1 else known}
    return {"NAME": "VALUE"}


def _lookup(table: Table, columns: Sequence[str], described: dict[str, dict[str, Any]]) -> str:
    """Exact where the whole grid is recorded."""
    recorded = len(set(zip(*(table.columns[name] for name in columns), strict=True)))
    return "exact" if recorded == _legal_cells(described) else "nearest"


def _legal_cells(described: dict[str, dict[str, Any]]) -> int:
    """How many configurations the space has; 0 if it has a range, or more than can be counted."""
    axes = [each.get("values", ()) for each in described.values()]
    if math.prod(map(len, axes)) > MANY:
        return 0
    cells = (dict(zip(described, cell, strict=True)) for cell in product(*axes))
    return len({tuple(_active(cell, described).items()) for cell in cells})


def _active(cell: dict[str, Any], described: dict[str, dict[str, Any]]) -> dict[str, Any]:
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


def _repeated(table: Table, columns: Sequence[str]) -> bool:
    """Whether two rows are the same in these columns."""
    rows = list(zip(*(table.columns[name] for name in columns), strict=True))
    return len(set(rows)) < len(rows)
