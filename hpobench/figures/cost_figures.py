"""What is gained for what: regret at the end against the milliseconds of a trial."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hpobench.figures.catalogue import Plot
from hpobench.figures.cost_points import Box, CostPoints, place_labels
from hpobench.figures.primitives import lay_out, log_scale
from hpobench.figures.style import COLOURS, INK, PAPER, abridged

LETTER, HEIGHT = 4.3, 8.0
"""Points that a letter of a label is wide, and a label is high."""

PANEL_HEIGHT = 2.5
"""Inches that a row of panels is high."""

COLUMNS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPanel:
    """What one panel shows.

    Attributes:
        title: Above it.
        table: With `optimizer`, `regret` and `overhead`, the milliseconds to ask and tell.
    """

    title: str
    table: pd.DataFrame


def plots(tables: Mapping[str, pd.DataFrame]) -> Iterator[Plot]:
    """The figure of each kind that has regrets and measured overhead.

    Args:
        tables: The frames of an analysis by their names: `final`.
    """
    for kind, own in tables["final"].groupby("kind", sort=False):
        panel = CostPanel(title=str(kind), table=own)
        if len(CostPoints.of(own).names) > 1:
            yield Plot(
                name=f"{kind}-cost",
                kind=str(kind),
                view="cost",
                label="at the end",
                draw=partial(draw_costs, [panel]),
            )


def draw_costs(panels: Sequence[CostPanel], width: float) -> Figure:
    """Regret at the end against milliseconds of a trial, both on log scales.

    A line joins those optimizers of which none is both better and quicker; they and random search
    are named, the others are pale.

    Args:
        panels: Two in a row, from left to right and down.
        width: In inches.
    """
    columns = min(COLUMNS, len(panels))
    rows = ceil(len(panels) / columns)
    figure = Figure(figsize=(width, PANEL_HEIGHT * rows + 0.3))
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes, panel in zip(grid.flat, panels, strict=False):
        _draw(axes, panel)
    for axes in grid.flat[len(panels) :]:
        axes.set_visible(False)
    lay_out(figure)  # so that labels know where there is room
    for axes, panel in zip(grid.flat, panels, strict=False):
        _name(figure, axes, panel)
    return figure


def _draw(axes: Axes, panel: CostPanel) -> None:
    """The points, and the line that joins the undominated ones."""
    found = CostPoints.of(panel.table)
    axes.plot(*found.xy[~found.front].T, "o", color=INK, alpha=0.3, markersize=3)
    axes.plot(
        *found.xy[found.front].T,
        "o-",
        drawstyle="steps-post",
        color=COLOURS[0],
        markersize=4,
        linewidth=1,
    )
    axes.set_title(panel.title)
    axes.set_xlabel("ms to ask and tell a trial (log scale)")
    axes.set_ylabel("regret (log scale)")
    log_scale(axes, "x", found.xy[:, 0], include=None)
    log_scale(axes, "y", found.xy[:, 1], include=1.0)


def _name(figure: Figure, axes: Axes, panel: CostPanel) -> None:
    """Labels where there is room for them, with a line to their points."""
    found = CostPoints.of(panel.table)
    to_inches = figure.dpi_scale_trans.inverted()
    places = 72 * (axes.transData + to_inches).transform(found.xy[found.named])
    corners = 72 * axes.get_window_extent().transformed(to_inches).get_points()
    labels = abridged([n for n, named in zip(found.names, found.named, strict=True) if named])
    widths = [LETTER * len(label) for label in labels]
    offsets = place_labels(widths, places, Box(*corners.ravel().tolist()), HEIGHT)
    for label, point, offset in zip(labels, found.xy[found.named], offsets, strict=True):
        axes.annotate(
            label,
            point,
            xytext=offset,
            textcoords="offset points",
            ha="left" if offset[0] > 0 else "right",
            fontsize=6.5,
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.4, "alpha": 0.6},
            bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.75, "pad": 0.3},
        )
