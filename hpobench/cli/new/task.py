"""`hpobench new task`: write a task's YAML from a table."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import category

import click

from hpobench.catalogue import Catalogue
from hpobench.catalogue.derived import usual_budget
from hpobench.cli.new.function import write_from_function
from hpobench.errors import FileError, UserError, legible
from hpobench.fetch.checksums import checksum
from hpobench.system.text import count

if TYPE_CHECKING:
    from hpobench.benchmarks.recorded.guess import Guess
    from hpobench.benchmarks.recorded.source import FileTable

_EXAMPLES = """
\b
Examples:
  hpobench new task --table mine/results.csv --out mine
  hpobench new task --table results.npz --array cifar10 --out mine
  hpobench new task --table ergebnis.csv --encoding latin-1 --out mine
  hpobench new task --function mine/curve.py:fit --out mine
"""

_PLAIN = re.compile(r"[A-Za-z_][\w.-]*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off"}

LONGEST = 1000
"""Characters of a name; YAML's keys may have 1,024."""
SHOWN = 60
"""So many characters of a name or a value are shown."""


@click.command("task", epilog=_EXAMPLES)
@click.option(
    "--table",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Recorded results: CSV, Parquet or NPZ.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="DIR",
    help="Catalogue folder; the task goes to DIR/tasks/.  [default: the current folder]",
)
@click.option("--array", default="", metavar="NAME", help="Which array of an NPZ file.")
@click.option("--encoding", default="", metavar="NAME", help="Of a text that is not UTF-8.")
@click.option("--delimiter", default="", metavar="CHARACTER", help="Of a text, if not found out.")
@click.option(
    "--function",
    metavar="FILE.py:NAME",
    help="Instead of a table: a function of hyperparameters, or an Optuna objective(trial).",
)
def task(table: Path | None, out: Path, function: str | None, **said: str) -> int:
    """Write a task's YAML from the header and the values of a table, or from a function.

    Names and values are looked at to guess hyperparameters, objectives, fidelity, seeds and
    cost; exports of Optuna, scikit-learn, Ray Tune, Weights & Biases, DeepHyper, SMAC, Syne Tune
    and MLflow are known. What is guessed is marked in the file and is for you to check; each
    column that is not used is named.
    """
    if function:
        target, name = write_from_function(function, out)
    elif table is None:
        raise UserError("from what? name a table with --table, or a function with --function")
    else:
        target, name = write_from_table(table, out, said)
    click.echo(f"{target}: check the lines marked '# check'")
    return _try(out, name)


def write_from_table(table: Path, out: Path, said: Mapping[str, str]) -> tuple[Path, str]:
    """Write the YAML of a table's task, and say which columns are left out.

    Args:
        table: The file.
        out: The catalogue folder.
        said: `array`, `encoding` and `delimiter` of the file, empty where they were not named.

    Returns:
        The file that was written, and the task's name.

    Raises:
        UserError: It is no table from which a task can be made, or the task exists.
    """
    from hpobench.benchmarks.recorded import source
    from hpobench.benchmarks.recorded.guess import guess

    if not table.is_file():
        raise FileError(table, "is no file")
    name = re.sub(r"[^\w.-]+", "-", table.name.split(".")[0])
    target = out / "tasks" / f"{name}.yaml"
    if target.exists():
        raise FileError(target, "exists already: remove it first")
    delimiter = {"\\t": "\t", "tab": "\t"}.get(said["delimiter"], said["delimiter"])
    if len(delimiter) > 1:
        raise UserError(f"--delimiter is one character, not {delimiter!r}")
    said = {**said, "delimiter": delimiter}
    rows = source.read_table(table, **said)
    guessed = guess(rows)
    _refuse_useless(rows, guessed)
    _refuse_unwritable(rows, guessed)
    params = {"file": _file(table, out), **{n: v for n, v in said.items() if v}, **guessed.params}
    target.parent.mkdir(parents=True, exist_ok=True)
    lines = _lines(name, table, replace(guessed, params=params))
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for column, reason in guessed.left_out.items():
        click.echo(f"left out {legible(column)!r}: {legible(reason)}")
    return target, name


def _refuse_useless(table: "FileTable", guessed: "Guess") -> None:
    """Refuse a table from which no task can be made, with the reason.

    Raises:
        FileError: It has no hyperparameter or no objective.
    """
    columns = list(table.columns)
    if len(columns) == 1:
        raise table.error(
            f"has one column, {columns[0]!r}, and no other that could be a hyperparameter: "
            "name the delimiter with --delimiter"
        )
    noun = "hyperparameter" if guessed.params["objectives"] else "objective"
    if not guessed.params["hyperparameters"] or not guessed.params["objectives"]:
        reasons = "; ".join(f"{name!r}: {why}" for name, why in guessed.left_out.items())
        if guessed.tool and guessed.params["objectives"]:
            reasons = f"are these rows of one trial? Join the tables of several; {reasons}"
        raise table.error(
            f"has no column that could be a{'n' * (noun[0] == 'o')} {noun} ({reasons})"
        )


