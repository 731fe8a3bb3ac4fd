"""Means that depend on which values there are: against exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.scoring.means import HUGE, mean, mean_of_known, median

DECIMALS = st.decimals(-10, 10, places=3).map(float)
ANY = st.floats(allow_nan=False, allow_infinity=False)
CANCELLING = st.one_of(DECIMALS, ANY.map(lambda x: x * 2.0**-70), st.floats(-HUGE, HUGE))


@given(st.lists(st.one_of(DECIMALS, ANY), min_size=1, max_size=40), st.randoms())
def test_any_order_gives_the_same_mean_to_the_bit(values: list[float], random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert float(mean(np.array(values))) == float(mean(np.array(shuffled)))


@given(st.lists(CANCELLING, min_size=1, max_size=40))
def test_it_is_the_exact_mean_within_one_rounding(values: list[float]) -> None:
    exact = sum(map(Fraction, values)) / len(values)
    assert float(mean(np.array(values))) == pytest.approx(float(exact), rel=3e-16, abs=1e-300)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30), st.integers(1, 4))
def test_a_multiset_has_one_mean_in_any_layout(values: list[float], copies: int) -> None:
    rng = np.random.default_rng(len(values))
    orders = np.array([rng.permutation(values) for _ in range(6)])
    means = {float(mean(np.array(values)))}
    means |= set(mean(orders, axis=1).tolist())
    means |= set(mean(orders.T.copy(), axis=0).tolist())
    means |= set(mean(np.repeat(orders, copies, axis=1)[:, ::copies], axis=1).tolist())
    padded = np.append(orders, np.full((6, copies), np.nan), axis=1)
    means |= set(mean_of_known(padded, axis=1).tolist())
    assert len(means) == 1


@given(ANY, st.integers(1, 30), st.integers(1, 30))
def test_equal_values_have_themselves_for_a_mean(value: float, some: int, more: int) -> None:
    rows = np.full((2, 30), np.nan)
    rows[0, :some], rows[1, :more] = value, value
    assert mean_of_known(rows, axis=1).tolist() == [value, value]
    assert median(np.full(some, value)) == value


def test_axes_and_layouts_do_not_matter() -> None:
    values = np.random.default_rng(0).random((3, 5000, 4))
    expected = mean(values, axis=1)
    assert np.array_equal(mean(np.asfortranarray(values), axis=1), expected)
    assert np.array_equal(mean(np.moveaxis(values, 1, 2), axis=2), expected)
    assert np.array_equal(mean(values[:, ::-1], axis=1), expected)
    assert expected == pytest.approx(values.mean(axis=1))


def test_the_largest_numbers_do_not_overflow() -> None:
    assert mean(np.array([1.7e308, 1.7e308])) == 1.7e308
    assert mean(np.array([1.7e308, -1.7e308, 0.0])) == 0.0
    assert median(np.array([1.7e308, 1.5e308])) == pytest.approx(1.6e308)


def test_what_is_unknown_or_infinite_stays_so() -> None:
    rows = np.array([[1.0, np.nan], [1.0, np.inf], [np.nan, np.nan]])
    assert mean(rows, axis=1) == pytest.approx([np.nan, np.inf, np.nan], nan_ok=True)
    assert mean_of_known(rows, axis=1) == pytest.approx([1.0, np.inf, np.nan], nan_ok=True)
    assert median(rows, axis=1) == pytest.approx([np.nan, np.inf, np.nan], nan_ok=True)
    assert np.isnan(mean(np.empty((0, 2)))).all()
    assert np.isnan(median(np.empty((0, 2)))).all()
