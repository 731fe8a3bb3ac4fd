"""How figures are drawn: steps, bands and intervals, on scales with plain numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from hpobench.figures.style import INK, Style, abridged
from hpobench.scoring.metric import AxisSpec, Metric
from hpobench.scoring.trials import Floats

NARROW = 5.0
"""In inches; a narrower figure has one column of a page."""

FEW, STRONG = 10, 8
"""With more optimizers than the first, the best of them are drawn strongly, so many."""

SMALL = 1e-12
"""Stands for 0 on a log scale, beyond its lower end."""

FEW_DECADES = 2
"""A log scale of fewer decades is also labelled at 2 and 5."""

LETTERS = 15.0
"""So many letters of a legend fit into an inch."""


def scores(final: pd.DataFrame, metric: Metric, look: Mapping[str, Style], width: float) -> Figure:
    """A dot with its interval for each optimizer, in the order given."""
    figure, axes = _figure(width, 0.6 + 0.17 * len(final))
    found = final[["optimizer", metric.column, *metric.interval]].to_numpy()
    least = SMALL if metric.axis.log else -np.inf
    for y, (name, value, low, high) in enumerate(found):
        style = look[name]
        (dot,) = axes.plot([max(value, least)], [y], marker=style.marker, markersize=4.5)
        (line,) = axes.plot([max(low, least), high], [y, y], linewidth=1.4)
        for artist in (dot, line):
            artist.set(color=style.colour)
    length = 34 if width > NARROW else 20
    axes.set_yticks(range(len(final)), abridged(final["optimizer"].tolist(), length))
    axes.set_ylim(len(final) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(label_of(metric.axis))
    if metric.axis.log:
        log_scale(axes, "x", found[:, 1:].astype(float), include=metric.axis.mark)
    if metric.axis.mark is not None:
        axes.axvline(metric.axis.mark, color=INK, linewidth=0.6, linestyle=(0, (3, 3)))
    return figure


def lay_out(figure: Figure) -> None:
    """Put all of a figure into its place, as far as it is to be laid out."""
    if engine := figure.get_layout_engine():
        engine.execute(figure)


def label_of(spec: AxisSpec) -> str:
    """What an axis measures, and whether on a log scale."""
    return f"{spec.label} (log scale)" if spec.log else spec.label


def draw_curves(
    table: pd.DataFrame, width: float, *, x: AxisSpec, y: AxisSpec, look: Mapping[str, Style]
) -> Figure:
    """Step curves, with bands where the table has them.

    Args:
        table: With `optimizer`, `x`, `y`, and maybe `low` and `high`.
        width: In inches.
        x: Across.
        y: Upwards.
        look: How each optimizer is drawn.
    """
    figure, axes = _figure(width, 0.62 * width if width <= NARROW else 0.5 * width)
    found = {str(n): own for n, own in table.groupby("optimizer", sort=False)}
    strong = best(table, least=y.log or y.downwards)
    for name in sorted(found, key=lambda name: name in strong):
        _curve(axes, found[name], look[name], y, strong=name in strong)
    _ruler(axes, "x", x, table["x"].to_numpy())
    _ruler(axes, "y", y, table["y"].to_numpy())
    others = len(found) - len(strong)
    shown = [name for name in found if name in strong]
    legend(figure, shown, look, pale=f"{others} others" if others else "")
    return figure


def best(table: pd.DataFrame, *, least: bool) -> set[str]:
    """Those to be drawn strongly: all, or of many those that end best."""
    ends = table.groupby("optimizer", sort=False)["y"].last().sort_values(ascending=least)
    return set(ends.index[: len(ends) if len(ends) <= FEW else STRONG])


def _curve(axes: Axes, found: pd.DataFrame, style: Style, ruler: AxisSpec, *, strong: bool) -> None:
    """One optimizer's curve; of weak ones only a thin line."""
    y = found["y"].clip(lower=SMALL) if ruler.log else found["y"]
    if "low" in found and strong:
        axes.fill_between(
            found["x"],
            found["low"].clip(lower=SMALL),
            found["high"],
            step="post",
            color=style.colour,
            alpha=0.16,
            linewidth=0,
        )
    step(axes, found["x"], y, style, markers=strong, alpha=1.0 if strong else 0.3)


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height))
    return figure, figure.subplots()


def step(axes: Axes, x: Any, y: Any, style: Style, *, markers: bool, alpha: float = 1.0) -> None:
    """A step function: a value holds from where it was reached to where a better one was."""
    if not markers:
        x, y = corners(np.asarray(x), np.asarray(y))
    axes.plot(
        x,
        y,
        drawstyle="steps-post",
        alpha=alpha,
        color=style.colour,
        linestyle=style.line,
        linewidth=1.2 if markers else 0.7,
        marker=style.marker if markers else None,
        markevery=style.every if len(x) > style.every[1] else None,
        markersize=3.2,
    )


def corners(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The points of a step function where it changes, and its last."""
    kept = np.append(True, y[1:] != y[:-1])
    kept[-1] = True
    return x[kept], y[kept]


def _ruler(axes: Axes, name: str, ruler: AxisSpec, values: Floats) -> None:
    getattr(axes, f"set_{name}label")(label_of(ruler))
    if ruler.log:
        log_scale(axes, name, values, include=ruler.mark)
    low, high = ruler.limits
    room = 0.01 * high if high else None
    getattr(axes, f"set_{name}lim")(low, high + room if high and room else None)
    if ruler.downwards:
        axes.invert_yaxis()
    if ruler.mark is not None:
        axes.axhline(ruler.mark, color=INK, linewidth=0.6, linestyle=(0, (3, 3)))


def log_scale(axes: Axes, axis: str, values: Floats, include: float | None = 1.0) -> None:
    """A log scale with plain numbers that shows all but zeros, which lie at its lower end."""
    positive = values[np.isfinite(values) & (values > 0)]
    low, high = (positive.min(), positive.max()) if len(positive) else (0.1, 1.0)
    if include is not None:
        low, high = min(low, include / 2), max(high, include)
    limits = (max(low / 1.5, 1e-9), high * 1.5)
    getattr(axes, f"set_{axis}scale")("log")
    getattr(axes, f"set_{axis}lim")(*limits)
    ruler = getattr(axes, f"{axis}axis")
    decades = np.log10(limits[1] / limits[0])
    ruler.set_major_locator(
        LogLocator(subs=(1.0,) if decades > FEW_DECADES else (1.0, 2.0, 5.0), numticks=8)
    )
    ruler.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ruler.set_minor_locator(NullLocator())


def legend(
    figure: Figure, names: Sequence[str], look: Mapping[str, Style], *, pale: str = ""
) -> None:
    """One legend below all panels, with what pale lines are."""
    chosen = [look[name] for name in names]
    handles = [
        Line2D([], [], color=s.colour, linestyle=s.line, marker=s.marker, markersize=3.2)
        for s in chosen
    ]
    labels = [s.label for s in chosen]
    if pale:
        handles.append(Line2D([], [], color=INK, alpha=0.3, linewidth=0.7))
        labels.append(pale)
    longest = max(len(label) for label in labels) + 6
    columns = int(figure.get_figwidth() * LETTERS / longest)
    figure.legend(
        handles,
        labels,
        loc="outside lower center",
        ncols=max(1, min(len(handles), columns)),
        handlelength=2.6,
        columnspacing=1.2,
    )
