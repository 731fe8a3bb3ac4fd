"""What rows and manifests must be for others to rely on them: a checksum is no proof of that."""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from hpobench.errors import UserError, legible
from hpobench.run import Status
from hpobench.settings import parse_settings
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

TEXTS = ("run", "optimizer", "task", "status", "reason", "cut", "experiment")
INFOS = ("task_info", "variant_info")
JSON = (*INFOS, "failures", "configs")
OPTIONAL_NUMBERS = ("signals", "noiseless")
OPTIONAL = ("parent", *OPTIONAL_NUMBERS)
"""Columns that only those runs have which use them: the others are as they were without."""
WHOLE = ("number", "worker")
REAL = ("cost", "start", "end", "spent", "ask_seconds", "tell_seconds")
NEEDED_VECTORS = ("values", "test")
VECTORS = (*NEEDED_VECTORS, "noiseless")
"""Columns with a number for each objective of a trial."""
NULLABLE = ("fidelity", *OPTIONAL)
LISTS = (*WHOLE, *NEEDED_VECTORS, *REAL, *NULLABLE)
_NEEDED = (*WHOLE, *NEEDED_VECTORS, *REAL, "fidelity", "failures", "configs")
COLUMNS = (*TEXTS, *INFOS, "seed", "seconds", "finished", *_NEEDED)
"""The columns that every row has."""
NO_PARENT = -1
"""The parent of a trial that began from nothing, in a run where others went on from another."""
SHOWN = 60
"""So many characters of a wrong value are shown."""
ID = "[0-9a-f]{32}"
"""The pattern of a run's id."""


def row_flaw(row: Mapping[str, Any]) -> str:
    """What makes a row of plain data none of ours, or an empty text.

    Args:
        row: As `docs/trajectory-format.md` has it; further columns are of no concern.
    """
    for name in COLUMNS:
        if name not in row:
            return f"it has no {name}"
    for name in LISTS:
        value = row.get(name)
        if not (_is_list(name, value) or (name in NULLABLE and value is None)):
            return _wrong(name, value)
    lengths = {name: None if row.get(name) is None else len(row[name]) for name in LISTS}
    return outline_flaw({**row, **lengths})


def outline_flaw(outline: Mapping[str, Any]) -> str:
    """What is wrong with the columns of a row whose lists are given by their lengths.

    Args:
        outline: Some columns; a list column without a value is None.
    """
    for name, value in outline.items():
        if name in _CHECKS and not _CHECKS[name](value):
            return _wrong(name, value)
    for name in INFOS:
        if name in outline and (flaw := info_flaw(name, outline[name])):
            return flaw
    return _length_flaw(outline) or _text_flaw(outline)


def manifest_flaw(manifest: Mapping[str, Any], name: str) -> str:
    """What makes it no manifest that could lie in a file of this name, or an empty text."""
    for field, check in _MANIFEST.items():
        if not check(manifest.get(field)):
            return _wrong(field, manifest.get(field))
    if not is_tree(manifest):
        return "it is nested too deeply, or holds what is no text"
    return "" if manifest["id"] == name else f"its id {_shown(manifest['id'])} is not its file's"


@lru_cache(1 << 13)
def info_flaw(name: str, text: str) -> str:
    """What is wrong with the column `task_info` or `variant_info`, or an empty text."""
    info = parse_json(text)
    if not isinstance(info, dict) or not is_tree(info):
        return _wrong(name, text)
    for field, check in (_TASK if name == "task_info" else _VARIANT).items():
        if not check(info.get(field)):
            return _wrong(f"{name}.{field}", info.get(field))
    return ""


def _length_flaw(outline: Mapping[str, Any]) -> str:
    """Which list has a wrong length, as far as the number of trials is known."""
    count = outline.get("number")
    if count is None:
        return ""
    for name in (*WHOLE, *REAL, "fidelity", "parent"):
        length = outline.get(name)
        if length is not None and length != count:
            return f"{name} has {length} numbers for {count} trials"
    width = _objectives(outline["task_info"]) if "task_info" in outline else 0
    for name in VECTORS:
        if width and outline.get(name) not in {None, 0, width * count}:
            return f"{name} has {outline[name]} numbers for {count} trials of {width} objectives"
    return _signals_flaw(outline, count)


def _signals_flaw(outline: Mapping[str, Any], count: int) -> str:
    """What is wrong with the number of signals."""
    length = outline.get("signals")
    if length is None or "task_info" not in outline:
        return ""
    names = signals(outline["task_info"])
    wrong = f"signals has {length} numbers for {count} trials of {len(names)} signals"
    return "" if length == len(names) * count else wrong


@lru_cache(1 << 13)
def signals(task_info: str) -> tuple[str, ...]:
    """The names of a task's signals, by a sound column `task_info`."""
    return tuple(json.loads(task_info).get("signals") or ())


def _text_flaw(outline: Mapping[str, Any]) -> str:
    """What is wrong with the texts that hold JSON of each trial."""
    if "failures" in outline:
        found = parse_json(outline["failures"])
        if not isinstance(found, dict) or not all(map(is_text, found.values())):
            return _wrong("failures", outline["failures"])
    if "configs" in outline:
        found, count = parse_json(outline["configs"]), outline.get("number")
        if not isinstance(found, dict) or not all(_is_plain(x, count) for x in found.values()):
            return _wrong("configs", outline["configs"])
    return ""


@lru_cache(1 << 13)
def _objectives(task_info: str) -> int:
    """How many objectives a sound column `task_info` names."""
    return len(json.loads(task_info)["objectives"])


def _is_list(name: str, value: object) -> bool:
    """Whether it is a list of the numbers that a column holds."""
    if not isinstance(value, list):
        return False
    types = set(map(type, value))
    if name in WHOLE:
        return types <= {int} and all(0 <= number <= LARGEST for number in value)
    if name == "parent":
        return types <= {int} and all(NO_PARENT <= number <= LARGEST for number in value)
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


def _is_run(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(ID, value))


_CHECKS: Mapping[str, Callable[[object], bool]] = {
    "run": _is_run,
    "optimizer": is_filled_text,
    "task": is_filled_text,
    "status": is_any_of([*Status]),
    **dict.fromkeys(("reason", "cut", "experiment", *JSON), is_text),
    "seed": is_count,
    "seconds": is_finite_number,
    "finished": is_finite_number,
    **dict.fromkeys((*WHOLE, *NEEDED_VECTORS, *REAL), is_count),  # their lengths
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
    "signals": is_absent_or(is_list_of(is_filled_text)),
    "real_time": is_bool,
    "clock": is_absent_or(is_text),
    "definition": _is_definition,
}
_VARIANT: Mapping[str, Callable[[object], bool]] = {
    **dict.fromkeys(("family", "adapter", "library", "version"), is_text),
    "options": is_dict,
    "notes": is_absent_or(is_list_of(is_dict)),
}
_MANIFEST: Mapping[str, Callable[[object], bool]] = {
    "id": is_filled_text,
    "started": is_finite_number,
    "ended": is_absent_or(is_finite_number),
    "optimizers": is_list_of(is_filled_text),
    "tasks": is_list_of(is_filled_text),
    "seeds": is_list_of(is_count),
    "skipped": is_list_of(has_fields(optimizer=is_text, task=is_text)),
    "versions": is_absent_or(is_dict),
}


def _wrong(name: str, value: object) -> str:
    """A wrong value in words."""
    return f"its {name} is {_shown(value)}"


def _shown(value: object) -> str:
    """The beginning of a value; integers may be too long to be written."""
    try:
        return legible(repr(value)[:SHOWN])
    except ValueError:
        return "an endless number"
