"""The files that hold priors of tasks, three of different quality for each."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hpobench.errors import FileError
from hpobench.prior import Belief

FOLDER = "tasks/priors"

Prior = Mapping[str, Belief]
"""By hyperparameter; one that is inactive where the others are believed best has none."""

Qualities = Mapping[str, Prior]
"""By quality, such as `good`."""


def load_priors(folders: Sequence[Path], collection: str) -> dict[str, Qualities]:
    """The priors of a collection's tasks by their base ids; of two of one task the later counts.

    Args:
        folders: Where a file for each collection may lie.
        collection: Name of the collection.

    Raises:
        FileError: A file is not what `save_priors` writes.
    """
    paths = [folder / f"{collection}.json" for folder in folders]
    found: dict[str, Qualities] = {}
    for path in paths:
        if path.exists():
            found |= _read(path)
    return found


def save_priors(path: Path, found: Mapping[str, Qualities]) -> None:
    """Add priors to a file; those that it had of the same tasks are replaced."""
    merged = {**(_read(path) if path.exists() else {}), **found}
    lines = (f"  {json.dumps(task)}: {_line(merged[task])}" for task in sorted(merged))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"tasks": {\n' + ",\n".join(lines) + "\n}}\n", encoding="utf-8")


def _line(qualities: Qualities) -> str:
    """One task's priors as JSON: by quality and hyperparameter a default and a width."""
    data = {q: {n: [b.default, b.width] for n, b in p.items()} for q, p in qualities.items()}
    return json.dumps(data, allow_nan=False, separators=(",", ":"))


def _read(path: Path) -> dict[str, Qualities]:
    """The priors in a file."""
    try:
        tasks = json.loads(path.read_text(encoding="utf-8"))["tasks"]
        return {task: {q: _prior(p) for q, p in each.items()} for task, each in tasks.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileError(path, f"is no file of priors: {error!r}") from error


def _prior(data: Mapping[str, Any]) -> dict[str, Belief]:
    """One prior from what JSON holds.

    Raises:
        ValueError: A width is not in (0, 1).
    """
    found = {name: Belief(default=default, width=width) for name, (default, width) in data.items()}
    if wrong := [name for name, belief in found.items() if not 0 < belief.width < 1]:
        raise ValueError(f"the width of {wrong[0]} is not between 0 and 1")
    return found
