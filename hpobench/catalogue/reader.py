"""Read YAML that may be malformed or hostile; every value keeps the line it stands on."""

import math
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from hpobench.errors import FileError
from hpobench.system.kernel import BYTES, NO_WAIT

MAX_BYTES = 1 << 20
MAX_DEPTH = 12
"""Our files need five levels; parsers of nested text are what deep nesting attacks."""

MAX_EVENTS = 40_000
"""Twice the values of a file, about: a thousand times what ours need, read in half a second."""
MAX_DIGITS = 300
"""Most digits of a whole number; any such is a floating point number too."""

_SPECIAL = {"": None, "~": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NUMERIC = frozenset("0123456789.+-")
"""What a number begins with."""
_LIMITS = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}


class Node(NamedTuple):
    """A value and where it stands; the items of a mapping or a list are nodes too."""

    value: Any
    path: Path
    line: int

    def error(self, message: str) -> FileError:
        """Name the place in a complaint about this value."""
        return FileError(self.path, message, line=self.line)

    def plain(self) -> Any:
        """The value without places, all the way down."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value


def read_yaml(path: Path) -> Node:
    """Read the one document of a YAML file.

    Scalars follow YAML 1.2: `no` is a text and `1e-5` is a number. What makes YAML a risk is
    refused: duplicate keys, aliases, tags, several documents, deep nesting, control characters,
    numbers that cannot be held, files that are large or none, such as pipes and devices.

    Raises:
        FileError: With file and line, if the file cannot be read or is not such YAML.
    """
    try:
        with open(path, "rb", opener=_regular) as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise FileError(path, error.strerror or "cannot be read") from None
    if len(data) > MAX_BYTES:
        raise FileError(path, f"is larger than {MAX_BYTES >> 20} MiB")
    return _parse(path, data)


def _regular(path: str, flags: int) -> int:
    """Open a file, but nothing that would be waited for or has no end."""
    descriptor = os.open(path, flags | NO_WAIT | BYTES)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "is no regular file")
    return descriptor


def _parse(path: Path, data: bytes) -> Node:
    """Build the tree from the parser's events."""
    try:
        events = yaml.parse(data.decode(), Loader=yaml.CSafeLoader)
        roots = list(_documents(path, _counted(path, events)))
    except UnicodeDecodeError as error:
        raise FileError(path, f"is not UTF-8 text at byte {error.start}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise FileError(path, f"is not YAML: {error.problem or error.context}", line=line) from None
    except yaml.YAMLError as error:
        raise FileError(path, f"is not YAML: {str(error).splitlines()[0]}") from None
    if len(roots) != 1:
        raise FileError(path, f"holds {len(roots)} YAML documents instead of one")
    return roots[0]


def _counted(path: Path, events: Iterable[yaml.Event]) -> Iterator[yaml.Event]:
    """The events, unless they are too many."""
    for count, event in enumerate(events):
        if count > MAX_EVENTS:
            raise FileError(path, f"holds more than {MAX_EVENTS // 2} values", line=_line(event))
        yield event


def _documents(path: Path, events: Iterator[yaml.Event]) -> Iterator[Node]:
    """The root of each document."""
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            yield _node(path, next(events), events, 0)


def _node(path: Path, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Node:
    """The value that begins with `event`."""
    line = _line(event)
    if isinstance(event, yaml.AliasEvent):
        raise FileError(path, "aliases (*name) are not allowed", line=line)
    if tag := getattr(event, "tag", None):
        raise FileError(path, f"tags ({tag}) are not allowed", line=line)
    if depth > MAX_DEPTH:
        raise FileError(path, f"is nested deeper than {MAX_DEPTH} levels", line=line)
    if isinstance(event, yaml.ScalarEvent):
        return Node(_scalar(path, event), path, line)
    if isinstance(event, yaml.SequenceStartEvent):
        return Node(list(_items(path, events, depth + 1)), path, line)
    return Node(_mapping(path, events, depth + 1), path, line)


def _line(event: yaml.Event) -> int:
    """Where an event starts, counted from 1."""
    return event.start_mark.line + 1 if event.start_mark else 1


def _items(path: Path, events: Iterator[yaml.Event], depth: int) -> Iterator[Node]:
    """The nodes up to the end of the current list or mapping."""
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            return
        yield _node(path, event, events, depth)


def _mapping(path: Path, events: Iterator[yaml.Event], depth: int) -> dict[str, Node]:
    """Pairs of keys and values; a key is a text and stands once."""
    result: dict[str, Node] = {}
    items = _items(path, events, depth)
    for key in items:
        if isinstance(key.value, dict | list):
            raise key.error("a key must be a text")
        name = str(key.value)
        if name in result:
            raise key.error(f"{name!r} stands twice, first in line {result[name].line}")
        result[name] = next(items)
    return result


def _scalar(path: Path, event: yaml.ScalarEvent) -> Any:
    """A plain scalar by YAML 1.2's core schema; a quoted one is a text."""
    text = event.value
    if not text.isprintable() and _CONTROL.search(text):
        raise FileError(path, "holds a control character", line=_line(event))
    if not event.implicit[0]:
        return text
    if text in _SPECIAL:
        return _SPECIAL[text]
    if text[0] in _NUMERIC:
        if _INTEGER.fullmatch(text) or _FLOAT.fullmatch(text):
            return _number(path, event)
        return _LIMITS.get(text.lower(), text)
    return text


def _number(path: Path, event: yaml.ScalarEvent) -> int | float:
    """A number, if there is one that is as large as the text says."""
    text = event.value
    if _INTEGER.fullmatch(text):
        value: int | float = int(text) if len(text) <= MAX_DIGITS else math.inf
    else:
        value = float(text)
    if math.isinf(value):
        raise FileError(path, "holds a number that is too large", line=_line(event))
    return value
