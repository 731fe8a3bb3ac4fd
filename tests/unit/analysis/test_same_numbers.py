"""Quick ways to the same numbers and types: to the bit what the plain ways give."""

import gc
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.analysis.frames import to_arrow, with_plain_texts
from hpobench.stats.interquartile import estimated_together, interquartile_mean, mean_over_tasks
from hpobench.stats.significance import a12_interval
from hpobench.system.garbage import collecting_seldom

POINTS = 7

Floats = npt.NDArray[np.float64]


@given(st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=12), min_size=1), st.integers(0))
@pytest.mark.parametrize("estimate", [interquartile_mean, mean_over_tasks])
def test_optimizers_side_by_side_have_the_estimates_of_each_alone(
    estimate: Any, seeds: list[list[int]], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    several: list[list[Floats]] = [
        [rng.lognormal(size=(count, POINTS)) for count in counts] for counts in seeds
    ]
    for own, found in zip(several, estimated_together(several, estimate), strict=True):
        for values, expected in zip(found, estimate(own), strict=True):
            np.testing.assert_array_equal(values, expected)


def test_a_frame_becomes_the_same_arrow_table_whichever_way_its_texts_are_kept() -> None:
    columns = {"name": ["a", None, "-"], "value": [1.5, np.nan, 2.0]}
    with with_plain_texts():
        plain = pd.DataFrame(columns).astype({"name": "str"})
    usual = pd.DataFrame(columns).astype({"name": "str"})
    kinds: list[Any] = [plain["name"].dtype, usual["name"].dtype]
    assert [kind.storage for kind in kinds] == ["python", "pyarrow"]
    assert to_arrow(plain).equals(to_arrow(usual), check_metadata=True)


def test_the_interval_of_a_pair_is_the_mirror_image_of_that_of_the_other_way_round() -> None:
    effects = np.linspace(0, 1, 11)
    low, high = a12_interval(effects, 5.0, np.full(11, 8.0))
    mirrored = a12_interval(1 - effects, 5.0, np.full(11, 8.0))
    np.testing.assert_allclose(low, 1 - mirrored[1], atol=1e-15)
    np.testing.assert_allclose(high, 1 - mirrored[0], atol=1e-15)


def test_garbage_is_searched_for_as_before_once_a_block_is_over() -> None:
    before = gc.get_threshold()
    inside = []

    @collecting_seldom()
    def fail() -> None:
        inside.append(gc.get_threshold())
        raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        fail()
    assert inside[0][0] > before[0]
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
