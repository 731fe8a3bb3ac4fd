"""Expand a YAML file into tasks or variants: one file is a family of many."""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hpobench.catalogue.derived import (
    described_size,
    described_types,
    measures,
    usual_budget,
    usual_origin,
    usually_noisy,
)
from hpobench.catalogue.grid import MAX_PARAMS, MAX_TASKS, fill, points, read_dimension
from hpobench.catalogue.reader import Node, read_yaml
from hpobench.catalogue.section import (
    Section,
    amount,
    check_name,
    flag,
    integer,
    mapping,
    members,
    positive,
    text_value,
    texts,
)
from hpobench.catalogue.siblings import read_history
from hpobench.constraint import Constraint
from hpobench.errors import UserError, nearest
from hpobench.optimizer import KNOWLEDGE, Capabilities, Environment, Variant
from hpobench.task import FEATURES, MOST_OBJECTIVES, Budget, Resources, Task, TaskOrigin, Unit

_UNSAID = object()
_REQUIREMENT = re.compile(r"[A-Za-z0-9][^\x00-\x1f\x7f]{0,300}")
_PYTHON = re.compile(r"3\.(1[1-9]|[2-9]\d)")
_TARGET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def read_tasks(path: Path) -> Iterator[Task]:
    """The tasks of a collection file, entry by entry, over their grids.

    Raises:
        FileError: With file and line, for any mistake in it.
    """
    root = Section(read_yaml(path))
    entries = root.take("tasks", _list)
    sections = (Section(entry, defaults=root) for entry in entries)
    found = (task for section in sections for task in _entry(path.stem, section))
    for count, task in enumerate(found):
        if count >= MAX_TASKS:
            raise root.error(f"it has more than {MAX_TASKS} tasks")
        yield task


def read_variants(path: Path) -> Iterator[Variant]:
    """The variants of an optimizer family's file.

    Raises:
        FileError: With file and line, for any mistake in it.
    """
    root = Section(read_yaml(path))
    declared = root.take("variants", members)
    for name, node in declared.items():
        yield _variant(path.stem, name, Section(node, defaults=root), root.find("capabilities"))


def _entry(collection: str, entry: Section) -> Iterator[Task]:
    """One task for each point of the entry's grid."""
    identifier, description = (
        entry.take("id", text_value),
        entry.take("description", text_value, ""),
    )
    size, grid = entry.find("dimension"), entry.find("grid")
    fixed = entry.take("params", mapping, {})
    if len(fixed) > MAX_PARAMS:
        raise entry.error(f"it has more than {MAX_PARAMS} parameters")
    shared, family = _common_fields(entry), entry.take("family", text_value, collection)
    types, real_time = entry.take("types", _features, ()), entry.take("real_time", flag, _UNSAID)
    noisy = entry.take("noisy", flag, _UNSAID)
    budget = _budget(said) if (said := entry.find("budget")) else None
    history = entry.find("history")
    entry.finish()
    for point in points(grid) if grid else [{}]:
        params = {**fixed, **point}
        dimension = read_dimension(entry, size or described_size(entry, params), params)
        name = check_name(entry.node, fill(entry, family, params))
        measured = measures(entry, params) if real_time is _UNSAID else real_time
        yield Task(
            id=check_name(entry.node, f"{collection}/{fill(entry, identifier, params)}"),
            collection=collection,
            params=params,
            dimension=dimension,
            budget=budget or usual_budget(dimension),
            types=tuple(types or described_types(entry, params)),
            real_time=measured,
            noisy=usually_noisy(entry, measured=measured) if noisy is _UNSAID else noisy,
            description=fill(entry, description, params),
            family=name,
            history=read_history(entry, history, {**params, "family": name}, identifier),
            place=(str(entry.path), entry.node.line),
            **shared,
        )


def _common_fields(entry: Section) -> dict[str, Any]:
    """The fields that all tasks of an entry have in common."""
    return {
        "benchmark": entry.take("benchmark", _target),
        "objectives": tuple(entry.take("objectives", _objectives)),
        "fidelity": entry.take("fidelity", text_value, "") or None,
        "workers": entry.take("workers", integer, 1),
        "continues": bool(entry.take("continues", flag, False) and entry.find("fidelity")),
        "signals": tuple(entry.take("signals", _some_texts, ())),
        "constraints": entry.take("constraints", _constraints, ()),
        "resources": entry.take("resources", _resources, Resources()),
        "evaluate_ms": entry.take("evaluate_ms", amount, 1.0),
        "library": entry.take("library", text_value, ""),
        "extra": entry.take("extra", text_value, ""),
        "dataset": entry.take("dataset", text_value, ""),
        "origin": entry.take("origin", _origin, usual_origin(entry)),
        "source": entry.take("source", text_value, ""),
        "licence": entry.take("licence", text_value, ""),
        "about": entry.take("about", text_value, ""),
        "quality": entry.take("quality", text_value, ""),
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
        ask_tell_ms=section.take("ask_tell_ms", amount, 1.0),
        library=section.take("library", text_value, ""),
        needs=tuple(section.take("needs", _some_texts, ())),
        extra=section.take("extra", text_value, ""),
        variables=tuple(section.take("variables", _some_texts, ())),
        description=section.take("description", text_value, ""),
        source=section.take("source", text_value, ""),
        paper=section.take("paper", text_value, ""),
    )
    section.finish()
    return result


