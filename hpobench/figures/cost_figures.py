"""What is gained for what: regret at the end against the milliseconds of a trial."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil

import matplotlib.patheffects as effects
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from hpobench.figures.catalogue import Plot
from hpobench.figures.primitives import log_scale
from hpobench.figures.style import COLOURS, INK, PAPER, abridged
from hpobench.scoring.trials import Floats

LETTER, HEIGHT = 4.3, 8.0
"""Points that a letter of a label is wide, and a label is high."""

PLACES = tuple(
    (side, height) for height in (4.0, -10.0, 13.0, -19.0, 22.0, -28.0, 31.0) for side in (5, -5)
)
"""Where a label may stand from its point, in points; the first that is free is taken."""

REFERENCE = "random"
"""Named besides those that nobody dominates: what all others are held against."""

PANEL_HEIGHT = 2.5
"""Inches."""

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
        if len(known(panel)) > 1:
            yield Plot(
                name=f"{kind}-cost",
                kind=str(kind),
                view="cost",
                label="at the end",
                draw=partial(cost, [panel]),
            )


def cost(panels: Sequence[CostPanel], width: float) -> Figure:
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
    figure.draw_without_rendering()  # lays it out, so that labels know where there is room
    for axes, panel in zip(grid.flat, panels, strict=False):
        _name(axes, panel)
    return figure


def known(panel: CostPanel) -> pd.DataFrame:
    """The optimizers of which both are known and can be drawn, the quickest first."""
    found = panel.table[["optimizer", "overhead", "regret"]].dropna()
    positive = found[(found["overhead"] > 0) & (found["regret"] > 0)]
    return positive.sort_values(["overhead", "regret", "optimizer"], ignore_index=True)


def undominated(points: Floats) -> npt.NDArray[np.bool_]:
    """Which points no other one is as good as in both, and better in one.

    Args:
        points: To be minimised, shape (points, 2).

    Returns:
        Shape (points,); all of several equal points.
    """
    as_good = (points[None] <= points[:, None]).all(axis=2)
    better = (points[None] < points[:, None]).any(axis=2)
    return np.asarray(~(as_good & better).any(axis=1))


def _draw(axes: Axes, panel: CostPanel) -> None:
    """The points, and the line that joins the undominated ones."""
    found = known(panel)
    points = found[["overhead", "regret"]].to_numpy(dtype=float)
    front = undominated(points)
    axes.plot(*points[~front].T, "o", color=INK, alpha=0.3, markersize=3)
    axes.plot(
        *points[front].T, "o-", drawstyle="steps-post", color=COLOURS[0], markersize=4, linewidth=1
    )
    axes.set_title(panel.title)
    axes.set_xlabel("ms to ask and tell a trial (log scale)")
    axes.set_ylabel("regret (log scale)")
    log_scale(axes, "x", points[:, 0], include=None)
    log_scale(axes, "y", points[:, 1], include=1.0)


def _name(axes: Axes, panel: CostPanel) -> None:
    """Labels where they cover neither each other nor a named point."""
    found = known(panel)
    points = found[["overhead", "regret"]].to_numpy(dtype=float)
    named = undominated(points) | (found["optimizer"] == REFERENCE).to_numpy()
    inch = axes.figure.dpi_scale_trans
    to_points = axes.transData + inch.inverted()
    places = 72 * to_points.transform(points[named])
    frame = Bbox(72 * axes.get_window_extent().transformed(inch.inverted()).get_points())
    taken = [Bbox.from_bounds(x - 3, y - 3, 6, 6) for x, y in places]
    labels = abridged(found.loc[named, "optimizer"].tolist())
    for label, point, place in zip(labels, points[named], places, strict=True):
        offset, box = _free(label, place, taken, frame)
        taken.append(box)
        text = axes.annotate(
            label,
            point,
            xytext=offset,
            textcoords="offset points",
            ha="left" if offset[0] > 0 else "right",
            fontsize=6.5,
            arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.4, "alpha": 0.6},
        )
        text.set_path_effects([effects.withStroke(linewidth=1.4, foreground=PAPER)])


def _free(
    label: str, place: Floats, taken: Sequence[Bbox], frame: Bbox
) -> tuple[tuple[float, float], Bbox]:
    """The first offset at which a label covers nothing and lies inside; else the first of all."""
    width = LETTER * len(label)
    boxes = [
        Bbox.from_bounds(place[0] + x - (width if x < 0 else 0), place[1] + y, width, HEIGHT)
        for x, y in PLACES
    ]
    for offset, box in zip(PLACES, boxes, strict=True):
        inside = np.array_equal(Bbox.union([frame, box]).get_points(), frame.get_points())
        if inside and not any(box.overlaps(other) for other in taken):
            return offset, box
    return PLACES[0], boxes[0]
