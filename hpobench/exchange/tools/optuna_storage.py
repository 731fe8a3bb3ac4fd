"""What an Optuna storage holds, an SQLite database or a journal; it is only read."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hpobench.errors import FileError, one_line
from hpobench.exchange.tools.optuna_writer import OURS
from hpobench.exchange.tools.runs import read_json_lines

STATES = ("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING")
"""Optuna's states of a trial, by their numbers."""
MISTAKES = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError)
"""What a storage that Optuna did not write may cause."""

_INFINITE = {"INF_POS": float("inf"), "INF_NEG": float("-inf")}


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


def read_database(path: Path) -> list[StoredStudy]:
    """The studies of an SQLite storage (schema of Optuna 3 to 5)."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            database.row_factory = sqlite3.Row
            return list(_studies(database).values())
    except (sqlite3.Error, *MISTAKES) as error:
        raise FileError(path, f"is no storage of Optuna: {one_line(error)}") from None


def _rows(database: sqlite3.Connection, table: str, order: str) -> Iterator[sqlite3.Row]:
    """A table's rows; both names are ours."""
    return iter(database.execute(f"SELECT * FROM {table} ORDER BY {order}"))  # noqa: S608


def _studies(database: sqlite3.Connection) -> dict[int, StoredStudy]:
    """The studies of an open database by their keys."""
    views = "SELECT name FROM sqlite_master WHERE type IN ('view', 'trigger')"
    if database.execute(views).fetchone():  # they may compute for ever; Optuna makes none
        raise ValueError("it has views or triggers")
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


class JournalReplay:
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
            except MISTAKES as error:
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
