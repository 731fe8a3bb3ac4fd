"""Runs with nothing but what their analysis needs, to be published and shipped."""

import json
import math
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from hpobench.store.columns import LISTS, StoreColumn, Thinned
from hpobench.store.rows import violations_of
from hpobench.task import Fidelity

if TYPE_CHECKING:
    import pyarrow as pa

PIECE = 2_000
"""So many runs are held in memory as plain data."""


def thinned(found: "pa.Table") -> "pa.Table":
    """The same runs, each with the trials that improved on all before them, and its last one.

    These are the trials at the highest fidelity that succeeded, and that no earlier such trial of
    the run equals or betters in every objective; with constraints the feasible ones among them,
    and before the first those that violate less than all earlier ones. The number of each says how
    many there were before it, and so all scores and curves are those of the whole run.
    Configurations, which no score needs, are left out, and so is what went on from what. Runs
    whose trials ran side by side keep all trials, which do not finish in the order of their
    numbers.

    Args:
        found: Runs with all columns.
    """
    import pyarrow as pa

    from hpobench.store.tables import SCHEMA

    pieces = [found.slice(start, PIECE).to_pylist() for start in range(0, len(found), PIECE)]
    tables = [pa.Table.from_pylist(list(map(thin, piece)), schema=SCHEMA) for piece in pieces]
    return pa.concat_tables(tables) if tables else found


def is_thin(row: Mapping[str, Any]) -> bool:
    """Whether a run is stored so: its trials have no configurations."""
    return bool(row["number"]) and row["configs"] == "{}"


def thin(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """One run, see `thinned`."""
    count = len(row["number"])
    if not count:
        return row
    kept = _kept(row, json.loads(row["task_info"]), count)
    failures = json.loads(row["failures"])
    left = {str(i): failures[str(old)] for i, old in enumerate(kept) if str(old) in failures}
    numbers = {name: _thinned(column, row.get(name), kept, count) for name, column in LISTS.items()}
    return {**row, **numbers, "failures": json.dumps(left), "configs": "{}"}


def _kept(row: Mapping[str, Any], info: Mapping[str, Any], count: int) -> Sequence[int]:
    """The trials that are kept of at least one."""
    if info["workers"] > 1:
        return range(count)
    return sorted({*_improvements(row, info, count), count - 1})


def _thinned(
    column: StoreColumn, numbers: Sequence[float] | None, kept: Sequence[int], count: int
) -> Sequence[float] | None:
    """What is left of a column's numbers when only some of its trials are kept."""
    if numbers is None or column.thinned is Thinned.EMPTIED:
        return None
    if column.thinned is Thinned.SUMMED:
        return _sums(numbers, kept)
    return _parts(numbers, kept, count)


def _improvements(row: Mapping[str, Any], info: Mapping[str, Any], count: int) -> list[int]:
    """The trials that no earlier one equals or betters."""
    width = len(row["values"]) // count
    full = Fidelity(**info["fidelity"]).full_from if info["fidelity"] else -math.inf
    fidelities = row["fidelity"] or [math.inf] * count
    violations, least = violations_of(row), math.inf
    best: list[Sequence[float]] = []
    kept = []
    for i in range(count):
        if fidelities[i] < full:
            continue
        if violations[i]:
            if violations[i] < least and not best:
                least = violations[i]
                kept.append(i)
            continue
        values = row["values"][i * width : (i + 1) * width]
        usable = width and all(map(math.isfinite, values))
        if usable and not any(_covers(other, values) for other in best):
            best = [other for other in best if not _covers(values, other)] + [values]
            kept.append(i)
    return kept


def _covers(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether it is at least as good in every objective."""
    return all(a <= b for a, b in zip(one, other, strict=True))


def _parts(numbers: Sequence[float], kept: Sequence[int], count: int) -> list[float]:
    """The numbers of some trials, from a column with one, several or none for each trial."""
    width = len(numbers) // count
    return [x for i in kept for x in numbers[i * width : (i + 1) * width]]


def _sums(numbers: Sequence[float], kept: Sequence[int]) -> list[float]:
    """What was added up since the trial kept before."""
    totals = [0.0, *accumulate(numbers)]
    return [totals[b + 1] - totals[a + 1] for a, b in pairwise([-1, *kept])]
