"""Groups that cannot be told apart, by brute force; Nemenyi's distance against Demsar's table."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.stats.critical import groups, nemenyi_distance
from hpobench.stats.significance import friedman

TABLE = {2: 1.960, 3: 2.343, 4: 2.569, 5: 2.728, 6: 2.850, 7: 2.949, 8: 3.031, 9: 3.102, 10: 3.164}
"""Demsar (2006), table 5a: quantiles at 0.05."""


@pytest.mark.parametrize(("optimizers", "quantile"), TABLE.items())
def test_the_distance_is_that_of_demsars_table(optimizers: int, quantile: float) -> None:
    expected = quantile * np.sqrt(optimizers * (optimizers + 1) / (6 * 14))
    assert nemenyi_distance(optimizers, 14) == pytest.approx(expected, rel=3e-4)


def test_the_distances_printed_in_demsars_example() -> None:
    assert nemenyi_distance(4, 14) == pytest.approx(1.25, abs=0.005)
    assert nemenyi_distance(4, 14, level=0.10) == pytest.approx(1.12, abs=0.005)


def test_distance_ranks_and_friedman_are_those_of_autorank() -> None:
    """Twenty cases and five optimizers, with ties; autorank 1.3.0, forced to be nonparametric."""
    drawn = np.random.default_rng(42).exponential(1, (20, 5)) * np.linspace(1, 2, 5)
    found = friedman(np.round(drawn, 1))
    assert found.ranks.tolist() == [2.5, 3.125, 3.125, 2.975, 3.275]
    assert found.p == pytest.approx(0.5652032975643575)
    assert nemenyi_distance(5, 20) == pytest.approx(1.3638754419345194, rel=1e-4)


def test_nobody_to_compare_with_has_no_distance() -> None:
    assert np.isnan(nemenyi_distance(1, 10))
    assert np.isnan(nemenyi_distance(3, 0))


def matrix(count: int, pairs: set[tuple[int, int]]) -> np.ndarray:
    alike = np.eye(count, dtype=bool)
    for i, j in pairs:
        alike[i, j] = alike[j, i] = True
    return alike


def brute_force(alike: np.ndarray) -> list[tuple[int, ...]]:
    """All sets in which all pairs are alike, that no larger one holds."""
    sets = [
        set(members)
        for size in range(2, len(alike) + 1)
        for members in combinations(range(len(alike)), size)
        if all(alike[i, j] for i, j in combinations(members, 2))
    ]
    return sorted(tuple(sorted(s)) for s in sets if not any(s < other for other in sets))


@given(st.data())
def test_groups_are_the_largest_sets_and_move_with_the_names(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 7))
    everyone = list(combinations(range(count), 2))
    pairs = data.draw(st.sets(st.sampled_from(everyone))) if everyone else set()
    alike = matrix(count, pairs)
    found = groups(alike)
    assert found == brute_force(alike)
    order = np.array(data.draw(st.permutations(range(count))), dtype=int)
    moved = groups(alike[np.ix_(order, order)])
    assert {frozenset(order[list(g)].tolist()) for g in moved} == {frozenset(g) for g in found}


def test_being_alike_does_not_carry_over() -> None:
    assert groups(matrix(3, {(0, 1), (1, 2)})) == [(0, 1), (1, 2)]
    assert groups(matrix(3, {(0, 2)})) == [(0, 2)]
    assert groups(matrix(3, set())) == []
