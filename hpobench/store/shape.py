"""What a row must be for others to rely on it: a checksum is no proof of that."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from hpobench.errors import UserError, legible
from hpobench.settings import parse_settings
from hpobench.store.columns import (
    COLUMNS,
    INFOS,
    LISTS,
    NEEDED,
    Per,
    Presence,
    StoreColumn,
    Type,
)
from hpobench.system.json_values import (
    LARGEST,
    has_fields,
    is_absent_or,
    is_amount,
    is_any_of,
    is_bool,
    is_count,
    is_dict,
    is_filled_text,
    is_finite_number,
    is_list_of,
    is_number,
    is_text,
    is_tree,
    parse_json,
)
from hpobench.task import MOST_OBJECTIVES, Kind, Overhead, Unit

SHOWN = 60
"""So many characters of a wrong value are shown."""


def row_flaw(row: Mapping[str, Any]) -> str:
    """What makes a row of plain data none of ours, or an empty text.

    Args:
        row: As `docs/trajectory-format.md` has it; further columns are of no concern.
    """
    for name in NEEDED:
        if name not in row:
            return f"it has no {name}"
    for name, column in LISTS.items():
        value = row.get(name)
        absent = column.presence is not Presence.ALWAYS and value is None
        if not (absent or _is_list(column, value)):
            return wrong_value(name, value)
    lengths = {name: None if row.get(name) is None else len(row[name]) for name in LISTS}
    return outline_flaw({**row, **lengths})


def outline_flaw(outline: Mapping[str, Any]) -> str:
    """What is wrong with the columns of a row whose lists are given by their lengths.

    Args:
        outline: Some columns; a list column without a value is None.
    """
    for name, value in outline.items():
        if name in _CHECKS and not _CHECKS[name](value):
            return wrong_value(name, value)
    for name in INFOS:
        if name in outline and (flaw := info_flaw(name, outline[name])):
            return flaw
    return _length_flaw(outline) or _text_flaw(outline)


@lru_cache(1 << 13)
def info_flaw(name: str, text: str) -> str:
    """What is wrong with the column `task_info` or `variant_info`, or an empty text."""
    info = parse_json(text)
    if not isinstance(info, dict) or not is_tree(info):
        return wrong_value(name, text)
    for field, check in (_TASK if name == "task_info" else _VARIANT).items():
        if not check(info.get(field)):
            return wrong_value(f"{name}.{field}", info.get(field))
    return ""


def _length_flaw(outline: Mapping[str, Any]) -> str:
    """Which list has a wrong length, as far as the number of trials is known."""
    count = outline.get("number")
    if count is None:
        return ""
    for name, column in LISTS.items():
        length = outline.get(name)
        if length is None or (column.is_vector and "task_info" not in outline):
            continue
        widths, each = _widths(column, outline)
        if length not in {width * count for width in widths}:
            return f"{name} has {length} numbers for {count} trials{each}"
    return ""


def _widths(column: StoreColumn, outline: Mapping[str, Any]) -> tuple[tuple[int, ...], str]:
    """How many numbers of a trial a column may hold, and of what, in words."""
    match column.per:
        case Per.OBJECTIVE:
            width = len(objectives(outline["task_info"]))
            return (0, width), f" of {width} objectives"
        case Per.SIGNAL | Per.CONSTRAINT:
            width = len(declared(column.name, outline["task_info"]))
            return (width,), f" of {width} {column.name}"
        case _:
            return (1,), ""


@lru_cache(1 << 13)
def objectives(task_info: str) -> tuple[str, ...]:
    """The names of a task's objectives, by a sound column `task_info`."""
    return tuple(objective["name"] for objective in json.loads(task_info)["objectives"])


@lru_cache(1 << 13)
def declared(column: str, task_info: str) -> tuple[str, ...]:
    """The names of a task's signals, or constraints, by a sound column `task_info`."""
    return tuple(json.loads(task_info).get(column) or ())


