"""Where in a task's YAML a mistake stands that shows only when its parts are built."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hpobench.catalogue.reader import Node, read_yaml
from hpobench.errors import AbsentError, FileError, ParameterError, UserError
from hpobench.system.catalogue_folder import without_package
from hpobench.task import Task


def located(task: Task, error: Exception) -> UserError:
    """The error with the task's name in front, and with file and line if it comes from a file.

    What is absent stays an `AbsentError`.
    """
    if isinstance(error, FileError):
        return error
    if isinstance(error, AbsentError):
        return AbsentError(str(located(task, UserError(*error.args))))
    message = f"task {task.id!r}: {without_package(str(error))}"
    if not task.place:
        return UserError(message)
    file, line = task.place
    fields = error.fields if isinstance(error, ParameterError) else ()
    return FileError(Path(file), message, line=_line(Path(file), line, fields))


def _line(file: Path, entry: int, fields: Sequence[str | int]) -> int:
    """The line of a field of the parameters of the entry that begins in a line."""
    if not fields:
        return entry
    try:
        root = read_yaml(file)
    except FileError:  # it has changed since
        return entry
    tasks = root.value.get("tasks") if isinstance(root.value, dict) else None
    entries = tasks.value if tasks and isinstance(tasks.value, list) else []
    for node in [each for each in entries if each.line == entry] + [root]:
        params = node.value.get("params") if isinstance(node.value, dict) else None
        if params is not None and isinstance(params.value, dict):
            return _deepest(params, fields)
    return entry


def _deepest(params: Node, fields: Sequence[str | int]) -> int:
    """The line of the field, or of what it lies in as far as that is there."""
    inside = [params, *(node for node in params.value.values() if isinstance(node.value, dict))]
    ways = [list(_nodes_along(node, fields)) for node in inside]
    longest = max(ways, key=len)
    return longest[-1].line if longest else params.line


def _nodes_along(node: Node, fields: Sequence[str | int]) -> Any:
    """The nodes on the way along the fields."""
    for field in fields:
        value = node.value
        if (isinstance(value, dict) and field in value) or (
            isinstance(value, list) and isinstance(field, int) and field < len(value)
        ):
            node = value[field]  # type: ignore[index]  # a key, or a number
        else:
            return
        yield node
