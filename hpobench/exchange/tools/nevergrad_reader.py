"""Read what nevergrad's `ParametersLogger` wrote: one JSON object for each told value."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from hpobench.errors import FileError, one_line
from hpobench.exchange.foreign import Line
from hpobench.exchange.tools.runs import ToolRun, finite_number, plain_values, read_json_lines
from hpobench.exchange.tools.spaces import choices_or_range, space_json
from hpobench.task import Objective

NEEDED = ("#optimizer", "#session", "#loss")
Told = tuple[int, Mapping[str, Any]]
"""A line's number, and what stands there."""
SEVERAL = "#losses#"
"""Before the number of an objective, where there are several; `#loss` is then their hypervolume."""


def read_nevergrad(path: Path, notes: list[str]) -> Iterator[ToolRun]:
    """The runs of a log, to which each session of an optimizer appends.

    Args:
        path: The file.
        notes: What is torn, or cannot be known, is said here.

    Raises:
        FileError: A line is no JSON object that nevergrad writes.
    """
    if path.is_dir():
        raise FileError(path, "is a folder, not the file of nevergrad's ParametersLogger")
    sessions: dict[tuple[str, str, str], list[Told]] = {}
    for number, told in read_json_lines(path, notes):
        for name in NEEDED:
            if name not in told:
                raise FileError(path, f"has no {name!r}, which nevergrad writes", line=number)
        key = (str(told["#optimizer"]), str(told["#session"]), str(told.get("#parametrization")))
        sessions.setdefault(key, []).append((number, told))
    for (optimizer, _, _), lines in sessions.items():
        yield _run(path, optimizer, lines)


def _run(path: Path, optimizer: str, told: list[Told]) -> ToolRun:
    """One session; its log has no ranges but in words, so the space is what was observed."""
    names = [name for name in told[0][1] if name.startswith(SEVERAL)] or ["#loss"]
    labels = {name: name.removeprefix("#").replace("losses#", "loss") for name in names}
    trials = []
    for number, (line, values) in enumerate(told):
        try:
            trials.append(_read_told_value(number, values, labels))
        except (TypeError, ValueError, OverflowError) as error:
            raise FileError(path, one_line(error), line=line) from None
    parameters = dict.fromkeys(name for trial in trials for name in trial.config)
    seen = {name: [t.config[name] for t in trials if name in t.config] for name in parameters}
    space = space_json(choices_or_range(name, values) for name, values in seen.items())
    return ToolRun(
        path=path,
        optimizer=optimizer,
        objectives=[Objective(name=label) for label in labels.values()],
        trials=trials,
        space=space if parameters else None,
    )


def _read_told_value(number: int, told: Mapping[str, Any], labels: Mapping[str, str]) -> Line:
    """One told value; what has a `#` in its name, and indices of choices, are no parameters."""
    found = {label: finite_number(name, told.get(name)) for name, label in labels.items()}
    config = {
        name: value
        for name, value in told.items()
        if "#" not in name and not name.endswith(".indices")
    }
    return Line(
        number=number,
        values={name: value for name, value in found.items() if value is not None},
        test={},
        cost=None,
        fidelity=None,
        config=plain_values(config),
        failure="",
    )
