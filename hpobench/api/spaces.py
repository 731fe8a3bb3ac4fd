"""A user's search space, a ConfigSpace or a plain mapping, as a task describes one."""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hpobench.errors import ParameterError, UserError

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

LOG = "log"
_EXAMPLE = '{"x": (-5.0, 5.0), "n": (1, 100, "log"), "kind": ["a", "b"]}'


def is_configspace(space: Any) -> bool:
    """Whether it is a ConfigSpace, without importing that."""
    return any(
        cls.__name__ == "ConfigurationSpace" and cls.__module__.startswith("ConfigSpace")
        for cls in type(space).__mro__
    )


def serialized(space: "ConfigurationSpace") -> dict[str, Any]:
    """A ConfigSpace as plain data.

    Raises:
        UserError: It holds a value that JSON does not.
    """
    try:
        data: dict[str, Any] = json.loads(json.dumps(space.to_serialized_dict()))
    except (TypeError, ValueError) as error:
        raise UserError(f"the space cannot be kept as JSON: {error}") from None
    return data


def describe_mapping(space: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The descriptions of hyperparameters that a plain mapping stands for.

    `(low, high)` is a range, of integers if both bounds are, `(low, high, "log")` one whose
    logarithm is uniform; a list holds the values of a category; a single text, number or flag is
    constant; a mapping is a description as in a task's YAML.

    Raises:
        ParameterError: It is none of these; names the hyperparameter.
    """
    if not isinstance(space, Mapping) or not space:
        raise ParameterError(f"a space is a ConfigSpace or such as {_EXAMPLE}, not {space!r:.100}")
    return {name: _description(name, given) for name, given in space.items()}


def _description(name: str, given: Any) -> dict[str, Any]:
    """The description of one hyperparameter."""
    match given:
        case Mapping():
            return dict(given)
        case tuple():
            return _range(name, given)
        case list():
            values = _plain(given)
            return {"type": "categorical" if len(values) > 1 else "constant", "values": values}
        case bool() | int() | float() | str():
            return {"type": "constant", "values": [given]}
        case _:
            raise _mistake(name, given)


def _range(name: str, given: tuple[Any, ...]) -> dict[str, Any]:
    """A range from a tuple."""
    *bounds, last = _plain(given) if given else [None]
    log = last == LOG and len(bounds) == 2  # noqa: PLR2004
    numbers = bounds if log else [*bounds, last]
    if len(numbers) != 2 or not all(_is_number(each) for each in numbers):  # noqa: PLR2004
        raise _mistake(name, given)
    whole = all(isinstance(each, int) for each in numbers)
    low, high = numbers
    field = {"log": True} if log else {}
    return {"type": "integer" if whole else "float", "low": low, "high": high, **field}


def _plain(values: Iterable[Any]) -> list[Any]:
    """Values of which those of numpy are Python's own."""
    return [value.item() if hasattr(value, "item") else value for value in values]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _mistake(name: str, given: Any) -> ParameterError:
    return ParameterError(
        f"hyperparameter {name!r}: expected (low, high), (low, high, 'log'), a list of values or "
        f"one value, not {given!r:.100}",
        name,
    )
