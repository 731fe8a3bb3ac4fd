"""Take the fields of a YAML mapping one by one, with their types, and refuse the rest."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from hpobench.catalogue.reader import Node
from hpobench.errors import FileError, nearest

MAX_INTEGER = 1_000_000
MAX_NUMBER = 1e18

_NAME = re.compile(r"[^\s@,*?\[\]]{1,300}")

T = TypeVar("T")


class Section:
    """A mapping whose fields are asked for by name and type.

    Fields missing here are looked for in `defaults`, so that an entry states only what differs.
    """

    def __init__(self, node: Node, defaults: "Section | None" = None) -> None:
        if not isinstance(node.value, dict):
            raise node.error(f"expected a mapping of fields, not {_name(node.value)}")
        self.node = node
        self._defaults = defaults
        self._asked: set[str] = set()

    @property
    def path(self) -> Path:
        """The file it stands in."""
        return self.node.path

    def error(self, message: str) -> FileError:
        """Complain about the section as a whole."""
        return self.node.error(message)

    def find(self, name: str) -> Node | None:
        """The field's node, from here or the defaults, unless it is absent or null."""
        self._asked.add(name)
        inherited = self._defaults.find(name) if self._defaults else None
        node: Node | None = self.node.value.get(name, inherited)
        return node if node is not None and node.value is not None else None

    def take(self, name: str, read: Callable[[Node], T], default: Any = None) -> T:
        """The field as `read` understands it.

        Raises:
            FileError: It is missing and has no default, or is of another type.
        """
        node = self.find(name)
        if node is not None:
            return read(node)
        if default is None:
            raise self.error(f"the field {name!r} is missing")
        value: T = default
        return value

    def finish(self) -> None:
        """Refuse the fields that nobody asked for, here and in the defaults."""
        for name, node in self.node.value.items():
            if name not in self._asked:
                raise node.error(f"unknown field {name!r}{nearest(name, self._asked)}")
        if self._defaults:
            self._defaults.finish()


def text_value(node: Node) -> str:
    """A text; a number is not one."""
    value: str = _expect(node, str, "a text")
    return value


def integer(node: Node) -> int:
    """A whole number of at least 1 and at most a million."""
    value: int = _expect(node, int, "a whole number")
    if not 1 <= value <= MAX_INTEGER:
        raise node.error(f"expected a whole number from 1 to {MAX_INTEGER:,}, not {value}")
    return value


def check_name(node: Node, name: str) -> str:
    """A name that patterns, the command line, a terminal and a page can carry."""
    if flaw := name_flaw(name):
        raise node.error(flaw)
    return name


def name_flaw(name: str) -> str:
    """Why a text cannot be a name, or empty if it can."""
    if _NAME.fullmatch(name) and name.isprintable():
        return ""
    return f"{name!a} is no name: at most 300 visible characters, no spaces or @ , * ? [ ]"


def amount(node: Node) -> float:
    """A number of at least 0 and at most 1e18: what a computer can count."""
    value = _expect(node, int | float, "a number")
    if not 0 <= value <= MAX_NUMBER:
        raise node.error(f"expected a number from 0 to {MAX_NUMBER:g}, not {value}")
    return float(value)


def positive(node: Node) -> float:
    """A finite number above 0, however large."""
    value = _expect(node, int | float, "a number")
    if not 0 < value <= sys.float_info.max:
        raise node.error(f"expected a finite number above 0, not {value}")
    return float(value)


def flag(node: Node) -> bool:
    """A truth value, `true` or `false`."""
    if not isinstance(node.value, bool):
        raise node.error(f"expected true or false, not {_name(node.value)}")
    return node.value


def texts(node: Node) -> list[str]:
    """A list of texts."""
    return [text_value(item) for item in _expect(node, list, "a list")]


def mapping(node: Node) -> dict[str, Any]:
    """A mapping with free fields."""
    _expect(node, dict, "a mapping")
    result: dict[str, Any] = node.plain()
    return result


def members(node: Node) -> dict[str, Node]:
    """A mapping's fields, each with its place."""
    return dict(Section(node).node.value)


def _expect(node: Node, cls: Any, noun: str) -> Any:
    """The node's value if it is of the class; a boolean is not a number."""
    if isinstance(node.value, bool) or not isinstance(node.value, cls):
        raise node.error(f"expected {noun}, not {_name(node.value)}")
    return node.value


def _name(value: Any) -> str:
    """What a reader of YAML calls a value's type."""
    match value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case None:
            return "nothing"
        case _:
            return repr(value) if len(repr(value)) < 60 else repr(value)[:57] + "..."  # noqa: PLR2004
