"""Counting ones sees samples of what it counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from hpobench.benchmarks.synthetic.counting_ones import CountingOnes
from hpobench.trial import Outcome, Trial


def evaluate(point: list[float], samples: int | None, seed: int = 0) -> Outcome:
    benchmark = CountingOnes(size=len(point) // 2)
    values = [int(x) if i < len(point) // 2 else x for i, x in enumerate(point)]
    config = dict(zip(sorted(benchmark.space), values, strict=True))
    return benchmark.evaluate(Trial(config=config, fidelity=samples), seed)


@given(
    choices=st.lists(st.integers(0, 1), min_size=3, max_size=3),
    chances=st.lists(st.floats(0, 1), min_size=3, max_size=3),
    samples=st.integers(9, 729),
    seed=st.integers(0, 2**31 - 1),
)
def test_means_of_whole_tosses_are_told_and_the_sum_is_kept_as_the_test_value(
    choices: list[int], chances: list[float], samples: int, seed: int
) -> None:
    outcome = evaluate([*choices, *chances], samples, seed)
    assert outcome.test["value"] == pytest.approx(-sum(choices) - sum(chances))
    tosses = (-outcome.value - sum(choices)) * samples
    assert tosses == pytest.approx(round(tosses), abs=1e-6)
    assert 0 <= round(tosses) <= 3 * samples
    assert outcome.cost == samples / 729


@pytest.mark.parametrize("samples", [9, 81, 729])
def test_one_coin_shows_ones_as_the_binomial_distribution_says(samples: int) -> None:
    found = [-evaluate([0, 0.3], samples, seed).value * samples for seed in range(2000)]
    expected = stats.binom(samples, 0.3)
    edges = np.unique(expected.ppf([0.2, 0.4, 0.6, 0.8]))
    observed = np.bincount(np.searchsorted(edges, np.round(found)), minlength=len(edges) + 1)
    shares = np.diff([0.0, *expected.cdf(edges), 1.0])
    assert stats.chisquare(observed, 2000 * shares).pvalue > 0.01


def test_tosses_at_different_fidelities_and_points_are_independent() -> None:
    rows = [
        [evaluate(point, samples, seed).value for seed in range(2000)]
        for point, samples in (([0, 0.3], 9), ([0, 0.3], 10), ([0, 0.31], 9), ([1, 0.3], 9))
    ]
    assert np.abs(np.asarray(np.corrcoef(rows))[np.triu_indices(4, 1)]).max() < 0.08


def test_certainties_are_the_best_and_always_told_exactly() -> None:
    assert evaluate([1, 1, 1, 1.0, 1.0, 1.0], 9).value == CountingOnes(size=3).best["value"] == -6
