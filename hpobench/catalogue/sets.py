"""Task sets and experiments: named selections, from YAML."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpobench.catalogue.reader import Node, read_yaml
from hpobench.catalogue.section import Section, check_name, integer, mapping, text_value, texts
from hpobench.errors import UserError
from hpobench.settings import SETTINGS, USUAL, Settings, parse_setting
from hpobench.task import Budget

MAX_SEEDS = 1_000_000

HELD_APART = ("dev", "test")
"""Parts of these names share no task: what was tuned on the one is judged on the other."""

_SEEDS = re.compile(r"([0-9]{1,10})(?::([0-9]{1,10}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSet:
    """A named selection of tasks.

    Attributes:
        name: `core`, or `core/blackbox` and `core/blackbox/dev` for parts of it.
        description: One line for people.
        provenance: How it was selected, in words or field by field.
        patterns: Task ids, or globs of them.
    """

    name: str
    description: str
    provenance: str | Mapping[str, Any]
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """Which optimizers run on which tasks with which seeds.

    Attributes:
        optimizers: Variant ids or globs.
        tasks: Task ids or globs.
        task_sets: Names of task sets.
        seeds: The seeds of each optimizer on each task.
        budget: Replaces the tasks' own if given.
        workers: Simulated workers; replaces the tasks' own if given.
        initial: Size of the initial design that all optimizers share, if given.
        settings: How the tasks are put to optimizers, where that is not as usual.
    """

    optimizers: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    task_sets: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    budget: Budget | None = None
    workers: int | None = None
    initial: int | None = None
    settings: Settings = USUAL


def task_sets(path: Path) -> list[TaskSet]:
    """The set of a file and, where it has named parts, each of them.

    Parts may have parts; those of one name are a set too: `core/dev` is `core/blackbox/dev` and
    `core/multi-fidelity/dev` together.

    Raises:
        FileError: It is no such file, or parts named `dev` and `test` share a task.
    """
    root = Section(read_yaml(path))
    description = root.take("description", text_value)
    provenance = root.take("provenance", _text_or_mapping)
    node = root.take("tasks", lambda node: node)
    root.finish()
    parts = _parts(node)
    for name in (path.stem, *filter(None, parts)):
        check_name(root.node, name)
    _check_apart(node, parts)
    return [
        TaskSet(
            name=f"{path.stem}/{name}" if name else path.stem,
            description=description,
            provenance=provenance,
            patterns=patterns,
        )
        for name, patterns in parts.items()
    ]


def experiment(path: Path) -> Experiment:
    """Read an experiment's file."""
    root = Section(read_yaml(path))
    root.take("description", text_value, "")
    result = Experiment(
        optimizers=tuple(root.take("optimizers", texts, [])),
        tasks=tuple(root.take("tasks", texts, [])),
        task_sets=tuple(root.take("task_sets", texts, [])),
        seeds=root.take("seeds", _seeds, ()),
        budget=root.take("budget", _budget, None) if root.find("budget") else None,
        workers=root.take("workers", integer) if root.find("workers") else None,
        initial=root.take("initial", integer) if root.find("initial") else None,
        settings=_settings(root),
    )
    root.finish()
    return result


def parse_seeds(spec: str) -> tuple[int, ...]:
    """Read `0:10` (ten seeds, from 0 to 9), `7`, or `0,3,5:8`.

    Raises:
        UserError: It is none of these, a range is empty, or a seed is outside [0, 2**31 - 1].
    """
    seeds: list[int] = []
    for part in spec.split(","):
        found = _SEEDS.fullmatch(part.strip())
        if not found:
            raise UserError(
                f"seeds are FIRST:LAST (LAST excluded), N or N,M,..., not {spec[:60]!r}"
            )
        low = int(found[1])
        high = int(found[2] or low + 1)
        if not low < high <= 2**31 or len(seeds) + high - low > MAX_SEEDS:
            raise UserError(f"the range of seeds {part!r} is empty, too long or above 2**31 - 1")
        seeds.extend(range(low, high))
    return tuple(dict.fromkeys(seeds))


def _parts(node: Node) -> dict[str, tuple[str, ...]]:
    """By name the patterns of the whole and of its parts, each pattern once."""
    if not isinstance(node.value, dict):
        return {"": tuple(dict.fromkeys(texts(node)))}
    inner = {name: _parts(part) for name, part in node.value.items()}
    found: dict[str, list[str]] = {"": [task for parts in inner.values() for task in parts[""]]}
    for name, parts in inner.items():
        for below, patterns in parts.items():
            full = f"{name}/{below}" if below else name
            for each in dict.fromkeys([full, *filter(None, [below])]):
                found.setdefault(each, []).extend(patterns)
    return {name: tuple(dict.fromkeys(patterns)) for name, patterns in found.items()}


def _check_apart(node: Node, parts: Mapping[str, Sequence[str]]) -> None:
    """Refuse parts that should share no task and do, or whose patterns leave that open."""
    first, second = ({p.partition("@")[0] for p in parts.get(name, ())} for name in HELD_APART)
    if first and second and (globs := sorted(filter(is_glob, first | second))):
        raise node.error(f"parts named dev and test name each task, not {globs[0]!r}")
    if shared := sorted(first & second):
        raise node.error(f"the task {shared[0]!r} is in parts named dev and test")


def _text_or_mapping(node: Node) -> str | dict[str, Any]:
    """A text, or fields of any kind."""
    return mapping(node) if isinstance(node.value, dict) else text_value(node)


def _seeds(node: Node) -> tuple[int, ...]:
    """As on the command line, or a list of numbers."""
    items = node.value if isinstance(node.value, list) else [node]
    try:
        return parse_seeds(",".join(str(item.value) for item in items))
    except UserError as error:
        raise node.error(str(error)) from None


def _settings(root: Section) -> Settings:
    """The settings among the keys of an experiment."""
    named = {name: node for name in SETTINGS if (node := root.find(name))}
    settings = USUAL
    for name, node in named.items():
        try:
            settings = settings.changed(**{name: parse_setting(name, node.value)})
        except UserError as error:
            raise node.error(str(error)) from None
    return settings


def _budget(node: Node) -> Budget:
    """As on the command line."""
    try:
        return Budget.parse(str(node.value))
    except UserError as error:
        raise node.error(str(error)) from None


def is_glob(name: str) -> bool:
    """Whether it stands for all names that match it, unlike a name that is taken at its word."""
    return any(char in name for char in "*?[")
