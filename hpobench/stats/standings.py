"""How optimizers stand at shares of the budget and of time, on all, real and synthetic tasks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
import pandas as pd

from hpobench.scoring.curves import Axis
from hpobench.scoring.means import mean
from hpobench.scoring.score import Scored
from hpobench.scoring.trials import ROUNDING, Floats, Integers
from hpobench.stats.comparison import Comparison
from hpobench.stats.finals import Finals, finals
from hpobench.stats.interquartile import interquartile_mean, stratified_mean
from hpobench.stats.pairs import improvement
from hpobench.stats.ranks import mean_ranks
from hpobench.stats.significance import holm, wilcoxon

SHARES = (0.1, 0.3, 1.0)
"""Where optimizers are compared: early, on the way, and at the end."""

KEYS = ("kind", "part", "axis", "share")
"""What a standing is of: which tasks, and what of which resource has been spent."""

STANDING = (
    *KEYS,
    "tasks",
    "optimizer",
    "rank",
    "rank_low",
    "rank_high",
    "regret",
    "low",
    "high",
    "wins",
    "p_first",
    "ended",
    "taken",
)
EFFECT = (*KEYS, "tasks", "optimizer", "other", "a12", "a12_low", "a12_high")


class TaskScope(StrEnum):
    """Which of the compared tasks a standing is on."""

    ALL = "all"
    REAL = "real"
    """Values of trainings or measurements: made, recorded, or by a model of recordings."""
    FUNCTIONS = "functions"
    """Formulas, and programs that train and measure nothing."""


@dataclass(frozen=True, kw_only=True)
class Standings:
    """Where optimizers of one kind's comparison stand, for each `TaskScope` of its tasks.

    Attributes:
        scored: All runs.
        comparison: Who is compared on what.
        real: By task whether it is real; one that is missing is of no part but all.
        seconds: By task the virtual seconds that are 1 on the axis of time.
    """

    scored: Scored
    comparison: Comparison
    real: Mapping[str, bool]
    seconds: Mapping[str, float]

    def rows(self) -> pd.DataFrame:
        """One row for each part, axis, share and optimizer, the best first.

        Returns:
            The `KEYS`, the number of `tasks`, `optimizer`; mean `rank` over pairs of task and
            seed with its interval `rank_low` to `rank_high`; interquartile mean `regret` with
            its interval `low` to `high`; in how many pairs nobody was better (`wins`); the
            p-value of the signed-rank test with the first by mean rank, adjusted by Holm
            (`p_first`, NaN of the first); and of time the share of its runs that had `ended`
            before, whose last incumbent stands, and the time that its whole runs have `taken`, in
            the mean, where 1 is random search's (both NaN over the budget). Time is left out
            where no task has virtual seconds that compare.
        """
        parts = [self._standing(keys, found) for keys, found in self._cells]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*STANDING])

    def effects(self) -> pd.DataFrame:
        """One row for each part, axis, share and pair of optimizers, as `pairs` has them.

        Returns:
            The `KEYS`, the number of `tasks`, `optimizer`, `other`, and `a12`: how probable it is
            that a run of the first is ahead of one of the other there (the mean over tasks),
            with its interval `a12_low` to `a12_high`.
        """
        parts = [_effects(keys, found) for keys, found in self._cells]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*EFFECT])

    @cached_property
    def _cells(self) -> list[tuple[dict[str, str | float], Finals]]:
        """For each part, axis and share what the runs had come to there."""
        return list(self._each())

    def _each(self) -> Iterator[tuple[dict[str, str | float], Finals]]:
        for part in TaskScope:
            for axis in (Axis.BUDGET, Axis.TIME):
                tasks = [name for name in self.comparison.tasks if self._has(name, part, axis)]
                within = self.comparison.on(self.scored.runs, tasks)
                for share in SHARES if tasks else ():
                    keys: dict[str, str | float] = {
                        "kind": str(within.kind),
                        "part": str(part),
                        "axis": str(axis),
                        "share": share,
                    }
                    yield keys, finals(self.scored, within, axis=axis, share=share)

    def _has(self, task: str, part: TaskScope, axis: Axis) -> bool:
        """Whether a task is of a part, and has curves over an axis."""
        of_part = part is TaskScope.ALL or self.real.get(task) is (part is TaskScope.REAL)
        return of_part and task in self._on_axis.get(axis, frozenset())

    @cached_property
    def _on_axis(self) -> Mapping[Axis, frozenset[str]]:
        """The compared tasks that have curves over each axis."""
        names = self.scored.runs["task"].iloc[self.comparison.rows]
        return {
            axis: frozenset(names[~np.isnan(losses[self.comparison.rows, -1])])
            for axis, losses in self.scored.curves.losses.items()
        }

    def _standing(self, keys: Mapping[str, str | float], found: Finals) -> pd.DataFrame:
        ranks = mean_ranks(found.met, axis=1)
        reached = np.isfinite(found.met)
        low, high = rank_intervals(found)
        known = bool(found.scaled.any())
        middle = [
            interquartile_mean(found.strata(i, np.ones(len(found.scores), dtype=np.bool_)))
            for i in range(len(found.optimizers) if known else 0)
        ]
        unknown = np.full(len(found.optimizers), np.nan)
        rank = mean(ranks) if len(ranks) else unknown
        columns = dict(keys) | {
            "tasks": len(found.tasks),
            "optimizer": np.array(found.optimizers, dtype=object),
            "rank": rank,
            "rank_low": low,
            "rank_high": high,
            "regret": [float(own.mean[0]) for own in middle] or unknown,
            "low": [float(own.low[0]) for own in middle] or unknown,
            "high": [float(own.high[0]) for own in middle] or unknown,
            "wins": (reached & (ranks == ranks.min(axis=1, keepdims=True))).sum(axis=0),
            "p_first": against_first(found.tested, rank),
        }
        time = self._time(found, keys)
        table = pd.DataFrame(columns).merge(time, on="optimizer", how="left")[[*STANDING]]
        return table.sort_values(["rank", "regret"], kind="stable", ignore_index=True)

    def _time(self, found: Finals, keys: Mapping[str, str | float]) -> pd.DataFrame:
        """By optimizer what share of its runs was over before a time, and how long they took."""
        if keys["axis"] != Axis.TIME:
            return pd.DataFrame({"optimizer": found.optimizers, "ended": np.nan, "taken": np.nan})
        runs = self.scored.runs.iloc[self.comparison.rows]
        own = runs[runs["task"].isin(found.tasks)]
        taken = own["virtual_seconds"] / own["task"].map(self.seconds)
        over = taken < float(str(keys["share"])) * (1 - ROUNDING)
        times = own[["optimizer"]].assign(ended=over, taken=taken)
        return times.groupby("optimizer").mean().reset_index()


def rank_intervals(found: Finals) -> tuple[Floats, Floats]:
    """How far other seeds would move mean ranks over pairs of task and seed, tasks as they are.

    Returns:
        The ends for each optimizer; NaN where no task has two seeds that all of them ran.
    """
    ranks = mean_ranks(found.met, axis=1)
    if not len(ranks):
        unknown = np.full(ranks.shape[1], np.nan)
        return unknown, unknown
    strata: Sequence[Floats] = np.split(ranks, _borders(found.met_on))
    width = stratified_mean(strata)
    return np.maximum(width.low, 1.0), np.minimum(width.high, float(ranks.shape[1]))


def against_first(cases: Floats, rank: Floats) -> Floats:
    """The p-value of each optimizer's test with the first, adjusted by Holm for these tests.

    Args:
        cases: Results to be minimised, shape (tasks, optimizers).
        rank: By which the first is the first; shape (optimizers,).

    Returns:
        Shape (optimizers,); NaN of the first, and where there is nothing to test.
    """
    p = np.full(len(rank), np.nan)
    if len(cases) and len(rank) > 1 and not np.isnan(rank).all():
        first = int(np.nanargmin(rank))
        others = np.arange(len(rank)) != first
        p[others] = holm(wilcoxon(cases[:, others] - cases[:, [first]]).p)
    return p


def _borders(tasks: Integers) -> Integers:
    """Where in ascending numbers another one begins."""
    return np.flatnonzero(np.diff(tasks)) + 1


def _effects(keys: Mapping[str, str | float], found: Finals) -> pd.DataFrame:
    first, second = found.pairs
    effect, low, high = (values[first, second] for values in improvement(found.loss))
    pairs = found.named(a12=effect, a12_low=low, a12_high=high)
    return pairs.assign(**keys, tasks=len(found.tasks))[[*EFFECT]]
