"""Which tasks are the history of which: those of its group that stand on other data."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hpobench.catalogue.grid import fill
from hpobench.catalogue.reader import Node
from hpobench.catalogue.section import Section, text_value
from hpobench.errors import UserError
from hpobench.history import HistoryGroup
from hpobench.run import canonical
from hpobench.task import Task

_CONDITIONS = ("budget", "workers")
"""Parts of a definition that say how long a task is tried, and not what it answers."""


def read_history(
    entry: Section, node: Node | None, params: Mapping[str, Any]
) -> HistoryGroup | None:
    """The group and the data set of a task, with its parameters in their braces.

    Args:
        entry: Where to complain.
        node: `{group: ..., dataset: ..., same: [[...], ...]}`, or None. Data sets that `same` has
            in one list are one under several names.
        params: What a hole may name: the task's parameters, and its `family`.

    Raises:
        FileError: The field is not like that.
    """
    if node is None:
        return None
    section = Section(node)
    group, dataset = (
        fill(entry, section.take(name, text_value), dict(params)) for name in ("group", "dataset")
    )
    same = section.take("same", _names_of_one, [])
    section.finish()
    first = {name: names[0] for names in same for name in names}
    return HistoryGroup(group=group, dataset=first.get(dataset, dataset))


def _names_of_one(node: Node) -> list[list[str]]:
    """Lists of names that mean the same."""
    lists = node.value if isinstance(node.value, list) else [node]
    for each in lists:
        if not isinstance(each.value, list) or len(each.value) < 2:  # noqa: PLR2004
            raise each.error("expected a list of two or more names of one data set")
    return [[str(name.value) for name in each.value] for each in lists]


def siblings(task: Task, known: Mapping[str, Task]) -> Iterator[Task]:
    """The tasks that ask the same of other data, in the order of their ids.

    Args:
        task: It may have no group, and then has no siblings.
        known: All tasks by id; of a collection that is enough of which the group is.
    """
    if task.history is None:
        return
    for name in sorted(known):
        other = known[name]
        if other.history and _asks_the_same(task, other):
            yield other


def _asks_the_same(task: Task, other: Task) -> bool:
    """Whether the other task's trials could be of the task, but for the data."""
    if task.history is None or other.history is None:
        return False
    same = task.history.group == other.history.group and task.folder == other.folder
    alike = (task.objectives, task.fidelity) == (other.objectives, other.fidelity)
    return same and alike and task.history.dataset != other.history.dataset


def with_sources(task: Task, known: Mapping[str, Task]) -> Task:
    """The task with the siblings that its history is drawn from, if it is set to have one.

    Raises:
        UserError: It has no siblings.
    """
    if not task.settings.history:
        return task
    found = tuple(siblings(task, known))
    if not found:
        raise UserError(f"{task.id} {lack_of_history(task)}")
    return replace(task, sources=found, known=digest_of(definitions(found)))


def lack_of_history(task: Task) -> str:
    """Why there is no history for a task without siblings, to be said behind its name."""
    if task.history is None:
        return "can have no history: its YAML names no group of tasks on other data"
    return f"can have no history: no other data set is in its group {task.history.group!r}"


def digest_of(parts: Any) -> str:
    """A digest of plain data, 32 hexadecimal digits."""
    return hashlib.blake2b(canonical(parts), digest_size=16).hexdigest()


def definitions(sources: Sequence[Task]) -> list[dict[str, Any]]:
    """All that decides what the trials of sources are."""
    return [
        {name: part for name, part in each.definition().items() if name not in _CONDITIONS}
        for each in sources
    ]
