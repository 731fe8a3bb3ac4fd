"""Read the folders of IOHprofiler: a JSON file for each function, and the data beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from hpobench.errors import FileError, one_line
from hpobench.exchange.foreign import Line
from hpobench.exchange.functions import bbob, function_task
from hpobench.exchange.tools.runs import ToolRun, logged_evaluation, read_json, read_text_file
from hpobench.task import Objective

PATTERN = "IOHprofiler_*.json"
SEEN = "transformed_y"
"""The column with what the optimizer saw. Where it is missing there is `raw_y`, from which
IOHexperimenter takes a BBOB function's optimum off."""

_MISTAKES = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


def read_ioh(path: Path) -> Iterator[ToolRun]:
    """The runs below a folder, in the order of paths, and within a file as they stand there.

    Raises:
        FileError: There is none, or a file of one is missing or damaged.
    """
    found = sorted(path.rglob(PATTERN)) if path.is_dir() else [path]
    if not found:
        raise FileError(path, f"holds no run of IOHprofiler: there is no {PATTERN} in it")
    for place in found:
        told = read_json(place)
        try:
            for scenario in told["scenarios"]:
                yield from _runs(place, told, scenario)
        except _MISTAKES as error:
            reason = f"{type(error).__name__}: {one_line(error)}"
            raise FileError(place, f"is none that IOHprofiler writes ({reason})") from None


def _runs(place: Path, told: Mapping[str, Any], scenario: Mapping[str, Any]) -> Iterator[ToolRun]:
    """The runs of one function in one dimension."""
    data = place.parent / str(scenario["path"])
    if not data.resolve().is_relative_to(place.parent.resolve()):
        raise FileError(place, f"names data elsewhere: {scenario['path']!s:.200}")
    blocks = list(_blocks(data))
    if len(blocks) != len(scenario["runs"]):
        runs = len(scenario["runs"])
        raise FileError(data, f"holds {len(blocks)} runs, {place.name} names {runs}")
    dimension = int(scenario["dimension"])
    for run, (names, trials) in zip(scenario["runs"], blocks, strict=True):
        task = function_task(
            str(told["suite"]),
            int(told["function_id"]),
            str(told["function_name"]),
            dimension,
            int(run["instance"]),
        )
        yield ToolRun(
            path=data,
            optimizer=str(told["algorithm"]["name"]),
            task=task,
            objectives=[Objective(name="value", maximize=bool(told["maximization"]))],
            trials=trials if SEEN in names else _shifted(trials, task),
            gaps=True,
        )


def _shifted(trials: Sequence[Line], task: str) -> list[Line]:
    """The trials with the optimum of a BBOB function on their values, for others as they are."""
    place = bbob(task)
    optimum = place.optimum if place else 0.0
    return [replace(t, values={n: x + optimum for n, x in t.values.items()}) for t in trials]


def _blocks(path: Path) -> Iterator[tuple[list[str], list[Line]]]:
    """The columns and the evaluations of each run; a header stands before those of each."""
    lines = list(enumerate(read_text_file(path).splitlines(), start=1))
    heads = [i for i, (_, text) in enumerate(lines) if text.startswith("evaluations")]
    if lines and heads[:1] != [0]:
        raise FileError(path, "does not begin with the names of columns", line=1)
    for begin, end in pairwise([*heads, len(lines)]):
        names = lines[begin][1].split()
        trials: list[Line] = []
        for number, text in lines[begin + 1 : end]:
            try:
                trials.append(_line(dict(zip(names, text.split(), strict=True))))
            except _MISTAKES as error:
                raise FileError(path, f"is no evaluation: {one_line(error)}", line=number) from None
            if len(trials) > 1 and trials[-1].number <= trials[-2].number:
                raise FileError(path, "is not after the evaluation before it", line=number)
        yield names, trials


def _line(cells: Mapping[str, str]) -> Line:
    """One line as an evaluation.

    Raises:
        KeyError: A column is missing.
        ValueError: A cell is no number.
    """
    number, value = int(cells["evaluations"]), float(cells[SEEN if SEEN in cells else "raw_y"])
    config = {n: float(x) for n, x in cells.items() if n[:1] == "x" and n[1:].isdecimal()}
    return logged_evaluation(number, value, config)
