"""What optimizers reached on tasks: the numbers that a choice is made from, and judged by."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Self

import numpy as np

from hpobench.errors import UnknownNameError, UserError
from hpobench.stats.ranks import mean_ranks
from hpobench.store.files import digest_bytes
from hpobench.store.selection import match_globs, matches
from hpobench.subset.discrepancy.ranked import Floats, Integers
from hpobench.subset.ways import Measure

MOST = 5
"""With more coordinates a subset of ordinary size cannot be evaluated exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskScores:
    """What optimizers reached on tasks.

    Attributes:
        tasks: Their ids.
        kinds: The kind of each task, empty where it is not known.
        optimizers: Their names.
        values: How well each did, in [0, 1], lower is better; NaN for tasks without a scale.
            Shape (tasks, optimizers).
        losses: What each run ended with, to be minimised, infinite where it found nothing; NaN
            after the last seed. Shape (tasks, optimizers, seeds).
    """

    tasks: tuple[str, ...]
    kinds: tuple[str, ...]
    optimizers: tuple[str, ...]
    values: Floats
    losses: Floats

    @property
    def digest(self) -> str:
        """Stands for all of it: equal for equal content alone."""
        content = [self.tasks, self.kinds, self.optimizers]
        numbers = [self.values.tolist(), self.losses.tolist()]
        return digest_bytes(json.dumps([*content, *numbers]).encode())

    def only(self, rows: Integers) -> Self:
        """The same of some tasks."""
        return replace(
            self,
            tasks=tuple(self.tasks[row] for row in rows),
            kinds=tuple(self.kinds[row] for row in rows),
            values=self.values[rows],
            losses=self.losses[rows],
        )

    def coordinates(self, references: Sequence[str], measure: Measure) -> Floats:
        """Tasks as points in the unit cube, NaN where one has none; shape (tasks, references)."""
        columns = [self.optimizers.index(name) for name in references]
        if measure is not Measure.RANK:
            return self.values[:, columns]
        if len(columns) == 1:
            raise UserError("a rank needs two reference optimizers or more")
        losses = self.losses[:, columns]
        ranks = mean_ranks(np.where(np.isnan(losses), np.inf, losses), axis=1)
        met = 1.0 - np.isnan(losses).astype(float).max(axis=1)  # 1 for seeds that all ran
        seeds = np.where(met.sum(axis=1) > 0, met.sum(axis=1), np.nan)
        mean = (ranks * met[:, None, :]).sum(axis=2) / seeds[:, None]
        return np.asarray((mean - 1) / (len(columns) - 1))


def reference_optimizers(optimizers: Sequence[str], globs: Sequence[str]) -> tuple[str, ...]:
    """The optimizers that any of the globs means, or all.

    Raises:
        UserError: A glob means none, or all of them together mean too many.
    """
    for glob in globs:
        if not any(matches(name, [glob]) for name in optimizers):
            raise UnknownNameError("optimizer", glob, optimizers)
    found = tuple(match_globs(optimizers, globs))
    if len(found) > MOST:
        raise UserError(
            f"{len(found)} optimizers ({', '.join(found[:MOST])}, ...) make too many coordinates "
            f"to evaluate subsets exactly: name up to {MOST} with --optimizer, best 3 of different "
            "families; the others then judge the choice"
        )
    return found


def merged(parts: Sequence[TaskScores]) -> TaskScores:
    """The tasks of all parts, with the optimizers that all of them have.

    Raises:
        UserError: They have none in common.
    """
    common = reduce(lambda names, part: names & set(part.optimizers), parts, _names(parts[0]))
    if not common:
        raise UserError(
            "no optimizer has runs on tasks of all kinds: choose for each kind apart, with "
            "--stratify kind"
        )
    seeds = max(part.losses.shape[2] for part in parts)
    kept = [[i for i, name in enumerate(part.optimizers) if name in common] for part in parts]
    pairs = list(zip(parts, kept, strict=True))
    losses = [_padded(part.losses[:, columns], seeds) for part, columns in pairs]
    return TaskScores(
        tasks=tuple(task for part in parts for task in part.tasks),
        kinds=tuple(kind for part in parts for kind in part.kinds),
        optimizers=tuple(sorted(common)),
        values=np.concatenate([part.values[:, columns] for part, columns in pairs]),
        losses=np.concatenate(losses),
    )


def _names(part: TaskScores) -> set[str]:
    return set(part.optimizers)


def _padded(losses: Floats, seeds: int) -> Floats:
    """With so many seeds, the further ones NaN."""
    room = seeds - losses.shape[2]
    return np.pad(losses, ((0, 0), (0, 0), (0, room)), constant_values=np.nan)
