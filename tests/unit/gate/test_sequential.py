"""Boundaries against published ones and against simulated paths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from hpobench.gate.sequential import LEVELS, Looks, boundaries, spent

FRACTIONS = (0.25, 0.5, 0.75, 1.0)


@pytest.mark.parametrize(
    ("level", "fractions", "published"),
    [
        # The README of SeqBounds.jl 0.1: one-sided, spending like O'Brien and Fleming.
        (0.05, FRACTIONS, [3.74955, 2.53993, 2.01604, 1.72014]),
        # Reboussin, DeMets, Kim and Lan (2000), Controlled Clinical Trials 21: ld98, as ldbounds.
        (0.025, (0.2, 0.4, 0.6, 0.8, 1.0), [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]),
    ],
)
def test_boundaries_are_those_that_others_published(
    level: float, fractions: tuple[float, ...], published: list[float]
) -> None:
    assert boundaries(level, fractions) == pytest.approx(published, abs=2e-4)


@pytest.mark.parametrize("looks", [1, 3, 20])
def test_no_more_than_the_level_is_spent_by_chance(looks: int) -> None:
    fractions = np.arange(1, looks + 1) / looks
    steps = np.random.default_rng(1).standard_normal((40_000, looks)) / np.sqrt(looks)
    z = np.cumsum(steps, axis=1) / np.sqrt(fractions)
    crossed = (z >= boundaries(0.05, fractions.tolist())).any(axis=1).mean()
    assert crossed == pytest.approx(0.05, abs=4 * np.sqrt(0.05 / 40_000))


def test_all_of_the_level_is_spent_in_the_end_and_little_before() -> None:
    assert spent(0.01, 1.0) == pytest.approx(0.01)
    assert spent(0.01, 0.25) < 1e-6 < spent(0.01, 0.5) < 1e-3


@given(
    st.lists(st.floats(-2, 6), min_size=1, max_size=4),
    st.sampled_from([0.001, 0.01, 0.05, 0.2]),
)
def test_the_p_value_of_all_looks_rejects_where_a_boundary_is_crossed(
    z: list[float], level: float
) -> None:
    looks = Looks.equal(40, 4)
    limits = boundaries(level, looks.fractions)[: len(z)]
    p_value = looks.p_value([float(norm.sf(value)) for value in z])
    if min(abs(z - limits)) > 1e-2:  # the table is interpolated
        assert (p_value <= level) == any(z >= limits)


def test_a_single_look_changes_no_p_value() -> None:
    assert Looks.equal(40, 1).p_value([0.0123]) == 0.0123
    assert Looks.equal(40, 4).p_value([]) == 1.0


def test_boundaries_rise_as_levels_fall_so_that_p_values_are_well_defined() -> None:
    tables = np.array([boundaries(level, FRACTIONS) for level in LEVELS[::8]])
    assert (np.diff(tables, axis=0) > 0).all()


def test_many_looks_leave_levels_too_small_for_a_number() -> None:
    # 2 (1 - Phi(z / sqrt(0.05))) = 1e-12 at z = 1.594, to which a level of 0.111 belongs
    assert Looks.equal(1000, 20).p_value([1e-12]) == pytest.approx(0.111, abs=1e-3)
    assert Looks.equal(1000, 20).p_value([0.5] * 19 + [1e-9]) < 1e-6


def test_looks_come_after_equal_numbers_of_seeds() -> None:
    assert Looks.equal(40, 4).sizes == (10, 20, 30, 40)
    assert Looks.equal(10, 4).sizes == (3, 5, 8, 10)
    assert Looks.equal(2, 4).sizes == (1, 2)
    assert Looks.equal(40, 4).reached(35) == (10, 20, 30)
