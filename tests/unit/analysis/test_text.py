"""Numbers as people read them."""

import pytest

from hpobench.system.text import count, number, share, span

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1.00"),
        (-0.123456, "-0.123"),
        (12.345, "12.3"),
        (9.999, "10.0"),
        (1234.5, "1234"),
        (0.00012345, "0.000123"),
        (0.0000123, "1.23e-05"),
        (12345678.0, "1.23e+07"),
        (NAN, "-"),
        (float("inf"), "-"),
    ],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.001, "0.1 %"),
        (0.256, "26 %"),
        (0.999, "99.9 %"),
        (NAN, "-"),
    ],
)
def test_only_nothing_is_0_percent_and_only_all_is_100(value: float, text: str) -> None:
    assert share(value) == text


def test_an_interval_that_is_not_known_is_a_dash() -> None:
    assert span(NAN, NAN) == "-"
    assert span(0.5, 2.0) == "0.500 to 2.00"


def test_one_has_no_plural() -> None:
    assert [count(n, "run") for n in (0, 1, 1234)] == ["0 runs", "1 run", "1,234 runs"]
