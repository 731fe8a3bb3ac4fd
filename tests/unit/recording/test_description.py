"""A space that is written down and read again is the same space."""

import pytest
from ConfigSpace import (
    Categorical,
    ConfigurationSpace,
    Constant,
    EqualsCondition,
    Float,
    ForbiddenGreaterThanRelation,
    Integer,
    NotEqualsCondition,
    OrConjunction,
    OrdinalHyperparameter,
)

from hpobench.benchmarks.space_from_yaml import described_space
from hpobench.errors import UserError
from hpobench.recording.description import describe_forbidden, describe_hyperparameters
from hpobench.space import checker, draw_configs, types, violation
from hpobench.task import FEATURES
from tests.driving import zoo


def written_and_read(space: ConfigurationSpace) -> ConfigurationSpace:
    return described_space(describe_hyperparameters(space), describe_forbidden(space))


def assert_same(space: ConfigurationSpace, again: ConfigurationSpace) -> None:
    """They have the same hyperparameters, and what is legal in one is so in the other."""
    assert list(again) == list(space)
    assert types(again) == types(space)
    for one, other in ((space, again), (again, space)):
        legal = checker(other)
        assert not [wrong for config in draw_configs(one, 40, 1) if (wrong := legal(config))]


def test_of_every_feature() -> None:
    space = zoo(frozenset(FEATURES))
    assert_same(space, written_and_read(space))


def test_bounds_logarithms_and_values_are_kept() -> None:
    space = ConfigurationSpace()
    space.add(
        Float("rate", (1e-6, 0.5), log=True),
        Integer("units", (4, 512)),
        Categorical("kind", ["a", "b"]),
        OrdinalHyperparameter("batch", [16, 32]),
        Constant("fixed", 3),
    )
    space.add(EqualsCondition(space["units"], space["kind"], "b"))
    described = describe_hyperparameters(space)
    assert described == {
        "batch": {"type": "ordinal", "values": [16, 32]},
        "fixed": {"type": "constant", "values": [3]},
        "kind": {"type": "categorical", "values": ["a", "b"]},
        "rate": {"type": "float", "low": 1e-6, "high": 0.5, "log": True},
        "units": {"type": "integer", "low": 4, "high": 512, "if": {"kind": "b"}},
    }


def test_what_no_description_can_say_is_refused() -> None:
    space = ConfigurationSpace({"kind": ["a", "b", "c"], "x": (0.0, 1.0), "y": (0.0, 1.0)})
    relation = ForbiddenGreaterThanRelation(space["x"], space["y"])
    space.add(NotEqualsCondition(space["x"], space["kind"], "b"))
    with pytest.raises(UserError, match="cannot say the condition"):
        describe_hyperparameters(space)
    space = ConfigurationSpace({"kind": ["a", "b", "c"], "y": (0.0, 1.0)})
    one, other = (EqualsCondition(space["y"], space["kind"], value) for value in "ab")
    space.add(OrConjunction(one, other))
    with pytest.raises(UserError, match="cannot say the condition"):
        describe_hyperparameters(space)
    space = ConfigurationSpace({"x": (0.0, 1.0), "y": (0.0, 1.0)})
    space.add(relation)
    with pytest.raises(UserError, match="cannot say the forbidden clause"):
        describe_forbidden(space)
    assert not violation(space, {"x": 0.1, "y": 0.2})
