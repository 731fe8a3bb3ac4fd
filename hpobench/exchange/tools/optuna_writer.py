"""Write runs as an Optuna journal, which Optuna loads and optuna-dashboard opens."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from hpobench.exchange.output import created
from hpobench.exchange.tools.spaces import choices_or_range
from hpobench.store import trials
from hpobench.system.text import count
from hpobench.trial import Value

OURS = "hpobench"
"""The attribute under which studies and trials keep what Optuna has no place for."""
CREATE_STUDY, STUDY_USER_ATTR, STUDY_SYSTEM_ATTR, CREATE_TRIAL = 0, 2, 3, 4
"""Numbers of Optuna's `JournalOperation`."""
COMPLETE, FAILED = 1, 3
"""Numbers of its `TrialState`."""

Log = dict[str, Any]


def write_optuna(found: pa.Table, path: Path) -> list[str]:
    """Write a study for each run, named `task, optimizer, seed N`.

    Values are in each objective's own direction. A failed trial is one of state FAIL. Test values,
    virtual costs and fidelities are attributes of a trial; its times are virtual, after the
    moment at which the run ended.

    Returns:
        What is left out, in words.

    Raises:
        FileError: There is something at `path` already.
    """
    rows = found.to_pylist()
    written = [row for row in rows if row["number"]]
    with created(path) as place, place.open("x", encoding="utf-8") as file:
        for study, row in enumerate(written):
            for log in _logs(study, row):
                file.write(json.dumps({**log, "worker_id": OURS}, separators=(",", ":")) + "\n")
    left = len(rows) - len(written)
    return [f"{count(left, 'run')} without a trial left out"] * bool(left)


def _logs(study: int, row: Mapping[str, Any]) -> Iterator[Log]:
    """The operations that make one study."""
    info = json.loads(row["task_info"])
    names = [objective["name"] for objective in info["objectives"]]
    maximize = [bool(objective["maximize"]) for objective in info["objectives"]]
    yield {
        "op_code": CREATE_STUDY,
        "study_name": f"{row['task']}, {row['optimizer']}, seed {row['seed']}, {row['run'][:8]}",
        "directions": [2 if larger else 1 for larger in maximize],
    }
    ours = {"optimizer": row["optimizer"], "task": row["task"], "seed": row["seed"]}
    ours |= {"run": row["run"], "fidelity": info["fidelity"], "status": row["status"]}
    yield {"op_code": STUDY_USER_ATTR, "study_id": study, "user_attr": {OURS: ours}}
    attributes = {"study:metric_names": names}
    yield {"op_code": STUDY_SYSTEM_ATTR, "study_id": study, "system_attr": attributes}
    signs = [-1.0 if larger else 1.0 for larger in maximize]
    made = trials(row, ("number", "values", "test", "cost", "start", "end"))
    distributions = _Distributions([trial["config"] for trial in made], info.get("space"))
    begun = datetime.fromtimestamp(row["finished"], UTC)
    for trial in made:
        yield {
            "op_code": CREATE_TRIAL,
            "study_id": study,
            **_outcome(trial, signs),
            **distributions.internal(trial["config"]),
            "datetime_start": (begun + timedelta(seconds=trial["start"])).isoformat(),
            "datetime_complete": (begun + timedelta(seconds=trial["end"])).isoformat(),
            "user_attrs": {OURS: _attributes(trial, names, signs)},
            "system_attrs": {},
            "intermediate_values": {},
        }


def _outcome(trial: Mapping[str, Any], signs: Sequence[float]) -> Log:
    """State and values, in the objectives' own directions."""
    if trial["failure"]:
        return {"state": FAILED, "value": None, "values": None}
    vector = trial["values"] if isinstance(trial["values"], list) else [trial["values"]]
    values = [sign * value for sign, value in zip(signs, vector, strict=True)]
    if len(values) == 1:
        return {"state": COMPLETE, "value": values[0], "values": None}
    return {"state": COMPLETE, "value": None, "values": values}


def _attributes(trial: Mapping[str, Any], names: Sequence[str], signs: Sequence[float]) -> Log:
    """What Optuna has no place for; nothing that is not there."""
    vector = trial["test"] if isinstance(trial["test"], list) else [trial["test"]]
    pairs = zip(names, signs, vector, strict=False)
    test = {name: sign * value for name, sign, value in pairs if math.isfinite(value)}
    found = {
        "cost": trial["cost"],
        "fidelity": trial["fidelity"],
        "failure": trial["failure"],
        "test": test,
    }
    return {name: value for name, value in found.items() if value not in (None, "", {})}


class _Distributions:
    """Ranges and choices of the hyperparameters."""

    def __init__(
        self, configs: Sequence[Mapping[str, Value]], space: Mapping[str, Any] | None
    ) -> None:
        """Look at all values that occur.

        Args:
            configs: Those of a run's trials.
            space: The task's, as ConfigSpace writes it; what is not in it is taken from the values.
        """
        known = {told["name"]: told for told in (space or {}).get("hyperparameters", ())}
        values: dict[str, list[Value]] = {}
        for config in configs:
            for name, value in config.items():
                values.setdefault(name, []).append(value)
        self._choices: dict[str, dict[str, int]] = {}
        self._texts = {name: self._text(known.get(name), name, values[name]) for name in values}

    def internal(self, config: Mapping[str, Value]) -> Log:
        """A configuration as a journal has it: numbers, and what they mean."""
        return {
            "params": {name: self._number(name, value) for name, value in config.items()},
            "distributions": {name: self._texts[name] for name in config},
        }

    def _number(self, name: str, value: Value) -> float:
        """The number that stands for a value: its index among choices, or itself."""
        if name in self._choices:
            return self._choices[name][json.dumps(value)]
        return float(value)

    def _text(self, known: Mapping[str, Any] | None, name: str, values: Sequence[Value]) -> str:
        """A distribution as Optuna's JSON."""
        told = known if known and _holds(known, values) else choices_or_range(name, values)
        if choices := told.get("choices") or told.get("sequence"):
            self._choices[name] = {json.dumps(v): i for i, v in enumerate(choices)}
            return _distribution("CategoricalDistribution", choices=choices)
        low, high = (told["value"],) * 2 if "value" in told else (told["lower"], told["upper"])
        log, step = bool(told.get("log")), (told.get("meta") or {}).get("step")
        if all(isinstance(value, int) for value in values):
            return _distribution("IntDistribution", log=log, step=step or 1, low=low, high=high)
        bounds = {"low": float(low), "high": float(high)}
        return _distribution("FloatDistribution", step=step, **bounds, log=log)


def _holds(told: Mapping[str, Any], values: Sequence[Value]) -> bool:
    """Whether a hyperparameter, as ConfigSpace writes it, holds these values."""
    if choices := told.get("choices") or told.get("sequence"):
        known = {json.dumps(choice) for choice in choices}
        return all(json.dumps(value) in known for value in values)
    if told.get("type") not in {"uniform_int", "uniform_float"}:
        return False
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return len(numbers) == len(values) and all(told["lower"] <= v <= told["upper"] for v in numbers)


def _distribution(kind: str, **attributes: Any) -> str:
    return json.dumps({"name": kind, "attributes": attributes})
