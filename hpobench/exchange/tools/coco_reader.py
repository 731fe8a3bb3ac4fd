"""Read the folders of COCO's observer (2.x): `.info` files, and the data that they name."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from hpobench.errors import FileError, one_line
from hpobench.exchange.foreign import Line
from hpobench.exchange.functions import function_task
from hpobench.exchange.tools.runs import ToolRun, logged_evaluation, read_text_file
from hpobench.task import Objective

PATTERN = "*.info"
MEASURED, COORDINATES = 3, 5
"""The columns of the measured fitness, and from which on those of the point."""

_FIELD = re.compile(r"(\w+) = ('[^']*'|[^,]*)")
_RUN = re.compile(r"(\d+):(\d+)\|")


def read_coco(path: Path) -> Iterator[ToolRun]:
    """The runs below a folder, in the order of paths, and within a file as they stand there.

    COCO leaves out most evaluations that improved nothing.

    Raises:
        FileError: There is none, or a file of one is missing or damaged.
    """
    found = sorted(path.rglob(PATTERN)) if path.is_dir() else [path]
    if not found:
        raise FileError(path, f"holds no run of COCO: there is no {PATTERN} in it")
    for info in found:
        yield from _runs(info)


def _runs(info: Path) -> Iterator[ToolRun]:
    """The runs of one file: three lines for each dimension, of which the second is a comment."""
    fields: dict[str, str] = {}
    for number, text in enumerate(read_text_file(info).splitlines(), start=1):
        line = text.strip()
        if " = " in line:
            fields = {name: value.strip("'") for name, value in _FIELD.findall(line)}
        elif line and not line.startswith("%"):
            yield from _runs_of_dimension(info, fields, line, number)


def _runs_of_dimension(
    info: Path, fields: Mapping[str, str], text: str, line: int
) -> Iterator[ToolRun]:
    """The runs that one line lists, each as INSTANCE:EVALUATIONS|PRECISION.

    Raises:
        FileError: It lists none, or others than the data have.
    """
    data, _, rest = text.partition(", ")
    told = _RUN.findall(rest)
    try:
        function, dimension = int(fields["funcId"]), int(fields["DIM"])
    except (KeyError, ValueError) as error:
        message = f"no line before it names funcId and DIM ({one_line(error)})"
        raise FileError(info, message, line=line) from None
    if not told or "\0" in data:
        raise FileError(info, "is neither a description nor data with runs", line=line)
    blocks = _blocks(info, info.parent / data.replace("\\", "/"), line=line)
    if len(blocks) != len(told):
        message = f"names {len(told)} runs, {data} holds {len(blocks)}"
        raise FileError(info, message, line=line)
    suite = fields.get("suite") or "coco"
    for (instance, _), trials in zip(told, blocks, strict=True):
        yield ToolRun(
            path=info,
            optimizer=fields.get("algId", fields.get("algorithm", "")),
            task=function_task(suite, function, f"f{function}", dimension, int(instance)),
            objectives=[Objective(name="value")],
            trials=trials,
            gaps=True,
        )


def _blocks(info: Path, data: Path, *, line: int) -> list[list[Line]]:
    """The evaluations of each run, by targets and by time together.

    Raises:
        FileError: The data lie elsewhere, are missing or damaged.
    """
    if not data.resolve().is_relative_to(info.parent.resolve()):
        raise FileError(info, f"names data elsewhere: {str(data)[:200]}", line=line)
    found = _evaluations(data)
    other = data.with_suffix(".tdat")
    if other.is_file():
        later = _evaluations(other)
        if len(later) != len(found):
            raise FileError(other, f"holds {len(later)} runs, {data.name} {len(found)}")
        found = [{**one, **two} for one, two in zip(found, later, strict=True)]
    return [[run[number] for number in sorted(run)] for run in found]


def _evaluations(path: Path) -> list[dict[int, Line]]:
    """Run by run the evaluations by their numbers; a comment stands before those of each."""
    runs: list[dict[int, Line]] = []
    for number, text in enumerate(read_text_file(path).splitlines(), start=1):
        if text.startswith("%"):
            runs.append({})
        elif text.strip():
            try:
                found = _line(text.split())
                runs[-1][found.number] = found
            except (ValueError, IndexError) as error:
                raise FileError(path, f"is no evaluation: {one_line(error)}", line=number) from None
    return runs


def _line(cells: list[str]) -> Line:
    """One line as an evaluation."""
    number, value = int(cells[0]), float(cells[MEASURED])
    config = {f"x{i}": float(cell) for i, cell in enumerate(cells[COORDINATES:])}
    return logged_evaluation(number, value, config)
