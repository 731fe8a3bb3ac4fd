"""How figures are drawn: steps, bands, intervals and panels, on scales with plain numbers."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from hpobench.analysis.style import INK, Style, short
from hpobench.analysis.trials import Floats

COLUMNS = 4
PANELS = 48
"""So many tasks are drawn one by one; the tables hold all of them."""

SMALL = 1e-12
"""Stands for 0 on a log scale, beyond its lower end."""

FEW_DECADES = 2
"""A log scale of fewer decades is also labelled at 2 and 5."""

LONG_LABEL = 24
"""With longer names than this, a legend has two columns instead of four."""


def scores(final: pd.DataFrame, look: Mapping[str, Style]) -> Figure:
    """A dot with its interval for each optimizer, in the order given."""
    figure, axes = _figure(1.0 + 0.32 * len(final))
    for y, row in enumerate(final.to_dict("records")):
        style = look[row["optimizer"]]
        (dot,) = axes.plot([max(row["regret"], SMALL)], [y], marker=style.marker, markersize=7)
        (line,) = axes.plot([max(row["low"], SMALL), row["high"]], [y, y], linewidth=2)
        for artist in (dot, line):
            artist.set(color=style.colour, gid=style.key)
    names = [look[name].label for name in final["optimizer"]]
    axes.set_yticks(range(len(final)), names)
    axes.set_ylim(len(final) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("normalised regret (log scale)")
    _log(axes, "x", final[["regret", "low", "high"]].to_numpy())
    axes.axvline(1, color=INK, linewidth=0.8, linestyle=(0, (3, 3)))
    return figure


def regret_curves(curves: pd.DataFrame, look: Mapping[str, Style], label: str) -> Figure:
    """Step curves with their bands; `label` says what x is."""
    figure, axes = _figure(4.2)
    for name, curve in curves.groupby("optimizer", sort=False):
        style = look[str(name)]
        low, high = curve["low"].clip(lower=SMALL), curve["high"]
        axes.fill_between(
            curve["x"], low, high, step="post", color=style.colour, alpha=0.16, linewidth=0
        ).set_gid(style.key)
        _step(axes, curve["x"], curve["regret"].clip(lower=SMALL), style, markers=True)
    axes.set_xlim(0, 1.01)
    axes.set_xlabel(label)
    axes.set_ylabel("normalised regret (log scale)")
    _log(axes, "y", curves["regret"].to_numpy())
    axes.axhline(1, color=INK, linewidth=0.8, linestyle=(0, (3, 3)))
    _legend(figure, list(curves["optimizer"].unique()), look)
    return figure


def rank_curves(ranks: pd.DataFrame, look: Mapping[str, Style]) -> Figure:
    """Step curves of mean ranks, the best at the top."""
    figure, axes = _figure(4.0)
    for name, curve in ranks.groupby("optimizer", sort=False):
        _step(axes, curve["x"], curve["rank"], look[str(name)], markers=True)
    axes.set_xlim(0, 1.01)
    axes.invert_yaxis()
    axes.set_xlabel("share of the budget (full-fidelity trials)")
    axes.set_ylabel("mean rank (1 is the best)")
    _legend(figure, list(ranks["optimizer"].unique()), look)
    return figure


def panels(curves: pd.DataFrame, column: str, look: Mapping[str, Style]) -> Figure:
    """Small panels, one a task."""
    names = sorted(curves["task"].unique())[:PANELS]
    rows = ceil(len(names) / COLUMNS)
    figure = Figure(figsize=(9.6, 0.5 + 1.75 * rows))
    grid = figure.subplots(rows, COLUMNS, squeeze=False)
    groups = dict(tuple(curves.groupby("task")))
    for axes, name in zip(grid.flat, names, strict=False):
        _panel(axes, groups[name], column, look)
        axes.set_title(short(name, 36), fontsize=8)
    for axes in grid.flat[len(names) :]:
        axes.set_visible(False)
    for axes in grid.flat[max(0, len(names) - COLUMNS) : len(names)]:
        axes.set_xlabel("share of the budget", fontsize=7)
    _legend(figure, sorted(curves["optimizer"].unique()), look)
    return figure


def _panel(axes: Axes, curves: pd.DataFrame, column: str, look: Mapping[str, Style]) -> None:
    for name, curve in curves.groupby("optimizer"):
        values = curve[column].clip(lower=SMALL) if column == "regret" else curve[column]
        _step(axes, curve["x"], values, look[str(name)], markers=False)
    axes.set_xlim(0, 1.02)
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.tick_params(labelsize=7)
    if column == "regret":
        _log(axes, "y", curves[column].to_numpy())
        axes.axhline(1, color=INK, linewidth=0.7, linestyle=(0, (3, 3)))


def _figure(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(6.8, height))
    return figure, figure.subplots()


def _step(axes: Axes, x: Any, y: Any, style: Style, *, markers: bool) -> None:
    """A step function: a value holds from where it was reached to where a better one was."""
    if not markers:
        x, y = corners(np.asarray(x), np.asarray(y))
    axes.plot(
        x,
        y,
        drawstyle="steps-post",
        color=style.colour,
        linestyle=style.line,
        linewidth=1.6 if markers else 1.2,
        marker=style.marker if markers else None,
        markevery=style.every,
        markersize=4.5,
        gid=style.key,
    )


def corners(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The points of a step function where it changes, and its last."""
    kept = np.append(True, y[1:] != y[:-1])
    kept[-1] = True
    return x[kept], y[kept]


def _log(axes: Axes, axis: str, values: Floats) -> None:
    """A log scale with plain numbers that shows all but zeros, which lie at its lower end."""
    positive = values[np.isfinite(values) & (values > 0)]
    low, high = (positive.min(), positive.max()) if len(positive) else (0.1, 1.0)
    limits = (max(min(low, 0.5) / 1.5, 1e-9), max(high, 1.0) * 1.5)
    getattr(axes, f"set_{axis}scale")("log")
    getattr(axes, f"set_{axis}lim")(*limits)
    ruler = getattr(axes, f"{axis}axis")
    decades = np.log10(limits[1] / limits[0])
    ruler.set_major_locator(
        LogLocator(subs=(1.0,) if decades > FEW_DECADES else (1.0, 2.0, 5.0), numticks=8)
    )
    ruler.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ruler.set_minor_locator(NullLocator())


def _legend(figure: Figure, names: Sequence[str], look: Mapping[str, Style]) -> None:
    """One legend below all panels."""
    chosen = [look[name] for name in names]
    handles = [
        Line2D([], [], color=s.colour, linestyle=s.line, marker=s.marker, markersize=4.5)
        for s in chosen
    ]
    columns = min(len(chosen), 4 if max(len(s.label) for s in chosen) < LONG_LABEL else 2)
    figure.legend(
        handles,
        [s.label for s in chosen],
        loc="outside lower center",
        ncols=columns,
        handlelength=3,
    )
