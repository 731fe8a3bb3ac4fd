"""Frozen data as what JSON can hold, and back: the types of its fields say how."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Data of dataclasses, mappings and collections as dictionaries, lists and their leaves.

    Args:
        value: Leaves are texts, numbers, flags, None and members of enumerations of texts.
    """
    if is_dataclass(value):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    match value:
        case Mapping():
            return {name: to_plain(item) for name, item in value.items()}
        case frozenset():
            return sorted(to_plain(item) for item in value)
        case list() | tuple():
            return [to_plain(item) for item in value]
        case Enum():
            return value.value
        case _:
            return value


def from_plain(kind: type[T], data: Any) -> T:
    """The object of this type that `to_plain` wrote, after a way through JSON.

    Args:
        kind: A dataclass whose fields are dataclasses, enumerations, collections, mappings of
            names, leaves, or one of these or None.
        data: What was written.
    """
    return cast("T", _restored(kind, data))


def _restored(hint: Any, data: Any) -> Any:
    """A value of the type that a hint names."""
    if data is None:
        return None
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return _restored(next(each for each in arguments if each is not NoneType), data)
    if origin in {tuple, frozenset, Mapping}:
        return _collected(origin, arguments, data)
    if isinstance(hint, type) and is_dataclass(hint):
        known = _hints(hint)
        return hint(**{name: _restored(known[name], item) for name, item in data.items()})
    return hint(data) if isinstance(hint, type) and issubclass(hint, Enum) else data


def _collected(origin: Any, arguments: tuple[Any, ...], data: Any) -> Any:
    """A collection whose items are of the type that its hint names, if it names one."""
    if origin is Mapping:
        return {name: _restored(arguments[1], item) for name, item in data.items()}
    return origin(_restored(arguments[0], item) if arguments else item for item in data)


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    """The types of a dataclass's fields."""
    return get_type_hints(kind)
