"""Read the studies of an Optuna storage: an SQLite database, or the file of a journal."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from hpobench.errors import FileError, one_line
from hpobench.exchange.foreign import Line
from hpobench.exchange.spaces import categorical, number_range, space_json
from hpobench.exchange.tool_runs import ToolRun, plain_values, read_json_lines
from hpobench.task import Objective
from hpobench.trial import Config

STATES = ("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING")
"""Optuna's states of a trial, by their numbers."""
SQLITE = b"SQLite format 3\0"
OURS = "hpobench"
"""The attribute under which an export of ours keeps what Optuna has no place for."""

_INFINITE = {"INF_POS": float("inf"), "INF_NEG": float("-inf")}
_MISTAKES = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError)


@dataclass(slots=True)
class StoredTrial:
    """One trial, as far as the storage has told it."""

    number: int
    state: str
    start: str | None = None
    end: str | None = None
    params: dict[str, tuple[float, str]] = field(default_factory=dict)
    values: dict[int, float] = field(default_factory=dict)
    steps: list[int] = field(default_factory=list)
    ours: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class StoredStudy:
    """One study, as far as the storage has told it."""

    name: str
    maximize: list[bool]
    names: list[str] = field(default_factory=list)
    ours: dict[str, Any] = field(default_factory=dict)
    trials: list[StoredTrial] = field(default_factory=list)


def read_optuna(path: Path, notes: list[str]) -> Iterator[ToolRun]:
    """The runs of a storage, one for each study.

    Args:
        path: The SQLite file or the journal file; it is only read.
        notes: What is torn is named here.

    Raises:
        FileError: It is neither, or damaged.
    """
    if path.is_dir():
        raise FileError(path, "is a folder, not the file of an Optuna storage")
    with path.open("rb") as file:
        database = file.read(len(SQLITE)) == SQLITE
    studies = _read_database(path) if database else _Journal(path).replay(notes)
    for study in studies:
        try:
            yield _run(path, study)
        except _MISTAKES as error:
            message = f"study {study.name!r:.80} cannot be read: {one_line(error)}"
            raise FileError(path, message) from None


def _read_database(path: Path) -> list[StoredStudy]:
    """The studies of an SQLite storage (schema of Optuna 3 to 5)."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            return list(_studies(database).values())
    except (sqlite3.Error, *_MISTAKES) as error:
        raise FileError(path, f"is no storage of Optuna: {one_line(error)}") from None


def _rows(database: sqlite3.Connection, table: str, order: str) -> Iterator[sqlite3.Row]:
    """A table's rows; both names are ours."""
    return iter(database.execute(f"SELECT * FROM {table} ORDER BY {order}"))  # noqa: S608


def _studies(database: sqlite3.Connection) -> dict[int, StoredStudy]:
    """The studies of an open database by their keys."""
    studies = {
        row["study_id"]: StoredStudy(row["study_name"], [])
        for row in _rows(database, "studies", "study_id")
    }
    for row in _rows(database, "study_directions", "study_id, objective"):
        studies[row["study_id"]].maximize.append(row["direction"] == "MAXIMIZE")
    for table in ("study_system_attributes", "study_user_attributes"):
        for row in _rows(database, table, "study_id"):
            if row["key"] in {"study:metric_names", OURS}:
                _note(studies[row["study_id"]], row["key"], json.loads(row["value_json"]))
    trials = {}
    for row in _rows(database, "trials", "study_id, number"):
        times = row["datetime_start"], row["datetime_complete"]
        trials[row["trial_id"]] = found = StoredTrial(row["number"], row["state"], *times)
        studies[row["study_id"]].trials.append(found)
    _fill(database, trials)
    return studies


