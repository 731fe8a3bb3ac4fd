"""Whether two results folders hold the same trajectories to the bit, and where they part."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hpobench.errors import UserError
from hpobench.gate.pairs import ARROW
from hpobench.gate.sides import Side
from hpobench.scoring.frame import definition
from hpobench.store import Store
from hpobench.store.conflicts import COMPARED, first_difference
from hpobench.store.selection import matches

COLUMNS = ("optimizer", "task", "seed", "task_info", *COMPARED)
WORDS = {
    "number of trials": "the number of trials",
    "status": "the status",
    "cut": "what cut it short",
}
"""What parts of a run are called, if not by their own names."""

MISSING = "the run"

Key = tuple[str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """Where a run's trajectory first differs.

    Attributes:
        key: Optimizer, task and seed.
        trial: Position in the order of finish, from 0; None if it is about the whole run.
        field: What differs.
        before: In the baseline.
        after: In the candidate.
    """

    key: Key
    trial: int | None
    field: str
    before: str
    after: str

    @property
    def missing(self) -> bool:
        """Whether the candidate does not have the run at all."""
        return self.field == MISSING

    def __str__(self) -> str:
        """The difference in one line."""
        optimizer, task, seed = self.key
        where = "" if self.trial is None else f", trial {self.trial}"
        run = f"{optimizer} on {task}, seed {seed}{where}"
        return f"{run}: {self.field} was {self.before}, is {self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The answer.

    Attributes:
        sides: Baseline and candidate.
        runs: All runs of the baseline, each with where it first differs, or None.
        extra: Number of runs that only the candidate has.
        remarks: What the stores found damaged or odd.
    """

    sides: tuple[Side, Side]
    runs: Mapping[Key, Divergence | None]
    extra: int
    remarks: Sequence[str]

    @property
    def divergences(self) -> list[Divergence]:
        """The runs that differ, by optimizer, task and seed."""
        return [found for _, found in sorted(self.runs.items()) if found]


def identical(
    sides: tuple[Side, Side], *, optimizers: Sequence[str] = (), tasks: Sequence[str] = ()
) -> Identity:
    """Compare every run of the baseline with the candidate's; real clocks do not count.

    Raises:
        UserError: A folder cannot be read, or the baseline has no such runs.
    """
    names = dict.fromkeys(side.optimizer for side in sides if side.optimizer)
    label = ARROW.join(names) if len(names) > 1 else ""
    stores = [Store(side.path) for side in sides]
    before, after = (
        dict(_rows(store, [side.optimizer] if side.optimizer else optimizers, tasks, label))
        for store, side in zip(stores, sides, strict=True)
    )
    if not before:
        raise UserError(f"{sides[0]}: there are no such runs to compare with")
    return Identity(
        sides=sides,
        runs={key: divergence(key, row, after.get(key)) for key, row in before.items()},
        extra=len(after.keys() - before.keys()),
        remarks=[text for store in stores for text in (*store.damage, *store.notes)],
    )


def _rows(
    store: Store, optimizers: Sequence[str], tasks: Sequence[str], label: str
) -> Iterator[tuple[Key, dict[str, Any]]]:
    """The chosen runs by their key."""
    for row in store.runs(COLUMNS).to_pylist():
        if matches(row["optimizer"], optimizers) and matches(row["task"], tasks):
            yield (label or row["optimizer"], row["task"], row["seed"]), row


def divergence(
    key: Key, before: Mapping[str, Any], after: Mapping[str, Any] | None
) -> Divergence | None:
    """Where two runs first differ: in the earliest trial, its configuration first; or None."""
    if after is None:
        return Divergence(key=key, trial=None, field=MISSING, before="there", after="missing")
    infos = [json.loads(row["task_info"]) for row in (before, after)]
    old, new = (json.dumps(definition(info), sort_keys=True) for info in infos)
    if old != new:
        return Divergence(key=key, trial=None, field="the task's definition", before=old, after=new)
    parted = first_difference(before, after)
    if parted is None:
        return None
    return Divergence(
        key=key,
        trial=parted.trial,
        field=WORDS.get(parted.field, parted.field),
        before=_text(parted.field, parted.stored),
        after=_text(parted.field, parted.found),
    )


def _text(field: str, value: Any) -> str:
    """What stands in a field, numbers exactly."""
    match value:
        case None:
            return "inactive" if field.startswith("hyperparameter ") else "none"
        case "" if field == "cut":
            return "nothing"
        case list():
            return ", ".join(map(repr, value)) or "none"
        case str() if not field.startswith("hyperparameter "):
            return value or "none"
        case _:
            return repr(value)
