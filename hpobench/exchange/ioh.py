"""Write runs in the format of IOHprofiler, which iohinspector and IOHanalyzer read."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa

from hpobench.exchange.functions import Place, bbob, coordinates, folder_names, place, slug
from hpobench.exchange.output import created
from hpobench.store import configurations
from hpobench.store.rows import without_notes
from hpobench.system.text import count
from hpobench.task import Kind

VERSION = "0.3.22"
"""The version of IOHexperimenter whose files these look like."""
ATTRIBUTES = ("evaluations", "raw_y", "transformed_y")
"""Columns of the data, by IOHexperimenter's names. It takes a BBOB function's optimum off its raw
value, which targets refer to; the transformed value is the one the optimizer saw."""


def write_ioh(found: pa.Table, path: Path) -> list[str]:
    """Write a folder for each optimizer; below it a JSON for each function, and its data.

    Every trial is an evaluation. Runs with several objectives or a fidelity have no place in
    the format; a failed trial is an evaluation that found an infinite value.

    Returns:
        What is left out, in words.

    Raises:
        FileError: There is something at `path` already.
    """
    rows = [row | {"info": json.loads(row["task_info"])} for row in found.to_pylist()]
    fitting = [row for row in rows if row["info"]["kind"] == Kind.BLACKBOX and row["number"]]
    with created(path) as folder:
        folder.mkdir()
        places = _places(fitting)
        homes = folder_names((row["optimizer"] for row in fitting), slug)
        ordered = sorted(fitting, key=lambda row: _order(row, places[row["task"]]))
        for _, group in groupby(ordered, key=lambda row: _order(row, places[row["task"]])[:3]):
            runs = list(group)
            _write_function(folder / homes[runs[0]["optimizer"]], runs, places)
    left = len(rows) - len(fitting)
    return [
        f"{count(left, 'run')} with several objectives, a fidelity or no trial left out"
    ] * bool(left)


def _places(rows: Sequence[Mapping[str, Any]]) -> dict[str, Place]:
    """By task where it belongs; what is no BBOB function is numbered in the order of names."""
    dimensions = {row["task"]: row["info"]["dimension"] for row in rows}
    return {
        task: bbob(task) or place(task, number, dimensions[task])
        for number, task in enumerate(sorted(dimensions), start=1)
    }


def _order(row: Mapping[str, Any], place: Place) -> tuple[Any, ...]:
    """Runs of one optimizer and function together, those of one dimension within."""
    by_function = (row["optimizer"], place.suite, place.function, place.dimension)
    return (*by_function, place.instance, row["task"], row["seed"])


def _write_function(
    folder: Path, rows: Sequence[Mapping[str, Any]], places: Mapping[str, Place]
) -> None:
    """The JSON of one optimizer on one function, and a data file for each dimension."""
    first = places[rows[0]["task"]]
    home = folder / first.suite
    data = home / f"data_f{first.function}_{first.name}"
    data.mkdir(parents=True)
    scenarios = []
    for dimension, group in groupby(rows, key=lambda row: places[row["task"]].dimension):
        runs = list(group)
        file = data / f"IOHprofiler_f{first.function}_DIM{dimension}.dat"
        text = "".join(_data(row, places[row["task"]].optimum) for row in runs)
        file.write_text(text, encoding="ascii")
        described = [_run(row, places[row["task"]]) for row in runs]
        relative = str(file.relative_to(home))
        scenarios.append({"dimension": dimension, "path": relative, "runs": described})
    description = {
        "version": VERSION,
        "suite": first.suite,
        "function_id": first.function,
        "function_name": first.name,
        "maximization": _sign(rows[0]) < 0,
        "algorithm": {"name": rows[0]["optimizer"], "info": without_notes(rows[0]["variant_info"])},
        "attributes": ATTRIBUTES,
        "scenarios": scenarios,
    }
    text = json.dumps(description, indent=1)
    name = f"IOHprofiler_f{first.function}_{first.name}.json"
    (home / name).write_text(text, encoding="utf-8")


def _data(row: Mapping[str, Any], optimum: float) -> str:
    """All evaluations of a run."""
    values = enumerate(_values(row), start=1)
    lines = (f"{i} {value - optimum!r} {value!r}" for i, value in values)
    return "\n".join((" ".join(ATTRIBUTES), *lines, ""))


def _run(row: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """What the JSON says of a run."""
    values, sign = list(_values(row)), _sign(row)
    best = min(range(len(values)), key=lambda i: sign * values[i])
    point = coordinates(configurations(row)[best])
    return {
        "instance": place.instance,
        "evals": len(values),
        "best": {"evals": best + 1, "y": values[best] - place.optimum, "x": point},
    }


def _values(row: Mapping[str, Any]) -> Iterator[float]:
    """The values as people read them; of a failed trial the worst there is."""
    sign = _sign(row)
    found = row["values"] or [math.nan] * len(row["number"])
    return (sign * (math.inf if math.isnan(value) else value) for value in found)


def _sign(row: Mapping[str, Any]) -> float:
    """What turns a value to be minimised back into the objective's own."""
    return -1.0 if row["info"]["objectives"][0]["maximize"] else 1.0
