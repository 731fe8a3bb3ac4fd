"""Choose few of many points so that they stand for all, or for the whole cube."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from hpobench.errors import UserError
from hpobench.subset.boxes import Integers, Space, space, worst_boxes
from hpobench.subset.discrepancy import unit_points
from hpobench.subset.swap import EPSILON, State, empty_pool, search

EVALUATIONS = 10_000
"""Exact evaluations of a search: seconds in three dimensions, and within 1.05 of the best known."""

PATIENCE = 200
"""Kicks in vain before the search starts afresh."""


class Target(StrEnum):
    """What a subset is to resemble: the full set, or a cube filled evenly."""

    EMPIRICAL = "empirical"
    UNIFORM = "uniform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A subset and how good it is.

    Attributes:
        rows: The chosen rows, ascending.
        discrepancy: Its exact star discrepancy against the target.
        proven: No other subset is better.
    """

    rows: tuple[int, ...]
    discrepancy: float
    proven: bool


def select(
    points: ArrayLike,
    k: int,
    *,
    target: Target = Target.EMPIRICAL,
    seed: int = 0,
    evaluations: int = EVALUATIONS,
    required: Sequence[int] = (),
    excluded: Iterable[int] = (),
) -> Selection:
    """Choose k points with a small star discrepancy; the same arguments give the same choice.

    All subsets are tried where that takes no more than the allowed evaluations.

    Args:
        points: (n, d) in [0, 1]; the candidates, and all of them the empirical target.
        k: How many to choose.
        target: What the chosen points are compared with.
        seed: Where all chance comes from.
        evaluations: How many subsets may be evaluated; memory and time of one grow as (k + 1)^d.
        required: Rows that must be chosen.
        excluded: Rows that must not be chosen (but still count in the target).

    Raises:
        UserError: There are no such subsets.
    """
    checked = unit_points(points)
    free = _free(len(checked), k, required, excluded)
    problem = space(checked, checked if target is Target.EMPIRICAL else None)
    wanted = k - len(required)
    if comb(len(free), wanted) <= evaluations:
        return _exhaust(problem, required, free, wanted)
    return _search(problem, required, free, wanted, seed, evaluations)


def select_disjoint(
    points: ArrayLike,
    sizes: Sequence[int],
    *,
    target: Target = Target.EMPIRICAL,
    seed: int = 0,
    evaluations: int = EVALUATIONS,
) -> list[Selection]:
    """Choose subsets that share no row, such as for development and test, one after the other.

    Each is compared with the same target, the full set or the cube; arguments as in `select`.
    """
    chosen: list[Selection] = []
    for index, size in enumerate(sizes):
        taken = [row for selection in chosen for row in selection.rows]
        chosen.append(
            select(
                points,
                size,
                target=target,
                seed=seed + index,
                evaluations=evaluations,
                excluded=taken,
            )
        )
    return chosen


def _free(n: int, k: int, required: Sequence[int], excluded: Iterable[int]) -> Integers:
    """The rows among which there is a choice."""
    must, must_not = set(required), set(excluded)
    if unknown := sorted(row for row in must | must_not if not 0 <= row < n):
        raise UserError(f"there are rows 0 to {n - 1}, not {unknown[0]}")
    if must & must_not or len(must) != len(required):
        raise UserError("a required row is excluded, or named twice")
    if not max(1, len(must)) <= k <= n - len(must_not):
        raise UserError(
            f"cannot choose {k} of {n} points, {len(must)} of them required "
            f"and {len(must_not)} excluded"
        )
    return np.array([row for row in range(n) if row not in must | must_not], dtype=np.int64)


def _exhaust(problem: Space, required: Sequence[int], free: Integers, wanted: int) -> Selection:
    """The best of all subsets, the first one of equals."""
    best, champion = np.inf, np.empty(0, dtype=np.int64)
    for rest in combinations(free, wanted):
        chosen = np.array([*required, *rest], dtype=np.int64)
        value = worst_boxes(problem, chosen).excess.max()
        if value < best - EPSILON:
            best, champion = value, chosen
    return _selection(best, champion, proven=True)


def _search(
    problem: Space,
    required: Sequence[int],
    free: Integers,
    wanted: int,
    seed: int,
    evaluations: int,
) -> Selection:
    """The best subset that swaps find."""
    rng = np.random.default_rng(seed)
    chosen = np.array([*required, *rng.choice(free, wanted, replace=False)], dtype=np.int64)
    state = State(
        chosen=chosen,
        free=np.isin(np.arange(len(problem.ranks)), np.setdiff1d(free, chosen)).astype(np.uint8),
        fixed=np.array([len(required)]),
        value=np.array([np.inf]),
        left=np.array([evaluations]),
    )
    best, champion = search(problem, state, empty_pool(len(problem.ranks)), PATIENCE, rng)
    return _selection(best, champion, proven=False)


def _selection(discrepancy: float, rows: Integers, *, proven: bool) -> Selection:
    """In plain Python values."""
    return Selection(
        rows=tuple(sorted(rows.tolist())), discrepancy=float(discrepancy), proven=proven
    )
