"""`hpobench new task`: write a task's YAML from a table."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from hpobench.catalogue import Catalogue
from hpobench.cli import new_function
from hpobench.errors import FileError, UserError
from hpobench.fetch.checksums import checksum

_EXAMPLES = """
\b
Examples:
  hpobench new task --table mine/results.csv --out mine
  hpobench new task --table results.npz --array cifar10 --out mine
  hpobench new task --function mine/curve.py:fit --out mine
"""

_PLAIN = re.compile(r"[A-Za-z_][\w.-]*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off"}

BUDGET = "20 + 40 * sqrt(hyperparameters), the usual number of trials"


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
@click.option(
    "--function",
    metavar="FILE.py:NAME",
    help="Instead of a table: a function of hyperparameters, or an Optuna objective(trial).",
)
def task(table: Path | None, out: Path, array: str, function: str | None) -> int:
    """Write a task's YAML from the header and the values of a table, or from a function.

    Names and values are looked at to guess hyperparameters, objectives, fidelity, seeds and
    cost. What is guessed is marked in the file and is for you to check.
    """
    from hpobench.benchmarks.recorded import source
    from hpobench.benchmarks.recorded.guess import guess

    if function:
        target, name = new_function.write(function, out)
        click.echo(f"{target}: check the lines marked '# check'")
        return _try(out, name)
    if table is None:
        raise UserError("from what? name a table with --table, or a function with --function")
    if not table.is_file():
        raise FileError(table, "is no file")
    name = re.sub(r"[^\w.-]+", "-", table.name.split(".")[0])
    target = out / "tasks" / f"{name}.yaml"
    if target.exists():
        raise FileError(target, "exists already: remove it first")
    params = guess(source.read(table, array=array))
    if not params["hyperparameters"]:
        raise FileError(table, "has no column that could be a hyperparameter")
    params = {"file": _file(table, out), **({"array": array} if array else {}), **params}
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(_lines(name, table, params)) + "\n", encoding="utf-8")
    click.echo(f"{target}: check the lines marked '# check'")
    return _try(out, name)


def _try(out: Path, name: str) -> int:
    """Build the task, and say what is to be done next."""
    from hpobench.cli.options import open_catalogue
    from hpobench.runner import build, pose

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


def _lines(name: str, table: Path, params: Mapping[str, Any]) -> Iterator[str]:
    """The YAML, line by line."""
    from hpobench.benchmarks.recorded.guess import features

    spaces = params["hyperparameters"]
    yield f"# Guessed from {table.name}; every line marked '# check' may be wrong."
    yield "benchmark: hpobench.benchmarks.recorded:Recorded"
    yield f'description: "{name}, recorded"  # check: one line for people'
    yield 'source: "a table of mine"  # check: paper or publisher'
    yield "licence: unknown  # check"
    yield "tasks:"
    yield f"  - id: {_text(name)}"
    yield f"    dimension: {len(spaces)}"
    yield f"    types: [{', '.join(features(spaces))}]"
    yield f"    objectives: {_flow(list(params['objectives']))}  # check: those that count"
    if "fidelity" in params:
        yield f"    fidelity: {_text(params['fidelity']['column'])}  # check"
    trials = -(-(20 + 40 * len(spaces) ** 0.5) // 1)
    yield f"    budget: {{trials: {trials:.0f}}}  # {BUDGET}"
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
    return "" if field == "array" else remarks.get(str(value), "  # check")


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
        case _:
            return json.dumps(value)


def _text(text: str) -> str:
    """A text, in quotes where it could be taken for something else."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)
