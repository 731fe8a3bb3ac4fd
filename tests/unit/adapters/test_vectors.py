"""Points of the unit cube: legal everywhere, and every value equally likely."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from ConfigSpace import (
    Categorical,
    ConfigurationSpace,
    Constant,
    EqualsCondition,
    Float,
    Integer,
    OrdinalHyperparameter,
)
from hypothesis import given
from hypothesis import strategies as st

from hpobench.adapters.shared.vectors import Vectors
from hpobench.space import violation
from tests.examples import examples
from tests.spaces import spaces


def one(hyperparameter: Any) -> Vectors:
    space = ConfigurationSpace()
    space.add(hyperparameter)
    return Vectors(space)


@examples(30)
@given(spaces(), st.data())
def test_every_point_is_a_configuration_that_keeps_all_but_the_clauses(
    space: ConfigurationSpace, data: st.DataObject
) -> None:
    vectors = Vectors(space)
    shares = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1))
    config = vectors.config([data.draw(shares) for _ in range(vectors.dimension)])
    wrong = violation(space, config)
    assert not wrong or wrong.startswith("ForbiddenValueError")
    assert list(config) == [name for name in space if name in config]


@pytest.mark.parametrize(
    ("hyperparameter", "count"),
    [
        (Integer("x", (-3, 3)), 7),
        (Categorical("x", ["a", "b", "c"]), 3),
        (OrdinalHyperparameter("x", [1, 2, 4, 8]), 4),
    ],
)
def test_equal_shares_of_the_axis_are_equal_shares_of_the_values(
    hyperparameter: Any, count: int
) -> None:
    vectors = one(hyperparameter)
    found = Counter(vectors.config([x])["x"] for x in np.linspace(0, 1, 7001))
    assert len(found) == count
    assert max(found.values()) - min(found.values()) < 7001 * 0.001


def test_an_axis_moves_evenly_through_a_range_or_its_logarithm() -> None:
    assert one(Float("x", (-5, 5))).config([0.25])["x"] == -2.5
    log = one(Float("x", (1e-6, 1e-2), log=True))
    assert [log.config([x])["x"] for x in (0.0, 0.5, 1.0)] == pytest.approx([1e-6, 1e-4, 1e-2])
    powers = one(Integer("x", (1, 1024), log=True))
    middle = powers.config([0.5])["x"]
    assert [powers.config([x])["x"] for x in (0.0, 1.0)] == [1, 1024]
    assert 16 <= int(middle) <= 32  # the logarithm's middle, not the range's


def test_only_what_can_vary_has_a_coordinate() -> None:
    space = ConfigurationSpace()
    space.add(
        Constant("c", 3), Categorical("only", ["a"]), Float("x", (0, 1)), Integer("n", (0, 1))
    )
    assert Vectors(space).names == ["n", "x"]
    assert Vectors(space).config([1.0, 0.5]) == {"c": 3, "n": 1, "only": "a", "x": 0.5}


def test_where_nothing_varies_there_is_one_coordinate_without_effect() -> None:
    vectors = one(Constant("c", 3))
    assert vectors.dimension == 1
    assert vectors.config([0.7]) == {"c": 3}


def test_what_is_inactive_is_left_out() -> None:
    space = ConfigurationSpace()
    kind, momentum = Categorical("kind", ["adam", "sgd"]), Float("momentum", (0, 1))
    space.add(kind, momentum)
    space.add(EqualsCondition(momentum, kind, "sgd"))
    assert Vectors(space).config([0.2, 0.5]) == {"kind": "adam"}
    assert Vectors(space).config([0.8, 0.5]) == {"kind": "sgd", "momentum": 0.5}
