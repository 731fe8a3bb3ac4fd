"""Where two executions of a run part, and whether that can be although it decides all."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hpobench.run import Clock
from hpobench.store.columns import COLUMNS, LISTS, Compared, Per, StoreColumn
from hpobench.store.rows import trials
from hpobench.store.thin import is_thin, thin
from hpobench.task import Overhead, Unit

if TYPE_CHECKING:
    import pyarrow as pa

COMPARED = tuple(c.name for c in COLUMNS if c.compared is not Compared.NEVER)
"""The columns by which runs are compared; real seconds of ask and tell are not among them."""
_ENDS = [c.name for c in COLUMNS if c.name in COMPARED and c.per is Per.RUN]
_PIECE = 2_000
"""So many runs are held in memory as plain data."""

Row = Mapping[str, Any]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first place where two executions of a run part.

    Attributes:
        trial: Position in the order of finish, from 0; None if it is not in a trial.
        field: Which part of the trial, or of the run; `hyperparameter NAME` of its configuration.
        stored: What the first one has there; None for an inactive hyperparameter.
        found: What the other one has.
    """

    trial: int | None
    field: str
    stored: Any
    found: Any

    def __str__(self) -> str:
        """Say it in one line."""
        where = "" if self.trial is None else f"trial {self.trial}: "
        return f"{where}{self.field} is stored as {self.stored!r}, and is now {self.found!r}"


def first_difference(stored: Row, found: Row) -> Difference | None:
    """The first place where an execution of a run parts from another, None if they are the same.

    That is in the earliest trial, its configuration first, and then in how the run ended. Real
    clocks do not count, nor does a column that older runs lack where only one of the two has it.
    Numbers are the same if they are to the bit, and NaN is itself.

    Args:
        stored: A row with what `COMPARED` names, and its `task_info`.
        found: Another row of the same task.
    """
    names = _compared(stored, found)
    for trial, (old, new) in enumerate(
        zip(trials(stored, names), trials(found, names), strict=False)
    ):
        for field, before, after in _fields(old, new, names):
            if repr(before) != repr(after):
                return Difference(trial=trial, field=field, stored=before, found=after)
    ends = (
        ("number of trials", len(stored["number"]), len(found["number"])),
        *((name, stored[name], found[name]) for name in _ENDS),
    )
    for field, before, after in ends:
        if before != after:
            return Difference(trial=None, field=field, stored=before, found=after)
    return None


def _compared(stored: Row, found: Row) -> list[str]:
    """The columns of numbers by which two runs are compared."""
    info = json.loads(stored["task_info"])
    clocked = info["real_time"] or info["overhead"] != Overhead.NONE

    def counts(column: StoreColumn) -> bool:
        match column.compared:
            case Compared.UNCLOCKED:
                return not clocked
            case Compared.IF_IN_BOTH:
                return bool(stored.get(column.name) and found.get(column.name))
            case _:
                return column.compared is Compared.ALWAYS

    return [name for name, column in LISTS.items() if counts(column)]


def _fields(old: Row, new: Row, names: Sequence[str]) -> Iterator[tuple[str, Any, Any]]:
    """What is compared of two trials: hyperparameters, numbers, and why they failed."""
    for name in old["config"] | new["config"]:
        yield f"hyperparameter {name}", old["config"].get(name), new["config"].get(name)
    for name in (*names, "failure"):
        yield name, old[name], new[name]


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


def _differ(row: Row, known: Row) -> bool:
    """Whether two completed attempts at one run have other trials."""
    info = json.loads(row["task_info"])
    if irreproducible(info):
        return False
    if is_thin(row) != is_thin(known):
        row, known = thin(row), thin(known)
    return first_difference(row, known) is not None
