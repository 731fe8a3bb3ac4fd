"""The Bayesian signed-rank test against baycomp, by definition, and under renaming."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hpobench.stats.bayes import PRIOR, signed_ranks
from tests.examples import examples

BAYCOMP = [
    (0, 5, 0.3, 0.1, 3, [0.0, 0.0148, 0.9852]),
    (1, 10, -0.5, 0.2, 3, [0.9328, 0.0672, 0.0]),
    (2, 30, 0.15, 0.1, 3, [0.09, 0.0005, 0.9094]),
    (3, 30, 0.02, 0.3, 3, [0.0012, 0.9813, 0.0175]),
    (4, 12, 0.4, 0.0, 1, [0.003, 0.0, 0.997]),
    (5, 20, 0.25, 0.25, 1, [0.001, 0.7572, 0.2417]),
]
"""Seed, cases, shift, region, decimals; and what baycomp 1.0.3 gives with 50,000 samples.

The last two have ties, zeros, and sums that lie exactly on the region's edge.
"""

SPREAD = 4 * np.sqrt(0.25 / 50_000 + 0.25 / 20_000)
"""Four standard errors of the difference between two such estimates, at most."""


@pytest.mark.parametrize(("seed", "cases", "shift", "rope", "decimals", "expected"), BAYCOMP)
def test_probabilities_are_those_of_baycomp(
    seed: int, cases: int, shift: float, rope: float, decimals: int, expected: list[float]
) -> None:
    drawn = np.random.default_rng(seed).normal(shift, 0.5, cases)
    found = signed_ranks(np.round(drawn, decimals)[:, None], rope, samples=20_000)
    assert np.concatenate(found) == pytest.approx(expected, abs=SPREAD)


def test_probabilities_are_those_of_the_definition() -> None:
    """All pairs of cases, each with the product of its weights: the test as it is written down."""
    differences, rope = np.array([-0.4, -0.1, 0.0, 0.1, 0.1, 0.6]), 0.1
    cases = np.append(0.0, differences)
    sums = cases[:, None] + cases
    above = (sums > 2 * rope) + 0.5 * (sums == 2 * rope)
    below = (sums < -2 * rope) + 0.5 * (sums == -2 * rope)
    rng = np.random.default_rng(1)
    weights = rng.dirichlet([PRIOR, *[1.0] * len(differences)], 20_000)
    lower = np.einsum("si,ij,sj->s", weights, below, weights)
    higher = np.einsum("si,ij,sj->s", weights, above, weights)
    winners = np.stack([lower, 1 - lower - higher, higher]).argmax(axis=0)
    expected = np.bincount(winners, minlength=3) / len(winners)
    found = np.concatenate(signed_ranks(differences[:, None], rope, samples=20_000))
    assert found == pytest.approx(expected, abs=4 * np.sqrt(0.5 / 20_000))


DIFFERENCES = arrays(
    float,
    st.tuples(st.integers(1, 8), st.integers(1, 3)),
    elements=st.sampled_from([-1.0, -0.2, 0.0, 0.2, 0.3, 2.0]),
)


@given(DIFFERENCES, st.sampled_from([0.0, 0.1, 0.2]))
@examples(40)
def test_swapping_two_optimizers_swaps_their_probabilities_to_the_last_bit(
    differences: np.ndarray, rope: float
) -> None:
    one = signed_ranks(differences, rope, samples=200)
    other = signed_ranks(-differences, rope, samples=200)
    assert one.lower.tolist() == other.higher.tolist()
    assert one.equal.tolist() == other.equal.tolist()
    assert (one.lower + one.equal + one.higher) == pytest.approx(1.0)


def test_a_comparison_does_not_depend_on_those_beside_it() -> None:
    differences = np.random.default_rng(3).normal(0.2, 1, size=(15, 4))
    together = signed_ranks(differences, 0.1)
    alone = signed_ranks(differences[:, 2:3], 0.1)
    assert together.lower[2] == alone.lower[0]


def test_equal_scores_are_practically_equal_and_no_case_says_nothing_else() -> None:
    for cases in (0, 1, 30):
        found = signed_ranks(np.zeros((cases, 1)), 0.01)
        assert (found.lower[0], found.equal[0], found.higher[0]) == (0.0, 1.0, 0.0)