def _text_flaw(outline: Mapping[str, Any]) -> str:
    """What is wrong with the texts that hold JSON of each trial."""
    if "failures" in outline:
        found = parse_json(outline["failures"])
        if not isinstance(found, dict) or not all(map(is_text, found.values())):
            return wrong_value("failures", outline["failures"])
    if "configs" in outline:
        found, count = parse_json(outline["configs"]), outline.get("number")
        if not isinstance(found, dict) or not all(_is_plain(x, count) for x in found.values()):
            return wrong_value("configs", outline["configs"])
    return ""


def _is_list(column: StoreColumn, value: object) -> bool:
    """Whether it is a list of the numbers that a column holds."""
    if not isinstance(value, list):
        return False
    types = set(map(type, value))
    if column.type is Type.WHOLE:
        return types <= {int} and all(column.least <= number <= LARGEST for number in value)
    return types <= {int, float} and (int not in types or all(map(is_number, value)))


def _is_plain(values: object, count: int | None) -> bool:
    """Whether it is a list of what a hyperparameter can be, one for each trial."""
    types = {type(None), bool, int, float, str}
    return isinstance(values, list) and len(values) == count and set(map(type, values)) <= types


def _is_objectives(value: object) -> bool:
    """Whether it is a list of 1 to `MOST_OBJECTIVES` objectives, no two of one name."""
    check = is_list_of(has_fields(name=is_text, maximize=is_bool), least=1)
    if not isinstance(value, list) or len(value) > MOST_OBJECTIVES:
        return False
    return check(value) and len({item["name"] for item in value}) == len(value)


def _is_fidelity(value: object) -> bool:
    """Whether it is a range that nothing but a range describes."""
    check = has_fields(name=is_text, low=is_finite_number, high=is_finite_number)
    flags = {"integer", "continuable"}
    return (
        isinstance(value, dict)
        and check(value)
        and {"name", "low", "high"} <= value.keys() <= {"name", "low", "high", *flags}
        and all(is_bool(value[flag]) for flag in flags & value.keys())
        and 0 < value["low"] <= value["high"]
    )


def _is_definition(value: object) -> bool:
    """Whether it is a mapping whose settings, if it has any, are known."""
    if not isinstance(value, dict):
        return False
    try:
        parse_settings(value.get("settings", {}))
    except UserError:
        return False
    return True


_CHECKS: Mapping[str, Callable[[object], bool]] = {
    column.name: is_count if column.is_list else column.check  # of a list, its length
    for column in COLUMNS
    if not column.is_list or column.presence is Presence.ALWAYS
}
_TASK: Mapping[str, Callable[[object], bool]] = {
    "collection": is_text,
    "kind": is_any_of([*Kind]),
    "dimension": is_count,
    "types": is_list_of(is_text),
    "budget": has_fields(unit=is_any_of([*Unit]), amount=is_amount),
    "workers": is_count,
    "overhead": is_any_of([*Overhead]),
    "base_id": is_text,
    "fidelity": is_absent_or(_is_fidelity),
    "objectives": _is_objectives,
    **{
        column.name: is_absent_or(is_list_of(is_filled_text))
        for column in COLUMNS
        if column.is_declared
    },
    "real_time": is_bool,
    "clock": is_absent_or(is_text),
    "definition": _is_definition,
}
_VARIANT: Mapping[str, Callable[[object], bool]] = {
    **dict.fromkeys(("family", "adapter", "library", "version"), is_text),
    "options": is_dict,
    "notes": is_absent_or(is_list_of(is_dict)),
}


def wrong_value(name: str, value: object) -> str:
    """A wrong value in words."""
    return f"its {name} is {shorten_value(value)}"


def shorten_value(value: object) -> str:
    """The beginning of a value; integers may be too long to be written."""
    try:
        return legible(repr(value)[:SHOWN])
    except ValueError:
        return "an endless number"
