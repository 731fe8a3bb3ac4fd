"""The multi-fidelity benchmark is that of its authors."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hpobench.benchmarks.synthetic.mfb import VARIANTS, Mfb, box
from hpobench.trial import Outcome
from tests import functions

POINT = [0.3, -0.7, 0.05, 0.9, -0.2]


def evaluate(number: int, point: list[float], phi: int | None, seed: int = 0) -> Outcome:
    return functions.evaluate(Mfb(number=number, dimension=len(point)), point, phi, seed)


def errors(number: int, point: list[float], phi: int) -> np.ndarray:
    """The errors of 1000 runs."""
    exact = evaluate(number, point, None).value
    return np.array([evaluate(number, point, phi, s).value - exact for s in range(1000)])


def test_values_and_costs_without_noise_are_those_of_the_authors(
    golden: Callable[[str], Any],
) -> None:
    points = golden("mfb")["points"]
    assert len(points) >= 50
    for number, x, phi, value, cost in points:
        outcome = evaluate(number, x, phi)
        assert outcome.value == pytest.approx(value, rel=1e-12, abs=1e-12)
        assert outcome.cost == pytest.approx(cost, rel=1e-12)


@given(number=st.sampled_from(sorted(VARIANTS)), seed=st.integers(0, 2**31 - 1))
def test_every_problem_is_the_same_at_the_highest_fidelity_and_best_in_the_middle(
    number: int, seed: int
) -> None:
    exact = sum(x**2 + 1 - math.cos(10 * math.pi * x) for x in POINT)
    assert evaluate(number, POINT, None, seed).value == pytest.approx(exact, rel=1e-14)
    assert evaluate(number, [0.0] * 5, None, seed).value == 0.0
    assert evaluate(number, POINT, None, seed).cost == 1.0


@pytest.mark.parametrize("dimension", [2, 5, 10])
def test_the_optimum_is_within_the_box_but_neither_in_its_middle_nor_on_a_coarse_grid(
    dimension: int,
) -> None:
    found = box(dimension)
    assert all(-1 <= low < 0 < high <= 1 for low, high in found)
    for steps in (1, 2, 4):
        axes = [np.linspace(low, high, steps + 1) for low, high in found]
        nearest = [float(axis[np.abs(axis).argmin()]) for axis in axes]
        assert evaluate(1, nearest, None).value > 0.1


def test_the_errors_of_the_eighth_are_normal_with_mean_nought() -> None:
    # sigma = 0.1 c (1 - 0.0001 phi), with c the dimension
    assert stats.kstest(errors(8, POINT, 2000), stats.norm(0, 0.1 * 5 * 0.8).cdf).pvalue > 0.01


def test_the_errors_of_the_tenth_are_normal_around_a_bias() -> None:
    # sigma = 0.1 (1 - 0.0001 phi), mu = sigma (the sum of 1 - |x|)
    sigma = 0.1 * 0.8
    mean = sigma * sum(1 - abs(x) for x in POINT)
    assert stats.kstest(errors(10, POINT, 2000), stats.norm(mean, sigma).cdf).pvalue > 0.01


def test_the_twelfth_fails_as_rarely_as_it_should() -> None:
    # an error of 10 c with probability 0.1 (1 - 0.0001 phi)
    found = errors(12, POINT, 2000)
    assert set(np.round(found, 9)) == {0.0, 50.0}
    assert stats.binomtest(int((found > 0).sum()), 1000, 0.08).pvalue > 0.01
