"""Limits of groups against brute force: all ways of choosing keep to them, and bounds hold."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hpobench.errors import UserError
from hpobench.subset import Target, alternatives, select, star_discrepancy
from hpobench.subset.discrepancy.assignment import DisjointSubsets, assign_rows, least_violation
from hpobench.subset.discrepancy.limits import GroupLimits
from hpobench.subset.discrepancy.ranked import Floats
from hpobench.subset.discrepancy.relaxation import relaxed_bound
from tests.examples import examples

N, K = 9, 4
WAYS = (alternatives.random, alternatives.kernel_mean, alternatives.medoids)


@st.composite
def pools(draw: st.DrawFn) -> tuple[Floats, GroupLimits]:
    """A few points on a lattice, and limits of overlapping groups of them."""
    cells = draw(st.lists(st.integers(0, 4), min_size=2 * N, max_size=2 * N))
    groups = draw(st.integers(1, 3))
    member = draw(st.lists(st.booleans(), min_size=groups * N, max_size=groups * N))
    low = draw(st.lists(st.integers(0, 3), min_size=groups, max_size=groups))
    room = draw(st.lists(st.integers(0, 3), min_size=groups, max_size=groups))
    limits = GroupLimits(
        member=np.array(member).reshape(groups, N),
        low=np.array(low, dtype=np.int64),
        high=np.array(low, dtype=np.int64) + np.array(room, dtype=np.int64),
    )
    return np.array(cells).reshape(N, 2) / 4, limits


def allowed(limits: GroupLimits) -> list[tuple[int, ...]]:
    """All subsets that keep to the limits, counted by hand."""
    return [
        rows
        for rows in combinations(range(N), K)
        if all(
            low <= sum(bool(member[row]) for row in rows) <= high
            for member, low, high in zip(limits.member, limits.low, limits.high, strict=True)
        )
    ]


def demand(limits: GroupLimits, splits: int = 1) -> DisjointSubsets:
    return DisjointSubsets(
        whole=limits,
        shares=[replace(limits, low=0 * limits.low, high=0 * limits.high + N)] * splits,
        k=K,
        required=(),
        free=np.arange(N),
        held=0 * limits.low,
    )


@examples(60)
@given(pools(), st.sampled_from(Target))
def test_the_best_allowed_subset_is_found_and_no_bound_lies_above_it(
    pool: tuple[Floats, GroupLimits], target: Target
) -> None:
    points, limits = pool
    goal = points if target is Target.EMPIRICAL else None
    values = {rows: star_discrepancy(points[list(rows)], goal) for rows in allowed(limits)}
    assume(values)
    found = select(points, K, target=target, limits=limits)
    assert found.proven
    assert found.rows in values
    assert found.discrepancy == pytest.approx(min(values.values()), abs=1e-12)
    bound = relaxed_bound(points, K, target=goal, limits=limits)
    assert bound <= min(values.values()) + 1e-9


@examples(40)
@given(pools(), st.integers(0, 5))
def test_swaps_and_all_other_ways_keep_to_the_limits(
    pool: tuple[Floats, GroupLimits], seed: int
) -> None:
    points, limits = pool
    subsets = set(allowed(limits))
    assume(subsets)
    assert select(points, K, limits=limits, evaluations=20, seed=seed).rows in subsets
    for choose in WAYS:
        assert choose(points, K, limits=limits, seed=seed) in subsets


@examples(60)
@given(pools())
def test_what_no_subset_keeps_is_refused_and_missed_by_as_much_as_counted_by_hand(
    pool: tuple[Floats, GroupLimits],
) -> None:
    points, limits = pool
    first = limits.member[0]
    least = replace(limits.only(np.eye(len(limits.low), dtype=bool)[0]), high=np.array([N]))
    counts = [sum(bool(first[row]) for row in rows) for rows in combinations(range(N), K)]
    missed = max(0, int(least.low[0]) - max(counts))
    assert least_violation(demand(least), np.array([True])) == missed
    if not allowed(limits):
        assert assign_rows(demand(limits)) is None
        with pytest.raises(UserError, match="no 4 of these rows keep to the limits"):
            select(points, K, limits=limits)
        for choose in WAYS:
            with pytest.raises(UserError, match="no 4 of these rows keep to the limits"):
                choose(points, K, limits=limits)
    else:
        found = assign_rows(demand(limits))
        assert found is not None
        assert tuple(sorted(found[0].tolist())) in allowed(limits)


@examples(60)
@given(pools())
def test_two_subsets_are_found_together_if_and_only_if_there_are_two(
    pool: tuple[Floats, GroupLimits],
) -> None:
    _, limits = pool
    halves = list(combinations(range(N), K))
    fits = any(
        limits.allow([*one, *other]) for one in halves for other in halves if not {*one} & {*other}
    )
    found = assign_rows(demand(limits, splits=2))
    assert (found is not None) is fits
    if found is not None:
        assert len({*found[0].tolist(), *found[1].tolist()}) == 2 * K
        assert limits.allow(np.concatenate(found))


def test_a_limit_changes_the_choice_and_lifts_the_bound_of_the_full_set() -> None:
    rng = np.random.default_rng(0)
    points = rng.random((40, 2))
    right = GroupLimits(member=points[None, :, 0] > 0.5, low=np.array([9]), high=np.array([10]))
    free, bound = select(points, 10, evaluations=500), relaxed_bound(points, 10, target=points)
    kept = select(points, 10, evaluations=500, limits=right)
    assert bound == 0
    assert not right.allow(free.rows)
    assert right.allow(kept.rows)
    share = float((points[:, 0] > 0.5).mean())
    # the half of the square alone is missed by what nine of ten exceed its share
    assert relaxed_bound(points, 10, target=points, limits=right) >= 0.9 - share - 1e-5
    assert free.discrepancy < 0.9 - share <= kept.discrepancy + 1e-12


@pytest.mark.parametrize("choose", WAYS)
def test_required_and_excluded_rows_go_with_limits(
    choose: Callable[..., tuple[int, ...]],
) -> None:
    points = np.random.default_rng(1).random((30, 2))
    even = GroupLimits(
        member=np.arange(30)[None, :] % 2 == 0, low=np.array([0]), high=np.array([2])
    )
    rows = choose(points, 6, required=[4, 6], excluded=[1, 3], limits=even)
    assert {4, 6} <= set(rows)
    assert not {1, 3} & set(rows)
    assert sum(row % 2 == 0 for row in rows) == 2
