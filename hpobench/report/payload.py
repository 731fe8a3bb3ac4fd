"""The data of the page's figures, in whole numbers that compress well, as one opaque text."""

import base64
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from hpobench.analysis.frames import Analysis
from hpobench.figures.style import Style, styles
from hpobench.report.packing import (
    DIGITS,
    changes,
    differences,
    in_ten_thousandths,
    logarithms,
    pack_side_by_side,
)
from hpobench.scoring.curves import Axis
from hpobench.scoring.incumbents import GRID, TARGETS
from hpobench.scoring.metric import Metric
from hpobench.scoring.metrics import FLOOR, REGRET
from hpobench.scoring.metrics import TARGETS_REACHED as SHARE_OF_TARGETS
from hpobench.scoring.trials import Floats, Integers
from hpobench.stats.comparison import Comparison

CORNERS = 48
"""Most corners of an attainment surface; with fewer it lies behind the real one, so that nothing is
drawn that was not attained."""

COMPRESSION = 8
"""The level of compression; the best one takes twice as long for a hundredth less."""


def embed(analysis: Analysis) -> str:
    """All that the page's script draws, as base64 of deflated JSON: no name in it is markup."""
    data = {
        "optimizers": [_drawn(name, s) for name, s in styles(analysis.optimizers).items()],
        "grid": GRID.tolist(),
        "targets": TARGETS,
        "floor": FLOOR,
        "metrics": {metric.figure: _spec(metric) for metric in shown(analysis)},
        "variants": {metric.figure: _spec(metric) for metric in analysis.metrics if metric.variant},
        "kinds": [_kind(analysis, comparison) for comparison in analysis.comparisons],
    }
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(zlib.compress(text.encode(), COMPRESSION)).decode()


def shown(analysis: Analysis) -> Iterator[Metric]:
    """The metrics that have a figure of their own on the page."""
    return (metric for metric in analysis.metrics if not metric.variant)


def _spec(metric: Metric) -> dict[str, Any]:
    """What the page's script must know of a metric to draw it."""
    low, high = metric.axis.limits
    return {
        "label": metric.axis.label,
        "log": metric.axis.log,
        "small": metric.smaller_is_better,
        "mark": metric.axis.mark,
        "from": low,
        "to": high,
    }


def _drawn(name: str, style: Style) -> dict[str, Any]:
    return {
        "name": name,
        "colour": style.colour,
        "dashes": style.dashes,
        "marker": style.marker,
        "offset": style.every[0],
    }


def _kind(analysis: Analysis, comparison: Comparison) -> dict[str, Any]:
    """All of one kind of tasks."""
    kind = str(comparison.kind)
    tasks = analysis.tasks[analysis.tasks["kind"] == kind]
    curves = analysis.anytime_tasks[analysis.anytime_tasks["kind"] == kind]
    by_axis = {str(axis): curves[curves["axis"] == str(axis)] for axis in Axis}
    place = {name: i for i, name in enumerate(analysis.optimizers)}
    final = analysis.final[analysis.final["kind"] == kind]
    described = _tasks(analysis, comparison, tasks)
    axes = {
        axis: _axis(analysis, comparison, own, described)
        for axis, own in by_axis.items()
        if len(own)
    }
    return {
        "kind": kind,
        "collections": sorted(set(tasks["collection"])),
        "tasks": described,
        "order": [place[name] for name in final["optimizer"]],
        "axes": list(axes),
        "by_axis": pack_side_by_side(list(axes.values())),
        "values": _values(by_axis[str(Axis.BUDGET)], tasks["task"], place),
        "surfaces": _surfaces(analysis.attainment, tasks["task"], place),
    }


def _tasks(analysis: Analysis, comparison: Comparison, tasks: pd.DataFrame) -> list[dict[str, Any]]:
    """Each task with the number of pairs compared on it."""
    pairs = analysis.runs["task"].iloc[comparison.pairs[:, 0]].value_counts()
    collections, common = sorted(set(tasks["collection"])), set(comparison.tasks)
    return [
        {
            "id": row["task"],
            "collection": collections.index(row["collection"]),
            "objectives": row["objectives"].split(", "),
            "directions": row["directions"].split(),
            "compared": row["task"] in common,
            "pairs": int(pairs.get(row["task"], 0)),
        }
        for row in tasks.to_dict("records")
    ]


