"""What the cells of a table mean that others wrote; each reader raises ValueError."""

import json
from collections.abc import Mapping
from typing import Any

from hpobench.trial import Value

Cells = Mapping[str, Any]
"""A row by the names of its columns: texts in CSV, typed in Parquet."""


LONGEST_NAME = 1_000
"""Characters of an optimizer's or a task's name."""


def read_values(cells: Cells, kind: str, maximize: frozenset[str]) -> dict[str, float]:
    """By objective the number to be minimised, of those that are given."""
    values = {}
    for column in cells:
        if column == kind or column.startswith(f"{kind}."):
            name = column.partition(".")[2] or "value"
            number = read_number(cells, column)
            if number is not None:
                values[name] = -number if name in maximize else number
    return values


def read_config(cells: Cells) -> dict[str, Value]:
    """The configuration, from one column of JSON or from one column for each hyperparameter."""
    text = cells.get("config") or "{}"
    try:
        config = json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, dict) or not all(map(_is_plain, config.values())):
        raise ValueError(f"config is no JSON object of plain values: {str(text)[:60]!r}")
    for column, cell in cells.items():
        if column.startswith("config.") and cell not in (None, ""):
            config[column.removeprefix("config.")] = _scalar(cell)
    return {name: value for name, value in config.items() if value is not None}


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _scalar(cell: Any) -> Value:
    """A cell as the number or the truth value that it spells, else as text."""
    if isinstance(cell, str):
        try:
            scalar = json.loads(cell)
        except (ValueError, RecursionError):
            return cell
        return scalar if _is_plain(scalar) and scalar is not None else cell
    return cell if _is_plain(cell) else str(cell)


def read_number(cells: Cells, name: str) -> float | None:
    """A cell's number, None if it is empty or not there."""
    cell = cells.get(name)
    if cell is None or cell == "":
        return None
    try:
        return float(cell)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} is {str(cell)[:60]!r}, not a number") from None


def read_integer(cells: Cells, name: str) -> int:
    """A cell's whole number of at least 0."""
    try:
        number = float(cells[name])
    except (TypeError, ValueError, OverflowError):
        number = -1
    if number < 0 or not number.is_integer():
        raise ValueError(f"{name} is {str(cells[name])[:60]!r}, not a whole number from 0")
    return int(number)


def read_text(cells: Cells, name: str) -> str:
    """A cell's text, which is not empty."""
    if not cells[name]:
        raise ValueError(f"{name} is empty")
    text = str(cells[name])
    if len(text) > LONGEST_NAME:
        raise ValueError(f"{name} has {len(text):,} characters, more than {LONGEST_NAME:,}")
    return checked_name(name, text)


def checked_name(what: str, name: str) -> str:
    """A name that looks like no other.

    Raises:
        ValueError: White space surrounds it, or a character of it is not seen: a control or a
            zero-width one.
    """
    if name != name.strip():
        raise ValueError(f"the {what} {name!a} begins or ends with white space")
    if unseen := next((char for char in name if not char.isprintable()), ""):
        raise ValueError(f"the {what} {name!a} has a character that is not seen: {unseen!a}")
    return name
