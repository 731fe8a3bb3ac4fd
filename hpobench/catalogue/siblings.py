"""Which tasks are the history of which: those of its group that stand on other data."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from hpobench.catalogue.grid import fill
from hpobench.catalogue.reader import Node
from hpobench.catalogue.section import Section, flag, text_value
from hpobench.history import HistoryGroup
from hpobench.task import Task


def read_history(
    entry: Section, node: Node | None, params: Mapping[str, Any], usual: str
) -> HistoryGroup | None:
    """The group and the data set of a task, with its parameters in their braces.

    Args:
        entry: Where to complain.
        node: `{group: ..., dataset: ..., same: [[...], ...]}`, or None. Data sets that `same` has
            in one list are one under several names. Where `published` is true the benchmark
            brings the history, and other tasks are none.
        params: What a hole may name: the task's parameters, and its `family`.
        usual: Name of the group where it says none.

    Raises:
        FileError: The field is not like that.
    """
    if node is None:
        return None
    section = Section(node)
    said = section.take("group", text_value, "")
    group = fill(entry, said, dict(params)) if said else usual
    dataset = fill(entry, section.take("dataset", text_value), dict(params))
    same = section.take("same", _names_of_one, [])
    published = section.take("published", flag, False)
    section.finish()
    first = {name: names[0] for names in same for name in names}
    names = {dataset}.union(*(each for each in same if dataset in each))
    return HistoryGroup(
        group=group,
        dataset=first.get(dataset, dataset),
        names=frozenset(names),
        published=published,
    )


def _names_of_one(node: Node) -> list[list[str]]:
    """Lists of names that mean the same."""
    lists = node.value if isinstance(node.value, list) else [node]
    for each in lists:
        if not isinstance(each.value, list) or len(each.value) < 2:  # noqa: PLR2004
            raise each.error("expected a list of two or more names of one data set")
    return [[str(name.value) for name in each.value] for each in lists]


def siblings(task: Task, others: Iterable[Task]) -> tuple[Task, ...]:
    """Those of some tasks that ask the same of other data, in the order of their ids."""
    return tuple(sorted((o for o in others if _asks_the_same(task, o)), key=attrgetter("id")))


def _asks_the_same(task: Task, other: Task) -> bool:
    """Whether the other task's trials could be of the task, but for the data."""
    mine, its = task.history, other.history
    if mine is None or its is None or mine.group != its.group or mine.dataset == its.dataset:
        return False
    if mine.published or its.published:
        return False
    question = attrgetter("collection", "folder", "objectives", "fidelity", "constraints")
    return bool(question(task) == question(other))
