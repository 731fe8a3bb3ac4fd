"""Ranks against scipy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import rankdata

from hpobench.stats.ranks import mean_ranks

LOSSES = st.sampled_from([-1.0, 0.0, 0.5, 2.0, np.inf])


@given(
    arrays(
        float, st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(1, 3)), elements=LOSSES
    )
)
def test_ranks_are_those_of_scipy_with_ties_averaged(losses: np.ndarray) -> None:
    assert mean_ranks(losses, axis=1) == pytest.approx(rankdata(losses, method="average", axis=1))


def test_runs_without_an_incumbent_share_the_last_ranks() -> None:
    losses = np.array([[[np.inf], [1.0], [np.inf]]])
    assert mean_ranks(losses, axis=1)[0, :, 0].tolist() == [2.5, 1.0, 2.5]
