"""Choose stored runs by what is known of them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = (
    "run",
    "optimizer",
    "task",
    "seed",
    "status",
    "finished",
    "experiment",
    "task_info",
    "variant_info",
)
"""The columns that a choice looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSelection:
    """Which runs; all conditions must hold, and an empty one always does.

    Attributes:
        optimizers: Globs for the optimizer's name.
        tasks: Globs for the task's name, whole or up to its `@`.
        seeds: The seeds.
        failed: Whether only failed runs are meant.
        outdated: Whether only runs of an older definition are meant: of their task, or of
            the optimizer of that name.
    """

    optimizers: Sequence[str] = ()
    tasks: Sequence[str] = ()
    seeds: Sequence[int] = ()
    failed: bool = False
    outdated: bool = False

    def __bool__(self) -> bool:
        """Whether there is any condition."""
        return any((self.optimizers, self.tasks, self.seeds, self.failed, self.outdated))

    def mask(self, found: "pa.Table") -> list[bool]:
        """Which rows of a table with `COLUMNS` are meant; it must hold each run once."""
        rows = found.select(COLUMNS).to_pylist()
        current = _current(found, rows) if self.outdated else set()
        return [self._holds(row) and row["run"] not in current for row in rows]

    def _holds(self, row: dict[str, Any]) -> bool:
        """Whether a run meets all conditions but that on definitions."""
        return (
            matches(row["optimizer"], self.optimizers)
            and matches(row["task"], self.tasks)
            and (not self.seeds or row["seed"] in self.seeds)
            and (not self.failed or row["status"] == "failed")
        )


def matches(name: str, globs: Sequence[str]) -> bool:
    """Whether a name, whole or up to its `@`, matches any of the globs, or there are none."""
    return not globs or any(_is_meant(name, glob) for glob in globs)


def _is_meant(name: str, glob: str) -> bool:
    """Whether one glob is the name itself, whole or up to its `@`, or a pattern of it."""
    forms = {name, name.partition("@")[0]}
    return glob in forms or any(fnmatchcase(form, glob) for form in forms)


def match_globs(names: Iterable[str], globs: Sequence[str]) -> list[str]:
    """Those of the names that the globs mean; none is all.

    A glob that is one of the names, whole or up to its `@`, means that and nothing else: `lr[1]`.
    """
    known = list(names)
    exact = {form for name in known for form in (name, name.partition("@")[0])}

    def meant(name: str, glob: str) -> bool:
        forms = (name, name.partition("@")[0])
        return glob in forms if glob in exact else _is_meant(name, glob)

    return [name for name in known if not globs or any(meant(name, glob) for glob in globs)]


def _current(found: "pa.Table", rows: list[dict[str, Any]]) -> set[str]:
    """The runs of the newest definitions: of their task, and of what their names mean."""
    from hpobench.store.shards import newest

    texts = {text: task_of(text) for text in {row["task_info"] for row in rows}}
    by_time = sorted(rows, key=lambda row: row["finished"])
    last = {row["task"]: texts[row["task_info"]] for row in by_time}
    variants = {text: optimizer_of(text) for text in {row["variant_info"] for row in rows}}
    newest_variant = {row["optimizer"]: variants[row["variant_info"]] for row in by_time}
    chosen = set(newest(found)[0].column("run").to_pylist())
    return {
        row["run"]
        for row in rows
        if row["run"] in chosen
        and texts[row["task_info"]] == last[row["task"]]
        and variants[row["variant_info"]] == newest_variant[row["optimizer"]]
    }


def optimizer_of(variant_info: str) -> str:
    """What an optimizer's name meant in a run, as comparable text: settings and user's code."""
    info = json.loads(variant_info)
    parts = ("adapter", "options", "environment", "stop", "code")
    return json.dumps([info.get(part) or None for part in parts], sort_keys=True)


def task_of(task_info: str) -> str:
    """What a task's name meant in a run, as comparable text."""
    info = json.loads(task_info)
    return json.dumps([info["definition"], info["overhead"]], sort_keys=True)
