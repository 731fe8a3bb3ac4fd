"""The multi-fidelity Hartmann functions are those of mf-prior-bench, noise included."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import minimize

from hpobench.benchmarks.synthetic import mfh
from hpobench.benchmarks.synthetic.draws import deviate
from hpobench.benchmarks.synthetic.mfh import VARIANTS, MultiFidelityHartmann
from tests.functions import evaluate


def test_without_noise_value_and_cost_are_those_of_mf_prior_bench(
    golden: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mfh, "deviate", lambda *_: 0.0)
    for dimension, variant, z, point, quiet, _, cost in golden("mfh")["points"]:
        benchmark = MultiFidelityHartmann(dimension=dimension, variant=variant)
        outcome = evaluate(benchmark, point, z)
        assert outcome.value == pytest.approx(quiet, rel=1e-12, abs=1e-14)
        assert outcome.cost == pytest.approx(cost, rel=1e-12)


def test_the_noise_of_mf_prior_bench_has_the_scale_we_give_ours(
    golden: Callable[[str], Any],
) -> None:
    scores = [
        (noisy - quiet) / (VARIANTS[variant][1] * (1 - np.log(z) / np.log(100)))
        for _, variant, z, _, quiet, noisy, _ in golden("mfh")["points"]
        if z < 100
    ]
    assert stats.kstest(scores, stats.halfnorm.cdf).pvalue > 0.05


@pytest.mark.parametrize(("variant", "z"), [("good", 10), ("terrible", 1), ("bad", 60)])
def test_noise_is_half_normal_over_seeds(
    variant: str, z: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    benchmark = MultiFidelityHartmann(dimension=3, variant=variant)
    values = [evaluate(benchmark, [0.2, 0.4, 0.6], z, seed).value for seed in range(1000)]
    monkeypatch.setattr(mfh, "deviate", lambda *_: 0.0)
    quiet = evaluate(benchmark, [0.2, 0.4, 0.6], z).value
    scale = VARIANTS[variant][1] * (1 - np.log(z) / np.log(100))
    assert stats.kstest((np.array(values) - quiet) / scale, stats.halfnorm.cdf).pvalue > 0.01


def test_noise_of_different_points_and_fidelities_is_independent() -> None:
    here = [deviate(0.1, 0.2, 0.3, 7, seed) for seed in range(2000)]
    there = [deviate(0.1, 0.2, 0.4, 7, seed) for seed in range(2000)]
    higher = [deviate(0.1, 0.2, 0.3, 8, seed) for seed in range(2000)]
    correlations = np.corrcoef([here, there, higher])
    assert np.abs(correlations[np.triu_indices(3, 1)]).max() < 0.08


@pytest.mark.parametrize("dimension", [3, 6])
def test_the_best_value_is_the_minimum_and_no_search_undercuts_it(dimension: int) -> None:
    benchmark = MultiFidelityHartmann(dimension=dimension, variant="good")
    found = min(
        minimize(
            lambda x: evaluate(benchmark, list(x), None).value,
            start,
            bounds=[(0, 1)] * dimension,
            method="L-BFGS-B",
            options={"ftol": 1e-16, "gtol": 1e-10},
        ).fun
        for start in np.random.default_rng(0).random((8, dimension))
    )
    assert benchmark.best["value"] <= found < benchmark.best["value"] + 1e-10


@given(
    z=st.integers(1, 100),
    point=st.lists(st.floats(0, 1), min_size=6, max_size=6),
    variant=st.sampled_from(sorted(VARIANTS)),
    seed=st.integers(0, 2**31 - 1),
)
def test_a_lower_fidelity_is_cheaper_and_never_looks_better(
    z: int, point: list[float], variant: str, seed: int
) -> None:
    benchmark = MultiFidelityHartmann(dimension=6, variant=variant)
    low, full = evaluate(benchmark, point, z, seed), evaluate(benchmark, point, None, seed)
    assert low.value >= full.value
    assert low.cost < full.cost or z == 100


@given(seed=st.integers(0, 2**31 - 1), z=st.integers(1, 100))
def test_deviates_are_finite(seed: int, z: int) -> None:
    assert abs(deviate(0.5, z, seed)) < 10
