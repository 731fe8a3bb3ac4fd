"""Tell two attempts at one run that differ although nothing but the run decides what comes out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpobench.run import Clock
from hpobench.store.thin import is_thin, thin
from hpobench.task import Overhead, Unit

if TYPE_CHECKING:
    import pyarrow as pa

CLOCKS = ("cost", "start", "end")
"""What a real clock fills where the costs of a task are measured."""
_NUMBERS = ("number", "values", "test", *CLOCKS, "worker", "spent", "parent", "signals")
LATER = ("noiseless",)
"""Columns that are no part of what runs decide: those that were stored before there were these
are equal to those that have them."""
_PIECE = 2_000
"""So many runs are held in memory as plain data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two completed attempts at one run that should be equal and are not.

    Attributes:
        run: Its id.
        optimizer: Its optimizer.
        task: Its task.
        seed: Its seed.
    """

    run: str
    optimizer: str
    task: str
    seed: int

    def __str__(self) -> str:
        """Say it in one line."""
        return (
            f"conflict: {self.optimizer} on {self.task}, seed {self.seed} (run {self.run}) "
            "completed twice with other results; both are kept"
        )


def conflicts(one: "pa.Table", other: "pa.Table") -> list[Conflict]:
    """The runs that two tables, which hold each run once and all columns, disagree about."""
    import pyarrow.compute as pc

    shared = pc.is_in(one.column("run"), other.column("run"))
    ours = one.filter(pc.and_(shared, pc.equal(one.column("status"), "completed")))
    theirs = other.filter(pc.is_in(other.column("run"), ours.column("run")))
    theirs = theirs.filter(pc.equal(theirs.column("status"), "completed"))
    ours = ours.filter(pc.is_in(ours.column("run"), theirs.column("run")))
    pairs = zip(_sorted_rows(ours), _sorted_rows(theirs), strict=True)
    return [
        Conflict(**{name: row[name] for name in ("run", "optimizer", "task", "seed")})
        for row, known in pairs
        if _differ(row, known)
    ]


def irreproducible(info: Mapping[str, Any]) -> str:
    """Why no run of such a task is the same twice, or empty.

    Args:
        info: What a row says of its task.
    """
    if "imported" in info["definition"]:
        return "another tool made it"
    if info.get("clock") == Clock.REAL:
        return "its trials were evaluated side by side, in the order in which they finished"
    if info["overhead"] != Overhead.NONE:
        return "the optimizer's real time was part of it"
    if info["real_time"] and (info["workers"] > 1 or info["budget"]["unit"] == Unit.SECONDS):
        return "its costs were measured, and decided which trials there are and in what order"
    return ""


def _sorted_rows(found: "pa.Table") -> Iterator[dict[str, Any]]:
    """Rows by their id, a few at a time in memory."""
    for batch in found.sort_by("run").to_batches(max_chunksize=_PIECE):
        yield from batch.to_pylist()


def _differ(row: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """Whether two completed attempts at one run have other trials."""
    info = json.loads(row["task_info"])
    if irreproducible(info):
        return False
    if is_thin(row) != is_thin(known):
        row, known = thin(row), thin(known)
    names = (*_NUMBERS, *shared_later(row, known))
    return _trials(row, info, names) != _trials(known, info, names)


def shared_later(row: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of `LATER` that both runs have."""
    return tuple(name for name in LATER if row.get(name) and known.get(name))


def _trials(row: Mapping[str, Any], info: Mapping[str, Any], names: Sequence[str]) -> str:
    """All that the run alone decides, as text: it tells -0.0 from 0.0, and NaN equals NaN."""
    names = [name for name in names if not (info["real_time"] and name in CLOCKS)]
    numbers = {name: [float(number) for number in row.get(name) or ()] for name in names}
    fidelity = [float(number) for number in row["fidelity"] or ()]
    failures = sorted(json.loads(row["failures"]).items())
    return repr((numbers, fidelity, failures, json.loads(row["configs"]), row["cut"]))
