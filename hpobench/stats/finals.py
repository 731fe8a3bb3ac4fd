"""What compared runs ended with, as arrays: task by optimizer by seed."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from math import prod

import numpy as np
import numpy.typing as npt
import pandas as pd

from hpobench.scoring.curves import Axis
from hpobench.scoring.means import mean_of_known
from hpobench.scoring.score import Scored
from hpobench.scoring.trials import Floats, Integers
from hpobench.stats.comparison import Comparison
from hpobench.stats.interquartile import SortedRuns, estimated_together, interquartile_mean
from hpobench.stats.ranks import mean_ranks
from hpobench.task import Kind


class Basis(StrEnum):
    """What tests take for the results of a task."""

    REGRET = "mean regret"
    """The mean normalised regret over seeds, on tasks with a scale."""
    RANKS = "ranks of runs"
    """How the runs on the task rank among each other, where no task has a scale."""


@dataclass(frozen=True, kw_only=True)
class Finals:
    """The final results of one kind's comparison.

    Attributes:
        kind: The kind of the tasks.
        optimizers: Those compared, sorted.
        tasks: Those that all of them ran, sorted.
        loss: Shape (tasks, optimizers, seeds); infinite where a run found nothing, NaN where
            an optimizer has fewer seeds than another.
        regret: The same, normalised; NaN for tasks without a scale, too.
        met: The losses in each pair of task and seed that all of them ran, shape (pairs,
            optimizers).
        met_on: The position of its task, ascending; shape (pairs,).
    """

    kind: Kind
    optimizers: tuple[str, ...]
    tasks: tuple[str, ...]
    loss: Floats
    regret: Floats
    met: Floats
    met_on: Integers

    @cached_property
    def scaled(self) -> npt.NDArray[np.bool_]:
        """Which tasks have a scale, so that regrets on them compare."""
        return np.asarray(~np.isnan(self.regret).all(axis=(1, 2)))

    @cached_property
    def scores(self) -> Floats:
        """Mean regret over seeds, shape (tasks with a scale, optimizers)."""
        return mean_of_known(self.regret[self.scaled], axis=2)

    @cached_property
    def pool(self) -> SortedRuns:
        """All normalised runs of each optimizer on tasks with a scale, in ascending order."""
        return SortedRuns.of(self.regret[self.scaled])

    @cached_property
    def middle(self) -> Floats:
        """The interquartile mean of each optimizer's runs, by which they are ranked."""
        return self.pool.means(self.pool.weights)

    def only(self, kept: npt.NDArray[np.bool_]) -> "Finals":
        """What these runs ended with on some of the tasks; itself if these are all.

        Args:
            kept: Which tasks.
        """
        if kept.all():
            return self
        met = kept[self.met_on]
        return replace(
            self,
            tasks=tuple(name for name, yes in zip(self.tasks, kept, strict=True) if yes),
            loss=self.loss[kept],
            regret=self.regret[kept],
            met=self.met[met],
            met_on=(np.cumsum(kept) - 1)[self.met_on[met]],
        )

    def middle_on(self, chosen: npt.NDArray[np.bool_]) -> Floats:
        """Interquartile means of the runs on some of the tasks with a scale, and their intervals.

        Args:
            chosen: Which of these tasks, at least one.

        Returns:
            The mean, the low and the high end for each optimizer; shape (optimizers, 3).
        """
        regrets = np.moveaxis(self.regret[self.scaled][chosen], 1, 0)
        known = ~np.isnan(regrets)
        several = [
            [task[has, None] for task, has in zip(tasks, have, strict=True)]
            for tasks, have in zip(regrets, known, strict=True)
        ]
        return np.array(estimated_together(several, interquartile_mean))[:, :, 0]

    @cached_property
    def basis(self) -> Basis:
        """What tests compare: ranks of runs only where there is no regret at all."""
        return Basis.REGRET if self.scaled.any() else Basis.RANKS

    @cached_property
    def tested(self) -> Floats:
        """The cases of tests by their basis, to be minimised; shape (cases, optimizers)."""
        if self.basis is Basis.REGRET:
            return self.scores
        runs = self.loss.reshape(len(self.loss), prod(self.loss.shape[1:]))
        ranks = mean_ranks(np.where(np.isnan(runs), np.inf, runs), axis=1).reshape(self.loss.shape)
        return mean_of_known(np.where(np.isnan(self.loss), np.nan, ranks), axis=2)

    @cached_property
    def pairs(self) -> tuple[Integers, Integers]:
        """Positions of the first and the second optimizer of each pair."""
        first, second = np.triu_indices(len(self.optimizers), k=1)
        return first, second

    def named(self, **columns: object) -> pd.DataFrame:
        """A frame with one row for each pair, its kind and names first."""
        first, second = self.pairs
        names = np.array(self.optimizers, dtype=object)
        about = {"kind": str(self.kind), "optimizer": names[first], "other": names[second]}
        return pd.DataFrame(about | columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where compared runs stand in the arrays of `Finals`.

    Attributes:
        task, optimizer, seed: Positions of each compared run; the seed's among those of both.
        met_on: As of `Finals`.
    """

    task: Integers
    optimizer: Integers
    seed: Integers
    met_on: Integers

    @classmethod
    def of(cls, scored: Scored, comparison: Comparison) -> "Placement":
        """Find where they stand."""
        runs = scored.runs.loc[comparison.rows, ["task", "optimizer"]]
        places = pd.Index(comparison.tasks)
        met = scored.runs["task"].iloc[comparison.pairs[:, 0]]
        return cls(
            task=places.get_indexer(pd.Index(runs["task"])),
            optimizer=pd.Index(comparison.optimizers).get_indexer(pd.Index(runs["optimizer"])),
            seed=np.asarray(runs.groupby(["task", "optimizer"]).cumcount(), dtype=np.int64),
            met_on=places.get_indexer(pd.Index(met)),
        )


def finals(
    scored: Scored,
    comparison: Comparison,
    *,
    axis: Axis = Axis.BUDGET,
    share: float = 1.0,
    told: bool = False,
    placement: Placement | None = None,
) -> Finals:
    """Gather what the compared runs ended with, or had come to on the way.

    Args:
        scored: All runs.
        comparison: Who is compared, on tasks that have curves over the axis.
        axis: What was spent.
        share: How much of it, a whole number of steps of the curves.
        told: Whether by what optimizers were told, in the place of what counts, at the end.
        placement: Where the runs stand, for who has found it already.
    """
    curves = scored.curves.losses[axis], scored.curves.regrets[axis]
    losses, regrets = (found[:, round(share * found.shape[1]) - 1] for found in curves)
    if told:
        losses, regrets = (scored.runs[n].to_numpy(float) for n in ("told_loss", "told_regret"))
    placed = placement or Placement.of(scored, comparison)
    shape = (
        len(comparison.tasks),
        len(comparison.optimizers),
        int(placed.seed.max(initial=-1)) + 1,
    )
    loss, regret = np.full(shape, np.nan), np.full(shape, np.nan)
    at_place = placed.task, placed.optimizer, placed.seed
    loss[at_place], regret[at_place] = losses[comparison.rows], regrets[comparison.rows]
    return Finals(
        kind=comparison.kind,
        optimizers=comparison.optimizers,
        tasks=comparison.tasks,
        loss=loss,
        regret=regret,
        met=losses[comparison.pairs],
        met_on=placed.met_on,
    )
