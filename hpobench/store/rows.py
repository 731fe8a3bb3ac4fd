"""A trajectory as one row, and a row as one line that cannot be torn unnoticed."""

import json
import math
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from hpobench.errors import legible
from hpobench.run import Trajectory
from hpobench.store.columns import (
    COLUMNS,
    LISTS,
    NO_PARENT,
    Presence,
    StoreColumn,
    Type,
)
from hpobench.store.shape import row_flaw
from hpobench.task import Task
from hpobench.trial import Record, Value

_LATE = ("worker", "failures", "configs")
"""These stand behind all others that every row has, in a line of the first format."""
_LINE = [
    column.name
    for column in sorted(COLUMNS, key=lambda c: (c.presence is Presence.OPTIONAL, c.name in _LATE))
]
"""The order of the columns in a line, which readers do not mind: the same run, the same bytes."""
_NUMBERS = {
    name: column.presence is not Presence.OPTIONAL
    for name, column in LISTS.items()
    if column.type in {Type.REAL, Type.SHORT} and column.presence is not Presence.NULLABLE
}
"""Columns with numbers that JSON may have no word for, and whether every row has them."""

_CRC = ',"crc32":"%08x"}'
_CRC_LENGTH = len(_CRC % 0)


class DamagedError(ValueError):
    """What is torn or does not match its checksum."""


def encode(trajectory: Trajectory, experiment: str) -> bytes:
    """One line of JSON, checksummed, with its newline."""
    return seal(
        json.dumps(trajectory_row(trajectory, experiment), separators=(",", ":"), allow_nan=False)
    )


def decode(line: bytes) -> dict[str, Any]:
    """The row of a line.

    Raises:
        DamagedError: The line is torn or altered, or what it holds is no row.
    """
    found = unseal(line)
    try:
        for name, needed in _NUMBERS.items():
            if needed or found.get(name) is not None:
                found[name] = [_from_json(value) for value in found[name]]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise DamagedError(f"no row: its {name} is no list of numbers") from None
    if flaw := row_flaw(found):
        raise DamagedError(f"no row: {flaw}")
    return found


def seal(text: str) -> bytes:
    """A JSON object, all ASCII, closed by the checksum of all before it and a newline."""
    raw = text.encode("ascii")[:-1]
    return raw + (_CRC % zlib.crc32(raw)).encode() + b"\n"


def unseal(data: bytes) -> dict[str, Any]:
    """The JSON object that was sealed.

    Raises:
        DamagedError: It is torn or altered, or no JSON object.
    """
    if not sealed(data):
        raise DamagedError("torn or altered")
    try:
        found = json.loads(data[: -_CRC_LENGTH - 1] + b"}")
    except (ValueError, RecursionError):
        raise DamagedError("no JSON") from None
    if not isinstance(found, dict):
        raise DamagedError("no JSON object")
    return found


def sealed(data: bytes) -> bool:
    """Whether it is as it was sealed."""
    raw, tail = data[: -_CRC_LENGTH - 1], data[-_CRC_LENGTH - 1 :]
    return tail == (_CRC % zlib.crc32(raw)).encode() + b"\n"


def trajectory_row(trajectory: Trajectory, experiment: str) -> dict[str, Any]:
    """All of a trajectory as plain data; see docs/trajectory-format.md for each column."""
    run, records = trajectory.run, trajectory.records
    row = {
        "run": run.id,
        "optimizer": run.variant.id,
        "task": run.task.id,
        "seed": run.seed,
        "status": str(trajectory.status),
        "reason": legible(trajectory.reason),
        "cut": legible(trajectory.stop_reason),
        "seconds": round(trajectory.seconds, 6),
        "finished": round(time.time(), 3),
        "experiment": experiment,
        "task_info": json.dumps(task_info(trajectory)),
        "variant_info": json.dumps(variant_info(trajectory)),
        "failures": json.dumps({i: legible(r.failure) for i, r in enumerate(records) if r.failure}),
        "configs": json.dumps(_by_hyperparameter(records)),
        **{
            name: _numbers(column, records)
            for name, column in LISTS.items()
            if column.presence is not Presence.OPTIONAL or _is_used(column, records, run.task)
        },
    }
    return {name: row[name] for name in _LINE if name in row}


def _is_used(column: StoreColumn, records: Sequence[Record], task: Task) -> bool:
    """Whether a run has what an optional column is for."""
    if column.is_declared:
        return bool(getattr(task, column.name))
    return any(getattr(record, column.name) not in {None, ()} for record in records)


def _numbers(column: StoreColumn, records: Sequence[Record]) -> list[float | str | None] | None:
    """A column's numbers, trial by trial, as JSON has them; None if it is null.

    A trial without a parent has `NO_PARENT`, and one that failed NaN for each value.
    """
    shares = [getattr(record, column.name) for record in records]
    if column.is_vector:
        width = max(map(len, shares), default=0)
        return [_to_json(x) for share in shares for x in share or [math.nan] * width]
    if column.presence is Presence.NULLABLE and None in shares:
        return None
    return [_to_json(NO_PARENT if share is None else share) for share in shares]


