"""How far the ranking would be another one with other tasks and other seeds."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from hpobench.analysis.bootstrap import interquartile_mean
from hpobench.analysis.finals import Finals
from hpobench.analysis.means import mean_of_known
from hpobench.analysis.trials import Floats, Integers

RESAMPLES = 500
CHUNK = 20
"""Resamples made at a time, which bounds memory."""

SEED = 0


class Stability(NamedTuple):
    """What rankings by resampled tasks and seeds say; everything NaN without two tasks.

    Attributes:
        ranks: How often each optimizer has each place, shape (optimizers, places); those that
            share places are counted at each of them in equal parts.
        before: How often one is ranked before another, ties by half, shape (optimizers,
            optimizers).
        tau: Mean Kendall's tau-b between a resampled ranking and that of all results.
    """

    ranks: Floats
    before: Floats
    tau: float


def stability(finals: Finals, resamples: int = RESAMPLES) -> Stability:
    """Rank the optimizers by interquartile mean anew, on tasks and seeds drawn with replacement.

    A task that is drawn twice has its seeds drawn twice, so that the spread is that of new
    tasks with new seeds. The same draws are used for all optimizers.
    """
    regret = finals.regret[finals.scaled]
    count = regret.shape[1]
    if len(regret) <= 1:
        unknown = np.full((count, count), np.nan)
        return Stability(unknown, unknown, np.nan)
    scores = np.concatenate(list(_resampled(regret, resamples)))
    order = np.stack([np.sign(scores - scores[:, i : i + 1]) for i in range(count)], axis=1)
    reference = interquartile_mean(finals.scores)
    return Stability(
        ranks=_places(order),
        before=(1 + order.mean(axis=0)) / 2,
        tau=_tau(order, np.sign(reference - reference[:, None])),
    )


def frame(finals: Finals, found: Stability) -> pd.DataFrame:
    """Columns `kind`, `optimizer`, `place` from 1, and its `probability`."""
    count = len(finals.optimizers)
    columns = {
        "kind": str(finals.kind),
        "optimizer": np.repeat(np.array(finals.optimizers, dtype=object), count),
        "place": np.tile(np.arange(1, count + 1), count),
        "probability": found.ranks.ravel(),
    }
    return pd.DataFrame(columns)


def kendall(first: Floats, second: Floats) -> float:
    """Kendall's tau-b between two rankings; NaN if one of them ties all.

    Source:
        Kendall (1945), The Treatment of Ties in Ranking Problems.
    """
    order = np.sign(first[:, None] - first)
    return _tau(order[None], np.sign(second[:, None] - second))


def _resampled(regret: Floats, resamples: int) -> Iterator[Floats]:
    """Interquartile means by resampled tasks and seeds, shape (some resamples, optimizers)."""
    rng = np.random.default_rng(SEED)
    tasks, _, most = regret.shape
    seeds = (~np.isnan(regret)).sum(axis=2)
    for start in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - start)
        drawn = rng.integers(tasks, size=(size, tasks))
        shares = rng.random((most, size, tasks, 1))
        values = [_drawn(regret, seeds, drawn, share, i) for i, share in enumerate(shares)]
        yield interquartile_mean(mean_of_known(np.stack(values)))


def _drawn(regret: Floats, seeds: Integers, tasks: Integers, share: Floats, number: int) -> Floats:
    """The regret by one drawn seed of each drawn task and optimizer.

    Where an optimizer has fewer seeds than another, draws beyond as many are not known.
    """
    available = seeds[tasks]
    seed = np.minimum((share * available).astype(np.int64), available - 1)
    values = regret[tasks[:, :, None], np.arange(regret.shape[1]), seed]
    return np.where(number < available, values, np.nan)


def _places(orders: Floats) -> Floats:
    """How often each optimizer has each place, shape (optimizers, places)."""
    better = (orders < 0).sum(axis=2)[:, :, None]
    equal = (orders == 0).sum(axis=2)[:, :, None]
    place = np.arange(1, orders.shape[1] + 1)
    shares = ((place > better) & (place <= better + equal)) / equal
    return np.asarray(shares.mean(axis=0))


def _tau(orders: Floats, reference: Floats) -> float:
    """Mean tau-b of some orders of all pairs with another; NaN if that ties all."""
    agreement = np.sum(orders * reference, axis=(1, 2))
    most = np.sqrt(np.sum(orders**2, axis=(1, 2)) * np.sum(reference**2))
    told = most > 0
    return float(np.mean(agreement[told] / most[told])) if told.any() else float("nan")
