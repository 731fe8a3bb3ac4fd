"""How much tasks count for, as a file or a rule says."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hpobench.errors import FileError, UnknownNameError
from hpobench.store.files import digest_bytes
from hpobench.subset.sources import cells, number_in_cell

COLLECTION = "collection"
"""The rule by which each collection counts the same."""

EQUAL = 1_000_000
"""The weight of each collection by that rule: whole numbers come close enough."""


def weights(rule: str | None, tasks: Sequence[str]) -> tuple[dict[str, float] | None, str]:
    """Weights by task, and where they come from in a word.

    Args:
        rule: `collection`, or the path of a CSV file with columns `task` and `weight`.
        tasks: Those that there are.

    Raises:
        UserError: The file is no such file, or names a task that there is not.
    """
    if rule is None:
        return None, ""
    if rule == COLLECTION:
        return equal_collections(tasks), COLLECTION
    path = Path(rule)
    head, rows = cells(path)
    if sorted(head) != ["task", "weight"]:
        raise FileError(path, "has the columns 'task' and 'weight', and no others", line=1)
    found: dict[str, float] = {}
    for line, row in enumerate(rows, 2):
        named = dict(zip(head, row, strict=True))
        if named["task"] not in tasks:
            raise FileError(path, str(UnknownNameError("task", named["task"], tasks)), line=line)
        found[named["task"]] = number_in_cell(path, line, "weight", named["weight"])
        if found[named["task"]] <= 0:
            raise FileError(path, "a weight is positive; --exclude leaves tasks out", line=line)
    return found, digest_bytes(repr(sorted(found.items())).encode())


def equal_collections(tasks: Sequence[str]) -> dict[str, float]:
    """Weights with which each collection counts the same, however many tasks it has."""
    size = Counter(task.partition("/")[0] for task in tasks)
    return {task: float(round(EQUAL / size[task.partition("/")[0]])) for task in tasks}