def _fill(database: sqlite3.Connection, trials: Mapping[int, StoredTrial]) -> None:
    """Add to the trials, by their keys, what the other tables say of them."""
    for row in _rows(database, "trial_params", "param_id"):
        value = float(row["param_value"]), row["distribution_json"]
        trials[row["trial_id"]].params[row["param_name"]] = value
    for row in _rows(database, "trial_values", "trial_id"):
        number = row["value"] if row["value"] is not None else _INFINITE[row["value_type"]]
        trials[row["trial_id"]].values[row["objective"]] = float(number)
    for row in _rows(database, "trial_intermediate_values", "trial_id, step"):
        trials[row["trial_id"]].steps.append(row["step"])
    for row in _rows(database, "trial_user_attributes", "trial_id"):
        if row["key"] == OURS:
            trials[row["trial_id"]].ours = dict(json.loads(row["value_json"]))


def _note(study: StoredStudy, key: str, value: Any) -> None:
    """Keep an attribute of a study that is of use here."""
    if key == OURS:
        study.ours = dict(value)
    elif key == "study:metric_names":
        study.names = [str(name) for name in value]


class _Journal:
    """The studies that the operations of a journal add up to."""

    def __init__(self, path: Path) -> None:
        """Begin with no study."""
        self._path = path
        self._studies: dict[int, StoredStudy] = {}
        self._trials: list[StoredTrial] = []
        self._begun = 0

    def replay(self, notes: list[str]) -> list[StoredStudy]:
        """The studies after the last operation.

        Raises:
            FileError: A line is no operation that Optuna writes.
        """
        for number, log in read_json_lines(self._path, notes):
            try:
                self._apply(log["op_code"], log)
            except _MISTAKES as error:
                kind = f"{type(error).__name__}: {one_line(error)}"
                message = f"is no operation of an Optuna journal ({kind})"
                raise FileError(self._path, message, line=number) from None
        if not self._begun:
            raise FileError(self._path, "is no storage of Optuna: it holds no study")
        return list(self._studies.values())

    def _apply(self, code: int, log: Mapping[str, Any]) -> None:
        """Follow one operation, by its number in Optuna's `JournalOperation`."""
        match code:
            case 0:
                directions = [direction == 2 for direction in log["directions"]]  # noqa: PLR2004
                self._studies[self._begun] = StoredStudy(str(log["study_name"]), directions)
                self._begun += 1
            case 1:
                del self._studies[log["study_id"]]
            case 2 | 3:
                found = log["user_attr" if code == 2 else "system_attr"]  # noqa: PLR2004
                for key, value in found.items():
                    _note(self._studies[log["study_id"]], key, value)
            case 4:
                self._create(log)
            case 5 | 6 | 7 | 8 | 9:
                self._change(code, self._trials[log["trial_id"]], log)
            case _:
                raise ValueError(f"op_code is {code!r:.60}")

    def _create(self, log: Mapping[str, Any]) -> None:
        """A new trial, of which much may be known already."""
        study = self._studies[log["study_id"]]
        trial = StoredTrial(
            len(study.trials), STATES[log.get("state", 0)], log.get("datetime_start")
        )
        trial.end = log.get("datetime_complete")
        kinds = log.get("distributions", {})
        trial.params = {n: (float(v), kinds[n]) for n, v in log.get("params", {}).items()}
        values = log.get("values") or ([log["value"]] if log.get("value") is not None else [])
        trial.values = dict(enumerate(map(float, values)))
        trial.steps = sorted(map(int, log.get("intermediate_values", {})))
        trial.ours = dict(log.get("user_attrs", {}).get(OURS, {}))
        study.trials.append(trial)
        self._trials.append(trial)

    @staticmethod
    def _change(code: int, trial: StoredTrial, log: Mapping[str, Any]) -> None:
        """What is told of a trial later."""
        match code:
            case 5:
                value = float(log["param_value_internal"]), log["distribution"]
                trial.params[log["param_name"]] = value
            case 6:
                trial.state = STATES[log["state"]]
                trial.start = log.get("datetime_start") or trial.start
                trial.end = log.get("datetime_complete") or trial.end
                trial.values = dict(enumerate(map(float, log["values"] or [])))
            case 7:
                trial.steps.append(int(log["step"]))
            case 8:
                trial.ours |= log["user_attr"].get(OURS, {})


