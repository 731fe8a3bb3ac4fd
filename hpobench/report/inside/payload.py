"""Trials as the page inside holds them: places on scales as whole numbers, task by task."""

import base64
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hpobench.analysis.inside import Inside
from hpobench.analysis.inside.scales import HyperparameterScale
from hpobench.analysis.inside.task_trials import TaskTrials
from hpobench.report.packing import DIGITS
from hpobench.scoring.trials import Floats, Integers

PLACES = 9999
"""Places are kept to so many parts of a scale."""

NUMBERS = 1_600_000
"""So many numbers of trials are on the page, which are some 4 MB; all others are in exports."""

INACTIVE = -1
"""Stands for the place of a hyperparameter that is inactive, or was not stored."""


def embed_tasks(inside: Inside, order: Sequence[str]) -> list[dict[str, Any]]:
    """What the page holds of each task.

    Args:
        inside: What was found.
        order: Optimizers, the best first; the runs of these are shown where not all fit.

    Returns:
        For each task its `id`, its `kind`, and `data`: base64 of deflated JSON, in which no name
        is markup.
    """
    room = NUMBERS // max(len(inside.tasks), 1)
    return [
        {
            "id": each.task.id,
            "kind": str(each.task.kind),
            "data": _packed(_task(each, inside.frames(), order, room)),
        }
        for each in inside.tasks
    ]


def chosen_runs(found: TaskTrials, order: Sequence[str], room: int) -> Integers:
    """Positions of the runs that are shown: the first seeds of all, the best optimizers first.

    Args:
        found: All trials of a task.
        order: Optimizers, the best first.
        room: How many numbers may be shown; one run is in any case.
    """
    place = {name: i for i, name in enumerate(order)}
    ranks = found.runs["optimizer"].map(lambda name: place.get(name, len(place))).to_numpy()
    nth = found.runs.groupby("optimizer").cumcount().to_numpy()
    preferred = np.lexsort((ranks, nth))
    counts = np.bincount(found.run, minlength=len(found.runs))[preferred]
    fits = np.cumsum(counts) * _width(found) <= room
    fits[:1] = True
    return np.sort(preferred[fits])


def _width(found: TaskTrials) -> int:
    """How many numbers a trial is."""
    return len(found.space.scales) + len(found.task.objectives) + 2


def _task(
    found: TaskTrials, frames: Mapping[str, pd.DataFrame], order: Sequence[str], room: int
) -> dict[str, Any]:
    """One task: its runs and trials, and what was found of it."""
    runs = chosen_runs(found, order, room)
    rows = np.concatenate([np.flatnonzero(found.run == run) for run in runs])
    counts = np.bincount(found.run, minlength=len(found.runs))
    seeds, vectors = found.runs.iloc[runs], np.take(found.values, rows, axis=0).T
    failed = {
        at: found.failures[row] for at, row in enumerate(rows.tolist()) if row in found.failures
    }
    return {
        "objectives": [[o.name, int(o.maximize)] for o in found.task.objectives],
        "fidelity": found.task.fidelity.name if found.task.fidelity else "",
        "scales": [_scale(scale) for scale in found.space.scales],
        "known": found.space.known,
        "runs": [
            [name, int(seed), int(counts[run]), status]
            for name, seed, run, status in zip(
                seeds["optimizer"], seeds["seed"], runs, seeds["status"], strict=True
            )
        ],
        "all_runs": len(found.runs),
        "number": found.number[rows].tolist(),
        "full": "".join("1" if full else "0" for full in found.full[rows]),
        "level": _rounded(found.fidelity[rows]) if found.task.fidelity else [],
        "cost": _rounded(found.cost[rows], 3),
        "values": [_rounded(column) for column in vectors],
        "places": [_places(column) for column in found.places[rows].T],
        "failed": failed,
        **{name: _records(frame, found.task.id) for name, frame in frames.items()},
    }


def _scale(scale: HyperparameterScale) -> dict[str, Any]:
    """What a place is decoded by."""
    if scale.choices:
        return {"name": scale.name, "choices": list(scale.choices)}
    return {
        "name": scale.name,
        "low": scale.low,
        "high": scale.high,
        "log": scale.log,
        "integer": scale.integer,
    }


def _places(column: Floats) -> list[int]:
    whole = np.where(np.isnan(column), INACTIVE, np.round(PLACES * np.nan_to_num(column)))
    return [int(place) for place in whole]


def _rounded(column: Floats, digits: int = DIGITS - 1) -> list[float | None]:
    """Numbers to so many digits, None where there is none; one number if all are the same."""
    shown = [float(f"{x:.{digits}g}") if math.isfinite(x) else None for x in column.tolist()]
    return shown[:1] if len(set(shown)) == 1 else [_short(x) for x in shown]


def _short(number: float | None) -> float | None:
    """Whole numbers without a decimal point, which takes room."""
    return int(number) if number is not None and number == int(number) else number


def _records(frame: pd.DataFrame, task: str) -> list[dict[str, Any]]:
    """The rows of a task, without what its page says anyway."""
    if "task" not in frame:
        return []
    own = frame[frame["task"] == task].drop(columns=["kind", "task"])
    return [{str(k): _plain(v) for k, v in row.items()} for row in own.to_dict("records")]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}") if math.isfinite(value) else None
    return value


def _packed(data: Mapping[str, Any]) -> str:
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()