def violations_of(row: Mapping[str, Any]) -> list[float]:
    """By how much each trial of a row violates constraints: 0 if none, infinite if unknown."""
    count, excesses = len(row["number"]), row.get("constraints") or []
    width = len(excesses) // count if count else 0
    found = []
    for i in range(count):
        own = excesses[i * width : (i + 1) * width]
        found.append(math.inf if any(map(math.isnan, own)) else sum(max(x, 0.0) for x in own))
    return found


def task_info(trajectory: Trajectory) -> dict[str, Any]:
    """What analysis needs to know of the task."""
    task, metadata = trajectory.run.task, trajectory.metadata
    objectives = metadata.get("objectives", [[name, False] for name in task.objectives])
    return {
        "collection": task.collection,
        "kind": str(task.kind),
        "dimension": task.dimension,
        "types": list(task.types),
        "budget": {"unit": str(task.budget.unit), "amount": task.budget.amount},
        "workers": task.workers,
        "overhead": str(trajectory.run.overhead),
        "base_id": task.base_id,
        "fidelity": metadata.get("fidelity"),
        "objectives": [{"name": name, "maximize": maximize} for name, maximize in objectives],
        "real_time": task.real_time,
        "clock": metadata.get("clock", "simulated"),
        **({"signals": list(task.signals)} if task.signals else {}),
        **({"constraints": [each.name for each in task.constraints]} if task.constraints else {}),
        **({"measures": [asdict(each) for each in task.measures]} if task.measures else {}),
        "definition": task.definition(),
    }


def variant_info(trajectory: Trajectory) -> dict[str, Any]:
    """What analysis needs to know of the optimizer."""
    variant, metadata = trajectory.run.variant, trajectory.metadata
    notes = [*metadata.get("places", ()), *metadata.get("notes", ())]
    return {
        "family": variant.family,
        **{name: part for name, part in variant.definition().items() if name != "id"},
        "library": variant.library,
        "version": metadata.get("library_version", ""),
        **({"notes": notes} if notes else {}),
    }


def without_notes(variant_info: str) -> str:
    """The column's text without what an optimizer noted, which is of one run alone."""
    if '"notes"' not in variant_info:
        return variant_info
    return json.dumps({k: v for k, v in json.loads(variant_info).items() if k != "notes"})


def configs(text: str) -> Iterator[dict[str, Value]]:
    """The configurations of a run, in the order of its rows, from the column `configs`."""
    columns = json.loads(text)
    for values in zip(*columns.values(), strict=True):
        pairs = zip(columns, values, strict=True)
        yield {name: value for name, value in pairs if value is not None}


def configurations(row: Mapping[str, Any]) -> list[dict[str, Value]]:
    """The configurations of a row, one for each trial even where all are empty."""
    return list(configs(row["configs"])) or [{}] * len(row["number"])


def trials(row: Mapping[str, Any], names: Sequence[str]) -> list[dict[str, Any]]:
    """Field by field what a row holds of each trial, in the order of finish.

    Args:
        row: A run, as a store's table has it.
        names: Its columns with numbers of trials that are wanted.

    Returns:
        For each trial the `names` (one number, or a list where it has none or several), its
        `config`, its `fidelity`, None where it has none, and its `failure`, empty if it has none.
    """
    count, found, failures = len(row["number"]), configurations(row), json.loads(row["failures"])
    fidelity = row["fidelity"] or [None] * count
    return [
        {name: _part(row.get(name) or (), i, count) for name in names}
        | {"config": found[i], "failure": failures.get(str(i), "")}
        | {"fidelity": None if fidelity[i] is None else float(fidelity[i])}
        for i in range(count)
    ]


def _part(numbers: Sequence[float], i: int, count: int) -> float | list[float]:
    """A trial's share of a column that holds one number, none or several for each trial."""
    width = len(numbers) // count
    return numbers[i] if width == 1 else list(numbers[i * width : (i + 1) * width])


def _by_hyperparameter(records: Sequence[Record]) -> dict[str, list[Value | None]]:
    """By hyperparameter its value in each trial, None where it was inactive."""
    names = dict.fromkeys(name for record in records for name in record.config)
    return {name: [record.config.get(name) for record in records] for name in names}


def _to_json(number: float) -> float | str | None:
    """JSON has no NaN and no infinities: null, and a text."""
    if math.isfinite(number):
        return number
    return None if math.isnan(number) else str(number)


def _from_json(value: float | str | None) -> float:
    """The number that `_to_json` wrote."""
    return math.nan if value is None else float(value)
