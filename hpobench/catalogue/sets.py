"""Task sets and experiments: named selections, from YAML."""

import re
from dataclasses import dataclass
from pathlib import Path

from hpobench.catalogue.reader import Node, read
from hpobench.catalogue.section import Section, check_name, integer, text, texts
from hpobench.errors import UserError
from hpobench.task import Budget

MAX_SEEDS = 1_000_000

_SEEDS = re.compile(r"([0-9]{1,10})(?::([0-9]{1,10}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSet:
    """A named selection of tasks.

    Attributes:
        name: `core`, or `core/blackbox` for a part of it.
        description: One line for people.
        provenance: How it was selected.
        patterns: Task ids, or globs of them.
    """

    name: str
    description: str
    provenance: str
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
    """

    optimizers: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    task_sets: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    budget: Budget | None = None
    workers: int | None = None
    initial: int | None = None


def task_sets(path: Path) -> list[TaskSet]:
    """The set of a file and, where it has named parts, each of them."""
    root = Section(read(path))
    description = root.take("description", text)
    provenance = root.take("provenance", text)
    node = root.take("tasks", lambda node: node)
    root.finish()
    parts = _parts(node)
    for name in (path.stem, *filter(None, parts)):
        check_name(root.node, name)
    whole = [pattern for part in parts.values() for pattern in part]
    parts = {"": whole, **{name: part for name, part in parts.items() if name}}
    return [
        TaskSet(
            name=f"{path.stem}/{name}" if name else path.stem,
            description=description,
            provenance=provenance,
            patterns=tuple(dict.fromkeys(patterns)),
        )
        for name, patterns in parts.items()
    ]


def experiment(path: Path) -> Experiment:
    """Read an experiment's file."""
    root = Section(read(path))
    root.take("description", text, "")
    result = Experiment(
        optimizers=tuple(root.take("optimizers", texts, [])),
        tasks=tuple(root.take("tasks", texts, [])),
        task_sets=tuple(root.take("task_sets", texts, [])),
        seeds=root.take("seeds", _seeds, ()),
        budget=root.take("budget", _budget, None) if root.find("budget") else None,
        workers=root.take("workers", integer) if root.find("workers") else None,
        initial=root.take("initial", integer) if root.find("initial") else None,
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


def _parts(node: Node) -> dict[str, list[str]]:
    """A list of patterns, or a mapping of named parts."""
    if isinstance(node.value, dict):
        return {name: texts(part) for name, part in node.value.items()}
    return {"": texts(node)}


def _seeds(node: Node) -> tuple[int, ...]:
    """As on the command line, or a list of numbers."""
    items = node.value if isinstance(node.value, list) else [node]
    try:
        return parse_seeds(",".join(str(item.value) for item in items))
    except UserError as error:
        raise node.error(str(error)) from None


def _budget(node: Node) -> Budget:
    """As on the command line."""
    try:
        return Budget.parse(str(node.value))
    except UserError as error:
        raise node.error(str(error)) from None
