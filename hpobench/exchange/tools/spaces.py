"""Spaces as ConfigSpace (1.2) writes them to JSON, made without it and with exact bounds."""

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

VERSION = "1.2.0"
"""The version of ConfigSpace whose JSON these look like."""
FORMAT = 0.4


def space_json(hyperparameters: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A space of independent hyperparameters."""
    return {
        "name": None,
        "hyperparameters": list(hyperparameters),
        "conditions": [],
        "forbiddens": [],
        "python_module_version": VERSION,
        "format_version": FORMAT,
    }


def categorical(name: str, choices: Iterable[Any]) -> dict[str, Any]:
    """A hyperparameter with these choices, each counted once."""
    different = {json.dumps(choice): choice for choice in choices}
    plain = [
        choice if isinstance(choice, bool | int | float | str) else text
        for text, choice in different.items()
    ]
    return {
        "type": "categorical",
        "name": name,
        "choices": plain,
        "weights": None,
        "default_value": plain[0],
        "meta": None,
    }


def number_range(
    name: str,
    low: float,
    high: float,
    *,
    log: bool = False,
    integer: bool = False,
    step: float | None = None,
) -> dict[str, Any]:
    """A numeric hyperparameter; ConfigSpace has no steps, which stand among its notes."""
    if low == high:
        return {"type": "constant", "name": name, "value": low, "meta": None}
    middle = math.sqrt(low * high) if log else (low + high) / 2
    return {
        "type": "uniform_int" if integer else "uniform_float",
        "name": name,
        "lower": low,
        "upper": high,
        "default_value": round(middle) if integer else min(max(middle, low), high),
        "log": log,
        "meta": {"step": step} if step and step != integer else None,
    }


def choices_or_range(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """The hyperparameter that observed values span, where nothing else is known of it."""
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if numbers and len(numbers) == len(values):
        whole = all(isinstance(v, int) for v in numbers)
        return number_range(name, min(numbers), max(numbers), integer=whole)
    return categorical(name, values)
