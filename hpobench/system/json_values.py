"""What a value that was read from JSON is: predicates, to be put together into a shape."""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

LARGEST = 2**31 - 1
"""Largest seed, number of a trial and number of a worker."""
EXACT = 2**53
"""Whole numbers up to here are floats, and a column can hold them."""
DEPTH = 20
"""JSON in a row is nested no deeper."""


def is_tree(value: object, depth: int = DEPTH) -> bool:
    """Whether it is JSON of bounded depth, all of whose texts can be written."""
    match value:
        case str():
            return is_text(value)
        case dict():
            return depth > 0 and all(is_text(k) and is_tree(v, depth - 1) for k, v in value.items())
        case list():
            return depth > 0 and all(is_tree(item, depth - 1) for item in value)
    return value is None or isinstance(value, bool | int | float)


def parse_json(text: str) -> Any:
    """The JSON of a text, None if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def is_text(value: object) -> bool:
    """Whether it is a text that can be written: half of a surrogate pair cannot."""
    try:
        return isinstance(value, str) and (value.isascii() or bool(value.encode()))
    except UnicodeEncodeError:
        return False


def is_filled_text(value: object) -> bool:
    """Whether it is a text with at least one character."""
    return is_text(value) and bool(value)


def is_number(value: object) -> bool:
    """Whether it is a number that is a float, infinite and not a number included."""
    return type(value) is float or (type(value) is int and -EXACT <= value <= EXACT)


def is_finite_number(value: object) -> bool:
    """Whether it is a number that is finite."""
    return is_number(value) and math.isfinite(value)  # type: ignore[arg-type]  # a number


def is_amount(value: object) -> bool:
    """Whether it is a finite number of at least 0."""
    return is_finite_number(value) and value >= 0  # type: ignore[operator]  # a number


def is_count(value: object) -> bool:
    """Whether it is a whole number from 0 to `LARGEST`."""
    return type(value) is int and 0 <= value <= LARGEST


def is_bool(value: object) -> bool:
    """Whether it is true or false."""
    return isinstance(value, bool)


def is_dict(value: object) -> bool:
    """Whether it is an object, whatever its fields."""
    return isinstance(value, dict)


def is_any_of(known: Sequence[str]) -> Callable[[object], bool]:
    """The predicate of being one of these texts."""
    return lambda value: isinstance(value, str) and value in {*known}


def is_list_of(check: Callable[[object], bool], *, least: int = 0) -> Callable[[object], bool]:
    """The predicate of being a list of what passes a check, `least` or more."""
    return lambda value: isinstance(value, list) and len(value) >= least and all(map(check, value))


def has_fields(**fields: Callable[[object], bool]) -> Callable[[object], bool]:
    """The predicate of being an object whose fields of these names pass these checks."""
    return lambda value: (
        isinstance(value, dict) and all(check(value.get(name)) for name, check in fields.items())
    )


def is_absent_or(check: Callable[[object], bool]) -> Callable[[object], bool]:
    """The predicate of being absent, or of passing a check."""
    return lambda value: value is None or check(value)
