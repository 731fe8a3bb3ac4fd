"""Rankings over two sets of tasks, compared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, rankdata

from hpobench.subset.validation import ranking_agreement, ranks_on_tasks, split_half_agreement

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(1, 12), st.integers(1, 12), st.integers(3, 9))
def test_the_agreement_of_two_sets_is_scipys_tau_of_mean_ranks(
    seed: int, some: int, others: int, optimizers: int
) -> None:
    rng = np.random.default_rng(seed)
    first, second = (rng.integers(4, size=(n, optimizers, 3)).astype(float) for n in (some, others))
    ranks = [rankdata(losses.mean(axis=2), axis=1).mean(axis=0) for losses in (first, second)]
    expected = np.nan_to_num(kendalltau(*(mean.round(9) for mean in ranks)).statistic)
    found = ranking_agreement(ranks_on_tasks(first), ranks_on_tasks(second))
    assert found == pytest.approx(expected, abs=1e-9)


def test_halves_of_tasks_that_say_the_same_agree_and_of_noise_do_not() -> None:
    rng = np.random.default_rng(3)
    same = np.tile(np.arange(1.0, 9.0), (20, 1))
    noise = np.array([rng.permutation(8) + 1.0 for _ in range(20)])
    assert split_half_agreement(same) == pytest.approx(1)
    assert abs(split_half_agreement(noise)) < 0.3
    some = np.where(rng.random((20, 1)) < 0.5, same, noise)
    assert split_half_agreement(noise) < split_half_agreement(some) < 1


def test_missing_seeds_do_not_count() -> None:
    losses = np.array([[[1.0, 3.0, np.nan], [2.0, 2.0, 8.0], [0.0, np.nan, np.nan]]])
    assert ranks_on_tasks(losses).tolist() == [[2, 3, 1]]
