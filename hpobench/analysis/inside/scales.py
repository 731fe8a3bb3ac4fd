"""Where the values of hyperparameters lie on a scale from 0 to 1."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hpobench.scoring.trials import Floats
from hpobench.trial import Value, plain_value

WIDE = 1000.0
"""Positive values of which the largest is so many times the smallest are seen on a log scale."""

MANY = 32
"""More different texts than that are still choices; more different numbers are a range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HyperparameterScale:
    """What is known of a hyperparameter.

    Attributes:
        name: Its name.
        choices: The values of a list, in order; empty for a range.
        ordered: Whether the choices have an order, as those of an ordinal have.
        low, high: The bounds of a range.
        log: Whether logarithms are uniform.
        integer: Whether a range holds whole numbers.
        default: The space's default value; None where it is not known.
        known: Whether the space said so; else it is what was tried.
    """

    name: str
    choices: tuple[Value, ...] = ()
    ordered: bool = False
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    integer: bool = False
    default: Value | None = None
    known: bool = False

    @property
    def numeric(self) -> bool:
        """Whether it is a range."""
        return not self.choices

    @property
    def constant(self) -> bool:
        """Whether there is nothing to choose."""
        return len(self.choices) == 1 or (self.numeric and self.low == self.high)

    def places(self, values: Sequence[Value | None]) -> Floats:
        """Where values lie: 0 is the lower bound or the first choice, 1 the upper or the last.

        Args:
            values: None where the hyperparameter is inactive.

        Returns:
            Places in [0, 1], shape (values,); NaN for None, and for what is not on the scale.
        """
        if self.choices:
            steps = max(len(self.choices) - 1, 1)
            known = {_key(choice): i / steps for i, choice in enumerate(self.choices)}
            return np.array([known.get(_key(value), np.nan) for value in values], dtype=float)
        numbers = np.array([_number(value) for value in values], dtype=float)
        low, high = self.low, self.high
        if self.log:
            with np.errstate(divide="ignore", invalid="ignore"):
                numbers, low, high = np.log(numbers), math.log(low), math.log(high)
        if high == low:
            return np.where(np.isnan(numbers), np.nan, 0.5)
        return np.asarray(np.clip((numbers - low) / (high - low), 0.0, 1.0))


def scales_of_space(
    space: Mapping[str, Any], tried: Mapping[str, Sequence[Value | None]]
) -> tuple[HyperparameterScale, ...]:
    """The scales of a space, as ConfigSpace writes it, and of what was tried beyond it.

    Args:
        space: What `ConfigurationSpace.to_serialized_dict` gives; empty if it is not known.
        tried: By hyperparameter the values of all trials, None where it was inactive.
    """
    told = {each["name"]: each for each in space.get("hyperparameters", ())}
    names = dict.fromkeys((*told, *tried))
    return tuple(
        _told(told[name]) if name in told else observed_scale(name, tried[name]) for name in names
    )


def observed_scale(name: str, values: Sequence[Value | None]) -> HyperparameterScale:
    """The range, or the choices, that trials span."""
    present = [value for value in values if value is not None]
    numbers = [v for v in present if isinstance(v, int | float) and _is_number(v)]
    if not numbers or len(numbers) < len(present):
        known = {_key(value): value for value in present}
        return HyperparameterScale(name=name, choices=tuple(known[key] for key in sorted(known)))
    low, high = float(min(numbers)), float(max(numbers))
    whole = all(isinstance(value, int) for value in numbers)
    return HyperparameterScale(
        name=name, low=low, high=high, log=low > 0 and high / low >= WIDE, integer=whole
    )


def _told(told: Mapping[str, Any]) -> HyperparameterScale:
    """The scale of a hyperparameter that ConfigSpace wrote."""
    name, default = told["name"], told.get("default_value")
    if "value" in told:
        return HyperparameterScale(
            name=name,
            choices=(plain_value(told["value"]),),
            default=plain_value(told["value"]),
            known=True,
        )
    if choices := told.get("choices", told.get("sequence")):
        return HyperparameterScale(
            name=name,
            choices=tuple(plain_value(choice) for choice in choices),
            ordered="sequence" in told,
            default=plain_value(default),
            known=True,
        )
    low, high = float(told["lower"]), float(told["upper"])
    return HyperparameterScale(
        name=name,
        low=low,
        high=high,
        log=bool(told.get("log")) and low > 0,
        integer="int" in str(told.get("type")),
        default=plain_value(default),
        known=True,
    )


def with_exact_bounds(
    scales: Sequence[HyperparameterScale], bounds: Mapping[str, tuple[float, float]]
) -> tuple[HyperparameterScale, ...]:
    """The scales with bounds that ConfigSpace's text would have rounded."""
    return tuple(
        replace(scale, low=bounds[scale.name][0], high=bounds[scale.name][1])
        if scale.name in bounds
        else scale
        for scale in scales
    )


def _is_number(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) < math.inf


def _number(value: Value | None) -> float:
    """A number as a float, and NaN for whatever is none."""
    try:
        return float(value) if _is_number(value) else math.nan  # type: ignore[arg-type]
    except OverflowError:
        return math.nan


def _key(value: Value | None) -> str:
    """What tells values apart: 1, 1.0, true and the text are four."""
    return json.dumps([type(value).__name__, value])
