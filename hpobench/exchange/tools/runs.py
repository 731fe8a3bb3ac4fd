"""Runs as the files of tuning tools tell them, named and numbered so that they can be compared."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hpobench.errors import FileError, UserError, one_line
from hpobench.exchange.cells import LONGEST_NAME, checked_name
from hpobench.exchange.foreign import LARGEST_SEED, Key, Line, rows_of_task
from hpobench.system.text import count
from hpobench.task import Fidelity, Objective

SHOWN = 3
"""So many names are given as examples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What the user says of files that do not say it themselves.

    Attributes:
        optimizer: Name for all runs, or empty for what the files say.
        task: Name for all runs, or empty for what the files say.
        seed: The first run's, those after it count up; None for what the files say, else 0.
        objectives: Metrics that count, where a file has others too; empty for what it says.
        maximize: Those of them that are better when larger, where a file does not say it.
    """

    optimizer: str = ""
    task: str = ""
    seed: int | None = None
    objectives: tuple[str, ...] = ()
    maximize: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRun:
    """What a tool's files tell of one run.

    Attributes:
        path: The file, for errors.
        optimizer: What they say, or empty.
        task: What they say, or empty.
        study: A name that may as well be one of the run, for want of a task's.
        seed: What they say, or None.
        objectives: In the order of the values.
        trials: In the order of their numbers; values in the tool's own direction.
        space: As ConfigSpace writes it, where it is known.
        fidelity: Its range, if the files say it; else what occurs.
        left_out: How many trials are not among them, by the reason.
        gaps: Whether trials that improved nothing may be left out.
    """

    path: Path
    optimizer: str = ""
    task: str = ""
    study: str = ""
    seed: int | None = None
    objectives: Sequence[Objective]
    trials: Sequence[Line]
    space: Mapping[str, Any] | None = None
    fidelity: Fidelity | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    gaps: bool = False


def rows_of_tool(
    origin: str, runs: Iterable[ToolRun], naming: Naming, notes: list[str]
) -> Iterator[dict[str, Any]]:
    """The rows of the store that a tool's runs make.

    Args:
        origin: The format, for the definition.
        runs: As its reader finds them.
        naming: What the user says.
        notes: What a reader of the result should know is added here.

    Raises:
        FileError: A name is missing, two runs have one seed, or the runs of a task differ in
            objectives.
    """
    read = list(runs)
    kept = [run for run in read if run.trials]
    notes += _notes(read)
    named = _named(kept, naming)
    for task in dict.fromkeys(task for _, task, _ in named):
        group = {key: run for key, run in named.items() if key[1] == task}
        first = next(iter(group.values()))
        for run in group.values():
            if (list(run.objectives), run.fidelity) != (list(first.objectives), first.fidelity):
                message = f"task {task!r:.80} has other objectives or fidelities in {first.path}"
                raise FileError(run.path, message)
        try:
            yield from rows_of_task(
                origin,
                {
                    key: [_minimised(trial, run) for trial in run.trials]
                    for key, run in group.items()
                },
                first.objectives,
                space=merged_space([run.space for run in group.values() if run.space]),
                fidelity=first.fidelity,
                gaps=any(run.gaps for run in group.values()),
            )
        except (UserError, TypeError, ValueError, OverflowError) as error:
            raise FileError(first.path, f"task {task!r:.80}: {one_line(error)}") from None


def read_json(path: Path) -> Any:
    """What a file of JSON holds; NaN and Infinity are read as such.

    Raises:
        FileError: It is missing or no JSON; the line is named.
    """
    text = read_text_file(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise FileError(path, f"is no JSON: {error.msg}", line=error.lineno) from None
    except (ValueError, RecursionError) as error:
        raise FileError(path, f"is no JSON: {one_line(error)}") from None


def read_json_lines(path: Path, notes: list[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file with one JSON object a line, each with its line from 1.

    A last line that was not written to its end is named in the notes and left out.

    Raises:
        FileError: Another line is no JSON object.
    """
    lines = read_text_file(path).split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            if number == len(lines):  # no newline behind it
                notes.append(f"{path}:{number}: the last line is torn and left out")
                return
            raise FileError(path, "is no JSON", line=number) from None
        if not isinstance(found, dict):
            raise FileError(path, "is no JSON object", line=number)
        yield number, found