def _refuse_unwritable(table: "FileTable", guessed: "Guess") -> None:
    """Refuse what no YAML file can say, before one is written.

    Raises:
        FileError: The name of a column is too long, or it or a value holds a control character.
    """
    for name in (name for name in table.columns if name not in guessed.left_out):
        if not name.isprintable():
            raise table.error(f"the name of column '{legible(name)[:SHOWN]}' is not printable")
        if len(_text(name)) > LONGEST:
            raise table.error(
                f"column {name[:SHOWN]!r}... has a name of {count(len(name), 'character')}: at "
                f"most {LONGEST} are a name"
            )
        for number, value in zip(table.numbers, table.columns[name], strict=True):
            if isinstance(value, str) and any(map(_is_control, value)):
                raise table.error(
                    f"column {name!r} holds a control character in row {number}: "
                    f"'{legible(value)[:SHOWN]}'"
                )


def _is_control(char: str) -> bool:
    """Whether a character is none that a YAML file of a catalogue may hold."""
    return category(char) == "Cc" and char not in "\t\n"


def _try(out: Path, name: str) -> int:
    """Build the task, and say what is to be done next."""
    from hpobench.cli.shared.options import open_catalogue
    from hpobench.execution.construction import build, pose

    try:
        catalogue: Catalogue = open_catalogue([out])
        task = catalogue.task(f"{name}/{name}")
        pose(task, build(task))
    except UserError as error:
        click.echo(f"mend this first: {error}")
        return 1
    click.echo(f"then: hpobench show {task.id} --catalogue {out}")
    click.echo(f"      hpobench run -o random -t {task.id} --catalogue {out}")
    return 0


def _file(table: Path, out: Path) -> str:
    """The table as the task names it: relative within the catalogue folder, else absolute."""
    path, folder = table.resolve(), out.resolve()
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _lines(name: str, table: Path, guessed: "Guess") -> Iterator[str]:
    """The YAML, line by line."""
    from hpobench.benchmarks.recorded.guess_space import guessed_features

    params = guessed.params
    spaces = params["hyperparameters"]
    origin = f", an export of {guessed.tool}" if guessed.tool else ""
    yield f"# Guessed from {table.name}{origin}; every line marked '# check' may be wrong."
    for column, reason in guessed.left_out.items():
        yield f"# Left out {legible(column)!r}: {legible(reason)}."
    yield "benchmark: hpobench.benchmarks.recorded:Recorded"
    yield f'description: "{name}, recorded"  # check: one line for people'
    yield 'source: "a table of mine"  # check: paper or publisher'
    yield "licence: unknown  # check"
    yield "tasks:"
    yield f"  - id: {_text(name)}"
    yield f"    dimension: {len(spaces)}"
    yield f"    types: [{', '.join(guessed_features(spaces))}]"
    yield f"    objectives: {_flow(list(params['objectives']))}  # check: those that count"
    if "fidelity" in params:
        yield f"    fidelity: {_text(params['fidelity']['column'])}  # check"
    trials = usual_budget(len(spaces)).amount
    yield f"    budget: {{trials: {trials}}}  # as without this line, ceil(20 + 40 sqrt(dimension))"
    yield "    params:"
    yield f"      file: {_text(params['file'])}"
    yield f"      sha256: {checksum(table)}"
    yield from _fields(params)


def _fields(params: Mapping[str, Any]) -> Iterator[str]:
    """What is said of the columns."""
    for field, value in params.items():
        if field == "file":
            continue
        if field not in {"hyperparameters", "objectives"}:
            yield f"      {field}: {_flow(value)}{_remark(field, value)}"
            continue
        yield f"      {field}:"
        yield from (f"        {_text(n)}: {_flow(v)}  # check" for n, v in value.items())


def _remark(field: str, value: Any) -> str:
    """What a reader should know of a field."""
    remarks = {
        "exact": "  # the whole grid is recorded",
        "nearest": "  # not the whole grid is recorded: the nearest configuration answers",
    }
    return (
        "" if field in {"array", "encoding", "delimiter"} else remarks.get(str(value), "  # check")
    )


def _flow(value: Any) -> str:
    """A value in one line."""
    match value:
        case dict():
            inner = ", ".join(f"{_text(key)}: {_flow(item)}" for key, item in value.items())
            return f"{{{inner}}}"
        case list():
            return f"[{', '.join(map(_flow, value))}]"
        case str():
            return _text(value)
        case float() if not math.isfinite(value):
            return ".inf" if value > 0 else "-.inf"
        case _:
            return json.dumps(value)


def _text(text: str) -> str:
    """A text, in quotes where it could be taken for something else."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)
