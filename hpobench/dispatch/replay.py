"""Execute stored runs again, and say whether the result is the same to the bit."""

import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hpobench.catalogue import Catalogue
from hpobench.dispatch.job import Job, Result
from hpobench.environments import library_version, make
from hpobench.errors import UserError
from hpobench.optimizer import Environment, stored_definition
from hpobench.run import Clock, Run
from hpobench.store import Store
from hpobench.store.conflicts import Difference, first_difference, irreproducible
from hpobench.store.rows import decode
from hpobench.store.thin import is_thin, thin
from hpobench.task import Overhead

Row = Mapping[str, Any]


class ReplayVerdict(StrEnum):
    """What came of executing a run again."""

    EQUAL = "equal"
    DIFFERENT = "different"
    IMPOSSIBLE = "impossible"
    """It cannot be executed as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is known of one run.

    Attributes:
        row: The stored run.
        verdict: The result.
        reason: Why it cannot be executed as it was, or empty.
        difference: Where it differs, if it does.
    """

    row: Row
    verdict: ReplayVerdict
    reason: str = ""
    difference: Difference | None = None

    @property
    def name(self) -> str:
        """The run as people call it."""
        return f"{self.row['optimizer']} on {self.row['task']}, seed {self.row['seed']}"

    @property
    def words(self) -> str:
        """Why the run is not equal, in one line."""
        return str(self.difference) if self.difference else self.reason


def sampled_rows(store: Store, ids: Iterable[str], *, size: int, seed: int) -> list[dict[str, Any]]:
    """Whole rows of so many of some runs, at random, the same for the same seed.

    Args:
        store: What holds them.
        ids: The runs to choose from.
        size: How many; all if there are fewer.
        seed: Another one gives another sample.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    chosen = sorted(ids)
    if size < len(chosen):
        chosen = random.Random(seed).sample(chosen, size)
    whole = store.runs()
    rows: list[dict[str, Any]] = whole.filter(
        pc.is_in(whole.column("run"), pa.array(chosen, pa.string()))
    ).to_pylist()
    return rows


def replay(
    rows: Iterable[Row],
    catalogue: Catalogue,
    execute: Callable[[Iterable[Job]], Iterator[Result]],
    versions: Mapping[str, Mapping[str, str]],
) -> Iterator[Finding]:
    """Execute stored runs again; findings come as they are made.

    Nothing is executed that the results folder alone names: it may be a stranger's.

    Args:
        rows: Completed runs with all columns.
        catalogue: Says what their names mean; it must mean what it did.
        execute: Turns jobs into results.
        versions: By experiment the versions of its packages, as manifests have them.
    """
    stored: dict[str, Row] = {}
    jobs: list[Job] = []
    for row in rows:
        try:
            run = revive(row, catalogue, versions.get(row["experiment"], {}))
        except UserError as error:
            yield Finding(row=row, verdict=ReplayVerdict.IMPOSSIBLE, reason=str(error))
        else:
            stored[run.id] = row
            jobs.append(Job(run=run))
    for result in execute(jobs):
        row = stored[result.run_id]
        again = decode(result.line)
        difference = deviation(row, thin(again) if is_thin(row) else again)
        verdict = ReplayVerdict.DIFFERENT if difference else ReplayVerdict.EQUAL
        yield Finding(row=row, verdict=verdict, difference=difference)


def revive(row: Row, catalogue: Catalogue, versions: Mapping[str, str]) -> Run:
    """The run that a row was made by.

    Args:
        row: The stored run.
        catalogue: Says what its names mean.
        versions: Versions of the packages it was made with, as far as they are known.

    Raises:
        UserError: It cannot be executed as it was, and why.
    """
    info = json.loads(row["task_info"])
    if obstacle := irreproducible(info):
        raise UserError(obstacle)
    run = Run(
        task=catalogue.task(row["task"]),
        variant=catalogue.variant(row["optimizer"]),
        seed=row["seed"],
        overhead=Overhead(info["overhead"]),
    )
    if run.id != row["run"]:
        raise UserError(_changes(row, run))
    if run.variant.variables:
        raise UserError(f"what {run.variant.variables[0]} named took part in it")
    for part in (run.task, run.variant):
        if absent := catalogue.lacking(part):
            raise UserError(absent)
    known = versions.get(run.task.library.replace("-", "_"), "")  # as in a folder's name
    _compare(run.task.library, known)
    then = json.loads(row["variant_info"])["version"]
    _compare(run.variant.library, then, run.variant.environment)
    return run


def _compare(library: str, then: str, environment: Environment | None = None) -> None:
    """Refuse another version of a library than the one that a run was made with, if known."""
    if environment:
        make(environment)
    now = library_version(library, environment)
    if then and then != now:
        raise UserError(f"it was made with {library} {then}, {now} is installed")


def deviation(stored: Row, again: Row) -> Difference | None:
    """Where a run that was executed again is not what is stored, None if it is the same.

    Beyond what `first_difference` compares that is why it failed, which comes first since it
    explains the rest, and what is noted of its task and its optimizer.
    """
    for name in ("status", "reason"):
        if stored[name] != again[name]:
            return Difference(trial=None, field=name, stored=stored[name], found=again[name])
    if parted := first_difference(stored, again):
        return parted
    for name in ("task_info", "variant_info"):
        before, now = _info(stored, name), _info(again, name)
        if before != now:
            return Difference(trial=None, field=name, stored=before, found=now)
    return None


def _info(row: Row, name: str) -> dict[str, Any]:
    """What a row says of its parts; runs of before there was a choice have a simulated clock."""
    defaults = {"clock": str(Clock.SIMULATED)} if name == "task_info" else {}
    info: dict[str, Any] = {**defaults, **json.loads(row[name])}
    if name == "variant_info":  # the id tells environments apart; earlier rows do not name them
        info.pop("environment", None)
    return info


def _changes(row: Row, run: Run) -> str:
    """What is defined otherwise now."""
    then = json.loads(row["task_info"])["definition"]
    now = json.loads(json.dumps(run.task.definition()))
    noun, name = "task", run.task.id
    if then == now:
        noun, name = "optimizer", run.variant.id
        then = stored_definition(row["optimizer"], json.loads(row["variant_info"]))
        now = json.loads(json.dumps(run.variant.definition()))
    changed = [part for part in {**then, **now} if then.get(part) != now.get(part)]
    words = [f"{part} was {then.get(part)!r}, is {now.get(part)!r}" for part in changed]
    return (
        f"it is of an older definition: the {noun} {name} is defined otherwise now: "
        f"{'; '.join(words) or 'other schema'}"
    )
