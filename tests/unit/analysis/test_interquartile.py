"""Interquartile means against scipy, intervals against theory and simulation."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import t as student
from scipy.stats import trim_mean

from hpobench.stats.interquartile import Estimate, SortedRuns, interquartile_mean, stratified_mean
from tests.coverage_of_intervals import SETTINGS, coverage

Floats = npt.NDArray[np.float64]

RUNS = arrays(float, st.tuples(st.integers(1, 20), st.integers(1, 6)), elements=st.floats(0, 1e3))


@given(RUNS)
def test_the_interquartile_mean_is_that_of_agarwal_et_al(runs: Floats) -> None:
    """Their library, rliable, gives `scipy.stats.trim_mean(runs, 0.25, axis=None)`."""
    found = interquartile_mean([task[:, None] for task in runs]).mean[0]
    expected = trim_mean(runs, 0.25, axis=None)
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert SortedRuns.of(runs[:, None]).means(SortedRuns.of(runs[:, None]).weights)[0] == found


def test_a_task_with_fewer_seeds_has_the_same_weight() -> None:
    many, few = np.array([[0.0], [2.0], [4.0], [6.0]]), np.array([[1.0], [9.0]])
    repeated = trim_mean([0, 2, 4, 6, 1, 1, 9, 9], 0.25)
    assert interquartile_mean([many, few]).mean[0] == repeated


@given(RUNS, st.randoms(use_true_random=False))
def test_the_order_of_tasks_and_seeds_changes_no_bit(runs: Floats, random: object) -> None:
    rng = np.random.default_rng(random.getrandbits(32))  # type: ignore[attr-defined]
    strata = [rng.permutation(task[: rng.integers(1, len(task) + 1), None]) for task in runs]
    first = interquartile_mean(strata)
    other = interquartile_mean(
        [rng.permutation(s) for s in rng.permutation(len(strata)).tolist() for s in [strata[s]]]
    )
    assert first.mean == other.mean


@given(RUNS)
@example(np.array([[0.0, 5e-157]]))  # whose variance is too small to be squared
def test_an_estimate_lies_inside_its_interval(runs: Floats) -> None:
    found = interquartile_mean([task[:, None] for task in runs])
    if runs.shape[1] == 1:
        assert np.isnan([found.low, found.high]).all()
    else:
        assert 0 <= found.low[0] <= found.mean[0] <= found.high[0]


@pytest.mark.parametrize(("tasks", "seeds"), SETTINGS)
def test_intervals_hold_the_expected_value_as_often_as_they_say(tasks: int, seeds: int) -> None:
    found = coverage(tasks, seeds, experiments=400, seed=0)
    assert 0.93 <= found.covered <= 0.97
    assert found.inside == 1


def test_the_interval_of_a_mean_of_one_task_is_students() -> None:
    scores = np.random.default_rng(0).normal(5, 2, size=(30, 1))
    found = stratified_mean([scores])
    error = scores.std(ddof=1) / np.sqrt(30)
    expected = student.interval(0.95, 29, loc=scores.mean(), scale=error)
    assert (found.low[0], found.high[0]) == pytest.approx(expected)


@pytest.mark.parametrize("estimate", [interquartile_mean, stratified_mean])
def test_tasks_are_strata_so_that_their_differences_do_not_widen_the_interval(
    estimate: Callable[..., Estimate],
) -> None:
    constant = [np.full((5, 1), float(level)) for level in (1, 10, 100)]
    found = estimate(constant)
    assert found.low == pytest.approx(found.high)


def test_a_task_with_one_seed_is_taken_to_vary_as_the_others() -> None:
    rng = np.random.default_rng(1)
    several = [rng.random((5, 1)) for _ in range(9)]
    known, less = stratified_mean(several), stratified_mean([*several[:8], several[8][:1]])
    assert less.high - less.low > known.high - known.low


def test_one_seed_has_no_interval() -> None:
    found = interquartile_mean([np.array([[1.0]]), np.array([[2.0]])])
    assert np.isnan([found.low[0], found.high[0]]).all()
