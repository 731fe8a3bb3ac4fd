"""Expand a YAML file into tasks or variants: one file is a family of many."""

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from hpobench.catalogue.reader import Node, read
from hpobench.catalogue.section import (
    Section,
    check_name,
    flag,
    integer,
    mapping,
    number,
    text,
    texts,
)
from hpobench.errors import UserError, nearest
from hpobench.optimizer import Capabilities, Environment, Variant
from hpobench.task import FEATURES, Budget, Resources, Task, Unit

MAX_TASKS = 10_000
"""More tasks from one file are a mistake, or an attack on memory; so are more parameters of a
task, longer texts to fill, and longer texts to fill them with."""
MAX_PARAMS = 64
MAX_TEXT = 1000

_HOLE = re.compile(r"{(\w+)(?::0(\d)d)?}")
_RANGE = re.compile(r"(-?\d{1,9})\.\.(-?\d{1,9})")
_REQUIREMENT = re.compile(r"[A-Za-z0-9][^\x00-\x1f\x7f]{0,300}")
_PYTHON = re.compile(r"3\.(1[1-9]|[2-9]\d)")
_NUMBER = re.compile(r"[0-9]{1,9}")
_TARGET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def tasks(path: Path) -> Iterator[Task]:
    """The tasks of a collection file, entry by entry, over their grids.

    Raises:
        FileError: With file and line, for any mistake in it.
    """
    root = Section(read(path))
    entries = root.take("tasks", _list)
    sections = (Section(entry, defaults=root) for entry in entries)
    found = (task for section in sections for task in _entry(path.stem, section))
    for count, task in enumerate(found):
        if count >= MAX_TASKS:
            raise root.error(f"it has more than {MAX_TASKS} tasks")
        yield task


def variants(path: Path) -> Iterator[Variant]:
    """The variants of an optimizer family's file.

    Raises:
        FileError: With file and line, for any mistake in it.
    """
    root = Section(read(path))
    declared = root.take("variants", _mapping)
    for name, node in declared.items():
        yield _variant(path.stem, name, Section(node, defaults=root), root.find("capabilities"))


def _entry(collection: str, entry: Section) -> Iterator[Task]:
    """One task for each point of the entry's grid."""
    identifier, description = entry.take("id", text), entry.take("description", text, "")
    dimension, grid = entry.find("dimension"), entry.find("grid")
    fixed = entry.take("params", mapping, {})
    if len(fixed) > MAX_PARAMS:
        raise entry.error(f"it has more than {MAX_PARAMS} parameters")
    shared = _shared(entry)
    entry.finish()
    for point in _points(grid) if grid else [{}]:
        params = {**fixed, **point}
        yield Task(
            id=check_name(entry.node, f"{collection}/{_fill(entry, identifier, params)}"),
            collection=collection,
            params=params,
            dimension=_dimension(entry, dimension, params),
            description=_fill(entry, description, params),
            **shared,
        )


def _shared(entry: Section) -> dict[str, Any]:
    """The fields that all tasks of an entry have in common."""
    return {
        "benchmark": entry.take("benchmark", _target),
        "objectives": tuple(entry.take("objectives", _some_texts)),
        "fidelity": entry.take("fidelity", text, "") or None,
        "budget": entry.take("budget", _budget),
        "workers": entry.take("workers", integer, 1),
        "types": tuple(entry.take("types", _features)),
        "real_time": entry.take("real_time", flag, False),
        "resources": entry.take("resources", _resources, Resources()),
        "evaluate_ms": entry.take("evaluate_ms", number, 1.0),
        "library": entry.take("library", text, ""),
        "extra": entry.take("extra", text, ""),
        "dataset": entry.take("dataset", text, ""),
        "source": entry.take("source", text, ""),
        "licence": entry.take("licence", text, ""),
        "about": entry.take("about", text, ""),
        "quality": entry.take("quality", text, ""),
    }


def _variant(family: str, name: str, section: Section, base: Node | None) -> Variant:
    """One variant; its capabilities are merged over the family's."""
    shared = Section(base) if base else None
    own = section.find("environment")
    result = Variant(
        id=check_name(section.node, family if name == family else f"{family}/{name}"),
        family=family,
        adapter=section.take("adapter", _target),
        options=section.take("options", mapping, {}),
        capabilities=_capabilities(Section(section.take("capabilities", _same), shared)),
        environment=_environment(own) if own else None,
        resources=section.take("resources", _resources, Resources()),
        ask_tell_ms=section.take("ask_tell_ms", number, 1.0),
        library=section.take("library", text, ""),
        needs=tuple(section.take("needs", _some_texts, ())),
        extra=section.take("extra", text, ""),
        variables=tuple(section.take("variables", _some_texts, ())),
        description=section.take("description", text, ""),
        source=section.take("source", text, ""),
        paper=section.take("paper", text, ""),
    )
    section.finish()
    return result


