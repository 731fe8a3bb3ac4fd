"""Whether two results folders hold the same trajectories to the bit, and where they part."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hpobench.errors import UserError
from hpobench.gate.pairs import ARROW
from hpobench.gate.sides import Side
from hpobench.scoring.frame import definition
from hpobench.store import Store, trials
from hpobench.store.conflicts import LATER, shared_later
from hpobench.store.selection import matches

NUMBERS = (
    *("number", "values", "test", "spent", "worker", "cost", "start", "end"),
    *("parent", "signals", *LATER),
)
SHOWN = ("number", "fidelity", *NUMBERS[1:])
"""What is compared of a trial beside its configuration, in this order."""
CLOCKED = {"worker", "cost", "start", "end"}
"""What depends on real time where a task's costs, or the optimizer's overhead, are measured."""
RUN = ("optimizer", "task", "seed", "status", "cut", "task_info")
COLUMNS = (*RUN, *SHOWN, "failures", "configs")

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
    for trial, name, old, new in _facts(before, after):
        if old != new:
            return Divergence(key=key, trial=trial, field=name, before=old, after=new)
    return None


def _facts(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[int | None, str, str, str]]:
    """All that is compared of two runs: trial, field, and the values as text.

    The text of a number is exact, and makes NaN equal to itself.
    """
    infos = [json.loads(row["task_info"]) for row in (before, after)]
    definitions = [json.dumps(definition(info), sort_keys=True) for info in infos]
    yield None, "the task's definition", definitions[0], definitions[1]
    clocked = CLOCKED if infos[0]["real_time"] or infos[0]["overhead"] == "measured" else set()
    ignored = clocked | ({*LATER} - {*shared_later(before, after)})
    for trial, (old, new) in enumerate(zip(_trials(before), _trials(after), strict=False)):
        for name in [name for name in old | new if name not in ignored]:
            yield trial, name, old.get(name, "inactive"), new.get(name, "inactive")
    for name, value in _outcome(before).items():
        yield None, name, value, _outcome(after)[name]


def _trials(row: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Each trial's fields as text: hyperparameters, numbers, and why it failed."""
    for trial in trials(row, NUMBERS):
        fields = {f"hyperparameter {name}": repr(x) for name, x in trial["config"].items()}
        fields |= {name: _text(trial[name]) for name in SHOWN}
        yield {**fields, "failure": trial["failure"] or "none"}


def _text(value: float | list[float] | None) -> str:
    """A number or several, exactly."""
    found = value if isinstance(value, list) else [] if value is None else [value]
    return ", ".join(map(repr, found)) or "none"


def _outcome(row: Mapping[str, Any]) -> dict[str, str]:
    """How a run ended."""
    return {
        "the number of trials": str(len(row["number"])),
        "the status": row["status"],
        "what cut it short": row["cut"] or "nothing",
    }
