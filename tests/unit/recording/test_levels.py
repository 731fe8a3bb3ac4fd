"""The fidelities that a recording notes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hpobench.recording import levels_of
from hpobench.task import Fidelity


def test_whole_numbers_are_at_about_equal_ratios() -> None:
    fidelity = Fidelity(name="epochs", low=1, high=64, integer=True)
    assert levels_of(fidelity, 7) == (1, 2, 4, 8, 16, 32, 64)
    assert levels_of(fidelity, 10) == (1, 2, 3, 4, 6, 10, 16, 25, 40, 64)


def test_fewer_where_whole_numbers_lie_closer() -> None:
    fidelity = Fidelity(name="epochs", low=1, high=4, integer=True)
    assert levels_of(fidelity, 10) == (1, 2, 3, 4)


@given(
    low=st.floats(0.001, 10),
    ratio=st.floats(1.01, 1000),
    most=st.integers(2, 30),
    integer=st.booleans(),
)
def test_both_ends_are_levels_and_all_are_in_range(
    low: float, ratio: float, most: int, integer: bool
) -> None:
    low, high = (np.ceil(low), np.ceil(low * ratio) + 1) if integer else (low, low * ratio)
    levels = levels_of(Fidelity(name="f", low=low, high=high, integer=integer), most)
    assert (levels[0], levels[-1]) == (low, high)
    assert list(levels) == sorted(set(levels))
    assert len(levels) <= most
    assert not integer or all(level.is_integer() for level in levels)
