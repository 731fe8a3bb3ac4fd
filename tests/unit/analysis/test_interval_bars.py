"""Bars of a ranking: where intervals lie on one scale."""

import numpy as np
import pandas as pd
import pytest

from hpobench.report.interval_bars import gap_bars, interval_bars


def final(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["optimizer", "low", "regret", "high"])


def test_bars_reach_from_the_lowest_to_the_highest_end_by_their_logarithms() -> None:
    found = interval_bars(final(("a", 0.01, 0.1, 1.0), ("b", 0.1, 1.0, 1.0)))
    assert found["a"] == pytest.approx((0, 100, 50))
    assert found["b"] == pytest.approx((50, 50, 100))


def test_a_zero_lies_at_the_lower_end_and_not_beyond() -> None:
    found = interval_bars(final(("a", 0.0, 0.0, 0.0), ("b", 0.5, 0.7, 1.0)))
    assert found["a"] == pytest.approx((0, 0, 0))
    low, length, _ = found["b"]
    assert low + length == pytest.approx(100)


def test_equal_intervals_lie_in_the_middle_and_unknown_ones_nowhere() -> None:
    assert interval_bars(final(("a", 0.5, 0.5, 0.5))) == {"a": (50, 0, 50)}
    assert interval_bars(final(("a", np.nan, 0.5, np.nan))) == {}


def test_bars_of_gaps_are_of_one_linear_scale_that_holds_no_gap() -> None:
    found = pd.DataFrame(
        {"low": [-1.0, 0.5, np.nan], "gap": [0.0, 2.0, 1.0], "high": [1.0, 3.0, np.nan]}
    )
    assert gap_bars(found) == [(0.0, 50.0, 25.0), (37.5, 62.5, 75.0), None]
    assert gap_bars(found[1:2]) == [(16.7, 83.3, 66.7)]
