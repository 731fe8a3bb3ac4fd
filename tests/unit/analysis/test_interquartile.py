"""Interquartile means against scipy, intervals against theory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm, trim_mean

from hpobench.analysis.bootstrap import interquartile_mean, interval, seed_means


@given(
    arrays(float, st.tuples(st.integers(1, 20), st.integers(1, 3)), elements=st.floats(-1e3, 1e3))
)
def test_the_interquartile_mean_is_scipys_trimmed_mean(scores: np.ndarray) -> None:
    assert interquartile_mean(scores) == pytest.approx(trim_mean(scores, 0.25, axis=0), abs=1e-9)


def test_one_disastrous_task_in_four_does_not_move_the_interquartile_mean() -> None:
    scores = np.array([[0.1], [0.2], [0.3], [0.4]])
    worse = np.array([[0.1], [0.2], [0.3], [1e9]])
    assert interquartile_mean(scores) == pytest.approx(interquartile_mean(worse))


def test_seeds_are_averaged_within_a_task_before_tasks_are_joined() -> None:
    many, few = np.array([[0.0], [0.0], [0.0], [4.0]]), np.array([[3.0]])
    assert seed_means([many, few]).tolist() == [[1.0], [3.0]]


def test_the_interval_of_one_task_is_that_of_a_mean() -> None:
    scores = np.random.default_rng(0).normal(5, 2, size=(400, 1))
    low, high = interval([scores], 4000)
    error = scores.std() / np.sqrt(400)
    expected = norm.interval(0.95, loc=scores.mean(), scale=error)
    assert (low[0], high[0]) == pytest.approx(expected, abs=0.02)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        strata = [rng.normal(task, 1, size=(30, 1)) for task in range(8)]
        low, high = interval(strata, 300)
        hits += bool(low[0] <= 3.5 <= high[0])
    assert 0.88 <= hits / 200 <= 0.99


def test_tasks_are_strata_so_that_their_differences_do_not_widen_the_interval() -> None:
    rng = np.random.default_rng(2)
    near = [rng.normal(0, 1, size=(20, 1)) for _ in range(6)]
    far = [stratum + 100 * i for i, stratum in enumerate(near)]
    width = [float(np.ptp(interval([s - s.mean() for s in strata]))) for strata in (near, far)]
    assert width[0] == pytest.approx(width[1])


def test_the_same_scores_have_the_same_interval() -> None:
    strata = [np.random.default_rng(3).random((5, 2))] * 3
    first, second = interval(strata), interval(strata)
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])


def test_one_seed_has_no_interval() -> None:
    low, high = interval([np.array([[1.0]]), np.array([[2.0]])])
    assert np.isnan([low[0], high[0]]).all()
