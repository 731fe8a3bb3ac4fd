"""Whether a subset ranks optimizers as the full set does, or as tasks outside of that do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hpobench.scoring.means import mean, mean_of_known
from hpobench.stats.ranks import mean_ranks
from hpobench.stats.stability import kendall
from hpobench.subset.discrepancy.ranked import Floats

RESAMPLES = 400
"""Resamples of the seeds; an interval's ends are then known to about a hundredth."""

LEVEL = 0.95

HALVES = 200
"""Random halves; their mean agreement is then known to about two hundredths."""

FEWEST = 3
"""With fewer held-out optimizers there is no ranking to speak of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How like the full set's ranking that of a subset is.

    Attributes:
        tau: Kendall's tau-b of mean ranks over tasks; the mean where there are several subsets.
        low, high: The ends of its interval with other seeds, and with another subset where there
            are several; tau lies inside.
    """

    tau: float
    low: float
    high: float


class Judge:
    """The rankings of held-out optimizers, as they are and with seeds drawn anew.

    Optimizers are ranked on each task by their mean loss over seeds, and over tasks by their mean
    rank, which needs no scale.
    """

    def __init__(self, losses: Floats, *, seed: int = 0) -> None:
        """Draw the seeds.

        Args:
            losses: What each run ended with, NaN after the last seed; shape (tasks, optimizers,
                seeds).
            seed: Where all chance comes from.
        """
        rng = np.random.default_rng(seed)
        self._ranks = ranks_on_tasks(losses)
        self._redrawn = [ranks_on_tasks(_redrawn(losses, rng)) for _ in range(RESAMPLES)]

    def agreement(self, subsets: Sequence[Sequence[int]]) -> Agreement:
        """Compare the rankings over a subset, or over several chosen alike, with the full set's.

        Drawing seeds anew adds their noise once more, so that tau is mostly smaller then: the
        interval is made of how far it moves, to either side, and not of where it comes to lie.

        Source:
            Hall (1988), On Symmetric Bootstrap Confidence Intervals, JRSS B 50.
        """
        rows = [list(subset) for subset in subsets]
        tau = float(mean(np.array([_tau(self._ranks, subset) for subset in rows])))
        spread = [_tau(ranks, rows[i % len(rows)]) for i, ranks in enumerate(self._redrawn)]
        width = float(np.quantile(np.abs(np.array(spread) - tau), LEVEL))
        return Agreement(tau=tau, low=max(tau - width, -1.0), high=min(tau + width, 1.0))


def make_judge(losses: Floats, *, seed: int = 0) -> Judge | None:
    """A judge, if there are optimizers enough."""
    return Judge(losses, seed=seed) if losses.shape[1] >= FEWEST else None


def ranks_on_tasks(losses: Floats) -> Floats:
    """The rank of each optimizer's mean over seeds on each task; shape (tasks, optimizers).

    Args:
        losses: What each run ended with, NaN after the last seed; shape (tasks, optimizers, seeds).
    """
    return mean_ranks(mean_of_known(losses, axis=2), axis=1)


def ranking_agreement(ranks: Floats, others: Floats) -> float:
    """Kendall's tau-b of the rankings by mean rank over two sets of tasks; 0 where one ties all.

    Args:
        ranks: The ranks on some tasks, shape (tasks, optimizers).
        others: Those of the same optimizers on others.
    """
    return float(np.nan_to_num(kendall(ranks.mean(axis=0), others.mean(axis=0))))


def split_half_agreement(ranks: Floats, *, seed: int = 0) -> float:
    """How well random halves of a set of tasks agree, in the mean: what no other set can surpass.

    Args:
        ranks: The ranks on two tasks or more, shape (tasks, optimizers).
        seed: Where all chance comes from.
    """
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(ranks)) for _ in range(HALVES)]
    middle = len(ranks) // 2
    taus = [ranking_agreement(ranks[each[:middle]], ranks[each[middle:]]) for each in orders]
    return float(mean(np.array(taus)))


def _redrawn(losses: Floats, rng: np.random.Generator) -> Floats:
    """The same with seeds drawn anew for each task and optimizer."""
    count = (~np.isnan(losses)).sum(axis=2, keepdims=True)
    drawn = np.take_along_axis(losses, (rng.random(losses.shape) * count).astype(int), axis=2)
    return np.where(np.arange(losses.shape[2]) < count, drawn, np.nan)


def _tau(ranks: Floats, subset: list[int]) -> float:
    """The agreement of one subset with the full set."""
    return ranking_agreement(ranks[subset], ranks)