def _axis(
    analysis: Analysis,
    comparison: Comparison,
    curves: pd.DataFrame,
    tasks: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """One axis: exact aggregates over all tasks, and the curves of each task or collection."""
    kind, axis = str(comparison.kind), curves["axis"].iloc[0]
    names, optimizers = [task["id"] for task in tasks], list(analysis.optimizers)
    own = [metric for metric in shown(analysis) if metric not in (REGRET, SHARE_OF_TARGETS)]
    columns = ("regret", "targets", "rank", *(metric.column for metric in own))
    values = dense(curves, columns, names, optimizers)
    means = analysis.anytime[
        (analysis.anytime["kind"] == kind) & (analysis.anytime["axis"] == axis)
    ]
    lengths = analysis.run_lengths
    scaled = [
        task["compared"] and not np.isnan(regret).all()
        for task, regret in zip(tasks, values["regret"], strict=True)
    ]
    return {
        "end": float(curves["x"].iloc[len(GRID) - 1]),
        "all": _aggregates(means, optimizers, (REGRET.column, *REGRET.interval)),
        "regret": differences(logarithms(values["regret"])),
        "metrics": {
            metric.figure: _metric(metric, means, values[metric.column], optimizers, tasks)
            for metric in own
        },
        "targets": _means_by_collection(values["targets"], tasks, [int(yes) for yes in scaled]),
        "ranks": _means_by_collection(values["rank"], tasks, [task["pairs"] for task in tasks]),
        "lengths": _lengths(
            lengths[(lengths["kind"] == kind) & (lengths["axis"] == axis)], names, optimizers
        ),
    }


def dense(
    curves: pd.DataFrame, columns: Sequence[str], tasks: Sequence[str], optimizers: Sequence[str]
) -> dict[str, Floats]:
    """Columns of curves over one axis, each (tasks, optimizers, grid points), NaN for holes."""
    task = _places(curves["task"], tasks)
    optimizer = _places(curves["optimizer"], optimizers)
    found = {}
    for name in columns:
        found[name] = np.full((len(tasks), len(optimizers), len(GRID)), np.nan)
        found[name][task, optimizer] = curves[name].to_numpy().reshape(-1, len(GRID))
    return found


def _places(names: "pd.Series[str]", known: Sequence[str]) -> Integers:
    """Which of the known names each curve has."""
    place = {name: i for i, name in enumerate(known)}
    return np.array([place[name] for name in names.iloc[:: len(GRID)]], dtype=np.int64)


def _metric(
    metric: Metric,
    means: pd.DataFrame,
    by_task: Floats,
    optimizers: Sequence[str],
    tasks: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """A metric over one axis: exactly over all tasks where it has an interval; by collection."""
    whole = logarithms if metric.axis.log else in_ten_thousandths
    exact = means.dropna(subset=metric.column) if metric.interval else means.iloc[:0]
    columns = (metric.column, *metric.interval)
    known = np.asarray(~np.isnan(by_task).all(axis=(1, 2)))
    weights = [int(t["compared"] and has) for t, has in zip(tasks, known.tolist(), strict=True)]
    return {
        "all": _aggregates(exact, optimizers, columns, whole),
        "collections": _means_by_collection(by_task, tasks, weights, whole),
    }


def _aggregates(
    means: pd.DataFrame,
    optimizers: Sequence[str],
    columns: Sequence[str],
    whole: Callable[[Floats], Floats] = logarithms,
) -> list[Any]:
    """For each optimizer an aggregate with its interval; None if it is not compared."""
    names = means["optimizer"].iloc[:: len(GRID)].tolist()
    values = means[[*columns]].to_numpy(dtype=float).T.reshape(len(columns), -1, len(GRID))
    found = {name: whole(values[:, i]) for i, name in enumerate(names)}
    return [differences(found[name]) if name in found else None for name in optimizers]


def _means_by_collection(
    values: Floats,
    tasks: Sequence[Mapping[str, Any]],
    weights: Sequence[int],
    whole: Callable[[Floats], Floats] = in_ten_thousandths,
) -> list[dict[str, Any]]:
    """For each collection the weighted means over its tasks, and the sum of their weights."""
    found, weight = [], np.array(weights, dtype=float)
    for collection in sorted({task["collection"] for task in tasks}):
        own = np.array([task["collection"] == collection for task in tasks]) & (weight > 0)
        total = weight[own].sum()
        mean = (
            np.einsum("tog,t->og", values[own], weight[own]) / total
            if total
            else values[0] * np.nan
        )
        found.append({"weight": total, "means": differences(whole(mean))})
    return found


def _lengths(lengths: pd.DataFrame, tasks: Sequence[str], optimizers: Sequence[str]) -> Any:
    """Logarithms of run lengths, [task][optimizer][target]; None where it is not reached.

    A task that has no scale is None; one on which nobody reaches anything has one.
    """
    found = np.full((len(tasks), len(optimizers), len(TARGETS)), np.nan)
    heads = lengths.iloc[:: len(TARGETS)]
    rows = heads["task"].map({task: i for i, task in enumerate(tasks)}).to_numpy(int)
    columns = heads["optimizer"].map({name: i for i, name in enumerate(optimizers)}).to_numpy(int)
    found[rows, columns] = lengths["x"].to_numpy().reshape(-1, len(TARGETS))
    scaled = ~np.isnan(found).all(axis=(1, 2))
    return [
        _or_none(task) if yes else None for task, yes in zip(logarithms(found), scaled, strict=True)
    ]


def _or_none(numbers: Floats) -> list[list[int | None]]:
    return [[int(x) if np.isfinite(x) else None for x in row] for row in numbers]


def _values(
    curves: pd.DataFrame, tasks: "pd.Series[str]", place: Mapping[str, int]
) -> dict[str, Any]:
    """Values of tasks without a scale or with test values, and the latter: by task, optimizer."""
    number = {task: i for i, task in enumerate(tasks)}
    shown = curves.groupby("task", sort=False)[["test", "regret"]].count()
    wanted = set(shown.index[(shown["test"] > 0) | (shown["regret"] == 0)])
    own = curves[curves["task"].isin(wanted)]
    found: dict[str, Any] = {}
    values, tests = (own[name].to_numpy().reshape(-1, len(GRID)) for name in ("value", "test"))
    heads = own.iloc[:: len(GRID)]
    for i, (task, name) in enumerate(zip(heads["task"], heads["optimizer"], strict=True)):
        entry = found.setdefault(str(number[task]), {})
        entry[str(place[name])] = [changes(values[i]), changes(tests[i])]
    return found


def _surfaces(
    attainment: pd.DataFrame, tasks: "pd.Series[str]", place: Mapping[str, int]
) -> dict[str, Any]:
    """The median attainment surfaces, by task and optimizer: x, y, x, y, ..."""
    number = {task: i for i, task in enumerate(tasks)}
    median = attainment[(attainment["level"] == 0.5) & attainment["task"].isin(number)]  # noqa: PLR2004
    starts = np.flatnonzero(~median.duplicated(["task", "optimizer"]).to_numpy())
    heads = median.iloc[starts]
    parts = np.split(median[["first", "second"]].to_numpy(), starts[1:])
    found: dict[str, Any] = {}
    for task, name, points in zip(
        heads["task"], heads["optimizer"], parts, strict=bool(len(heads))
    ):
        chosen = np.unique(np.linspace(0, len(points) - 1, CORNERS).round().astype(int))
        rounded = [float(f"{x:.{DIGITS}g}") for x in points[chosen].ravel().tolist()]
        found.setdefault(str(number[task]), {})[str(place[name])] = rounded
    return found
