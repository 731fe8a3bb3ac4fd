"""Roots are those of SciPy's method, to the bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from hpobench.stats.roots import find_root

ENDS = st.floats(0.01, 50)


@given(root=st.floats(-1, 1), low=ENDS, high=ENDS, tolerance=st.sampled_from([2e-12, 1e-10, 1e-3]))
def test_roots_are_those_of_scipy(root: float, low: float, high: float, tolerance: float) -> None:
    def function(x: float) -> float:
        return float(np.tanh(x - root) + (x - root) ** 3)

    ends = root - low, root + high
    assert find_root(function, *ends, tolerance=tolerance) == brentq(
        function, *ends, xtol=tolerance
    )


def test_an_end_may_be_the_root() -> None:
    assert find_root(lambda x: x - 1, 1.0, 3.0) == 1.0
    assert find_root(lambda x: x - 3, 1.0, 3.0) == 3.0


def test_without_a_change_of_sign_there_is_no_root() -> None:
    with pytest.raises(ValueError, match="same sign"):
        find_root(lambda x: x * x + 1, -1.0, 1.0)
