"""Pages of small panels, one a task: progress, validation and test, and what was attained."""

from collections.abc import Callable, Mapping
from math import ceil

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hpobench.figures.primitives import NARROW, SMALL, legend, log_scale, step
from hpobench.figures.style import INK, Style, short
from hpobench.scoring.trials import Floats

PANELS = 48
"""So many tasks are drawn on a page."""

PALE = 0.35
"""How much is seen of what stands back."""

MEDIAN = 0.5
"""The level of the attainment surface that is drawn strongly."""

Look = Mapping[str, Style]
Panel = Callable[[Axes, pd.DataFrame, Look], None]


def page(table: pd.DataFrame, look: Look, width: float, *, panel: Panel, pale: str = "") -> Figure:
    """A page of panels.

    Args:
        table: With `task` and `optimizer`, what the panels are drawn from, and (for all but
            regret) the task's `objectives` and `directions`.
        look: How each optimizer is drawn.
        width: In inches.
        panel: Draws the rows of one task.
        pale: What pale lines are, if there are any.
    """
    columns = 4 if width > NARROW else 2
    groups = {str(name): own for name, own in table.groupby("task")}
    rows = ceil(len(groups) / columns)
    figure = Figure(figsize=(width, 0.5 + 1.15 * rows))
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes, (name, found) in zip(grid.flat, groups.items(), strict=False):
        panel(axes, found, look)
        axes.tick_params(labelsize=5.5)
        axes.set_title(short(name, 28), fontsize=6)
    for axes in grid.flat[len(groups) :]:
        axes.set_visible(False)
    legend(figure, sorted(table["optimizer"].unique()), look, pale=pale)
    return figure


def draw_regret(axes: Axes, table: pd.DataFrame, look: Look) -> None:
    """Normalised regret over any axis."""
    for name, found in table.groupby("optimizer"):
        step(axes, found["x"], found["regret"].clip(lower=SMALL), look[str(name)], markers=False)
    _across(axes, float(table["x"].max()))
    log_scale(axes, "y", table["regret"].to_numpy())
    axes.axhline(1, color=INK, linewidth=0.5, linestyle=(0, (3, 3)))


def value(axes: Axes, table: pd.DataFrame, look: Look) -> None:
    """The value itself (the hypervolume with several objectives), where there is no scale."""
    for name, found in table.groupby("optimizer"):
        step(axes, found["x"], found["value"], look[str(name)], markers=False)
    _across(axes, 1.0)
    _upwards(axes, "hypervolume" if " " in table["directions"].iloc[0] else _objectives(table)[0])


def test(axes: Axes, table: pd.DataFrame, look: Look) -> None:
    """The incumbent's test value, and pale the value that it is scored by."""
    for name, found in table.groupby("optimizer"):
        for column, alpha in (("value", PALE), ("test", 1.0)):
            step(axes, found["x"], found[column], look[str(name)], markers=False, alpha=alpha)
    _across(axes, 1.0)
    _upwards(axes, _objectives(table)[0])


def draw_surface(axes: Axes, table: pd.DataFrame, look: Look) -> None:
    """Attainment surfaces in the plane of two objectives, the median's strongly.

    Args:
        axes: What to draw on.
        table: One task's rows of `attainment.surfaces`.
        look: How each optimizer is drawn.
    """
    directions = table["directions"].iloc[0].split()
    signs = np.array([-1.0 if word == "max" else 1.0 for word in directions])
    corners = table[["first", "second"]].to_numpy() * signs
    edge = corners.max(axis=0) + 0.05 * np.maximum(np.ptp(corners, axis=0), SMALL)
    for (name, level), found in table.groupby(["optimizer", "level"]):
        own = found[["first", "second"]].to_numpy() * signs
        x, y = (_opened(own, edge) * signs).T
        alpha = 1.0 if level == MEDIAN else PALE
        step(axes, x, y, look[str(name)], markers=False, alpha=alpha)
    first, second = _objectives(table)
    axes.set_xlabel(short(first, 20), fontsize=5.5, labelpad=1)
    _upwards(axes, second)


def _opened(corners: Floats, edge: Floats) -> Floats:
    """The corners of a staircase from the best first objective on, and its ends at the edge."""
    ordered = corners[np.argsort(corners[:, 0])]
    start, end = (ordered[0, 0], edge[1]), (edge[0], ordered[-1, 1])
    return np.array([start, *ordered, end])


def _objectives(table: pd.DataFrame) -> list[str]:
    """The names of one task's objectives; two at the most are drawn."""
    return str(table["objectives"].iloc[0]).split(", ", 1)


def _upwards(axes: Axes, label: str) -> None:
    axes.set_ylabel(short(label, 20), fontsize=5.5, labelpad=1)


def _across(axes: Axes, end: float) -> None:
    axes.set_xlim(0, 1.02 * end)
    axes.set_xticks([0, end / 2, end], ["0", f"{end / 2:g}", f"{end:g}"])
