"""The figures of fidelities and lineages, as markup that is shown as it is."""

import json
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd
from markupsafe import Markup

from hpobench.report.shapes import LINE, WIDTH, figure, line, text
from hpobench.system.text import number

COLUMNS, GAP, HEIGHT = 3, 26.0, 96.0
"""Panels in a row, the space between them, and their height."""

PANEL = (WIDTH - (COLUMNS - 1) * GAP) / COLUMNS
"""Width of a panel."""

NAMED = 34
"""Longer names are cut to so many characters."""

MOST = 12
"""So many hyperparameters of a schedule are drawn."""

LOGARITHMIC = 30.0
"""Values that differ by a larger factor are drawn on a logarithmic scale."""

FAINT, STRONG = ' stroke="currentColor" opacity=".25"', ' stroke="currentColor" stroke-width="1.8"'
DASHED = STRONG + ' stroke-dasharray="5 3"'
OPEN = ' fill="none"'

Point = tuple[float, float]


def agreement_still(found: pd.DataFrame, label: str) -> Markup:
    """A panel for each task: what every fidelity tells of the highest.

    Args:
        found: Rows of `analysis.fidelities.fidelities`.
        label: For those who cannot see it.
    """
    groups = [(str(name), own.sort_values("share")) for name, own in found.groupby("task")]
    lowest = min((float(own["share"].min()) for _, own in groups), default=0.1)
    body: list[Markup] = []
    for place, (name, own) in enumerate(groups):
        left, top = corner(place)
        body += [text(left, top - 6, name[:NAMED], attributes=' font-size="11"')]
        body += [*_frame(left, top, ("1", "0"))]
        x = [left + PANEL * (1 - math.log(s) / math.log(lowest)) for s in own["share"]]
        for column, look in (("correlation", STRONG), ("first_third", DASHED)):
            y = [top + HEIGHT * (1 - min(max(v, 0.0), 1.0)) for v in own[column].fillna(0.0)]
            ends = [*zip(x, y, strict=True), (left + PANEL, top)]
            body.append(line(ends, look + OPEN))
        body.append(text(left, top + HEIGHT + 13, f"{lowest:.2g}"))
        body.append(text(left + PANEL, top + HEIGHT + 13, "1", "end"))
    return figure(label, corner(len(groups) + COLUMNS - 1)[1] - 20, body)


def schedule(steps: pd.DataFrame, label: str) -> Markup:
    """A panel for each hyperparameter that changes along a lineage; empty if none does.

    Args:
        steps: Rows of `analysis.lineages.lineages` of one member, the first step first.
        label: For those who cannot see it.
    """
    configs = [json.loads(config) for config in steps["config"]]
    names = [name for name in sorted({n for c in configs for n in c}) if _changes(configs, name)]
    if not names:
        return Markup()
    edges = [float(steps["begin"].iloc[0]), *map(float, steps["end"])]
    body: list[Markup] = []
    for place, name in enumerate(names[:MOST]):
        left, top = corner(place)
        body.append(text(left, top - 6, name[:NAMED], attributes=' font-size="11"'))
        body += [*_panel(left, top, edges, [config.get(name) for config in configs])]
        body.append(text(left, top + HEIGHT + 13, f"{edges[0]:g}"))
        body.append(text(left + PANEL, top + HEIGHT + 13, f"{edges[-1]:g}", "end"))
    return figure(label, corner(min(len(names), MOST) + COLUMNS - 1)[1] - 20, body)


def corner(place: int) -> Point:
    """Where the panel at a place, counted from 0, has its upper left corner."""
    row, column = divmod(place, COLUMNS)
    return column * (PANEL + GAP), 24 + row * (HEIGHT + 2.6 * LINE)


def _changes(configs: Sequence[dict[str, Any]], name: str) -> bool:
    return len({json.dumps(config.get(name)) for config in configs}) > 1


def _frame(left: float, top: float, ends: tuple[str, str]) -> Iterator[Markup]:
    """The edges of a panel above and below, and what they stand for."""
    for y, words in zip((top, top + HEIGHT), ends, strict=True):
        yield line([(left, y), (left + PANEL, y)], FAINT)
        yield text(left + 2, y - 3 if y > top else y + 11, words, attributes=' font-size="9"')


def _panel(left: float, top: float, edges: list[float], values: list[Any]) -> Iterator[Markup]:
    """The values between the edges as steps; what is no number lies at its place in the order."""
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    listed = sorted({str(value) for value in values})
    numbers = values if numeric else [float(listed.index(str(value))) for value in values]
    low, high = min(numbers), max(numbers)
    logarithmic = numeric and low > 0 and high / low > LOGARITHMIC
    heights = [math.log(v) for v in numbers] if logarithmic else list(map(float, numbers))
    bottom, reach = min(heights), (max(heights) - min(heights)) or 1.0
    words = (number(high), number(low)) if numeric else (listed[-1], listed[0])
    yield from _frame(left, top, words)
    scale, points = PANEL / (edges[-1] - edges[0]), list[Point]()
    for (begin, end), height in zip(pairwise(edges), heights, strict=True):
        y = top + HEIGHT * (1 - (height - bottom) / reach)
        points += [(left + scale * (edge - edges[0]), y) for edge in (begin, end)]
    yield line(points, STRONG + OPEN)
