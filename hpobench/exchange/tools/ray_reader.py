"""Read the experiment folders of Ray Tune (2.x): `params.json` and `result.json` of each trial.

What it pickles beside them is never opened.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hpobench.errors import FileError, nearest, one_line
from hpobench.exchange.foreign import Line
from hpobench.exchange.tools.runs import (
    Naming,
    ToolRun,
    finite_number,
    plain_values,
    read_json,
    read_json_lines,
)
from hpobench.exchange.tools.spaces import choices_or_range, space_json
from hpobench.task import Objective

PARAMS = "params.json"
RESULT = "result.json"
ERROR = "error.txt"
_DATE = re.compile(r"\d{4}(-\d\d){2}_\d\d(-\d\d){2}$")
"""When a trial began, in its folder's name, as reports say when they were made."""
FILLED = frozenset(
    {
        "timestamp",
        "time_this_iter_s",
        "time_total_s",
        "training_iteration",
        "pid",
        "time_since_restore",
        "iterations_since_restore",
        "timesteps_total",
        "episodes_total",
        "timesteps_since_restore",
        "warmup_time",
    }
)
"""Numbers that Ray Tune adds to each report."""


def read_ray(path: Path, naming: Naming, notes: list[str]) -> Iterator[ToolRun]:
    """The experiments below a folder, in the order of their paths.

    The last report of each trial counts.

    Args:
        path: An experiment's folder, or one that holds some.
        naming: Which reported metric counts; needed if there are several.
        notes: What is left out is said here.

    Raises:
        FileError: There is none, a file is damaged, or it is not clear which metric counts.
    """
    folders = sorted({file.parent for file in path.rglob(PARAMS)} if path.is_dir() else ())
    if not folders:
        raise FileError(path, f"holds no experiment of Ray Tune: there is no {PARAMS} in it")
    for experiment in dict.fromkeys(folder.parent for folder in folders):
        trials = [_Trial(folder, notes) for folder in folders if folder.parent == experiment]
        yield _run(experiment, trials, naming)


class _Trial:
    """What the folder of one trial holds."""

    def __init__(self, folder: Path, notes: list[str]) -> None:
        """Read what is in the folder."""
        self.config = read_json(folder / PARAMS)
        if not isinstance(self.config, dict):
            raise FileError(folder / PARAMS, "is no JSON object")
        self.path = folder / RESULT
        reports = list(read_json_lines(self.path, notes)) if self.path.is_file() else []
        self.line, self.last = reports[-1] if reports else (0, {})
        error = folder / ERROR
        words = error.read_text("utf-8", "replace").strip() if error.is_file() else ""
        dated = _DATE.search(folder.name)
        self.date = str(self.last.get("date") or (dated[0] if dated else ""))
        self.failure = f"failed: {words.splitlines()[-1][:200]}" if words else ""

    def record(self, number: int, names: Sequence[str]) -> Line:
        """The trial by its last report.

        Raises:
            FileError: A number is none.
        """
        try:
            values = {name: finite_number(name, self.last.get(name)) for name in names}
            seconds = finite_number("time_total_s", self.last.get("time_total_s"))
        except TypeError as error:
            raise FileError(self.path, one_line(error), line=self.line) from None
        return Line(
            number=number,
            values={name: value for name, value in values.items() if value is not None},
            test={},
            cost=max(seconds or 0.0, 0.0),
            fidelity=None,
            config=plain_values(self.config),
            failure=self.failure,
        )


def _run(experiment: Path, trials: Sequence[_Trial], naming: Naming) -> ToolRun:
    """An experiment as a run."""
    ended = [trial for trial in trials if trial.last or trial.failure]
    ended.sort(key=lambda trial: trial.date)
    names = _metrics(experiment, [trial.last for trial in ended], naming)
    left = len(trials) - len(ended)
    values: dict[str, list[Any]] = {}
    for trial in ended:
        for name, value in plain_values(trial.config).items():
            values.setdefault(name, []).append(value)
    return ToolRun(
        path=experiment,
        study=experiment.resolve().name,
        objectives=[Objective(name=name, maximize=name in naming.maximize) for name in names],
        trials=[trial.record(number, names) for number, trial in enumerate(ended)],
        space=space_json(choices_or_range(*told) for told in values.items()) if values else None,
        left_out=Counter({"no report yet": left}) if left else {},
    )


def _metrics(path: Path, reports: Sequence[Mapping[str, Any]], naming: Naming) -> list[str]:
    """The metrics that count.

    Raises:
        FileError: It is not clear which, or none has that name.
    """
    known = {
        name
        for report in reports
        for name, value in report.items()
        if name not in FILLED and isinstance(value, int | float) and not isinstance(value, bool)
    }
    asked = list(naming.objectives)
    for name in (*asked, *naming.maximize):
        if name not in known:
            raise FileError(path, f"reports no metric {name!r}{nearest(name, known)}")
    if not asked and len(known) != 1:
        some = ", ".join(sorted(known)) or "none"
        raise FileError(path, f"say by --objective NAME which metric counts; there are: {some}")
    return asked or list(known)