def _capabilities(section: Section) -> Capabilities:
    """What a variant handles."""
    result = Capabilities(
        objectives=int(section.take("objectives", amount, 1.0)),
        fidelity=section.take("fidelity", flag, False),
        types=frozenset(section.take("types", _features)),
        workers=int(section.take("workers", amount, 0.0)),
        initial=section.take("initial", flag, False),
        collections=tuple(section.take("collections", _some_texts, ())),
        magnitude=section.take("magnitude", positive, math.inf),
        continues=section.take("continues", flag, False),
        signals=tuple(section.take("signals", _some_texts, ())),
        knowledge=tuple(section.take("knowledge", _knowledge, ())),
        uninformed=section.take("uninformed", flag, False),
        constraints=section.take("constraints", flag, False),
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
        megabytes=section.take("megabytes", amount, 0.0),
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
    version = text_value(node)
    if not _PYTHON.fullmatch(version):
        raise node.error(f"python is a version from '3.11' on, such as '3.12', not {version!r}")
    return version


def _budget(node: Node) -> Budget:
    """`{trials: 50}` and the like."""
    fields = members(node)
    if len(fields) != 1 or not set(fields) <= set(Unit):
        raise node.error(f"a budget is one of {', '.join(f'{{{unit}: N}}' for unit in Unit)}")
    ((unit, given),) = fields.items()
    try:
        return Budget.parse(f"{unit}={given.value}")
    except UserError as error:
        raise node.error(str(error)) from None


def _resources(node: Node) -> Resources:
    """CPUs, GPUs, bytes of memory, and Ray's custom resources."""
    section = Section(node)
    custom = section.take("custom", members, {})
    result = Resources(
        cpus=section.take("cpus", amount, 1.0),
        gpus=section.take("gpus", amount, 0.0),
        memory=int(section.take("memory", amount, 0.0)),
        custom={name: amount(each) for name, each in custom.items()},
    )
    section.finish()
    return result


def _origin(node: Node) -> TaskOrigin:
    """Where values come from."""
    name = text_value(node)
    if name not in list(TaskOrigin):
        raise node.error(
            f"origin is one of {', '.join(TaskOrigin)}, not {name!r}{nearest(name, TaskOrigin)}"
        )
    return TaskOrigin(name)


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


def _knowledge(node: Node) -> list[str]:
    """What can be told of a task before its first trial."""
    names = _some_texts(node)
    for name in names:
        if name not in KNOWLEDGE:
            raise node.error(f"unknown knowledge {name!r}{nearest(name, KNOWLEDGE)}")
    return names


def _constraints(node: Node) -> tuple[Constraint, ...]:
    """What a configuration must keep: names, series of names or limits, each quantity once."""
    named = (name for text in _some_texts(node) for name in _numbered(text))
    try:
        found = tuple(map(Constraint.parse, named))
    except UserError as error:
        raise node.error(str(error)) from None
    if len({each.name for each in found}) < len(found):
        raise node.error("two constraints are of one quantity")
    return found


def _numbered(text: str) -> list[str]:
    """The names of a series such as `g1..g12`; any other text alone."""
    if series := re.fullmatch(r"(\D+)(\d{1,3})\.\.\1(\d{1,3})", text):
        stem, first, last = series.groups()
        return [f"{stem}{number}" for number in range(int(first), int(last) + 1)]
    return [text]


def _objectives(node: Node) -> list[str]:
    """Names of 1 to `MOST_OBJECTIVES` objectives."""
    names = _some_texts(node)
    if len(names) > MOST_OBJECTIVES:
        raise node.error(f"{len(names)} objectives are more than {MOST_OBJECTIVES}")
    return names


def _same(node: Node) -> Node:
    """The node itself, for what is read by a section of its own."""
    return node


def _target(node: Node) -> str:
    """The text of a `module:Class`."""
    target = text_value(node)
    if not _TARGET.fullmatch(target):
        raise node.error(f"expected module:Class, not {target!r}")
    return target


def _list(node: Node) -> list[Node]:
    """A list's items, each with its place."""
    if not isinstance(node.value, list):
        raise node.error("expected a list")
    return list(node.value)
