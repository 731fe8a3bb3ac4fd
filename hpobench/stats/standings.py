"""How optimizers stand at shares of the budget and of time, on all, real and synthetic tasks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from hpobench.scoring.curves import Axis
from hpobench.scoring.means import mean, mean_of_known
from hpobench.scoring.score import Scored
from hpobench.scoring.trials import ROUNDING, Floats, Integers
from hpobench.stats.comparison import Comparison
from hpobench.stats.finals import Finals, Placement, finals
from hpobench.stats.interquartile import stratified_mean
from hpobench.stats.joined_columns import Columns, join_columns
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


Keys = Mapping[str, str | float]
"""What a standing is of, see `KEYS`."""


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
        return join_columns(list(self._computed(self._standing)), STANDING)

    def effects(self) -> pd.DataFrame:
        """One row for each part, axis, share and pair of optimizers, as `pairs` has them.

        Returns:
            The `KEYS`, the number of `tasks`, `optimizer`, `other`, and `a12`: how probable it is
            that a run of the first is ahead of one of the other there (the mean over tasks),
            with its interval `a12_low` to `a12_high`.
        """
        return join_columns(list(self._computed(_effects)), EFFECT)

    def _computed(self, compute: Callable[[Keys, Finals], Columns]) -> Iterator[Columns]:
        """Columns of each part, axis and share; computed once where a part has all tasks."""
        known: dict[int, Columns] = {}
        for keys, found in self._cells:
            if id(found) not in known:
                known[id(found)] = compute(keys, found)
            yield _with_keys(keys, found, known[id(found)])

    @cached_property
    def _cells(self) -> list[tuple[Keys, Finals]]:
        """For each part, axis and share what the runs had come to there."""
        return list(self._each())

    def _each(self) -> Iterator[tuple[Keys, Finals]]:
        whole = {axis: list(self._over(axis)) for axis in (Axis.BUDGET, Axis.TIME)}
        for part in TaskScope:
            for axis, shares in whole.items():
                for share, found in shares:
                    kept = np.array([self._has(name, part) for name in found.tasks], dtype=np.bool_)
                    if kept.any():
                        kind = str(self.comparison.kind)
                        keys: Keys = {
                            "kind": kind,
                            "part": str(part),
                            "axis": str(axis),
                            "share": share,
                        }
                        yield keys, found.only(kept)

    def _over(self, axis: Axis) -> Iterator[tuple[float, Finals]]:
        """For each share of an axis what the runs had come to there."""
        tasks = self._on_axis.get(axis, frozenset())
        within = self.comparison.on(self.scored.runs, tasks)
        placement = Placement.of(self.scored, within)
        for share in SHARES if tasks else ():
            yield share, finals(self.scored, within, axis=axis, share=share, placement=placement)

    def _has(self, task: str, part: TaskScope) -> bool:
        """Whether a task is of a part."""
        return part is TaskScope.ALL or self.real.get(task) is (part is TaskScope.REAL)

    @cached_property
    def _on_axis(self) -> Mapping[Axis, frozenset[str]]:
        """The compared tasks that have curves over each axis."""
        names = self.scored.runs["task"].iloc[self.comparison.rows]
        return {
            axis: frozenset(names[~np.isnan(losses[self.comparison.rows, -1])])
            for axis, losses in self.scored.curves.losses.items()
        }

    def _standing(self, keys: Keys, found: Finals) -> Columns:
        """The columns of one part, axis and share."""
        ranks = mean_ranks(found.met, axis=1)
        reached = np.isfinite(found.met)
        low, high = rank_intervals(found)
        regret = _regrets(found)
        rank = mean(ranks) if len(ranks) else np.full(len(found.optimizers), np.nan)
        ended, taken = self._time(found, keys)
        columns: dict[str, Any] = {
            "optimizer": np.array(found.optimizers, dtype=object),
            "rank": rank,
            "rank_low": low,
            "rank_high": high,
            "regret": regret[:, 0],
            "low": regret[:, 1],
            "high": regret[:, 2],
            "wins": (reached & (ranks == ranks.min(axis=1, keepdims=True))).sum(axis=0),
            "p_first": against_first(found.tested, rank),
            "ended": ended,
            "taken": taken,
        }
        order = np.lexsort((regret[:, 0], rank))
        return {name: own[order] for name, own in columns.items()}

    def _time(self, found: Finals, keys: Keys) -> tuple[Floats, Floats]:
        """By optimizer what share of its runs was over before a time, and how long they took."""
        ended, taken = np.full((2, len(found.optimizers)), np.nan)
        if keys["axis"] == Axis.TIME:
            names, tasks, times = self._times
            before = times < float(keys["share"]) * (1 - ROUNDING)
            own = np.isin(tasks, np.array(found.tasks, dtype=object))
            for i, name in enumerate(found.optimizers):
                runs = own & (names == name)
                ended[i] = mean(before[runs].astype(np.float64))
                taken[i] = mean_of_known(times[runs])
        return ended, taken

    @cached_property
    def _times(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any], Floats]:
        """Optimizer, task and time of each compared run, where 1 is random search's."""
        runs = self.scored.runs.iloc[self.comparison.rows]
        taken = runs["virtual_seconds"] / runs["task"].map(self.seconds)
        names, tasks = (runs[name].to_numpy(object) for name in ("optimizer", "task"))
        return names, tasks, taken.to_numpy(float)


def _regrets(found: Finals) -> Floats:
    """Interquartile means with both ends of their intervals, shape (optimizers, 3)."""
    if not found.scaled.any():
        return np.full((len(found.optimizers), 3), np.nan)
    return found.middle_on(np.ones(len(found.scores), dtype=np.bool_))


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


def _effects(_keys: Keys, found: Finals) -> Columns:
    """The columns of one part, axis and share."""
    first, second = found.pairs
    effect, low, high = (values[first, second] for values in improvement(found.loss))
    names = np.array(found.optimizers, dtype=object)
    columns = {"optimizer": names[first], "other": names[second]}
    return columns | {"a12": effect, "a12_low": low, "a12_high": high}


def _with_keys(keys: Keys, found: Finals, columns: Columns) -> Columns:
    """Columns with what they are of in each row."""
    rows = len(columns["optimizer"])
    about = {name: np.full(rows, keys[name], dtype=object) for name in KEYS[:-1]}
    share = np.full(rows, float(keys["share"]))
    return {**about, "share": share, "tasks": np.full(rows, len(found.tasks)), **columns}
