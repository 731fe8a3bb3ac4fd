"""The view of fidelities: how well each agrees with the highest, task by task."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.scoring.trials import TaskInfo
from hpobench.stats.fidelities import FidelityAgreement, fidelity_agreement
from hpobench.store.rows import configs
from hpobench.task import Task
from hpobench.trial import Trial

Floats = npt.NDArray[np.float64]

RECORDED = "hpobench.benchmarks.recorded:Recorded"
EVALUATED, LEVELS = 150, 8
"""Where evaluating takes no time: so many random configurations, at so many levels at the most."""

CHEAP = 1.0
"""Milliseconds that an evaluation may take for that."""

COLUMNS = ("task", "task_info", "seed", "fidelity", "values", "configs")
"""What is read of a store."""

FIELDS = ("kind", "task", "fidelity", "level", "share", "from")
"""Columns before those of `FidelityAgreement`."""


def fidelities(rows: Sequence[Mapping[str, Any]], catalogue: Catalogue) -> pd.DataFrame:
    """For each task with a fidelity and one objective, how each level agrees with the highest.

    What a recorded table holds is taken from it, if that is here (`from` is `table`): there all
    configurations have all levels. Of a task that the catalogue has as it was, and whose benchmark
    answers in no time, random configurations are evaluated (`benchmark`). Else it is taken from
    the trials that are stored (`trials`), of configurations that were evaluated at several levels
    with one seed. Those were chosen by the optimizers, mostly for being good at the lower ones,
    and among good ones fidelities agree less.

    Args:
        rows: Runs with the columns of `COLUMNS`.
        catalogue: Where tasks are looked up.

    Returns:
        One row for each task and level below the highest, with `share`, the level as a part of
        the highest, and the attributes of `FidelityAgreement`.
    """
    found: list[dict[str, Any]] = []
    by_task: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_task.setdefault(row["task"], []).append(row)
    for name, own in sorted(by_task.items()):
        info = TaskInfo.parse(name, own[0]["task_info"])
        if info.fidelity and len(info.objectives) == 1:
            found += _of_task(info, own, catalogue)
    names = [*FIELDS, *FidelityAgreement.__slots__]
    return pd.DataFrame(found, columns=names)


def _of_task(
    info: TaskInfo, rows: Sequence[Mapping[str, Any]], catalogue: Catalogue
) -> Iterator[dict[str, Any]]:
    """The rows of one task."""
    assert info.fidelity is not None  # noqa: S101 (by the caller)
    levels, trainings, origin = _curves(info, rows, catalogue)
    for place, level in enumerate(levels[:-1]):
        parts = [fidelity_agreement(values[:, place], values[:, -1]) for values in trainings]
        if usable := [part for part in parts if part is not None]:
            yield {
                "kind": str(info.kind),
                "task": info.id,
                "fidelity": info.fidelity.name,
                "level": float(level),
                "share": float(level / levels[-1]),
                "from": origin,
                **_mean(usable),
            }


def _mean(parts: Sequence[FidelityAgreement]) -> dict[str, Any]:
    """The mean over repeated trainings of the same configurations."""
    values = {name: [getattr(part, name) for part in parts] for name in FidelityAgreement.__slots__}
    return {
        **{name: float(np.mean(each)) for name, each in values.items()},
        "configurations": max(values["configurations"]),
    }


def _curves(
    info: TaskInfo, rows: Sequence[Mapping[str, Any]], catalogue: Catalogue
) -> tuple[Floats, Sequence[Floats], str]:
    """Levels, for each training the values of shape (configurations, levels), and where from."""
    definition = json.loads(rows[0]["task_info"])["definition"]
    if definition["benchmark"] == RECORDED:
        from hpobench.benchmarks.recorded.curves import recorded_curves

        try:
            levels, values = recorded_curves(definition["params"], info.objectives[0].name)
        except (UserError, KeyError, ValueError):  # another version's, or its file is elsewhere
            pass
        else:
            return levels, list(values), "table"
    task = catalogue.tasks.get(info.base_id)
    if task and _evaluates(task) and task.definition()["params"] == definition["params"]:
        levels, values = evaluated_curves(task)
        return levels, [values], "benchmark"
    return *stored_curves(rows), "trials"


def _evaluates(task: Task) -> bool:
    """Whether its benchmark is here, answers in no time, and always alike."""
    return task.evaluate_ms <= CHEAP and not task.real_time and not task.dataset


def evaluated_curves(task: Task) -> tuple[Floats, Floats]:
    """Levels, and the values of random configurations, shape (configurations, levels)."""
    from hpobench.adapters.shared.learning_curves import level_ladder
    from hpobench.execution.construction import build
    from hpobench.space import draw_configs

    benchmark = build(task)
    assert benchmark.fidelity is not None  # noqa: S101 (the task has one)
    levels = level_ladder(benchmark.fidelity, LEVELS)
    place = [objective.name for objective in benchmark.objectives].index(task.objectives[0])
    drawn = draw_configs(benchmark.space, EVALUATED, seed=0)
    found = np.full((len(drawn), len(levels)), np.nan)
    for (row, config), (column, level) in product(enumerate(drawn), enumerate(levels)):
        outcome = benchmark.evaluate(Trial(config=dict(config), fidelity=level), 0)
        found[row, column] = outcome.vector[place] if outcome.ok else np.nan
    return np.array(levels), found


def stored_curves(rows: Sequence[Mapping[str, Any]]) -> tuple[Floats, list[Floats]]:
    """The levels of stored trials, and the values of those with several of them.

    Args:
        rows: Runs on one task.

    Returns:
        Levels in rising order, and one array of shape (configurations and seeds, levels), NaN
        where one was not evaluated or failed.
    """
    seen: dict[tuple[int, str], dict[float, float]] = {}
    for row in rows:
        known = configs(row["configs"])  # none in a store that was thinned
        trials = zip(row["fidelity"] or [], row["values"], known, strict=False)
        for level, value, config in trials:
            if level is not None and value is not None and isfinite(value):
                key = row["seed"], json.dumps(config, sort_keys=True)
                seen.setdefault(key, {}).setdefault(float(level), float(value))
    curves = [curve for curve in seen.values() if len(curve) > 1]
    levels = sorted({level for curve in curves for level in curve})
    places = {level: place for place, level in enumerate(levels)}
    found = np.full((len(curves), len(levels)), np.nan)
    for number, curve in enumerate(curves):
        for level, value in curve.items():
            found[number, places[level]] = value
    return np.array(levels), [found] if levels else []
