"""Tests of means against scipy's."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, ttest_1samp, ttest_ind

from hpobench.gate.evidence import evidence_over_tasks, of_task
from hpobench.stats.significance import a12, holm

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("bound", [-0.1, 0.0, 0.3])
def test_a_task_is_tested_as_scipy_tests_a_mean(bound: float) -> None:
    differences = RNG.normal(0.1, 0.4, 17)
    evidence = of_task(np.zeros(17), differences)
    above = ttest_1samp(differences, bound, alternative="greater").pvalue
    below = ttest_1samp(differences, bound, alternative="less").pvalue
    assert evidence.p_above(bound) == pytest.approx(above)
    assert evidence.p_below(bound) == pytest.approx(below)
    assert evidence.interval(0.9) == pytest.approx(
        tuple(ttest_1samp(differences, 0).confidence_interval(0.9))
    )


def test_tasks_of_unequal_noise_are_taken_together_as_welch_does() -> None:
    first, second = RNG.normal(0.5, 0.1, 9), RNG.normal(0.1, 2.0, 14)
    evidence = evidence_over_tasks([of_task(np.zeros(9), first), of_task(second, np.zeros(14))])
    welch = ttest_ind(first, second, equal_var=False, alternative="greater")
    assert evidence.mean == pytest.approx((first.mean() - second.mean()) / 2)
    assert evidence.freedom == pytest.approx(welch.df)
    assert evidence.p_above(0.0) == pytest.approx(welch.pvalue)


def test_a_few_equal_differences_prove_little() -> None:
    evidence = of_task(np.zeros(4), np.full(4, 0.2))
    assert evidence.error == pytest.approx(0.0)
    assert evidence.p_above(0.0) == 2**-4
    assert evidence.p_above(0.3) == 1.0
    assert of_task(np.zeros(4), np.zeros(4)).p_above(0.0) == 1.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_is_the_closed_test_of_bonferroni(p_values: list[float]) -> None:
    indices = range(len(p_values))
    subsets = [set(s) for n in range(1, len(p_values) + 1) for s in combinations(indices, n)]
    for i, adjusted in enumerate(holm(np.array(p_values))):
        closed = max(len(s) * min(p_values[j] for j in s) for s in subsets if i in s)
        assert adjusted == pytest.approx(min(1.0, closed))


def test_the_effect_size_is_that_of_mann_and_whitney() -> None:
    candidate, baseline = RNG.integers(0, 5, 12).astype(float), RNG.integers(0, 5, 9).astype(float)
    expected = mannwhitneyu(candidate, baseline).statistic / (12 * 9)
    assert a12(baseline, candidate) == pytest.approx(expected)
