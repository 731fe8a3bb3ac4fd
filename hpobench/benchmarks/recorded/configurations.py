"""The recorded configurations: which hyperparameters are active, and how one is found again."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from hpobench.benchmarks.recorded.source import FileTable
from hpobench.benchmarks.recorded.spec import Spec
from hpobench.condition_order import parents_first
from hpobench.descriptions import LISTS, WEIGHT, Description, weights_of
from hpobench.errors import UserError, nearest

MOST_KEYS = 2**62
"""A grid with more cells cannot be numbered in 64 bits, nor be recorded."""

MOST_DIGITS = 1_000_000

MOST_OFF = 0.02
"""So far from 1 recorded weights may sum: publishers round each to three decimals or so."""

Resolved = dict[str, dict[str, Any]]
"""By hyperparameter, its description with all values or bounds."""


def resolve(spec: Spec, table: FileTable) -> tuple[Resolved, dict[str, list[Any]]]:
    """Fill in what the YAML leaves to the table, and take its configurations.

    Returns:
        The descriptions, and by hyperparameter a value for each row: None where it is inactive.

    Raises:
        UserError: A value does not lie in the space, or is missing though its hyperparameter is
            active; names the column and the row.
    """
    taken: dict[str, list[Any]] = {}
    resolved: Resolved = {}
    for name in parents_first(spec.hyperparameters):
        described = spec.hyperparameters[name]
        column = _where_active(table, spec, name, taken)
        resolved[name] = _with_values(described, {v for v in column if v is not None})
        taken[name] = _legal(table, spec.column_of(name), resolved[name], column)
    _scale_weights(table, resolved, taken)
    return {name: resolved[name] for name in spec.hyperparameters}, taken


def _scale_weights(table: FileTable, resolved: Resolved, taken: dict[str, list[Any]]) -> None:
    """Divide the weights of each row by their sum, from which rounding may have moved them.

    Raises:
        UserError: They do not nearly sum to one; names the row.
    """
    groups: dict[str, list[str]] = {}
    for name, described in resolved.items():
        if described["type"] == WEIGHT:
            groups.setdefault(weights_of(described), []).append(name)
    for group, names in groups.items():
        totals = list(map(math.fsum, zip(*(taken[name] for name in names), strict=True)))
        for row, total in enumerate(totals):
            if abs(total - 1) > MOST_OFF:
                raise table.error(
                    f"the {len(names)} weights of {group!r} sum to {total:g} in row "
                    f"{table.numbers[row]}, not to 1"
                )
        for name in names:
            taken[name] = [v / total for v, total in zip(taken[name], totals, strict=True)]


def _where_active(
    table: FileTable, spec: Spec, name: str, taken: Mapping[str, list[Any]]
) -> list[Any]:
    """A hyperparameter's column with None where it is inactive."""
    column = table.column(spec.column_of(name))
    rules = [(taken[p], _rule(r)) for p, r in spec.hyperparameters[name].get("if", {}).items()]
    active = [all(rule(parent[row]) for parent, rule in rules) for row in range(len(column))]
    if "empty" in spec.hyperparameters[name]:
        empty = spec.hyperparameters[name]["empty"]
        column = [empty if value is None else value for value in column]
    for row, (value, needed) in enumerate(zip(column, active, strict=True)):
        if needed and value is None:
            cure = "say with 'if' when it is inactive, or with 'empty' what such a cell means"
            raise table.error(
                f"column {spec.column_of(name)!r} is empty in row {table.numbers[row]}: {cure}"
            )
    return [value if needed else None for value, needed in zip(column, active, strict=True)]


def _rule(rule: Any) -> Callable[[Any], bool]:
    """Whether a parent's value makes the child active."""
    match rule:
        case dict():
            low, high = rule.get("above", -math.inf), rule.get("below", math.inf)
            return lambda value: value is not None and low < value < high
        case list():
            return lambda value: value is not None and value in rule
        case _:
            return lambda value: value is not None and value == rule


