"""Read the studies of an Optuna storage: an SQLite database, or the file of a journal."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from hpobench.errors import FileError, UserError, one_line
from hpobench.exchange.foreign import Line
from hpobench.exchange.tools.optuna_storage import (
    MISTAKES,
    JournalReplay,
    StoredStudy,
    StoredTrial,
    read_database,
)
from hpobench.exchange.tools.runs import ToolRun, finite_number, plain_values
from hpobench.exchange.tools.spaces import categorical, number_range, space_json
from hpobench.task import Fidelity, Objective
from hpobench.trial import Config

SQLITE = b"SQLite format 3\0"


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
    studies = read_database(path) if database else JournalReplay(path).replay(notes)
    for study in studies:
        try:
            yield _run(path, study)
        except (UserError, *MISTAKES) as error:
            message = f"study {study.name!r:.80} cannot be read: {one_line(error)}"
            raise FileError(path, message) from None


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
        task=str(study.ours.get("task", "")).removeprefix("imported/"),
        study=study.name,
        seed=study.ours.get("seed"),
        objectives=objectives,
        trials=trials,
        space=ranges.space(),
        fidelity=Fidelity(**study.ours["fidelity"]) if study.ours.get("fidelity") else None,
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
    cost = finite_number("cost", trial.ours.get("cost", _duration(trial)))
    return Line(
        number=trial.number,
        values={} if failure else values,
        test={str(name): float(value) for name, value in test.items()},
        cost=None if cost is None else max(cost, 0.0),
        fidelity=finite_number("fidelity", trial.ours.get("fidelity")),
        config=ranges.config(trial),
        failure=failure,
    )


def _duration(trial: StoredTrial) -> float | None:
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
