"""Legality of configurations, against ConfigSpace's own verdict."""

from typing import Any

from ConfigSpace import (
    Categorical,
    ConfigurationSpace,
    Constant,
    EqualsCondition,
    Float,
    ForbiddenEqualsClause,
    Integer,
    OrdinalHyperparameter,
)
from hypothesis import given
from hypothesis import strategies as st

from hpobench.space import checker, plain_config, types, violation

VALUES = st.one_of(
    st.floats(), st.integers(-3, 12), st.sampled_from(["a", "b", "c", "", "low", "high"]),
    st.booleans(), st.none(),
)  # fmt: skip


def space(*, conditional: bool = False, forbidden: bool = False) -> ConfigurationSpace:
    found = ConfigurationSpace(seed=0)
    found.add(
        Float("f", (-1.5, 2.5)),
        Integer("i", (1, 9), log=True),
        Categorical("c", ["a", "b"]),
        OrdinalHyperparameter("o", ["low", "high"]),
        Constant("k", 3),
    )
    if conditional:
        found.add(EqualsCondition(found["f"], found["c"], "a"))
    if forbidden:
        found.add(ForbiddenEqualsClause(found["i"], 5))
    return found


@given(
    st.dictionaries(st.sampled_from([*"ficokz"]), VALUES),
    st.booleans(),
    st.booleans(),
    st.integers(0, 1000),
)
def test_the_quick_check_agrees_with_the_thorough_one(
    changes: dict[str, Any], conditional: bool, forbidden: bool, seed: int
) -> None:
    found = space(conditional=conditional, forbidden=forbidden)
    found.seed(seed)
    config = {**plain_config(found.sample_configuration()), **changes}
    assert checker(found)(config) == violation(found, config)


@given(st.integers(0, 10_000))
def test_what_the_space_samples_is_legal(seed: int) -> None:
    found = space(conditional=True, forbidden=True)
    found.seed(seed)
    config = plain_config(found.sample_configuration())
    assert violation(found, config) == ""
    assert {type(value) for value in config.values()} <= {float, int, str}


def test_types_name_what_is_in_the_space() -> None:
    assert types(space()) == ("categorical", "constant", "float", "integer", "ordinal")
    assert set(types(space(conditional=True, forbidden=True))) - set(types(space())) == {
        "condition",
        "forbidden",
    }
