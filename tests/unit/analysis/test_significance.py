"""Significance and effect sizes against scipy, statsmodels, brute force and printed numbers."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from hpobench.stats.ranks import mean_ranks
from hpobench.stats.significance import a12, a12_interval, friedman, holm, rank_sum, wilcoxon
from tests.examples import examples

FEW = st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0])

AUC = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.97501, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
)
"""Demsar (2006), table 6: 14 data sets, C4.5, +m, +cf, +m+cf; one tie was of rounding only."""


def test_friedman_gives_the_numbers_printed_by_demsar() -> None:
    found = friedman(-AUC)
    assert found.ranks.round(3).tolist() == [3.143, 2.000, 2.893, 1.964]
    cases, optimizers = AUC.shape
    ties = sum(
        float(np.sum(counts**3 - counts))
        for counts in (np.unique(row, return_counts=True)[1] for row in AUC)
    )
    correction = 1 - ties / (cases * optimizers * (optimizers**2 - 1))
    plain = found.statistic * correction
    assert plain == pytest.approx(9.28, abs=0.01)
    assert (cases - 1) * plain / (cases * (optimizers - 1) - plain) == pytest.approx(3.69, abs=0.01)


def test_signed_ranks_give_the_sums_printed_by_demsar() -> None:
    found = wilcoxon((AUC[:, 1] - AUC[:, 0]).round(3)[:, None])
    split = 1.5  # the two zeros, which the paper shares out and Pratt leaves out
    assert (found.plus[0] + split, found.minus[0] + split) == (93.0, 12.0)
    assert found.p < 0.05


@given(arrays(float, st.tuples(st.integers(3, 12), st.integers(3, 6)), elements=FEW))
def test_friedman_is_scipys_with_ties(scores: np.ndarray) -> None:
    found = friedman(scores)
    if (np.ptp(scores, axis=1) == 0).all():
        assert (found.statistic, found.p, found.p_f) == (0.0, 1.0, 1.0)
        return
    expected = stats.friedmanchisquare(*scores.T)
    assert found.statistic == pytest.approx(expected.statistic, abs=1e-9)
    assert found.p == pytest.approx(expected.pvalue)


def test_full_agreement_is_as_significant_as_can_be() -> None:
    found = friedman(np.tile([1.0, 2.0, 3.0], (10, 1)))
    assert found.statistic == pytest.approx(20.0)
    assert found.f == np.inf
    assert found.p_f == pytest.approx(6.0**-9)


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (5, 1)])
def test_nothing_to_tell_apart_is_not_significant(shape: tuple[int, int]) -> None:
    found = friedman(np.random.default_rng(0).random(shape))
    assert (found.p, found.p_f) == (1.0, 1.0)


@given(arrays(float, st.integers(1, 9), elements=FEW))
@examples(60)
def test_the_exact_signed_rank_test_counts_all_signs_ties_and_zeros_included(
    differences: np.ndarray,
) -> None:
    ranks = stats.rankdata(np.abs(differences)) * (differences != 0)
    sums = [float(np.sum(ranks * signs)) for signs in product([0, 1], repeat=len(ranks))]
    plus, minus = np.sum(ranks * (differences > 0)), np.sum(ranks * (differences < 0))
    expected = min(1.0, 2 * np.mean(np.array(sums) <= min(plus, minus)))
    assert wilcoxon(differences[:, None]).p[0] == pytest.approx(expected)


@given(st.integers(0, 10**6), st.integers(2, 50))
@examples(30)
def test_without_ties_the_signed_rank_test_is_scipys_exact_one(seed: int, cases: int) -> None:
    differences = np.random.default_rng(seed).normal(0.3, 1, size=(cases, 3))
    expected = stats.wilcoxon(differences, method="exact").pvalue
    assert wilcoxon(differences).p == pytest.approx(expected)


@given(arrays(float, st.tuples(st.integers(51, 70), st.just(4)), elements=FEW))
@examples(30)
def test_with_many_cases_the_signed_rank_test_is_scipys_normal_one(differences: np.ndarray) -> None:
    found = wilcoxon(differences)
    for column, p in zip(differences.T, found.p, strict=True):
        if not column.any():
            assert p == 1.0
            continue
        expected = stats.wilcoxon(column, zero_method="pratt", method="asymptotic")
        assert p == pytest.approx(expected.pvalue)


def test_no_case_at_all_is_not_significant() -> None:
    assert wilcoxon(np.empty((0, 2))).p.tolist() == [1.0, 1.0]


def test_swapping_two_optimizers_swaps_the_sums_and_keeps_p() -> None:
    differences = np.random.default_rng(5).integers(-3, 5, size=(20, 6)).astype(float)
    one, other = wilcoxon(differences), wilcoxon(-differences)
    assert (one.plus == other.minus).all()
    assert one.p.tolist() == other.p.tolist()


@given(arrays(float, st.integers(1, 7), elements=st.floats(0, 1)))
def test_holm_closes_the_test_of_bonferroni(p: np.ndarray) -> None:
    """A hypothesis falls if every set that holds it does, each tested by its smallest p."""
    whole = range(len(p))
    sets = [set(s) for size in range(1, len(p) + 1) for s in combinations(whole, size)]
    worst = [max(len(s) * min(p[j] for j in s) for s in sets if i in s) for i in whole]
    assert holm(p) == pytest.approx(np.minimum(worst, 1.0))


def test_holm_gives_the_values_of_statsmodels() -> None:
    p = np.array([0.011, 0.2, 0.0004, 0.03, 0.03, 0.9, 0.004])
    assert holm(p) == pytest.approx([0.055, 0.4, 0.0028, 0.12, 0.12, 0.9, 0.024])


def test_holm_by_hand_leaves_out_what_was_not_tested() -> None:
    found = holm(np.array([0.01, np.nan, 0.04, 0.03]))
    assert found == pytest.approx([0.03, np.nan, 0.06, 0.06], nan_ok=True)


LOSSES = st.sampled_from([0.0, 0.5, 1.0, 2.0, np.inf])


@given(
    arrays(float, st.integers(1, 6), elements=LOSSES),
    arrays(float, st.integers(1, 6), elements=LOSSES),
)
def test_a12_counts_all_pairs_of_runs(first: np.ndarray, second: np.ndarray) -> None:
    wins = [1.0 if x < y else 0.5 if x == y else 0.0 for x, y in product(first, second)]
    assert a12(first, second) == pytest.approx(np.mean(wins))
    assert a12(second, first) == pytest.approx(1 - np.mean(wins))


def test_a12_of_stacked_tasks_leaves_out_missing_runs() -> None:
    first = np.array([[1.0, 2.0, np.nan], [1.0, 1.0, 1.0]])
    second = np.array([[3.0, 1.5], [np.nan, np.nan]])
    assert a12(first, second) == pytest.approx([0.75, np.nan], nan_ok=True)


def test_the_interval_of_a12_solves_newcombes_equation_and_mirrors() -> None:
    effect = np.array([0.0, 0.2, 0.5, 0.93, 1.0])
    low, high = a12_interval(effect, 10, 20)
    mirrored = a12_interval(1 - effect, 10, 20)
    assert low == pytest.approx(1 - mirrored[1])
    assert ((low >= 0) & (low <= effect) & (effect <= high) & (high <= 1)).all()
    assert low[4] > 0.5
    for end in (low[1:], high[:-1]):
        seen = effect[1:] if end is not high[:-1] and end[0] == low[1] else effect[:-1]
        shape = 1 + 14 * ((1 - end) / (2 - end) + end / (1 + end))
        away = np.abs(seen - end) / np.sqrt(end * (1 - end) * shape / 200)
        assert away == pytest.approx(stats.norm.ppf(0.975))


def test_the_interval_of_a12_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    for shift in (0.0, 1.0, 2.5):
        truth = stats.norm.cdf(shift / np.sqrt(2))
        effect = a12(rng.normal(0, 1, (2000, 8)), rng.normal(shift, 1, (2000, 8)))
        low, high = a12_interval(effect, 8, 8)
        assert 0.93 <= np.mean((low <= truth) & (truth <= high)) <= 0.99


@given(
    arrays(float, st.tuples(st.just(3), st.integers(2, 8)), elements=LOSSES),
    arrays(float, st.tuples(st.just(3), st.integers(2, 8)), elements=LOSSES),
)
def test_the_rank_sum_test_is_scipys_with_ties(first: np.ndarray, second: np.ndarray) -> None:
    for x, y, p in zip(first, second, rank_sum(first, second), strict=True):
        together = np.concatenate([x, y])
        if (together == together[0]).all():
            assert p == 1.0
            continue
        expected = stats.mannwhitneyu(x, y, method="asymptotic").pvalue
        assert p == pytest.approx(min(expected, 1.0))


@given(arrays(float, st.tuples(st.integers(1, 5), st.integers(1, 7)), elements=LOSSES))
def test_ranks_along_either_axis_are_scipys(values: np.ndarray) -> None:
    for axis in (0, 1):
        assert mean_ranks(values, axis) == pytest.approx(stats.rankdata(values, axis=axis))