def _with_values(described: Description, found: set[Any]) -> dict[str, Any]:
    """The description with its values or bounds, taken from the table if they are not given."""
    if described["type"] == WEIGHT:
        return dict(described)
    if described["type"] in LISTS:
        return {"values": sorted(found, key=lambda v: (isinstance(v, str), v)), **described}
    numbers = [v for v in found if not isinstance(v, str)] or [0]
    return {"low": min(numbers), "high": max(numbers), **described}


def _legal(table: FileTable, column: str, described: Description, values: list[Any]) -> list[Any]:
    """The values as the space has them."""
    known: dict[Any, Any] = {v: v for v in described.get("values", ())}
    low, high = described.get("low", 0), described.get("high", 1)
    kind: type = int if described["type"] == "integer" else float

    def legal(row: int, value: Any) -> Any:
        if value is None or (known and value in known):
            return known.get(value)
        fits = _between(low, value, high) and not known
        if fits and (kind is float or kind(value) == value):
            return kind(value)  # of a number with more digits than floats hold, the nearest float
        choices = nearest(str(value), map(str, known)) if known else f" in [{low:g}, {high:g}]"
        raise table.error(
            f"column {column!r} holds {value!r} in row {table.numbers[row]}, which is no "
            f"{described['type']} value of it{choices}"
        )

    return [legal(row, value) for row, value in enumerate(values)]


def _between(low: float, value: Any, high: float) -> bool:
    return isinstance(value, int | float) and low <= value <= high


Digits = list[tuple[str, dict[Any, int], int]]
"""For each hyperparameter its name, the digit of each value (None: inactive), and their number."""


def digits(resolved: Resolved) -> Digits:
    """How configurations of a grid are numbered: one digit a hyperparameter.

    Raises:
        UserError: The grid has too many cells.
    """
    found: Digits = []
    cells = 1
    for name, described in resolved.items():
        values = described.get("values")
        if values is None:
            low, high = int(described["low"]), int(described["high"])
            values = range(low, min(high, low + MOST_DIGITS) + 1)
        numbered = {value: digit for digit, value in enumerate([*values, None])}
        found.append((name, numbered, len(numbered)))
        cells *= len(numbered)
        if cells > MOST_KEYS or len(numbered) > MOST_DIGITS:
            raise UserError("the grid has too many cells for exact look-up: say 'lookup: nearest'")
    return found


def key(numbered: Digits, config: Mapping[str, Any]) -> int:
    """The number of a configuration; -1 if it has a value that no cell has."""
    number = 0
    for name, values, base in numbered:
        digit = values.get(config.get(name))
        if digit is None:
            return -1
        number = number * base + digit
    return number


Encode = Callable[[Any], tuple[float, ...]]


def encoders(resolved: Resolved) -> dict[str, Encode]:
    """Where the values of each hyperparameter lie in the unit cube.

    Numbers are scaled from their bounds, in logarithms if `log` is set; ordinals by their rank.
    Two values of a categorical are at distance 1. Inactive numbers and ordinals lie in the
    middle; inactive categoricals at a distance of 0.71 from each of their values.
    """
    return {name: _encoder(described) for name, described in resolved.items()}


def _encoder(described: Description) -> Encode:
    if described["type"] == WEIGHT:
        return _scaled(0.0, 1.0, log=False)
    if described["type"] not in LISTS:
        return _scaled(float(described["low"]), float(described["high"]), log=described.get("log"))
    values = described["values"]
    if described["type"] == "ordinal":
        last = max(len(values) - 1, 1)
        ranks = {value: (rank / last,) for rank, value in enumerate(values)}
        return lambda value: ranks.get(value, (0.5,))
    corners = {
        value: tuple(math.sqrt(0.5) * (other == value) for other in values) for value in values
    }
    centre = (0.0,) * len(values)
    return lambda value: corners.get(value, centre)


def _scaled(low: float, high: float, *, log: Any) -> Encode:
    """From [low, high] to [0, 1]."""
    scale: Callable[[float], float] = math.log if log else float
    origin, span = scale(low), scale(high) - scale(low)
    return lambda value: (0.5 if value is None else (scale(value) - origin) / (span or 1.0),)
