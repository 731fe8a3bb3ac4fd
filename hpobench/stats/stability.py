"""How far the ranking would be another one with other tasks and other seeds."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from hpobench.scoring.means import mean
from hpobench.scoring.trials import Floats, Integers
from hpobench.stats.finals import Finals

BLOCK = 100_000
"""Weights of runs that are averaged at a time: many resamples of few runs, in little memory."""

RESAMPLES = 500
SEED = 0


class Stability(NamedTuple):
    """What rankings by resampled tasks and seeds say; everything NaN without two tasks.

    Attributes:
        ranks: How often each optimizer has each place, shape (optimizers, places); those that
            share places are counted at each of them in equal parts.
        before: How often one is ranked before another, ties by half, shape (optimizers,
            optimizers).
        tau: Mean Kendall's tau-b between a resampled ranking and that of all results.
        families: Number of collections that the tasks are of.
        tau_families: The same as `tau` if whole collections are resampled; NaN without two.
    """

    ranks: Floats
    before: Floats
    tau: float
    families: int
    tau_families: float


class Draw(NamedTuple):
    """Tasks drawn with replacement, and where among its seeds each of theirs is.

    Attributes:
        tasks: Positions among the tasks with a scale, shape (tasks drawn,).
        seeds: From 0 to 1, shape (tasks drawn, most seeds of a task).
    """

    tasks: Integers
    seeds: Floats


def stability(finals: Finals, collections: Sequence[str], resamples: int = RESAMPLES) -> Stability:
    """Rank the optimizers by interquartile mean anew, on tasks and seeds drawn with replacement.

    A task that is drawn twice has its seeds drawn twice, so that the spread is that of new
    tasks with new seeds. The same draws are used for all optimizers. Tasks of one collection are
    alike, so that the agreement is given for tasks drawn by collection, too.

    Args:
        finals: Final scores on tasks of one kind.
        collections: The collection of each task with a scale.
        resamples: How often.
    """
    tasks, count = finals.scores.shape
    names, family = np.unique(np.array(collections, dtype=object), return_inverse=True)
    if tasks <= 1:
        unknown = np.full((count, count), np.nan)
        return Stability(unknown, unknown, np.nan, len(names), np.nan)
    order = _orders(finals, np.arange(tasks), resamples)
    reference = np.sign(finals.middle - finals.middle[:, None])
    by_family = len(names) > 1
    return Stability(
        ranks=_places(order),
        before=(1 + mean(order)) / 2,
        tau=_tau(order, reference),
        families=len(names),
        tau_families=_tau(_orders(finals, family, resamples), reference) if by_family else np.nan,
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


def _orders(finals: Finals, cluster: Integers, resamples: int) -> Floats:
    """Who is before whom when clusters of tasks are drawn, shape (resamples, optimizers, others).

    Args:
        finals: Final scores on tasks of one kind.
        cluster: Which each of the tasks with a scale is of, numbered from 0.
        resamples: How often.
    """
    rng = np.random.default_rng(SEED)
    members = [np.flatnonzero(cluster == i) for i in range(cluster.max() + 1)]
    seeds = (~np.isnan(finals.regret[finals.scaled])).sum(axis=2)
    scores = np.empty((resamples, seeds.shape[1]))
    together = max(BLOCK // finals.pool.weights.size, 1)
    for start in range(0, resamples, together):
        draws = [
            _draw(finals, members, rng) for _ in range(start, min(start + together, resamples))
        ]
        scores[start : start + together] = finals.pool.means(_weights(finals, seeds, draws))
    return np.stack([np.sign(scores - scores[:, [i]]) for i in range(seeds.shape[1])], axis=1)


def _draw(finals: Finals, members: Sequence[Integers], rng: np.random.Generator) -> Draw:
    """Draw clusters, and on each of their tasks as many seeds as the most that any has."""
    drawn = rng.integers(len(members), size=len(members))
    tasks = np.concatenate([members[i] for i in drawn.tolist()])
    most = len(finals.pool.weights) // sum(map(len, members))
    return Draw(tasks=tasks, seeds=rng.random((len(tasks), most)))


def _weights(finals: Finals, seeds: Integers, draws: Sequence[Draw]) -> Integers:
    """How often each run counts in each draw, as the pool's weights; shape (draws, ...).

    Each optimizer draws as many seeds as it has, at the same places among them.
    """
    pool = finals.pool.weights
    tasks, share = (np.concatenate(parts) for parts in zip(*draws, strict=True))
    number = np.repeat(np.arange(len(draws)), [len(draw.tasks) for draw in draws])
    most = share.shape[1]
    available = seeds[tasks][:, None]
    seed = np.minimum((share[:, :, None] * available).astype(np.int64), available - 1)
    run = (number * len(pool) + tasks * most)[:, None, None] + seed
    weight = pool.reshape(len(seeds), most, -1).max(axis=1)[tasks][:, None]
    weight = weight * (np.arange(most)[:, None] < available)
    place = run * seeds.shape[1] + np.arange(seeds.shape[1])
    counts = np.bincount(place.ravel(), weight.ravel(), minlength=len(draws) * pool.size)
    return counts.astype(np.int64).reshape(len(draws), *pool.shape)


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
