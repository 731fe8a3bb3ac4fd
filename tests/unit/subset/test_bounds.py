"""Lower bounds never exceed the exact value, come close to it, and prove themselves."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.subset import Target, select, star_discrepancy
from hpobench.subset.discrepancy.bounds import lower_bound
from hpobench.subset.discrepancy.relaxation import relaxed_bound
from hpobench.subset.discrepancy.upper import upper_bound
from tests.examples import examples


@pytest.mark.slow
@examples(25)
@given(st.integers(1, 12), st.integers(1, 4), st.integers(2, 6), st.integers(0, 99))
def test_the_box_proves_a_value_that_the_exact_one_reaches(
    n: int, d: int, levels: int, seed: int
) -> None:
    points = np.random.default_rng(seed).integers(0, levels, (n, d)) / (levels - 1)
    bound = lower_bound(points, seed=seed, steps=50)
    corner = np.array(bound.corner)
    inner = np.mean((points < corner).all(axis=1))
    outer = np.mean((points <= corner).all(axis=1))
    # a side of an open box at 1 may be closed: no volume is lost and no point is gained
    proof = outer - corner.prod() if bound.closed else corner.prod() - inner
    assert bound.value <= proof + 1e-12
    assert proof <= star_discrepancy(points) + 1e-12


def test_it_comes_close_to_the_exact_value_of_small_sets(exact: dict[str, Any]) -> None:
    for entry in exact["sets"]:
        if entry["d"] >= 4:
            bound = lower_bound(np.array(entry["points"]), steps=3000)
            assert bound.value <= entry["star_discrepancy"] + 1e-12
            assert bound.value >= 0.97 * entry["star_discrepancy"], entry["name"]


def test_it_comes_close_to_published_values_in_six_dimensions(published: dict[str, Any]) -> None:
    for entry in published["sets"]:
        if entry["d"] == 6:
            bound = lower_bound(np.array(entry["points"]), steps=20_000).value
            assert 0.97 * entry["published"] <= bound <= entry["published"] + 1e-6


@examples(25)
@given(st.integers(1, 12), st.integers(1, 4), st.integers(2, 6), st.integers(0, 99))
def test_the_upper_bound_comes_down_to_the_exact_value_and_never_below(
    n: int, d: int, levels: int, seed: int
) -> None:
    points = np.random.default_rng(seed).integers(0, levels, (n, d)) / (levels - 1)
    bounds = [upper_bound(points, splits=splits) for splits in (1, 5, 10_000)]
    assert bounds == sorted(bounds, reverse=True)
    assert bounds[-1] == pytest.approx(star_discrepancy(points), abs=1e-12)


def test_both_bounds_enclose_published_values_in_six_dimensions(published: dict[str, Any]) -> None:
    for entry in published["sets"]:
        if entry["d"] == 6:
            upper = upper_bound(np.array(entry["points"]), splits=300)
            assert entry["published"] - 1e-6 <= upper < 1


def test_the_same_seed_gives_the_same_bound() -> None:
    points = np.random.default_rng(0).random((200, 10))
    assert lower_bound(points, seed=4, steps=200) == lower_bound(points, seed=4, steps=200)


def test_no_subset_is_below_the_relaxed_bound_which_clumps_bring_close() -> None:
    for seed in range(4):
        points = np.random.default_rng(seed).integers(0, 3, (9, 2)) / 2
        best = select(points, 3, target=Target.UNIFORM)
        assert best.proven
        assert relaxed_bound(points, 3) <= best.discrepancy + 1e-9
    # nothing near the origin: an empty open box of volume 0.64 whatever is chosen
    points = np.random.default_rng(0).uniform(0.8, 1, (40, 2))
    assert relaxed_bound(points, 5) >= 0.64
