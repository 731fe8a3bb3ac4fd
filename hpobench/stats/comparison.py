"""Who is compared with whom, on which tasks: only on those that all of them ran."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hpobench.scoring.policy import Incomplete
from hpobench.scoring.trials import Integers
from hpobench.task import Kind

LEAST_SHARE = 0.5
"""Less than this share of a kind's tasks in common, and the optimizer with the fewest tasks
is set aside, so that it does not reduce the comparison of all others to a corner."""

PAIR = 2
"""So many are compared however little they share, if it is anything at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The optimizers compared on one kind of tasks.

    Attributes:
        kind: The kind of the tasks.
        optimizers: Those compared, sorted.
        aside: Those with runs on too few tasks to be compared, sorted.
        absent: Those without any run on this kind, sorted.
        tasks: Those that all the compared optimizers ran, sorted.
        others: The kind's tasks that some of them did not run, sorted.
        rows: Positions of their runs on these tasks.
        pairs: Positions of the runs of each task and seed that all of them ran, shape
            (pairs, optimizers).
    """

    kind: Kind
    optimizers: tuple[str, ...]
    aside: tuple[str, ...]
    absent: tuple[str, ...]
    tasks: tuple[str, ...]
    others: tuple[str, ...]
    rows: Integers
    pairs: Integers

    def on(self, runs: pd.DataFrame, tasks: Collection[str]) -> "Comparison":
        """The same optimizers compared on some of these tasks alone; the rest are others.

        Args:
            runs: Those that it was made from.
            tasks: Some of its own tasks.
        """
        names = runs["task"]
        kept = [name for name in self.tasks if name in tasks]
        return replace(
            self,
            tasks=tuple(kept),
            others=tuple(sorted({*self.others, *self.tasks} - {*kept})),
            rows=self.rows[names.iloc[self.rows].isin(kept).to_numpy()],
            pairs=self.pairs[names.iloc[self.pairs[:, 0]].isin(kept).to_numpy()],
        )


def comparisons(
    runs: pd.DataFrame, optimizers: Sequence[str], incomplete: Incomplete = Incomplete.TASKS
) -> Iterator[Comparison]:
    """One comparison for each kind of tasks that has runs.

    Args:
        runs: With `kind`, `task`, `optimizer` and `seed`, sorted by the last three.
        optimizers: All that could have had a run.
        incomplete: Whether tasks or optimizers give way where a run is missing.
    """
    for kind in Kind:
        found = runs[runs["kind"] == kind]
        if len(found):
            yield compare(kind, found, optimizers, incomplete)


def compare(
    kind: Kind,
    runs: pd.DataFrame,
    optimizers: Sequence[str],
    incomplete: Incomplete = Incomplete.TASKS,
) -> Comparison:
    """Choose optimizers and tasks of one kind so that all of them ran on all of these."""
    ran = {
        str(name): frozenset(group["task"].unique()) for name, group in runs.groupby("optimizer")
    }
    compared = complete(ran) if incomplete is Incomplete.OPTIMIZERS else chosen(ran)
    everything = frozenset[str]().union(*ran.values())
    common = everything.intersection(*(ran[name] for name in compared))
    rows = runs[runs["optimizer"].isin(compared) & runs["task"].isin(common)]
    return Comparison(
        kind=kind,
        optimizers=compared,
        aside=tuple(sorted(set(ran) - set(compared))),
        absent=tuple(sorted(set(optimizers) - set(ran))),
        tasks=tuple(sorted(common)),
        others=tuple(sorted(everything - common)),
        rows=rows.index.to_numpy(),
        pairs=complete_pairs(rows, len(compared)),
    )


def chosen(ran: dict[str, frozenset[str]]) -> tuple[str, ...]:
    """Set the optimizers with the fewest tasks aside until the rest share enough of them.

    Two that share any task are always left, and of optimizers with equally many tasks none is
    set aside.
    """
    everything = frozenset[str]().union(*ran.values())
    left = sorted(ran, key=lambda name: (-len(ran[name]), name))
    while len(ran[left[-1]]) < len(ran[left[0]]):
        common = everything.intersection(*(ran[name] for name in left))
        least = LEAST_SHARE * len(everything) if len(left) > PAIR else 1
        if len(common) >= least:
            break
        left.pop()
    return tuple(sorted(left))


def complete(ran: dict[str, frozenset[str]]) -> tuple[str, ...]:
    """Set aside all optimizers that lack a task; if all do, all but those with the most."""
    most = max(len(tasks) for tasks in ran.values())
    return tuple(sorted(name for name, tasks in ran.items() if len(tasks) == most))


def complete_pairs(rows: pd.DataFrame, optimizers: int) -> Integers:
    """Positions of the runs of each task and seed that all the optimizers ran."""
    size = rows.groupby(["task", "seed"])["optimizer"].transform("size")
    complete = rows[size == optimizers].sort_values(["task", "seed", "optimizer"])
    return np.asarray(complete.index.to_numpy().reshape(-1, optimizers))
