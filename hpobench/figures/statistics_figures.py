"""Figures of the statistics: the critical-difference diagram and matrices of what was compared."""

from collections.abc import Mapping, Sequence
from math import ceil

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from hpobench.figures.bars import FOLLOWED, bars
from hpobench.figures.style import INK, Style, abridged
from hpobench.scoring.trials import Floats
from hpobench.stats.significance import LEVEL
from hpobench.system.text import number

PADDED = ConstrainedLayoutEngine(w_pad=0.1)
"""Room for long names at the edges."""

NUMBERED = 0.3
"""Inches of a cell with room for a number."""

LETTER = 0.058
"""Inches that a letter of a name is wide."""

MARGIN = 0.35
"""The share of a matrix's width that its names and its scale of colours take."""

NAMED = 60
"""More tasks than that have no room for names."""

VISIBLE = 0.005
"""A smaller share would be written as 0."""

DARK = 0.6
"""From this share of a colour scale on, text on it is light."""

LEAST, MOST = 0.01, 100.0
"""Regrets beyond have the colours of these; in the middle is 1, what random search reaches."""


def draw_critical_difference(
    found: pd.DataFrame, distance: float, look: Mapping[str, Style], width: float
) -> Figure:
    """Mean ranks, and bars over those that cannot be told apart.

    Demsar's diagram, or with many optimizers a line for each. A bar has a dot for each that it is
    about; whoever it only passes has none.

    Args:
        found: One kind's rows of `pairs.critical`, the best first.
        distance: Nemenyi's, drawn for comparison.
        look: Style of each optimizer.
        width: In inches.
    """
    draw = _list_ranks if len(found) > FOLLOWED else _draw_demsar
    return draw(found, distance, look, width)


def _list_ranks(
    found: pd.DataFrame, distance: float, look: Mapping[str, Style], width: float
) -> Figure:
    """A line for each optimizer, as long as its mean rank; the bars stand beside the lines."""
    count = len(found)
    rows = 1 + np.arange(count, dtype=float)
    figure = Figure(figsize=(width, 0.4 + 0.2 * (count + 3.6)))
    axes = figure.subplots()
    side = _side([look[name].label for name in found["optimizer"]], width)
    _line(axes, count, distance, side)
    for name, rank, y in zip(found["optimizer"], found["rank"], rows, strict=True):
        axes.plot([1, rank], [y, y], color=look[name].colour, linewidth=1.1)
        axes.plot(rank, y, "o", color=look[name].colour, markersize=4.5)
        axes.text(1, y, f"{look[name].label}  {rank:.2f}  ", ha="right", va="center")
    drawn = list(bars(rows, found["groups"].tolist()))
    step = side * (count - 1) / (2 + max((level for level, _ in drawn), default=0))
    for level, members in drawn:
        x = count + (level + 1) * step
        axes.plot([x, x], members[[0, -1]], color=INK, linewidth=2.2, solid_capstyle="round")
        axes.plot([x] * len(members), members, "o", color=INK, markersize=4.5)
    axes.set_ylim(count + 1, -2.1)
    return figure


def _draw_demsar(
    found: pd.DataFrame, distance: float, look: Mapping[str, Style], width: float
) -> Figure:
    """Mean ranks on a line, with names at both sides and the bars over it."""
    ranks = found["rank"].to_numpy(dtype=float)
    drawn = list(bars(ranks, found["groups"].tolist()))
    lines = 1 + max((level for level, _ in drawn), default=-1)
    half = (len(found) + 1) // 2
    depth = 0.35 * lines + 0.8 + half
    figure = Figure(figsize=(width, 0.4 + 0.2 * (depth + 1.5)))
    axes = figure.subplots()
    names = [look[name].label for name in found["optimizer"]]
    _line(axes, len(found), distance, _side(names, width))
    for level, members in drawn:
        y = 0.5 + 0.35 * level
        axes.plot(members[[0, -1]], [y, y], color=INK, linewidth=2.2, solid_capstyle="round")
        axes.plot(members, [y] * len(members), "o", color=INK, markersize=4.5)
    for at, (name, rank) in enumerate(zip(found["optimizer"], ranks, strict=True)):
        y = 0.35 * lines + 0.8 + (at if at < half else len(found) - 1 - at)
        _label(axes, look[name], rank, y, left=at < half, count=len(found))
    axes.set_ylim(depth, -2.1)
    return figure


