"""The toy of population-based training against its closed form."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.benchmarks.synthetic.pbt_toy import PbtToy
from hpobench.trial import Outcome, Trial

FACTORS = st.floats(-0.5, 1.5)
STEPS = st.integers(4, 199)


def at(h0: float, h1: float, steps: int | None = None) -> Trial:
    return Trial(config={"h0": h0, "h1": h1}, fidelity=steps)


def weights(*parts: tuple[float, float, int]) -> tuple[float, float]:
    """Where a training ends that has some hyperparameters for so many steps, and then others."""
    found = [0.9, 0.9]
    for h0, h1, steps in parts:
        found[0] *= (1 - 0.02 * h0) ** steps
        found[1] *= (1 - 0.02 * h1) ** steps
    return found[0], found[1]


def check(outcome: Outcome, w: tuple[float, float], h: tuple[float, float]) -> None:
    assert outcome.value == pytest.approx(w[0] ** 2 + w[1] ** 2 - 1.2)
    surrogate = 1.2 - h[0] * w[0] ** 2 - h[1] * w[1] ** 2
    norm = math.sqrt((2 * h[0] * w[0]) ** 2 + (2 * h[1] * w[1]) ** 2)
    expected = [surrogate, norm, math.sqrt(w[0] ** 2 + w[1] ** 2)]
    assert list(outcome.signals.values()) == pytest.approx(expected)


@given(FACTORS, FACTORS, STEPS)
def test_weights_shrink_as_the_gradient_of_the_surrogate_says(h0: float, h1: float, n: int) -> None:
    outcome = PbtToy().evaluate(at(h0, h1, n), 0)
    check(outcome, weights((h0, h1, n)), (h0, h1))
    assert outcome.cost == n / 200


@given(FACTORS, FACTORS, FACTORS, FACTORS, STEPS)
def test_another_configuration_goes_on_from_the_weights_it_is_given(
    h0: float, h1: float, g0: float, g1: float, n: int
) -> None:
    toy = PbtToy()
    _, checkpoint = toy.advance(at(h0, h1, n), 0, None)
    outcome, _ = toy.advance(at(g0, g1), 0, checkpoint)
    check(outcome, weights((h0, h1, n), (g0, g1, 200 - n)), (g0, g1))
    assert outcome.cost == (200 - n) / 200


def test_the_grid_of_the_paper_ends_near_0_39() -> None:
    found = [-PbtToy().evaluate(at(*h), 0).value for h in ((1, 0), (0, 1))]
    assert found == pytest.approx([1.2 - 0.81, 1.2 - 0.81], abs=1e-3)