def read_text_file(path: Path) -> str:
    """The text of a file in UTF-8.

    Raises:
        FileError: It is missing, a folder, cannot be read, or is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(path, f"is not UTF-8 text at byte {error.start}") from None
    except OSError as error:
        raise FileError(path, f"cannot be read: {error.strerror or one_line(error)}") from None


def plain_values(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration's values as the store holds them: what is not plain becomes its JSON."""
    return {
        str(name): value if isinstance(value, bool | int | float | str) else json.dumps(value)
        for name, value in config.items()
    }


def finite_number(what: str, value: Any) -> float | None:
    """A number, None where it is absent, infinite or not a number.

    Raises:
        TypeError: It is something else.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{what} is {str(value)[:60]!r}, not a number")
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def merged_space(spaces: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The space with all hyperparameters that occur, None if there is none."""
    if not spaces:
        return None
    parameters = {hp["name"]: hp for space in reversed(spaces) for hp in space["hyperparameters"]}
    order = dict.fromkeys(hp["name"] for space in spaces for hp in space["hyperparameters"])
    return {**spaces[0], "hyperparameters": [parameters[name] for name in order]}


def _notes(runs: Sequence[ToolRun]) -> Iterator[str]:
    """What was left out, and what counts as failed, in words."""
    left: Counter[str] = Counter()
    for run in runs:
        left.update(run.left_out)
    for reason, number in left.items():
        yield f"{count(number, 'trial')} left out: {reason}"
    failed = [trial.failure for run in runs for trial in run.trials if trial.failure]
    if failed:
        examples = "; ".join(dict.fromkeys(failed[:SHOWN]))
        yield f"{count(len(failed), 'trial')} without a value: {examples[:200]}"


def _named(runs: Sequence[ToolRun], naming: Naming) -> dict[Key, ToolRun]:
    """The runs by optimizer, task and seed.

    Raises:
        FileError: A name is missing, or two runs have one seed.
    """
    tasks = sorted({run.task for run in runs})
    if naming.task and len(tasks) > 1:
        some = ", ".join(tasks[:SHOWN])
        raise FileError(runs[0].path, f"--task names one task, there are {len(tasks)}: {some}")
    named: dict[Key, ToolRun] = {}
    for run in runs:
        optimizer = _name(run, "optimizer", naming.optimizer or run.optimizer)
        task = _name(run, "task", naming.task or run.task or run.study)
        seed = _seed(run, naming, sum(key[:2] == (optimizer, task) for key in named))
        if (optimizer, task, seed) in named:
            raise FileError(
                run.path,
                f"seed {seed} of {optimizer!r:.80} on {task!r:.80} stands twice; "
                "--seed N numbers the runs from N",
            )
        named[optimizer, task, seed] = run
    return named


def _name(run: ToolRun, what: str, name: str) -> str:
    """A name that can be shown.

    Raises:
        FileError: There is none, or it is of no use.
    """
    if not name:
        raise FileError(run.path, f"does not name the {what}: give it with --{what} NAME")
    if len(name) > LONGEST_NAME:
        raise FileError(run.path, f"the {what} has more than {LONGEST_NAME:,} characters")
    try:
        return checked_name(what, name)
    except ValueError as error:
        raise FileError(run.path, str(error)) from None


def _seed(run: ToolRun, naming: Naming, earlier: int) -> int:
    """The seed of a run that has some before it of the same optimizer and task."""
    told = run.seed if naming.seed is None else None
    seed = (naming.seed or 0) + earlier if told is None else told
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= LARGEST_SEED:
        raise FileError(run.path, f"the seed {str(seed)[:60]} is not in 0 to {LARGEST_SEED}")
    return seed


def _minimised(trial: Line, run: ToolRun) -> Line:
    """The trial with values to be minimised."""
    if not any(objective.maximize for objective in run.objectives):
        return trial
    signs = {o.name: -1.0 if o.maximize else 1.0 for o in run.objectives}
    return replace(
        trial,
        values={name: signs[name] * value for name, value in trial.values.items()},
        test={name: signs[name] * value for name, value in trial.test.items()},
    )


def logged_evaluation(number: int, value: float, config: Mapping[str, float]) -> Line:
    """What a logger of one objective tells of an evaluation.

    Args:
        number: Which evaluation of the run it is, from 1.
        value: Its value; one that is not finite counts as a failed trial's.
        config: Coordinates by name.

    Raises:
        ValueError: The number is below 1.
    """
    if number < 1:
        raise ValueError(f"its number is {number}")
    return Line(
        number=number - 1,
        values={"value": value} if math.isfinite(value) else {},
        test={},
        cost=None,
        fidelity=None,
        config=config,
        failure="",
    )
