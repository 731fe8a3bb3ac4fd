"""The YAML of a collection: tasks of all kinds that the tables in its folder can serve."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from hpobench.benchmarks.recorded.embedded import read_embedded
from hpobench.catalogue.reader import read_yaml
from hpobench.errors import UserError
from hpobench.fetch.checksums import checksum
from hpobench.store.files import write_atomically
from hpobench.task import Task, TaskOrigin

KINDS = {"": (1, False), "-mf": (1, True), "-mo": (2, False), "-mfmo": (2, True)}
"""By the end of a task's name: how many objectives count, and whether the fidelity does.

The first recorded objective counts, and in tasks of their own each other one with test values."""

EVALUATE_MS = 0.03
"""Milliseconds of one look-up, for planning."""

SIZE = "size"
"""An objective of this name is the second one of tasks with two."""

SHARED = ("benchmark", "noisy", "source", "licence", "evaluate_ms", "family", "origin")
"""Fields that stand at the top of the YAML if all entries agree in them."""


def tables_folder(folder: Path, collection: str) -> Path:
    """Where a catalogue folder keeps the tables of a collection."""
    return folder / "tasks" / "tables" / collection


def write_collection(folder: Path, collection: str, known: Mapping[str, Task]) -> Path:
    """Write the YAML of all tables of a collection anew.

    What somebody has added to the top of it, such as `history`, stays.

    Args:
        folder: A catalogue folder.
        collection: Its name.
        known: All tasks by id, among which the recorded ones say what family they are of.

    Returns:
        The file.
    """
    tables = sorted(tables_folder(folder, collection).glob("*.parquet"))
    said = {path: read_embedded(path) for path in tables}
    entries = [
        {**entry, **_ancestry(known.get(about["recorded"]["task"]))}
        for path, about in said.items()
        for entry in _entries(folder, path, about)
    ]
    common = _common(entries)
    kept = [{k: v for k, v in entry.items() if k not in common} for entry in entries]
    path = folder / "tasks" / f"{collection}.yaml"
    head = {"about": _about(said.values()), "quality": QUALITY, **common, **_added(path)}
    text = "".join(_lines(head, kept))
    write_atomically(path, text.encode())
    return path


def _added(path: Path) -> dict[str, Any]:
    """Fields at the top of a collection that are not made from its tables."""
    made = {"about", "quality", "tasks", *SHARED}
    before = read_yaml(path).plain() if path.exists() else {}
    return {name: value for name, value in before.items() if name not in made}


QUALITY = (
    "Real trainings: those of one configuration differ by seed, and one of them is told; "
    "scored is the mean test value of all. The page "
    "beside each table says by how much, how many configurations are about as good as the best, "
    "how lower fidelities agree with the highest, and what random search reaches."
)


def _about(said: Iterable[Mapping[str, Any]]) -> str:
    """What all tables have in common."""
    recorded = [each["recorded"] for each in said]
    counts = sorted({each["configurations"] for each in recorded})
    seeds = sorted({len(each["seeds"]) for each in recorded})
    number, trainings = (
        " to ".join(map(str, dict.fromkeys([n[0], n[-1]]))) for n in (counts, seeds)
    )
    return (
        f"Trainings recorded by `hpobench record`: of each task {number} configurations of a Sobol "
        f"sequence with {trainings} seeds, which change split and initialisation; the nearest one "
        "in the unit cube answers. Costs are the CPU seconds that were measured."
    )


def _entries(folder: Path, table: Path, about: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """An entry for each kind of task that a table can serve."""
    if not about:
        raise UserError(f"{table} says nothing of itself: it was not written by hpobench record")
    task = about["task"]
    params = {"file": table.relative_to(folder).as_posix(), "sha256": checksum(table)}
    shared = {
        "benchmark": "hpobench.benchmarks.recorded:Recorded",
        **({"noisy": True} if len(about["recorded"]["seeds"]) > 1 else {}),
        "source": task["source"] or f"recorded by hpobench from {about['recorded']['task']}",
        "licence": task["licence"] or "unknown",
        "evaluate_ms": EVALUATE_MS,
        "dimension": task["dimension"],
        "types": task["types"],
    }
    for name, objectives, fidelity in _variations(about):
        told = " and ".join(objectives) + (f" by {fidelity}" if fidelity else "")
        yield {
            "id": f"{table.stem}{name}",
            "description": f"{task['description'] or table.stem}, recorded: {told}",
            **shared,
            "objectives": objectives,
            **({"fidelity": fidelity} if fidelity else {}),
            "params": params,
        }


def _variations(about: Mapping[str, Any]) -> Iterator[tuple[str, list[str], str]]:
    """The end of a task's name, its objectives and its fidelity, for all that a table can serve."""
    task, columns = about["task"], about["params"]["objectives"]
    first, *others = task["objectives"]
    judged = [name for name in others if "test" in columns[name] and name != SIZE]
    for name in (first, *judged):
        for end, (count, by_fidelity) in KINDS.items():
            objectives = _objectives(name, others, count)
            if len(objectives) == count and (task["fidelity"] or not by_fidelity):
                said = "" if name == first else f"-{name}"
                yield said + end, objectives, task["fidelity"] if by_fidelity else ""


def _ancestry(recorded: Task | None) -> dict[str, str]:
    """The family of a recorded task; and its origin where that was no training."""
    if recorded is None:
        return {}
    origin = {} if recorded.real else {"origin": str(TaskOrigin.FUNCTION)}
    return {"family": recorded.family, **origin}


def _objectives(name: str, others: Sequence[str], count: int) -> list[str]:
    """An objective alone, or with the size; with the next one if it is the first and has none."""
    beside = SIZE if SIZE in others else next((each for each in others if name not in others), "")
    return [name, beside] if count > 1 and beside else [name]


def _common(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Those of the fields `SHARED` in which all entries agree."""
    first = entries[0] if entries else {}
    agreed = (
        name for name in SHARED if all(entry.get(name) == first.get(name) for entry in entries)
    )
    return {name: first[name] for name in agreed if name in first}


def _lines(head: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The file: mappings of mappings in one line each, as people write them."""
    yield from (_line(name, value) for name, value in head.items())
    yield "tasks:\n"
    for entry in entries:
        lines = [_line(name, value) for name, value in entry.items()]
        yield f"  - {lines[0]}"
        yield from (f"    {line}" for line in lines[1:])


def _line(name: str, value: Any) -> str:
    """A field in one line."""
    flow = isinstance(value, Mapping | list)
    text: str = yaml.safe_dump(
        value, default_flow_style=flow, allow_unicode=True, width=math.inf, sort_keys=False
    )
    return f"{name}: {text.removesuffix('...' + chr(10)).strip()}\n"
