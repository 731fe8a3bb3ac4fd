"""Lineages: what the best member of a run was trained with, from its first step to its last."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from hpobench.scoring.trials import TaskInfo
from hpobench.store.columns import NO_PARENT
from hpobench.store.rows import configs, violations_of
from hpobench.store.shape import declared

COLUMNS = ("optimizer", "task", "task_info", "seed", "fidelity", "values", "configs", "number")
"""What is read of a store, beside what not all of them have."""

OPTIONAL = ("parent", "signals", "constraints")
"""What is read of those that have it."""

FIELDS = (
    "kind",
    "task",
    "optimizer",
    "seed",
    "step",
    "trial",
    "parent",
    "begin",
    "end",
    "value",
    "config",
    "signals",
)
"""The columns of `lineages`."""


def lineages(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The lineage of the best member of each optimizer's best run, on tasks with one objective.

    The best is that with the lowest value at the highest fidelity, among runs whose trials say
    what they went on from; the lineage leads from it to the trial that began from nothing.

    Args:
        rows: Runs with the columns of `COLUMNS`, and of `OPTIONAL` where they have them.

    Returns:
        One row for each step, the first first: `begin` and `end` are fidelities, `value` is what
        was told at the end (to be minimised), `config` is JSON, as are the `signals` there, by
        name; `parent` is -1 at the beginning.
    """
    best: dict[tuple[str, str], tuple[float, int, list[dict[str, Any]]]] = {}
    for row in rows:
        found = best_lineage(row) if row.get("parent") and row["fidelity"] else []
        if found:
            key, entry = (row["task"], row["optimizer"]), (found[-1]["value"], row["seed"], found)
            best[key] = min(best.get(key, entry), entry, key=lambda each: each[:2])
    steps = (step for key in sorted(best) for step in best[key][2])
    return pd.DataFrame(list(steps), columns=list(FIELDS))


def best_lineage(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps that led to the best value at the highest fidelity of one run; or none."""
    info = TaskInfo.parse(row["task"], row["task_info"])
    used = list(configs(row["configs"]))  # none in a store that was thinned
    if info.fidelity is None or len(info.objectives) != 1 or len(used) != len(row["number"]):
        return []
    place = {number: at for at, number in enumerate(row["number"])}
    full, broken = info.fidelity.full_from, violations_of(row)
    ends = [
        (value, at)
        for at, (value, level) in enumerate(zip(row["values"], row["fidelity"], strict=True))
        if value is not None and not math.isnan(value) and level >= full and not broken[at]
    ]
    if not ends:
        return []
    places = list(_back(row["parent"], place, min(ends)[1]))[::-1]
    begins = [0.0, *(row["fidelity"][at] for at in places)]
    return [
        {
            "kind": str(info.kind),
            **{name: row[name] for name in ("task", "optimizer", "seed")},
            "step": step,
            "trial": row["number"][at],
            "parent": row["parent"][at],
            "begin": begins[step],
            "end": row["fidelity"][at],
            "value": row["values"][at],
            "config": json.dumps(used[at], sort_keys=True),
            "signals": json.dumps(_watched(row, at)),
        }
        for step, at in enumerate(places)
    ]


def _watched(row: Mapping[str, Any], at: int) -> dict[str, float | None]:
    """The signals of the trial at a place, by name; None where there was no number."""
    names, numbers = declared("signals", row["task_info"]), row.get("signals") or ()
    own = numbers[at * len(names) : (at + 1) * len(names)]
    return {
        name: number if number is not None and math.isfinite(number) else None
        for name, number in zip(names, own, strict=False)
    }


def _back(parents: Sequence[int], place: Mapping[int, int], at: int) -> Iterator[int]:
    """The places of a trial and of all that it goes back to, itself first."""
    while True:
        yield at
        parent = parents[at]
        if parent is None or parent == NO_PARENT or parent not in place:
            return
        at = place[parent]
