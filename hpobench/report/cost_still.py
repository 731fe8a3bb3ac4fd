"""Regret at the end against the milliseconds of a trial, as markup that needs no scripts."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from markupsafe import Markup

from hpobench.figures.cost_points import Box, CostPoints, place_labels
from hpobench.figures.style import Style
from hpobench.report.shapes import LETTER, WIDTH, figure, line, path, text
from hpobench.scoring.trials import Floats

LEFT, TOP, RIGHT, BOTTOM = 50.0, 10.0, WIDTH - 10, 330.0
"""Where the axes are, in pixels."""

HEIGHT = 14.0
"""How high a label is, in pixels."""

MARGIN = 0.15
"""Decades around all points."""

STEPS = (1, 2, 5)
"""Which multiples of powers of ten have a number on the scale of regret."""

PALE = ' stroke="currentColor" opacity=".15"'
DOTS = Markup(
    '<g stroke="currentColor" stroke-width="8" stroke-linecap="round" opacity="{}">{}</g>'
)
DOT = Markup('<path d="M{:.0f} {:.0f}h0"><title>{}</title></path>')


def cost_still(final: pd.DataFrame, look: Mapping[str, Style], label: str) -> Markup:
    """A point for each optimizer; nothing where there are no two with a regret and a cost."""
    found = CostPoints.of(final)
    if len(found.names) < 2:  # noqa: PLR2004
        return Markup()
    logs = np.log10(found.xy)
    low, high = logs.min(axis=0) - MARGIN, logs.max(axis=0) + MARGIN
    places = _places(logs, low, high)
    body = [*_scales(low, high)]
    body += [line(_stairs(places[found.front]), ' stroke="currentColor" fill="none"')]
    for kept, opacity in ((~found.front, ".35"), (found.front, "1")):
        chosen = zip(found.names, places.tolist(), kept, strict=True)
        dots = [DOT.format(x, y, name) for name, (x, y), own in chosen if own]
        body += [DOTS.format(opacity, Markup().join(dots))]
    labels = [look[n].label for n, named in zip(found.names, found.named, strict=True) if named]
    body += _labels(labels, places[found.named])
    words = "ms to ask and tell a trial; upwards: regret, both on log scales"
    body += [text((LEFT + RIGHT) / 2, BOTTOM + 34, words, "middle")]
    return figure(label, BOTTOM + 42, body)


def _places(logs: Floats, low: Floats, high: Floats) -> Floats:
    """Pixels of points given by their logarithms, shape (points, 2)."""
    share = (logs - low) / (high - low)
    return np.column_stack(
        [LEFT + share[:, 0] * (RIGHT - LEFT), BOTTOM - share[:, 1] * (BOTTOM - TOP)]
    )


def _stairs(places: Floats) -> list[tuple[float, float]]:
    """The corners of the line through the undominated: each holds until there is a better one."""
    corners = [(float(places[0, 0]), float(places[0, 1]))]
    for x, y in places[1:].tolist():
        corners += [(x, corners[-1][1]), (x, y)]
    return corners


def _scales(low: Floats, high: Floats) -> Iterator[Markup]:
    """A line and a number for each power of ten, and for 2 and 5 upwards, where there is room."""
    lines = []
    for power in range(int(np.ceil(low[0])), int(np.floor(high[0])) + 1):
        x = LEFT + (power - low[0]) / (high[0] - low[0]) * (RIGHT - LEFT)
        lines.append(f"M{x:.1f} {TOP:.0f}V{BOTTOM:.0f}")
        yield text(x, BOTTOM + 16, f"{10.0**power:g}", "middle")
    powers = range(int(np.floor(low[1])), int(np.floor(high[1])) + 1)
    for value in (times * 10.0**power for power in powers for times in STEPS):
        share = (np.log10(value) - low[1]) / (high[1] - low[1])
        if 0 <= share <= 1:
            y = BOTTOM - share * (BOTTOM - TOP)
            lines.append(f"M{LEFT:.0f} {y:.1f}H{RIGHT:.0f}")
            yield text(LEFT - 5, y + 4, f"{value:g}", "end")
    yield path("".join(lines), PALE)


def _labels(labels: list[str], places: Floats) -> Iterator[Markup]:
    """Names where there is room for them, each with a line to its point."""
    frame = Box(LEFT, -BOTTOM, RIGHT, -TOP)  # upwards is negative in pixels
    widths = [LETTER * len(label) for label in labels]
    offsets = place_labels(widths, places * [1, -1], frame, HEIGHT)
    lines = []
    for label, (x, y), (dx, dy) in zip(labels, places.tolist(), offsets, strict=True):
        lines.append(f"M{x:.0f} {y:.0f}l{dx:.0f} {-dy - 0.3 * HEIGHT:.0f}")
        yield text(x + dx, y - dy - 3, label, "start" if dx > 0 else "end")
    yield path("".join(lines), PALE)
