"""Figures of a choice: discrepancy over k, where the chosen tasks lie, and how well they judge."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from math import ceil
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hpobench.figures.output import draw_forms
from hpobench.figures.style import COLOURS, INK, MARKERS, RC, WIDTHS, short
from hpobench.subset.choice import AlternativeMethod, ChosenSubset
from hpobench.subset.ways import Method

WIDTH = WIDTHS[""]
COLUMNS = 3
"""Panels side by side."""

LOOKS = {Method.RANDOM: COLOURS[6], Method.MEDOIDS: COLOURS[4], Method.MMD: COLOURS[2]}


def save_plots(choices: Mapping[str, ChosenSubset], folder: Path) -> list[Path]:
    """Draw all figures of all choices as SVG, PDF and PNG files.

    Args:
        choices: By kind, or one under an empty name.
        folder: Made if it does not exist.

    Returns:
        The paths.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind, choice in choices.items():
        for name, figure in figures(choice):
            for form, data in draw_forms(figure).items():
                path = folder / f"{f'{kind}-' if kind else ''}{name}.{form}"
                path.write_bytes(data)
                paths.append(path)
    return paths


def figures(choice: ChosenSubset) -> Iterator[tuple[str, Figure]]:
    """Each figure that there is something to draw for, with its name."""
    with mpl.rc_context(RC):
        if choice.curve:
            yield "discrepancy", over_size(choice)
        if len(choice.candidates.references) > 1:
            yield "tasks", plot_places(choice)
        if choice.parts[0].agreement:
            yield "agreement", agreements(choice)


def over_size(choice: ChosenSubset) -> Figure:
    """Discrepancy over the size of the subset, of each way of choosing."""
    figure = Figure(figsize=(WIDTH, WIDTH / 2))
    axes = figure.subplots()
    sizes = [step.k for step in choice.curve]
    for method in choice.curve[0].rivals:
        _band(axes, sizes, [step.rivals[method] for step in choice.curve], method)
    quick = [step.quick for step in choice.curve]
    axes.plot(sizes, quick, color=COLOURS[0], marker=MARKERS[0], markersize=3, label="short search")
    best = [step.best for step in choice.curve]
    axes.plot(sizes, best, color=INK, linestyle=(0, (1, 1.3)), label="best known")
    bounds = [step.bound for step in choice.curve]
    axes.plot(sizes, bounds, color=INK, linewidth=0.6, linestyle=(0, (5, 2)), label="lower bound")
    for i, part in enumerate(choice.parts):
        name = f"chosen: {part.split}" if part.split else "chosen"
        axes.plot(
            [choice.k], [part.discrepancy], MARKERS[1 + i % 3], color=COLOURS[1],
            markersize=5, zorder=3, label=name,
        )  # fmt: skip
    axes.set(xlabel="tasks in the subset", ylabel="star discrepancy", ylim=(0, None))
    axes.legend()
    return figure


def plot_places(choice: ChosenSubset) -> Figure:
    """All candidates and the chosen ones, by each two coordinates."""
    points, names = choice.candidates.points, choice.candidates.references
    pairs = list(combinations(range(len(names)), 2))
    rows = ceil(len(pairs) / COLUMNS)
    columns = min(len(pairs), COLUMNS)
    side = WIDTH / COLUMNS
    figure = Figure(figsize=(side * columns + 0.4, side * rows + 0.4))
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes, (x, y) in zip(grid.flat, pairs, strict=False):
        axes.plot(
            points[:, x], points[:, y], ".", color=COLOURS[6], markersize=2, alpha=0.6,
            label=f"all {len(points)} tasks",
        )  # fmt: skip
        for i, part in enumerate(choice.parts):
            own = points[list(part.rows)]
            axes.plot(
                own[:, x], own[:, y], MARKERS[i % len(MARKERS)], color=COLOURS[i % 6],
                markersize=4, fillstyle="none", label=part.split or "chosen",
            )  # fmt: skip
        axes.set(xlabel=short(names[x]), ylabel=short(names[y]))
    for axes in grid.flat[len(pairs) :]:
        axes.set_visible(False)
    handles, labels = grid.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure


def agreements(choice: ChosenSubset) -> Figure:
    """Kendall's tau between rankings on subsets and on the full set, with intervals."""
    rows = [(part.split or "chosen", part.agreement, COLOURS[0]) for part in choice.parts]
    rows += [(str(method), r.agreement, LOOKS[method]) for method, r in choice.rivals.items()]
    figure = Figure(figsize=(WIDTH, 0.6 + 0.2 * len(rows)))
    axes = figure.subplots()
    for y, (_, found, colour) in enumerate(rows):
        if found:
            axes.plot([found.low, found.high], [y, y], color=colour, linewidth=1.4)
            axes.plot([found.tau], [y], MARKERS[0], color=colour, markersize=4.5)
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel("Kendall's tau with the full set's ranking of held-out optimizers")
    return figure


def _band(axes: Axes, sizes: list[int], rivals: list[AlternativeMethod], method: Method) -> None:
    """The mean of some tries, and where most of them lie."""
    colour = LOOKS[method]
    low, high = [r.low for r in rivals], [r.high for r in rivals]
    axes.fill_between(sizes, low, high, color=colour, alpha=0.2, linewidth=0)
    label = f"{method}: mean and 95 % of tries"
    axes.plot(sizes, np.array([r.mean for r in rivals]), color=colour, label=label)
