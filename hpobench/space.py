"""What ConfigSpace lacks for our purpose: plain values, legality as a sentence, features."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from ConfigSpace import Configuration, ConfigurationSpace
from ConfigSpace.exceptions import (
    ForbiddenValueError,
    HyperparameterNotFoundError,
    IllegalValueError,
)
from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    Constant,
    FloatHyperparameter,
    IntegerHyperparameter,
    OrdinalHyperparameter,
)

from hpobench.trial import Config, Value

TYPES = {
    "float": FloatHyperparameter,
    "integer": IntegerHyperparameter,
    "categorical": CategoricalHyperparameter,
    "ordinal": OrdinalHyperparameter,
    "constant": Constant,
}

_PATIENCE = 100
"""Draws for each configuration, before a small space counts as exhausted."""


def plain(value: Any) -> Value:
    """Turn numpy's scalar types, which ConfigSpace mixes in, into Python's own."""
    plain: Value = value.item() if isinstance(value, np.generic) else value
    return plain


def plain_config(config: Configuration) -> dict[str, Value]:
    """The active hyperparameters of a ConfigSpace configuration as plain values."""
    return {name: plain(value) for name, value in config.items()}


def draw(space: ConfigurationSpace, count: int, seed: int) -> tuple[Config, ...]:
    """Different legal configurations drawn at random; fewer if the space has not so many.

    Args:
        space: Is seeded.
        count: How many.
        seed: In [0, 2**31 - 1].
    """
    space.seed(seed)
    found: dict[tuple[object, ...], Config] = {}
    for _ in range(count * _PATIENCE):
        if len(found) == count:
            break
        config = plain_config(space.sample_configuration())
        if not violation(space, config):  # ConfigSpace 1.2 draws some under nested conditions
            found.setdefault(tuple(config.items()), config)
    return tuple(found.values())


def types(space: ConfigurationSpace) -> tuple[str, ...]:
    """Which features a space has, sorted: those of `task.FEATURES` that occur in it."""
    found = {name for name, cls in TYPES.items() for hp in space.values() if isinstance(hp, cls)}
    found |= {"condition"} if space.conditions else set()
    found |= {"forbidden"} if space.forbidden_clauses else set()
    return tuple(sorted(found))


def checker(space: ConfigurationSpace) -> Callable[[Config], str]:
    """`violation` for one space, asked often: quick where nothing depends on anything else."""
    slow = partial(violation, space)
    if space.conditions or space.forbidden_clauses:
        return slow
    tests = {name: _quick_test(hp) for name, hp in space.items()}

    def check(config: Config) -> str:
        same = config.keys() == tests.keys()
        return "" if same and all(tests[name](v) for name, v in config.items()) else slow(config)

    return check


def _quick_test(hp: Any) -> Callable[[Value], bool]:
    """A test that no illegal value passes; what fails it is looked at more closely."""
    if isinstance(hp, FloatHyperparameter | IntegerHyperparameter):
        kind = float if isinstance(hp, FloatHyperparameter) else int
        low, high = hp.lower, hp.upper
        return lambda value: type(value) is kind and low <= value <= high
    legal = {(type(value), value) for value in _listed(hp)}
    return lambda value: (type(value), value) in legal


def _listed(hp: Any) -> list[Value]:
    """The values of a hyperparameter that lists them."""
    match hp:
        case OrdinalHyperparameter():
            return [plain(value) for value in hp.sequence]
        case CategoricalHyperparameter():
            return [plain(value) for value in hp.choices]
        case Constant():
            return [plain(hp.value)]
        case _:
            return []


def violation(space: ConfigurationSpace, config: Config) -> str:
    """Why a configuration does not lie in the space, or an empty string if it does.

    Covers ranges, types, unknown and missing names, conditions (an active hyperparameter
    without a value, an inactive one with a value) and forbidden clauses.
    """
    try:
        Configuration(space, values=dict(config))
    except (
        ForbiddenValueError,
        HyperparameterNotFoundError,
        IllegalValueError,
        TypeError,
        ValueError,
    ) as error:
        return f"{type(error).__name__}: {error}".partition("\n")[0]
    return ""
