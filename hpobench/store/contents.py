"""What a results folder holds, counted."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hpobench.settings import parse_settings
from hpobench.store.files import file_size
from hpobench.store.journal import abandoned
from hpobench.store.store import Store

_COLUMNS = ("run", "optimizer", "task", "seed", "status", "reason", "task_info")

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """A summary of the newest run of each optimizer, task and seed.

    Attributes:
        runs: How many there are.
        outdated: Runs of older definitions of the same names, which are stored too.
        kinds: Runs by optimizer and kind of task, with the settings it was posed under, if any.
        collections: Runs by optimizer and collection, likewise.
        seeds: All seeds that occur, in order.
        failed: Failed runs by optimizer and reason.
        missing: Runs by optimizer and task that were planned and are not there.
        running: Experiments that a driver works on now.
        interrupted: Experiments whose driver ended before they did.
        experiments: How many experiments there were.
        imported: Runs that another tool made.
        bytes: Size on disk, without what analysis made.
        damage: What cannot be read, in words.
    """

    runs: int
    outdated: int
    kinds: Mapping[Pair, int]
    collections: Mapping[Pair, int]
    seeds: tuple[int, ...]
    failed: Mapping[Pair, int]
    missing: Mapping[Pair, int]
    running: int
    interrupted: int
    experiments: int
    imported: int
    bytes: int
    damage: tuple[str, ...]


def contents(store: Store) -> Contents:
    """Count what a results folder holds; whatever is damaged is named, and all else counted."""
    before = store.history(["run"]).column("run").to_pylist()  # first: a driver may add to it
    rows = store.runs(_COLUMNS).to_pylist()
    infos = {text: json.loads(text) for text in {row["task_info"] for row in rows}}
    experiments = store.experiments()
    living = {path.stem for path in _journals(store) if not abandoned(path)}
    return Contents(
        runs=len(rows),
        outdated=len(set(before) - {row["run"] for row in rows}),
        kinds=_count((r["optimizer"], _posed(infos[r["task_info"]], "kind")) for r in rows),
        collections=_count(
            (r["optimizer"], _posed(infos[r["task_info"]], "collection")) for r in rows
        ),
        seeds=tuple(sorted({row["seed"] for row in rows})),
        failed=_count((r["optimizer"], r["reason"]) for r in rows if r["status"] == "failed"),
        missing=_count((optimizer, task) for optimizer, task, _ in store.missing()),
        running=sum(_is_living(manifest, living) for manifest in experiments),
        interrupted=sum(
            not manifest.get("ended") and not _is_living(manifest, living)
            for manifest in experiments
        ),
        experiments=len(experiments),
        imported=sum("imported" in infos[row["task_info"]]["definition"] for row in rows),
        bytes=_size(store.path),
        damage=tuple(store.damage),
    )


def _posed(info: Mapping[str, Any], part: str) -> str:
    """The kind or collection of a task, and behind an `@` the settings it was posed under."""
    texts = parse_settings(info["definition"].get("settings", {})).texts().values()
    return "@".join([info[part], *([",".join(texts)] if texts else [])])


def _count(pairs: Iterable[Pair]) -> dict[Pair, int]:
    """How often each pair occurs, in their order."""
    return dict(sorted(Counter(pairs).items()))


def _is_living(manifest: Mapping[str, Any], living: set[str]) -> bool:
    """Whether a driver still writes the journal of an experiment."""
    return manifest["id"] in living


def _journals(store: Store) -> list[Path]:
    return sorted((store.path / "journal").glob("*.jsonl"))


def _size(folder: Path) -> int:
    """Bytes in the files of a store; those that go meanwhile do not count."""
    parts = ("journal", "runs", "experiments")
    return sum(file_size(path) for part in parts for path in (folder / part).glob("*"))
