"""A run as one flat record a trial, which is what tables of other programs hold, and back."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hpobench.store import trials
from hpobench.store.columns import (
    COLUMNS,
    INFOS,
    LISTS,
    NO_PARENT,
    OPTIONAL,
    TIMES,
    VECTORS,
    Per,
    Presence,
    StoreColumn,
    Type,
)
from hpobench.store.shape import declared, objectives

RUN = tuple(c.name for c in COLUMNS if c.per is Per.RUN and c.type is not Type.JSON)
"""What all records of a run agree in."""


def columns(objectives: Sequence[str], optional: Sequence[str] = ()) -> list[str]:
    """The names of all fields of a record, where these objectives occur.

    Args:
        objectives: Names of all of them.
        optional: The fields beyond those that every record has, see `optional_fields`.
    """
    fields = [
        field
        for column in LISTS.values()
        if column.presence is not Presence.OPTIONAL
        for field in _fields(column, objectives)
    ]
    return [*RUN, *fields, *optional, "failure", "config", *INFOS]


def optional_fields(uses: Mapping[str, Sequence[str]]) -> list[str]:
    """The fields that records have only where runs use them.

    Args:
        uses: By optional column the different `task_info` of the runs that have it.
    """
    fields = {
        field: None
        for name in OPTIONAL
        for task_info in uses.get(name, ())
        for field in _fields(LISTS[name], _names_of(LISTS[name], task_info))
    }
    return list(fields)


def _fields(column: StoreColumn, names: Sequence[str]) -> list[str]:
    """The fields of a record that hold a column's numbers.

    Args:
        column: One of numbers of each trial.
        names: What it has a number for, if it has several.
    """
    return [f"{column.field}.{name}" for name in names] if column.is_vector else [column.field]


def _names_of(column: StoreColumn, task_info: str) -> Sequence[str]:
    """What a column has a number for of each trial, if it has several: objectives, signals, ..."""
    return declared(column.name, task_info) if column.is_declared else objectives(task_info)


def column_of(field: str) -> StoreColumn | None:
    """The column of numbers that a field of a record is part of; None of a text."""
    column = _BY_FIELD.get(field) or _BY_FIELD.get(field.partition(".")[0] + ".")
    return None if column is None or column.type in {Type.TEXT, Type.JSON} else column


_BY_FIELD = {f"{c.field}." if c.is_vector else c.field: c for c in COLUMNS}
"""Each column by the name of its field, or by the prefix of its fields with the dot."""


def unfold(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One record for each trial, or a single one without any if the run has none.

    What a trial lacks is None, as are the objectives of other tasks.
    """
    head = {name: row[name] for name in RUN}
    infos = {name: row[name] for name in INFOS}
    for trial in list(_trials(row)) or [{}]:
        yield {**head, **trial, **infos}
        infos = {}


def _trials(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What differs from trial to trial."""
    names = {n: _names_of(LISTS[n], row["task_info"]) for n in VECTORS.values()}
    for trial in trials(row, list(LISTS)):
        for prefix, column in VECTORS.items():
            found = trial.pop(column)
            vector = found if isinstance(found, list) else [found]
            trial |= {f"{prefix}.{n}": x for n, x in zip(names[column], vector, strict=False)}
        trial["parent"] = None if trial["parent"] in ([], NO_PARENT) else trial["parent"]
        yield trial | {"config": json.dumps(trial["config"])}


def fold(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The row of a run from the records of its trials, in their order.

    Raises:
        KeyError: No record has a part that is needed.
        TypeError: A part of a trial is None.
        ValueError: A configuration is no JSON.
    """
    head = records[0]
    made = [_whole(record) for record in records if record["number"] is not None]
    failures = {str(i): trial["failure"] for i, trial in enumerate(made) if trial["failure"]}
    numbers = {name: _folded(column, made, head["task_info"]) for name, column in LISTS.items()}
    return {
        **{name: head[name] for name in (*RUN, *INFOS)},
        **{n: found for n, found in numbers.items() if n not in OPTIONAL or found is not None},
        "failures": json.dumps(failures),
        "configs": json.dumps(_by_name([json.loads(trial["config"]) for trial in made])),
    }


def _folded(
    column: StoreColumn, records: Sequence[Mapping[str, Any]], task_info: str
) -> list[Any] | None:
    """A column's numbers, trial by trial; None if there is no such thing in the run."""
    fields = _fields(column, _names_of(column, task_info))
    numbers = [record.get(field) for record in records for field in fields]
    if column.presence is Presence.NULLABLE:
        return None if None in numbers else numbers
    if all(number is None for number in numbers) and not (column.is_declared and fields):
        return None if column.presence is Presence.OPTIONAL else []
    nothing = NO_PARENT if column.type is Type.WHOLE else math.nan
    return [nothing if number is None else number for number in numbers]


def _whole(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """A trial's record, if no number that every trial has is missing."""
    for name in TIMES:
        if record[name] is None:
            raise TypeError(f"{name} is empty")
    return record


def _by_name(found: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """By hyperparameter its value in each trial, None where it is inactive."""
    names = dict.fromkeys(name for config in found for name in config)
    return {name: [config.get(name) for config in found] for name in names}
