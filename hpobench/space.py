"""What ConfigSpace lacks for our purpose: plain values, legality as a sentence, features."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from ConfigSpace import Configuration, ConfigurationSpace, UniformFloatHyperparameter
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
from ConfigSpace.hyperparameters.hp_components import UnitScaler

from hpobench.errors import quoted
from hpobench.simplex import SIMPLEX, group_of, simplexes, wrong_sum
from hpobench.trial import PLAIN, Config, Value, plain_value

TYPES = {
    "float": FloatHyperparameter,
    "integer": IntegerHyperparameter,
    "categorical": CategoricalHyperparameter,
    "ordinal": OrdinalHyperparameter,
    "constant": Constant,
}

_PATIENCE = 100
"""Draws for each configuration, before a small space counts as exhausted."""


def plain_config(config: Configuration) -> dict[str, Value]:
    """The active hyperparameters of a ConfigSpace configuration as plain values.

    ConfigSpace rounds floats; what this moved out of exact bounds is put back.
    """
    values = {name: plain_value(value) for name, value in config.items()}
    for name, (low, high) in exact_bounds(config.config_space).items():
        if name in values:
            values[name] = min(max(float(values[name]), low), high)
    return values


class _ExactScaler(UnitScaler[Any]):
    """Keeps in the unit interval what lies in the bounds but is rounded before it is scaled."""

    def to_vector(self, value: Any) -> Any:
        """Scale from the bounds to [0, 1]."""
        return np.clip(super().to_vector(np.clip(value, self.lower_value, self.upper_value)), 0, 1)


def float_range(
    name: str, low: float, high: float, *, log: bool = False, default: float | None = None
) -> UniformFloatHyperparameter:
    """A float with exactly these bounds, which ConfigSpace by itself rounds to 13 decimals.

    Args:
        name: The hyperparameter's name.
        low: The smallest value; above 0 with `log`.
        high: The largest value.
        log: Whether logarithms are uniform.
        default: In [low, high]; the middle by default.
    """
    made = UniformFloatHyperparameter(name, low, high, default, log)
    return made if (made.lower, made.upper) == (low, high) else _with_bounds(made, low, high)


def exact_bounds(space: ConfigurationSpace) -> dict[str, tuple[float, float]]:
    """The bounds that ConfigSpace would have rounded, by hyperparameter."""
    return {
        name: (float(scaler.lower_value), float(scaler.upper_value))
        for name, hyperparameter in space.items()
        if isinstance(scaler := getattr(hyperparameter, "_transformer", None), _ExactScaler)
    }


def set_exact_bounds(
    space: ConfigurationSpace, bounds: Mapping[str, tuple[float, float]]
) -> ConfigurationSpace:
    """Put back the exact bounds of a space that ConfigSpace has read or written."""
    for name, (low, high) in bounds.items():
        _with_bounds(space[name], low, high)
    return space


def _with_bounds(made: Any, low: float, high: float) -> UniformFloatHyperparameter:
    """The float, with bounds that are not rounded."""
    limits = np.float64(low), np.float64(high)
    made.lower, made.upper = low, high
    made._transformer = _ExactScaler(*limits, log=made.log, dtype=np.float64)  # noqa: SLF001
    made.default_value = min(max(made.default_value, low), high)
    made._normalized_default_value = made.to_vector(made.default_value)  # noqa: SLF001
    float_: UniformFloatHyperparameter = made
    return float_


def draw_configs(space: ConfigurationSpace, count: int, seed: int) -> tuple[Config, ...]:
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
    found = {type_of(hyperparameter) for hyperparameter in space.values()}
    found |= {"condition"} if space.conditions else set()
    found |= {"forbidden"} if space.forbidden_clauses else set()
    return tuple(sorted(found))


def type_of(hyperparameter: Any) -> str:
    """The type of a hyperparameter as a task's YAML calls it."""
    if group_of(hyperparameter):
        return SIMPLEX
    return next(name for name, cls in TYPES.items() if isinstance(hyperparameter, cls))


def checker(space: ConfigurationSpace) -> Callable[[Config], str]:
    """`violation` for one space, asked often: quick where nothing depends on anything else."""
    slow = partial(violation, space)
    if space.conditions or space.forbidden_clauses or simplexes(space):
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
    legal = {(type(value), value) for value in listed_values(hp)}
    return lambda value: (type(value), value) in legal


def listed_values(hp: Any) -> list[Value]:
    """The values of a hyperparameter that lists them."""
    match hp:
        case OrdinalHyperparameter():
            return [plain_value(value) for value in hp.sequence]
        case CategoricalHyperparameter():
            return [plain_value(value) for value in hp.choices]
        case Constant():
            return [plain_value(hp.value)]
        case _:
            return []


def violation(space: ConfigurationSpace, config: Config) -> str:
    """Why a configuration does not lie in the space, or an empty string if it does.

    Covers ranges, types, unknown and missing names, conditions (an active hyperparameter
    without a value, an inactive one with a value), forbidden clauses and sums of weights.
    """
    for name, value in config.items():
        if type(plain_value(value)) not in PLAIN:
            return f"{name} is {quoted(value)}, which is no number, text or flag"
    try:
        with np.errstate(all="ignore"):  # infinity minus infinity, for one
            Configuration(space, values=dict(config))
    except (
        ForbiddenValueError,
        HyperparameterNotFoundError,
        IllegalValueError,
        OverflowError,
        TypeError,
        ValueError,
    ) as error:
        return f"{type(error).__name__}: {error}".partition("\n")[0]
    return wrong_sum(space, config)