def plot_effects(found: pd.DataFrame, order: Sequence[str], width: float) -> Figure:
    """A12 of each row over each column; significant ones have a star.

    Args:
        found: One kind's rows of `pairs.pairs`.
        order: The optimizers, the best first.
        width: In inches.
    """
    place = {name: at for at, name in enumerate(order)}
    first = found["optimizer"].map(place).to_numpy(dtype=int)
    second = found["other"].map(place).to_numpy(dtype=int)
    values, stars = np.full((len(order), len(order)), np.nan), np.zeros((len(order),) * 2, bool)
    values[first, second], values[second, first] = found["a12"], 1 - found["a12"]
    stars[first, second] = stars[second, first] = found["p_holm"] < LEVEL
    if not _numbered(order, width):
        figure = _square(values, order, order, [], "A12", width)
        _stars(figure.axes[0], stars, 2 * np.abs(values - 0.5))
        return figure
    texts = [
        [
            "" if np.isnan(v) else f"{v:.2f}{'*' if star else ''}"
            for v, star in zip(*row, strict=True)
        ]
        for row in zip(values, stars, strict=True)
    ]
    return _square(values, order, order, texts, "A12", width)


def plot_place_shares(found: pd.DataFrame, order: Sequence[str], width: float) -> Figure:
    """How often each optimizer has each place when tasks and seeds are drawn anew.

    Args:
        found: One kind's rows of `stability.frame`.
        order: The optimizers, the best first.
        width: In inches.
    """
    table = found.pivot_table(index="optimizer", columns="place", values="probability")
    values = table.loc[list(order)].to_numpy(dtype=float)
    small = _numbered(order, width)
    texts = [[f"{100 * v:.0f}" if v >= VISIBLE and small else "" for v in row] for row in values]
    columns = [str(place + 1) for place in range(len(order))]
    return _square(values, order, columns, texts, "share of rankings", width)


def plot_heat_map(found: pd.DataFrame, order: Sequence[str], width: float) -> Figure:
    """Mean regret by task and optimizer, on a log scale.

    Args:
        found: One kind's rows of `where.matrix`.
        order: The optimizers, the best first.
        width: In inches.
    """
    values = found[list(order)].to_numpy(dtype=float)
    named = len(found) <= NAMED
    height = 0.14 * len(found) if named else 8.0
    size = (width, 0.4 + max(height, 1.0) + _label_height(order))
    figure = Figure(figsize=size, layout=PADDED)
    axes = figure.subplots()
    image = _image(axes, np.clip(values, LEAST, MOST), "PuOr", LogNorm(LEAST, MOST))
    _label_ticks(axes, abridged(found["task"].tolist(), int(5 * width)) if named else [], order)
    if named and _numbered(order, width):
        texts = [[number(value, none="") for value in row] for row in values]
        _write(axes, texts, np.abs(np.log10(np.maximum(values, LEAST / 10))) / 2)
    ticks = [0.01, 0.1, 1, 10, 100]
    bar = figure.colorbar(image, ax=axes, label="regret", shrink=0.6, pad=0.02, ticks=ticks)
    bar.ax.minorticks_off()
    bar.ax.set_yticklabels([f"{tick:g}" for tick in ticks])
    return figure


def _side(names: Sequence[str], width: float) -> float:
    """The room for names beside the line of ranks, as a share of the line's length."""
    share = min((LETTER * max(map(len, names)) + 0.5) / width, 0.36)
    return share / (1 - 2 * share)