def _capabilities(section: Section) -> Capabilities:
    """What a variant handles."""
    result = Capabilities(
        objectives=int(section.take("objectives", number, 1.0)),
        fidelity=section.take("fidelity", flag, False),
        types=frozenset(section.take("types", _features)),
        workers=int(section.take("workers", number, 0.0)),
        initial=section.take("initial", flag, False),
        collections=tuple(section.take("collections", _some_texts, ())),
    )
    section.finish()
    return result


def _environment(node: Node) -> Environment:
    """What is installed for an optimizer apart from the others."""
    section = Section(node)
    result = Environment(
        requirements=section.take("requirements", _requirements, ()),
        no_deps=section.take("no_deps", _requirements, ()),
        python=section.take("python", _python, ""),
        megabytes=section.take("megabytes", number, 0.0),
    )
    section.finish()
    if not result.requirements and not result.no_deps:
        raise node.error("an environment has requirements, or no_deps")
    return result


def _requirements(node: Node) -> tuple[str, ...]:
    """What pip is to install; its options are not for a file to say."""
    names = _some_texts(node)
    for name in names:
        if not _REQUIREMENT.fullmatch(name):
            raise node.error(f"{name!r} is no requirement such as 'name==1.0' or 'name @ URL'")
    return tuple(names)


def _python(node: Node) -> str:
    """The version of an interpreter."""
    version = text(node)
    if not _PYTHON.fullmatch(version):
        raise node.error(f"python is a version from '3.11' on, such as '3.12', not {version!r}")
    return version


def _points(node: Node) -> Iterator[dict[str, Any]]:
    """The Cartesian product of a grid's axes."""
    axes: dict[str, list[Any]] = {}
    size = 1
    for name, axis in _mapping(node).items():
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


def _fill(entry: Section, template: str, params: dict[str, Any]) -> str:
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


def _dimension(entry: Section, node: Node | None, params: dict[str, Any]) -> int:
    """The number of hyperparameters: a number, or a template such as `{dimension}`."""
    if node is None:
        raise entry.error("the field 'dimension' is missing")
    if not isinstance(node.value, str):
        return integer(node)
    filled = _fill(entry, node.value, params)
    number = int(filled) if _NUMBER.fullmatch(filled) else filled
    return integer(Node(number, node.path, node.line))


def _budget(node: Node) -> Budget:
    """`{trials: 50}` and the like."""
    fields = _mapping(node)
    if len(fields) != 1 or not set(fields) <= set(Unit):
        raise node.error(f"a budget is one of {', '.join(f'{{{unit}: N}}' for unit in Unit)}")
    ((unit, amount),) = fields.items()
    try:
        return Budget.parse(f"{unit}={amount.value}")
    except UserError as error:
        raise node.error(str(error)) from None


def _resources(node: Node) -> Resources:
    """CPUs, GPUs, bytes of memory, and Ray's custom resources."""
    section = Section(node)
    custom = section.take("custom", _mapping, {})
    result = Resources(
        cpus=section.take("cpus", number, 1.0),
        gpus=section.take("gpus", number, 0.0),
        memory=int(section.take("memory", number, 0.0)),
        custom={name: number(amount) for name, amount in custom.items()},
    )
    section.finish()
    return result


def _features(node: Node) -> list[str]:
    """Features of a space, sorted, each of them known."""
    names = _some_texts(node)
    for name in names:
        if name not in FEATURES:
            raise node.error(f"unknown type {name!r}{nearest(name, FEATURES)}")
    return sorted(set(names))


def _some_texts(node: Node) -> list[str]:
    """A list of texts that is not empty and holds none twice."""
    names = texts(node)
    if not names or len(set(names)) < len(names):
        raise node.error("expected a list of one or more different texts")
    return names


def _same(node: Node) -> Node:
    """The node itself, for what is read by a section of its own."""
    return node


def _target(node: Node) -> str:
    """`module:Class`."""
    target = text(node)
    if not _TARGET.fullmatch(target):
        raise node.error(f"expected module:Class, not {target!r}")
    return target


def _mapping(node: Node) -> dict[str, Node]:
    """A mapping's fields, each with its place."""
    return dict(Section(node).node.value)


def _list(node: Node) -> list[Node]:
    """A list's items, each with its place."""
    if not isinstance(node.value, list):
        raise node.error("expected a list")
    return list(node.value)
