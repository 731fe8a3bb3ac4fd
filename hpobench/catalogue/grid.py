"""Spread an entry of a YAML file over its grid: points, and what depends on them."""

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from hpobench.catalogue.reader import Node
from hpobench.catalogue.section import Section, integer, members
from hpobench.errors import nearest

MAX_TASKS = 10_000
"""More tasks from one file are a mistake, or an attack on memory; so are more parameters of a
task, longer texts to fill, and longer texts to fill them with."""
MAX_PARAMS = 64
MAX_TEXT = 1000

_HOLE = re.compile(r"{(\w+)(?::0(\d)d)?}")
_RANGE = re.compile(r"(-?\d{1,9})\.\.(-?\d{1,9})")
_NUMBER = re.compile(r"[0-9]{1,9}")


def points(node: Node) -> Iterator[dict[str, Any]]:
    """The Cartesian product of a grid's axes."""
    axes: dict[str, list[Any]] = {}
    size = 1
    for name, axis in members(node).items():
        axes[name] = _axis(axis)
        size *= len(axes[name])
        if size > MAX_TASKS or len(axes) > MAX_PARAMS:
            raise node.error(f"the grid has more than {MAX_TASKS} points or {MAX_PARAMS} axes")
    return (dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values()))


def _axis(node: Node) -> list[Any]:
    """An axis: a list of values, or `first..last` for whole numbers."""
    if isinstance(node.value, list) and node.value:
        return [item.plain() for item in node.value]
    bounds = _RANGE.fullmatch(node.value) if isinstance(node.value, str) else None
    if not bounds:
        raise node.error("an axis of a grid is a list of values, or a range such as 1..24")
    first, last = int(bounds[1]), int(bounds[2])
    if not 0 <= last - first < MAX_TASKS:
        raise node.error(f"the range {node.value} is empty or has more than {MAX_TASKS} numbers")
    return list(range(first, last + 1))


def fill(entry: Section, template: str, params: dict[str, Any]) -> str:
    """Put parameters into a template's braces: `{name}`, or `{name:02d}` to pad a number.

    Less than `str.format`, which reaches into attributes and pads without limit.
    """
    filled = template
    if len(template) <= MAX_TEXT:
        filled, holes = _parts(template)
        for name, width, behind in holes:
            if name not in params:
                raise entry.error(f"no parameter {name!r} for {template!r}{nearest(name, params)}")
            filled += str(params[name])[: MAX_TEXT + 1].zfill(width) + behind
    if len(filled) > MAX_TEXT:
        raise entry.error(f"{template[:60]!r}... gets longer than {MAX_TEXT} characters")
    if "{" in filled or "}" in filled:
        raise entry.error(f"cannot fill {template!r}: a hole is {{name}} or {{name:02d}}")
    return filled


@lru_cache(maxsize=1000)
def _parts(template: str) -> tuple[str, list[tuple[str, int, str]]]:
    """What is before the first hole; and each hole's name, width, and what is behind it."""
    first, *rest = _HOLE.split(template)
    holes = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    return first, [(name, int(width or 0), behind) for name, width, behind in holes]


def read_dimension(entry: Section, node: Node | None, params: dict[str, Any]) -> int:
    """The number of hyperparameters: a number, or a template such as `{dimension}`."""
    if node is None:
        raise entry.error("the field 'dimension' is missing")
    if not isinstance(node.value, str):
        return integer(node)
    filled = fill(entry, node.value, params)
    number = int(filled) if _NUMBER.fullmatch(filled) else filled
    return integer(Node(number, node.path, node.line))
