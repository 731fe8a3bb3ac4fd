"""Expand a YAML file into tasks: one file is a family of many."""

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
from hpobench.catalogue.fields import (
    class_target,
    different_texts,
    needed_resources,
    space_features,
)
from hpobench.catalogue.grid import MAX_PARAMS, MAX_TASKS, fill, points, read_dimension
from hpobench.catalogue.mapped import read_measures
from hpobench.catalogue.reader import Node, read_yaml
from hpobench.catalogue.section import (
    Section,
    amount,
    check_name,
    flag,
    integer,
    mapping,
    members,
    text_value,
)
from hpobench.catalogue.siblings import read_history
from hpobench.constraint import Constraint
from hpobench.errors import UserError, nearest
from hpobench.task import MOST_OBJECTIVES, Budget, Resources, Task, TaskOrigin, Unit

_UNSAID = object()


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
    shared = _with_measures(entry, _common_fields(entry))
    family = entry.take("family", text_value, collection)
    types, real_time = (
        entry.take("types", space_features, ()),
        entry.take("real_time", flag, _UNSAID),
    )
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
            noisy=usually_noisy(entry, params, measured=measured) if noisy is _UNSAID else noisy,
            description=fill(entry, description, params),
            family=name,
            history=read_history(entry, history, {**params, "family": name}, identifier),
            place=(str(entry.path), entry.node.line),
            **shared,
        )


def _common_fields(entry: Section) -> dict[str, Any]:
    """The fields that all tasks of an entry have in common."""
    return {
        "benchmark": entry.take("benchmark", class_target),
        "objectives": tuple(entry.take("objectives", _objectives)),
        "fidelity": entry.take("fidelity", text_value, "") or None,
        "workers": entry.take("workers", integer, 1),
        "initial": entry.take("initial", integer) if entry.find("initial") else 0,
        "continues": bool(entry.take("continues", flag, False) and entry.find("fidelity")),
        "signals": tuple(entry.take("signals", different_texts, ())),
        "constraints": entry.take("constraints", _constraints, ()),
        "resources": entry.take("resources", needed_resources, Resources()),
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


def _with_measures(entry: Section, shared: dict[str, Any]) -> dict[str, Any]:
    """The common fields with the measures of the entry, each of which is a signal too."""
    node = entry.find("measures")
    if node is None:
        return shared
    if len(shared["objectives"]) > 1:
        raise node.error("measures are of tasks with one objective: of each cell the best counts")
    found = read_measures(node)
    further = [each.name for each in found if each.name not in shared["signals"]]
    return shared | {"measures": found, "signals": (*shared["signals"], *further)}


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


def _origin(node: Node) -> TaskOrigin:
    """Where values come from."""
    name = text_value(node)
    if name not in list(TaskOrigin):
        raise node.error(
            f"origin is one of {', '.join(TaskOrigin)}, not {name!r}{nearest(name, TaskOrigin)}"
        )
    return TaskOrigin(name)


def _constraints(node: Node) -> tuple[Constraint, ...]:
    """What a configuration must keep: names, series of names or limits, each quantity once."""
    named = (name for text in different_texts(node) for name in _numbered(text))
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
    names = different_texts(node)
    if len(names) > MOST_OBJECTIVES:
        raise node.error(f"{len(names)} objectives are more than {MOST_OBJECTIVES}")
    return names


def _list(node: Node) -> list[Node]:
    """A list's items, each with its place."""
    if not isinstance(node.value, list):
        raise node.error("expected a list")
    return list(node.value)
