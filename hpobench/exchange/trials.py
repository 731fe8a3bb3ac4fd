"""A run as one flat record a trial, which is what tables of other programs hold, and back."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hpobench.store import trials
from hpobench.store.shape import NAMED, NO_PARENT, names_of

RUN = ("run", "optimizer", "task", "seed", "status", "reason", "cut", "seconds", "finished")
TIMES = ("cost", "start", "end", "worker", "spent", "ask_seconds", "tell_seconds")
TRIAL_FIELDS = {
    "value": "values",
    "test": "test",
    "signal": "signals",
    "noiseless": "noiseless",
    "constraint": "constraints",
}
"""By the prefix of a field, the column that holds such numbers of each trial."""
INFOS = ("task_info", "variant_info")
"""Long texts, given with the first record of a run only."""


def columns(objectives: Sequence[str], optional: Sequence[str] = ()) -> list[str]:
    """The names of all fields of a record, where these objectives occur.

    Args:
        objectives: Names of all of them.
        optional: The fields beyond those that every record has, see `optional_fields`.
    """
    values = [f"{kind}.{name}" for kind in ("value", "test") for name in objectives]
    fields = ["number", "fidelity", *values, *TIMES, *optional, "failure", "config"]
    return [*RUN, "experiment", *fields, *INFOS]


def optional_fields(
    task_infos: Sequence[str], *, parents: bool, noiseless: Sequence[str] = ()
) -> list[str]:
    """The fields that records have only where runs use them.

    Args:
        task_infos: The column of that name, of all tasks.
        parents: Whether a trial of any run went on from another.
        noiseless: The same column, of the tasks whose runs have values without noise.
    """
    valued = dict.fromkeys(name for text in noiseless for name in objectives(text))
    signals, constraints = (
        [*dict.fromkeys(name for text in task_infos for name in names_of(column, text))]
        for column in NAMED
    )
    fields = {"signal": signals, "noiseless": valued, "constraint": constraints}
    listed = [f"{kind}.{name}" for kind, names in fields.items() for name in names]
    return ["parent"] * parents + listed


def objectives(task_info: str) -> list[str]:
    """The names of a task's objectives."""
    return [objective["name"] for objective in json.loads(task_info)["objectives"]]


def unfold(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One record for each trial, or a single one without any if the run has none.

    What a trial lacks is None, as are the objectives of other tasks.
    """
    head = {name: row[name] for name in (*RUN, "experiment")}
    infos = {name: row[name] for name in INFOS}
    for trial in list(_trials(row)) or [{}]:
        yield {**head, **trial, **infos}
        infos = {}


def _trials(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What differs from trial to trial."""
    names = objectives(row["task_info"])
    for trial in trials(row, ("number", *TIMES, *TRIAL_FIELDS.values(), "parent")):
        for kind, column in TRIAL_FIELDS.items():
            found = trial.pop(column)
            vector = found if isinstance(found, list) else [found]
            named = names_of(column, row["task_info"]) if column in NAMED else names
            trial |= {f"{kind}.{name}": x for name, x in zip(named, vector, strict=False)}
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
    names = objectives(head["task_info"])
    fidelities = [trial["fidelity"] for trial in made]
    failures = {str(i): trial["failure"] for i, trial in enumerate(made) if trial["failure"]}
    return {
        **{name: head[name] for name in (*RUN, "experiment", *INFOS)},
        **{name: [trial[name] for trial in made] for name in ("number", *TIMES)},
        "fidelity": None if None in fidelities else fidelities,
        "values": _vectors(made, [f"value.{name}" for name in names]),
        "test": _vectors(made, [f"test.{name}" for name in names]),
        "failures": json.dumps(failures),
        "configs": json.dumps(_by_name([json.loads(trial["config"]) for trial in made])),
        **_optional(made, names, head["task_info"]),
    }


def _optional(
    records: Sequence[Mapping[str, Any]], names: Sequence[str], task_info: str
) -> dict[str, Any]:
    """The columns that a run has only if it uses them."""
    parents = [record.get("parent") for record in records]
    found: dict[str, Any] = {}
    if any(parent is not None for parent in parents):
        found["parent"] = [NO_PARENT if parent is None else parent for parent in parents]
    for column in NAMED:
        if named := names_of(column, task_info):
            fields = [f"{column.removesuffix('s')}.{name}" for name in named]
            numbers = [record.get(field) for record in records for field in fields]
            found[column] = [math.nan if number is None else number for number in numbers]
    if noiseless := _vectors(records, [f"noiseless.{name}" for name in names]):
        found["noiseless"] = noiseless
    return found


def _whole(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """A trial's record, if no number that every trial has is missing."""
    for name in TIMES:
        if record[name] is None:
            raise TypeError(f"{name} is empty")
    return record


def _vectors(records: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[float]:
    """The numbers of some fields, record by record; none if no trial has any."""
    found = [record.get(name) for record in records for name in names]
    if all(number is None for number in found):
        return []
    return [math.nan if number is None else number for number in found]


def _by_name(found: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """By hyperparameter its value in each trial, None where it is inactive."""
    names = dict.fromkeys(name for config in found for name in config)
    return {name: [config.get(name) for config in found] for name in names}
