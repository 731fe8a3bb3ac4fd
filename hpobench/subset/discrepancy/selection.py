"""Choose few of many points so that they stand for all, or for the whole cube."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from hpobench.errors import UserError
from hpobench.subset.discrepancy.assignment import draw_subset
from hpobench.subset.discrepancy.boxes import worst_boxes
from hpobench.subset.discrepancy.limits import GroupLimits, no_limits
from hpobench.subset.discrepancy.ranked import Integers, Space, space
from hpobench.subset.discrepancy.star import boxes, check_boxes, positive_weights, unit_points
from hpobench.subset.discrepancy.state import SearchState, empty_pool
from hpobench.subset.discrepancy.swap import EPSILON, search
from hpobench.subset.discrepancy.target import Target
from hpobench.system.kernel import cores

EVALUATIONS = 10_000
"""Exact evaluations of a search: seconds in three dimensions, and within 1.05 of the best known."""

PATIENCE = 200
"""Kicks in vain before the search starts afresh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsetSolution:
    """A subset and how good it is.

    Attributes:
        rows: The chosen rows, ascending.
        discrepancy: Its exact star discrepancy against the target.
        proven: No other subset is better.
    """

    rows: tuple[int, ...]
    discrepancy: float
    proven: bool


def select(  # noqa: PLR0913 (one question, and each request has a default)
    points: ArrayLike,
    k: int,
    *,
    target: Target = Target.EMPIRICAL,
    weights: ArrayLike | None = None,
    seed: int = 0,
    evaluations: int = EVALUATIONS,
    restarts: int = 1,
    required: Sequence[int] = (),
    excluded: Iterable[int] = (),
    limits: GroupLimits | None = None,
) -> SubsetSolution:
    """Choose k points with a small star discrepancy; the same arguments give the same choice.

    All subsets are tried where that takes no more than the allowed evaluations.

    Args:
        points: (n, d) in [0, 1]; the candidates, and all of them the empirical target.
        k: How many to choose.
        target: What the chosen points are compared with.
        weights: (n,), positive; how much each point counts for in the empirical target.
        seed: Where all chance comes from.
        evaluations: How many subsets a search may evaluate; the time of one grows as (k + 1)^d.
        restarts: So many searches, on as many cores as there are; the best counts.
        required: Rows that must be chosen.
        excluded: Rows that must not be chosen (but still count in the target).
        limits: How many rows of some groups must and may be chosen.

    Raises:
        UserError: There are no such subsets, or they have too many boxes.
    """
    checked = unit_points(points)
    free = free_rows(len(checked), k, required, excluded)
    check_boxes(boxes(checked, k))
    counts = positive_weights(weights, len(checked))
    problem = space(checked, checked if target is Target.EMPIRICAL else None, counts)
    allowed = limits or no_limits(len(checked))
    if comb(len(free), k - len(required)) <= evaluations:
        return _exhaust(problem, allowed, required, free, k - len(required))

    def search_once(stream: np.random.SeedSequence) -> SubsetSolution:
        return _search(problem, allowed, required, free, k, stream, evaluations)

    first = np.random.SeedSequence(seed)
    with ThreadPoolExecutor(cores()) as pool:
        found = list(pool.map(search_once, [first, *first.spawn(restarts - 1)]))
    return min(found, key=lambda selection: selection.discrepancy)


def select_disjoint(
    points: ArrayLike, sizes: Sequence[int], *, seed: int = 0, **wishes: Any
) -> list[SubsetSolution]:
    """Choose subsets that share no row, such as for development and test, one after the other.

    Each is compared with the same target, the full set or the cube; wishes as in `select`.
    """
    chosen: list[SubsetSolution] = []
    for index, size in enumerate(sizes):
        taken = [row for selection in chosen for row in selection.rows]
        chosen.append(select(points, size, seed=seed + index, excluded=taken, **wishes))
    return chosen


def discrepancies(
    points: ArrayLike,
    subsets: Iterable[Sequence[int]],
    *,
    target: Target = Target.EMPIRICAL,
    weights: ArrayLike | None = None,
) -> list[float]:
    """The exact star discrepancy of each of some subsets; arguments as of `select`."""
    checked = unit_points(points)
    counts = positive_weights(weights, len(checked))
    problem = space(checked, checked if target is Target.EMPIRICAL else None, counts)
    return [_value(problem, np.array(rows, dtype=np.int64)) for rows in subsets]


def free_rows(n: int, k: int, required: Sequence[int], excluded: Iterable[int]) -> Integers:
    """The rows among which there is a choice, if k can be chosen.

    Raises:
        UserError: There are no such subsets.
    """
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


def _exhaust(
    problem: Space, limits: GroupLimits, required: Sequence[int], free: Integers, wanted: int
) -> SubsetSolution:
    """The best of all allowed subsets, the first one of equals."""
    best, champion = np.inf, np.empty(0, dtype=np.int64)
    for rest in combinations(free, wanted):
        chosen = np.array([*required, *rest], dtype=np.int64)
        if not limits.allow(chosen):
            continue
        value = _value(problem, chosen)
        if value < best - EPSILON:
            best, champion = value, chosen
    if not len(champion):
        raise UserError(
            f"no {len(required) + wanted} of these rows keep to the limits of all groups"
        )
    return _selection(best, champion, proven=True)


def _value(problem: Space, chosen: Integers) -> float:
    """The discrepancy of a subset."""
    return float(worst_boxes(problem, chosen, np.ones(len(chosen))).excess.max())


def _search(
    problem: Space,
    limits: GroupLimits,
    required: Sequence[int],
    free: Integers,
    k: int,
    stream: np.random.SeedSequence,
    evaluations: int,
) -> SubsetSolution:
    """The best subset that swaps find."""
    rng = np.random.default_rng(stream)
    chosen = draw_subset(limits, required, free, k, rng)
    state = SearchState(
        chosen=chosen,
        free=np.isin(np.arange(len(problem.ranks)), np.setdiff1d(free, chosen)).astype(np.uint8),
        fixed=np.array([len(required)]),
        value=np.array([np.inf]),
        left=np.array([evaluations]),
        chance=np.zeros(1),
        member=limits.member.astype(np.uint8),
        low=limits.low,
        high=limits.high,
        tally=limits.counts(chosen),
    )

    def draw() -> Integers:
        return draw_subset(limits, required, free, k, rng)

    pool, has_limits = empty_pool(len(problem.ranks)), len(limits.low) > 0
    best, champion = search(problem, state, pool, PATIENCE, rng, draw if has_limits else None)
    return _selection(best, champion, proven=False)


def _selection(discrepancy: float, rows: Integers, *, proven: bool) -> SubsetSolution:
    """In plain Python values."""
    return SubsetSolution(
        rows=tuple(sorted(rows.tolist())), discrepancy=float(discrepancy), proven=proven
    )