def _run(path: Path, study: StoredStudy) -> ToolRun:
    """A study as a run."""
    several = len(study.maximize) > 1
    names = study.names or [f"value{i}" if several else "value" for i in range(len(study.maximize))]
    pairs = zip(names, study.maximize, strict=True)
    objectives = [Objective(name=name, maximize=maximize) for name, maximize in pairs]
    ended = [trial for trial in study.trials if trial.state in {"COMPLETE", "PRUNED", "FAIL"}]
    left = Counter("still running" for t in study.trials if t.state == "RUNNING")
    left += Counter("not begun" for t in study.trials if t.state == "WAITING")
    ranges = _Distributions()
    trials = [_line(trial, names, ranges) for trial in ended]
    return ToolRun(
        path=path,
        optimizer=str(study.ours.get("optimizer", "")),
        task=str(study.ours.get("task", "")),
        study=study.name,
        seed=study.ours.get("seed"),
        objectives=objectives,
        trials=trials,
        space=ranges.space(),
        left_out=left,
    )


def _line(trial: StoredTrial, names: list[str], ranges: "_Distributions") -> Line:
    """A trial that ended."""
    failure = str(trial.ours.get("failure", ""))
    if trial.state == "FAIL":
        failure = failure or "failed"
    elif trial.state == "PRUNED":
        failure = f"pruned at step {max(trial.steps)}" if trial.steps else "pruned"
    values = {name: trial.values[i] for i, name in enumerate(names) if i in trial.values}
    test = trial.ours.get("test") or {}
    return Line(
        number=trial.number,
        values={} if failure else values,
        test={str(name): float(value) for name, value in test.items()},
        cost=trial.ours.get("cost", _seconds(trial)),
        fidelity=trial.ours.get("fidelity"),
        config=ranges.config(trial),
        failure=failure,
    )


def _seconds(trial: StoredTrial) -> float | None:
    """How long a trial took, None if it is not known."""
    if not (trial.start and trial.end):
        return None
    start, end = map(datetime.fromisoformat, (trial.start, trial.end))
    return max((end - start).total_seconds(), 0.0)


class _Distributions:
    """What the values of hyperparameters mean, and the ranges that they span together."""

    def __init__(self) -> None:
        """Begin with no hyperparameter."""
        self._read: dict[str, tuple[str, dict[str, Any]]] = {}
        self._found: dict[str, dict[str, dict[str, Any]]] = {}

    def config(self, trial: StoredTrial) -> Config:
        """The values of a trial's hyperparameters."""
        return plain_values({n: self._value(n, *told) for n, told in trial.params.items()})

    def _value(self, name: str, internal: float, text: str) -> Any:
        """One value, from the number that stands for it."""
        if text not in self._read:
            told = json.loads(text)
            self._read[text] = str(told["name"]), dict(told["attributes"])
        kind, attributes = self._read[text]
        self._found.setdefault(name, {})[text] = attributes
        if kind.startswith("Categorical"):
            choice = attributes["choices"][int(internal)]
            return "None" if choice is None else choice
        return int(internal) if kind.startswith("Int") else internal

    def space(self) -> dict[str, Any] | None:
        """All hyperparameters that occurred, None if there was none."""
        return space_json([self._joint(name) for name in self._found]) if self._found else None

    def _joint(self, name: str) -> dict[str, Any]:
        """One hyperparameter over all its ranges, which Optuna lets vary."""
        kind, _ = self._read[next(iter(self._found[name]))]
        every = list(self._found[name].values())
        if kind.startswith("Categorical"):
            choices = chain.from_iterable(attributes["choices"] for attributes in every)
            return categorical(name, ["None" if choice is None else choice for choice in choices])
        return number_range(
            name,
            min(attributes["low"] for attributes in every),
            max(attributes["high"] for attributes in every),
            log=bool(every[0].get("log") or "Log" in kind),
            integer=kind.startswith("Int"),
            step=every[0].get("step") or every[0].get("q"),
        )
