"""Points of the unit cube as configurations, for optimizers that know nothing but vectors."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ConfigSpace import ConfigurationSpace
from ConfigSpace.hyperparameters import (
    IntegerHyperparameter,
)

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.space import listed_values
from hpobench.trial import Value, plain_value

MARGIN = 0.49999
"""An integer stands for the numbers that are rounded to it, so that all are equally likely."""


class Vectors:
    """A space as a unit cube, with a coordinate for each hyperparameter that can vary.

    A coordinate moves evenly through a float's or an integer's range (through its logarithm,
    where that is its scale), and through equal shares of [0, 1] for the choices of a
    categorical and the sequence of an ordinal. What a condition makes inactive is left out of
    the configuration, so that its coordinate has no effect. Forbidden clauses are for `legal`.

    Attributes:
        names: The hyperparameters that can vary, in the space's order; one coordinate each.
    """

    def __init__(self, space: ConfigurationSpace) -> None:
        self._space = space
        self.names = [name for name, hp in space.items() if len(choices(hp) or (0, 0)) > 1]

    @property
    def dimension(self) -> int:
        """The number of coordinates; one without effect where nothing can vary."""
        return max(len(self.names), 1)

    def config(self, vector: Sequence[float]) -> dict[str, Value]:
        """The configuration at a point, whose coordinates lie in [0, 1]."""
        point = dict(zip(self.names, map(float, vector), strict=False))
        return define_by_run(self._space, lambda n: value_at(self._space[n], point.get(n, 0.0)))

    def vector(self, config: Mapping[str, Value]) -> list[float]:
        """The point of a configuration, in the middle where a hyperparameter is inactive."""
        return [
            position_of(self._space[name], config[name]) if name in config else 0.5
            for name in self.names
        ] or [0.5]


def choices(hyperparameter: Any) -> list[Value] | None:
    """The values of one that lists them; None of one that has a range."""
    if listed := listed_values(hyperparameter):
        return listed
    return [plain_value(hyperparameter.default_value)] if hyperparameter.size == 1 else None


def value_at(hyperparameter: Any, x: float) -> Value:
    """The value at a coordinate in [0, 1]."""
    if listed := choices(hyperparameter):
        return listed[min(int(x * len(listed)), len(listed) - 1)]
    low, high = hyperparameter.lower, hyperparameter.upper
    if not isinstance(hyperparameter, IntegerHyperparameter):
        return min(max(between(low, high, x, log=hyperparameter.log), float(low)), float(high))
    found = round(between(low - MARGIN, high + MARGIN, x, log=hyperparameter.log))
    return int(min(max(found, low), high))


def coordinate_of(hyperparameter: Any, value: Any) -> float:
    """The coordinate in [0, 1] of a value of one that has a range."""
    low, high = hyperparameter.lower, hyperparameter.upper
    if hyperparameter.log:
        return (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))
    return float((value - low) / (high - low))


def position_of(hyperparameter: Any, value: Any) -> float:
    """The coordinate in [0, 1] at which `value_at` gives a value."""
    if listed := choices(hyperparameter):
        return (listed.index(value) + 0.5) / len(listed)
    if not isinstance(hyperparameter, IntegerHyperparameter):
        return coordinate_of(hyperparameter, value)
    scale: Callable[[float], float] = math.log if hyperparameter.log else float
    low, high = scale(hyperparameter.lower - MARGIN), scale(hyperparameter.upper + MARGIN)
    return (scale(value) - low) / (high - low)


def placed(hyperparameter: Any, chosen: Mapping[str, Any]) -> Value:
    """The value that a library chose, put back where rounding left its range.

    Args:
        hyperparameter: One of the space's.
        chosen: By name a number, or a position among the values that are listed; what is
            missing cannot vary.
    """
    if hyperparameter.name not in chosen:
        return plain_value(hyperparameter.default_value)
    found = plain_value(chosen[hyperparameter.name])
    if listed := choices(hyperparameter):
        return listed[int(min(max(found, 0), len(listed) - 1))]
    clipped = min(max(found, hyperparameter.lower), hyperparameter.upper)
    return int(clipped) if isinstance(hyperparameter, IntegerHyperparameter) else float(clipped)


def between(low: float, high: float, x: float, *, log: bool) -> float:
    """The number at the share x of a range, or of its logarithm."""
    if log:
        return math.exp(math.log(low) + x * (math.log(high) - math.log(low)))
    return float(low + x * (high - low))
