"""Read the folders in which CARP-S (1.1.0) logs its runs."""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpobench.catalogue.reader import read_yaml
from hpobench.errors import FileError, one_line
from hpobench.exchange.carps_writer import WHOLE
from hpobench.exchange.cells import checked_name
from hpobench.exchange.identity import refuse_false
from hpobench.exchange.imported import ForeignRun, imported_row
from hpobench.system.text import count
from hpobench.task import Budget, Fidelity, Objective, Unit
from hpobench.trial import Config, Record, Value

LOG = "trial_logs.jsonl"
CONFIG = Path(".hydra") / "config.yaml"
STATUS = {2: "crashed", 3: "timed out", 4: "ran out of memory"}
"""Its `StatusType`, but for 1: success."""

_REFERENCE = re.compile(r"\$\{([\w.]+)\}")
_DEPTH = 8
"""References to references are followed so far."""
_LONGEST = 1_000
"""Characters of a name, references included."""


@dataclass(slots=True)
class Logs:
    """The runs below a folder.

    Attributes:
        path: The folder.
        damage: What cannot be read, in words; all else is given.
    """

    path: Path
    damage: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows of the store that the logs make, in the order of their paths.

        Raises:
            FileError: There is no log at all.
        """
        logs = sorted(self.path.rglob(LOG)) if self.path.is_dir() else []
        if not logs:
            raise FileError(self.path, f"holds no run of CARP-S: there is no {LOG} in it")
        for path in logs:
            try:
                imported = _restored(path) or imported_row(self._run(path))
            except (FileError, OSError, ValueError, OverflowError) as error:
                place = "" if isinstance(error, FileError) else f"{path}: "
                self.damage.append(f"{place}{one_line(error)}; the run is left out")
            else:
                yield imported

    def _run(self, path: Path) -> ForeignRun:
        """The run of one log and the configuration beside it."""
        place = path.parent / CONFIG
        config, trials = read_yaml(place).plain(), self._read_trials(path)
        try:
            return _run(config, trials)
        except Exception as error:  # noqa: BLE001 (ConfigSpace builds what the file describes)
            reason = f"{type(error).__name__}: {one_line(error)}"
            raise FileError(place, f"and {LOG} are no run of CARP-S ({reason})") from None

    def _read_trials(self, path: Path) -> list[dict[str, Any]]:
        """The trials; a last line that was not written to its end is named and left out."""
        lines = path.read_bytes().splitlines()
        trials = []
        for number, line in enumerate(lines, start=1):
            try:
                trials.append(json.loads(line))
            except (ValueError, RecursionError):
                if number < len(lines):
                    raise FileError(path, "is no JSON", line=number) from None
                self.damage.append(f"{path}:{number}: the last trial is torn and left out")
        return trials


def _restored(log: Path) -> dict[str, Any] | None:
    """The run that we exported, or None if another tool wrote the log.

    Raises:
        FileError: The log, or what we wrote beside it, was altered since.
    """
    path = log.parent / WHOLE
    if not path.is_file():
        return None
    try:
        whole = json.loads(path.read_bytes())
        digest, row = whole["log"], dict(whole["row"])
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise FileError(path, f"is not what an export has here: {one_line(error)}") from None
    if digest != hashlib.sha256(log.read_bytes()).hexdigest():
        raise FileError(log, "was altered since it was exported")
    refuse_false(path, row)
    return row


def _run(config: Mapping[str, Any], trials: Sequence[Mapping[str, Any]]) -> ForeignRun:
    """A run, from what CARP-S was told and what it logged."""
    task = config["task"]
    names = [str(name) for name in task["output_space"]["objectives"]]
    fidelity = _fidelity(task["input_space"]["fidelity_space"])
    budget = _budget(task["optimization_resources"])
    virtual = (task.get("metadata") or {}).get("has_virtual_time")
    records = _records(
        trials,
        _Namer(task["input_space"]["configuration_space"]["d"]),
        "virtual_time" if virtual else "time",
    )
    done = records[-1].spent if records else 0.0
    torn = budget.unit is Unit.TRIALS and done < budget.amount
    return ForeignRun(
        origin="carps",
        optimizer=checked_name("optimizer_id", _resolved(config, "optimizer_id")),
        task=checked_name("task_id", _resolved(config, "task_id")),
        seed=int(_resolved(config, "seed")),
        objectives=[Objective(name=name) for name in names],
        fidelity=fidelity,
        budget=budget,
        workers=int(task["optimization_resources"].get("n_workers") or 1),
        dimension=len(task["input_space"]["configuration_space"]["d"]["hyperparameters"]),
        records=records,
        stop_reason=f"its log ends at {done:g} of {budget.amount:g} trials" if torn else "",
    )


def _fidelity(space: Mapping[str, Any]) -> Fidelity | None:
    """The range of the fidelity, or None."""
    if not space["is_multifidelity"]:
        return None
    low, high = float(space["min_fidelity"]), float(space["max_fidelity"])
    whole = all(isinstance(space[name], int) for name in ("min_fidelity", "max_fidelity"))
    return Fidelity(name=str(space["fidelity_type"]), low=low, high=high, integer=whole)


def _budget(resources: Mapping[str, Any]) -> Budget:
    """Trials, or minutes where there are none."""
    if resources["n_trials"] is not None:
        return Budget(float(resources["n_trials"]))
    return Budget(float(resources["time_budget"]) * 60, Unit.SECONDS)


def _records(trials: Sequence[Mapping[str, Any]], namer: "_Namer", clock: str) -> list[Record]:
    """The trials, one after the other: CARP-S evaluates so, whatever its number of workers."""
    records: list[Record] = []
    now = 0.0
    for number, trial in enumerate(trials):
        info, value = trial["trial_info"], trial["trial_value"]
        values = value["cost"] if isinstance(value["cost"], list) else [value["cost"]]
        failure = _failure(value["status"], values)
        cost = max(float(value[clock]), 0.0)
        now, start = now + cost, now
        records.append(
            Record(
                number=number,
                config=namer.config(info["config"]),
                fidelity=None if info["budget"] is None else float(info["budget"]),
                values=() if failure else tuple(map(float, values)),
                test=(),
                cost=cost,
                start=start,
                end=now,
                worker=0,
                ask_seconds=0.0,
                tell_seconds=0.0,
                spent=float(trial["n_trials"]),
                failure=failure,
            )
        )
    return records


def _failure(status: int, values: Sequence[Any]) -> str:
    """Why there is nothing to learn from a trial, or empty."""
    if status != 1:
        return STATUS.get(status, f"status {status}")
    sound = all(isinstance(x, int | float) and math.isfinite(x) for x in values)
    return "" if sound else f"the cost is {values}"


def _resolved(config: Mapping[str, Any], name: str) -> str:
    """A setting with its references to other settings replaced, as Hydra does.

    Raises:
        ValueError: They lead to themselves, or to a text without end.
    """
    text = _short(config, name)
    for _ in range(_DEPTH):
        if not _REFERENCE.search(text):
            return text
        text = _REFERENCE.sub(lambda match: _short(config, match[1]), text)
        if len(text) > _LONGEST:
            break
    raise ValueError(f"{name} refers to itself, or is longer than {_LONGEST:,} characters")


def _short(config: Mapping[str, Any], path: str) -> str:
    """The setting at a dotted path as text; references multiply what is long."""
    text = str(_at(config, path))
    if len(text) > _LONGEST:
        raise ValueError(f"{path} is longer than {_LONGEST:,} characters")
    return text


def _at(config: Mapping[str, Any], path: str) -> Any:
    """The setting at a dotted path."""
    part: Any = config
    for name in path.split("."):
        part = part[name]
    return part


class _Namer:
    """Give values the names of their hyperparameters, which the logs leave out.

    CARP-S writes the active values in the order of ConfigSpace, parents before children: so
    which ones are active follows from the values before.
    """

    def __init__(self, serialized: Mapping[str, Any]) -> None:
        """Build the space that CARP-S had."""
        from ConfigSpace import ConfigurationSpace

        self._space = ConfigurationSpace.from_serialized_dict(dict(serialized))

    def config(self, values: Sequence[Value]) -> Config:
        """The configuration of some logged values."""
        left = list(values)
        found: dict[str, Value] = {}
        for name in self._space:
            conditions = self._space.parent_conditions_of[name]
            if left and all(condition.satisfied_by_value(found) for condition in conditions):
                found[name] = left.pop(0)
        if left:
            raise ValueError(f"the space has not room for {count(len(values), 'value')}")
        return found