def _line(axes: Axes, count: int, distance: float, side: float) -> None:
    """The line of ranks, 1 to the left, and Nemenyi's distance above it."""
    axes.plot([1, count], [0, 0], color=INK, linewidth=1)
    step = ceil(count / 10)
    for rank in range(1, count + 1, step):
        axes.plot([rank, rank], [0, -0.25], color=INK, linewidth=1)
        axes.text(rank, -0.35, str(rank), ha="center", va="bottom")
    if distance < count - 1:
        axes.plot([1, 1 + distance], [-1.1, -1.1], color=INK, linewidth=1, marker="|")
        text = f"Nemenyi's distance {distance:.2f}, for comparison"
        axes.text(1, -1.4, text, va="bottom")
    margin = side * max(count - 1, 1)
    axes.set_xlim(1 - margin, count + margin)
    axes.set_axis_off()


def _label(axes: Axes, style: Style, rank: float, y: float, *, left: bool, count: int) -> None:
    """A name at the side, and the line from it to its rank."""
    margin = 0.04 * max(count - 1, 1)
    end = 1 - margin if left else count + margin
    axes.plot([rank, rank, end], [0, y, y], color=style.colour, linewidth=1.1)
    text = f"{style.label}  {rank:.2f} " if left else f" {rank:.2f}  {style.label}"
    axes.text(end, y, text, ha="right" if left else "left", va="center")


def _square(
    values: Floats,
    rows: Sequence[str],
    columns: Sequence[str],
    texts: Sequence[Sequence[str]],
    label: str,
    width: float,
) -> Figure:
    """A matrix of shares between 0 and 1."""
    height = max(min(0.3, _cell(rows, width)) * len(rows), 1.0)
    figure = Figure(figsize=(width, 0.3 + height + _label_height(columns)), layout=PADDED)
    axes = figure.subplots()
    diverging = rows is columns
    colours = "PuOr_r" if diverging else "Blues"
    image = _image(axes, values, colours, Normalize(0, 1))
    _label_ticks(axes, abridged(rows), columns)
    if texts:
        _write(axes, texts, 2 * np.abs(values - 0.5) if diverging else values)
    figure.colorbar(image, ax=axes, label=label, shrink=0.8, pad=0.02)
    return figure


PAPER_TEXT, DARK_TEXT = "#fffffe", "#101010"
"""On coloured cells; not the page's ink and paper, which change with the reader's choice."""


def _image(axes: Axes, values: Floats, colours: str, norm: Normalize) -> mpl.image.AxesImage:
    """Values as coloured cells, those not known left blank."""
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
    shown = np.ma.masked_invalid(values)
    return axes.imshow(shown, cmap=colours, norm=norm, aspect="auto", interpolation="none")


def _write(axes: Axes, texts: Sequence[Sequence[str]], strength: Floats) -> None:
    """Texts on coloured cells, light where the colour is strong."""
    for y, x in np.ndindex(strength.shape):
        if texts[y][x]:
            colour = PAPER_TEXT if strength[y, x] > DARK else DARK_TEXT
            axes.text(x, y, texts[y][x], ha="center", va="center", fontsize=6.5, color=colour)


def _stars(axes: Axes, marked: npt.NDArray[np.bool_], strength: Floats) -> None:
    """Stars on coloured cells; as markers, for hundreds of texts take seconds to lay out."""
    axes.autoscale(enable=False)
    for colour, cells in ((PAPER_TEXT, strength > DARK), (DARK_TEXT, ~(strength > DARK))):
        y, x = np.nonzero(marked & cells)
        axes.plot(x, y, linestyle="none", marker=(5, 2), markersize=3.5, color=colour)


def _label_ticks(axes: Axes, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Name rows and columns at the axes, slanted where the names are long."""
    axes.tick_params(length=0)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xticks(range(len(columns)), abridged(columns))
    if max(map(len, columns), default=0) > 3:  # noqa: PLR2004 (numbers need no slant)
        axes.tick_params(axis="x", rotation=40)
        for text in axes.get_xticklabels():
            text.set(ha="right", rotation_mode="anchor")


def _cell(columns: Sequence[str], width: float) -> float:
    """Inches that a column of a matrix is wide."""
    return (1 - MARGIN) * width / len(columns)


def _numbered(columns: Sequence[str], width: float) -> bool:
    """Whether cells have room for numbers."""
    return _cell(columns, width) >= NUMBERED


def _label_height(names: Sequence[str]) -> float:
    """Inches that slanted names take."""
    return 0.05 * min(max(map(len, names), default=0), 34)
