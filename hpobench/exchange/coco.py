"""Write runs on BBOB functions in the format of COCO's observer, which cocopp reads."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa

from hpobench.exchange.functions import Place, bbob, coordinates, folder_names, slug
from hpobench.exchange.output import created
from hpobench.store import configurations
from hpobench.system.text import count

VERSION = "2.8.2"
"""The version of COCO whose files these look like."""
PRECISION = 1e-8
"""The smallest target of the suite."""
_HEADER = (
    "% f evaluations | g evaluations | best noise-free fitness - Fopt ({:.12e}) + sum g_i+ | "
    "measured fitness | best measured fitness or single-digit g-values | x1 | x2...\n"
)


def write_coco(found: pa.Table, path: Path) -> list[str]:
    """Write a folder for each optimizer, with a `.info` file for each function, and its data.

    All evaluations are written, where COCO's own observer leaves some out. A failed trial is an
    evaluation that improved nothing. Runs that are not on BBOB functions have no place.

    Returns:
        What is left out, in words.

    Raises:
        FileError: There is something at `path` already.
    """
    rows = found.to_pylist()
    places = {task: bbob(task) for task in {row["task"] for row in rows}}
    placed = ((places[row["task"]], row) for row in rows)
    fitting = [(place, row) for place, row in placed if place and row["number"]]
    with created(path) as folder:
        folder.mkdir()
        homes = folder_names((row["optimizer"] for _, row in fitting), slug)
        ordered = sorted(fitting, key=_order)
        for (optimizer, function), runs in groupby(ordered, key=lambda run: _order(run)[:2]):
            _write_function(folder / homes[optimizer], function, list(runs))
    left = len(rows) - len(fitting)
    return [f"{count(left, 'run')} without a trial or on other tasks than BBOB's left out"] * bool(
        left
    )


Placed = tuple[Place, Mapping[str, Any]]


def _order(run: Placed) -> tuple[Any, ...]:
    """Runs of one optimizer and function together, those of one dimension within."""
    place, row = run
    keys = (place.function, place.dimension, place.instance, row["task"], row["seed"])
    return (row["optimizer"], *keys)


def _write_function(home: Path, function: int, runs: Sequence[Placed]) -> None:
    """The `.info` file of one optimizer on one function, and the data of each dimension."""
    data = home / f"data_f{function}"
    data.mkdir(parents=True)
    parts = []
    for dimension, group in groupby(runs, key=lambda run: run[0].dimension):
        some = list(group)
        name = f"bbobexp_f{function}_DIM{dimension}"
        text = "".join(map(_data, some))
        for suffix in (".dat", ".tdat"):  # by targets and by time: all evaluations are in both
            (data / f"{name}{suffix}").write_text(text, encoding="ascii")
        ends = ", ".join(map(_end, some))
        head = _info(home.name, function, dimension)
        parts.append(f"{head}\n% \ndata_f{function}/{name}.dat, {ends}")
    info = home / f"bbobexp_f{function}.info"
    info.write_text("\n".join(parts) + "\n", encoding="utf-8")


def _info(algorithm: str, function: int, dimension: int) -> str:
    """The line that describes the runs of one dimension."""
    return (
        f"suite = 'bbob', funcId = {function}, DIM = {dimension}, Precision = {PRECISION:.3e}, "
        f"algId = '{algorithm}', "
        f"coco_version = '{VERSION}', logger = 'bbob', data_format = 'bbob-new2'"
    )


def _end(run: Placed) -> str:
    """Instance, number of evaluations, and the precision that was reached."""
    place, row = run
    best = min(_values(row))
    return f"{place.instance}:{len(row['number'])}|{best - place.optimum:.1e}"


def _data(run: Placed) -> str:
    """All evaluations of a run."""
    place, row = run
    return "".join((_HEADER.format(place.optimum), *_lines(place, row)))


def _lines(place: Place, row: Mapping[str, Any]) -> Iterator[str]:
    """One line for each evaluation."""
    best = math.inf
    points = map(coordinates, configurations(row))
    for number, (value, point) in enumerate(zip(_values(row), points, strict=True), start=1):
        best = min(best, value)
        numbers = (best - place.optimum, value, best, *point)
        yield f"{number} 0 {' '.join(f'{number:+.16e}' for number in numbers)}\n"


def _values(row: Mapping[str, Any]) -> list[float]:
    """The values; of a failed trial the worst there is."""
    found = row["values"] or [math.nan] * len(row["number"])
    return [math.inf if math.isnan(value) else value for value in found]
