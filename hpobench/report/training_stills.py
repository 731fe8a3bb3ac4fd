"""The figures of fidelities and lineages, as markup that is shown as it is."""

import json
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd
from markupsafe import Markup

from hpobench.fidelity import CURVE
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

BETWEEN = "error by quarters"
"""Over the panel of the signals of `CURVE`."""

FAINT, STRONG = ' stroke="currentColor" opacity=".25"', ' stroke="currentColor" stroke-width="1.8"'
DASHED = STRONG + ' stroke-dasharray="5 3"'
OPEN = ' fill="none"'
LEGIBLE = ' font-size="9" style="paint-order:stroke;stroke:var(--paper);stroke-width:3px"'
"""Words on a curve have the page's ground around them."""

Point = tuple[float, float]
Words = tuple[str, str]


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
        x = [left + PANEL * (1 - math.log(s) / math.log(lowest)) for s in own["share"]]
        for column, look in (("correlation", STRONG), ("first_third", DASHED)):
            y = [top + HEIGHT * (1 - min(max(v, 0.0), 1.0)) for v in own[column].fillna(0.0)]
            ends = [*zip(x, y, strict=True), (left + PANEL, top)]
            body.append(line(ends, look + OPEN))
        body += [*_frame(left, top, ("1", "0"))]
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
    drawn = [(name, *_stairs(edges, [c.get(name) for c in configs])) for name in names[:MOST]]
    return _panels(label, edges, drawn)


def watched_curves(steps: pd.DataFrame, label: str) -> Markup:
    """A panel for the value and for each signal along a lineage; empty if it has a single step.

    Args:
        steps: Rows of `analysis.lineages.lineages` of one member, the first step first.
        label: For those who cannot see it.
    """
    if len(steps) < 2:  # noqa: PLR2004 (two points make a line)
        return Markup()
    signals = pd.DataFrame([json.loads(each) for each in steps["signals"]], dtype=float)
    signals.insert(0, "value", steps["value"].to_numpy(), allow_duplicates=True)
    edges = [float(steps["begin"].iloc[0]), *map(float, steps["end"])]
    series = {str(name): [*zip(edges[1:], own, strict=True)] for name, own in signals.items()}
    series[BETWEEN] = [
        (share * edges[-1], series.pop(name)[-1][1])
        for name, share in CURVE.items()
        if name in series
    ]
    known = {name: [at for at in own if math.isfinite(at[1])] for name, own in series.items()}
    drawn = [(name, *_curve(edges, own)) for name, own in known.items() if own]
    return _panels(label, edges, drawn[:MOST])


def corner(place: int) -> Point:
    """Where the panel at a place, counted from 0, has its upper left corner."""
    row, column = divmod(place, COLUMNS)
    return column * (PANEL + GAP), 24 + row * (HEIGHT + 2.6 * LINE)


def _changes(configs: Sequence[dict[str, Any]], name: str) -> bool:
    return len({json.dumps(config.get(name)) for config in configs}) > 1


def _frame(left: float, top: float, ends: Words) -> Iterator[Markup]:
    """The edges of a panel above and below, and what they stand for."""
    for y, words in zip((top, top + HEIGHT), ends, strict=True):
        yield line([(left, y), (left + PANEL, y)], FAINT)
        yield text(left + 2, y - 3 if y > top else y + 11, words, attributes=LEGIBLE)


def _panels(
    label: str, edges: Sequence[float], drawn: Sequence[tuple[str, Words, list[Point]]]
) -> Markup:
    """A panel each, over the fidelities between the first and the last of the edges.

    Args:
        label: For those who cannot see it.
        edges: Where steps begin and end.
        drawn: Name, words for the upper and the lower edge, and points in the unit square, of
            which the origin is below.
    """
    body: list[Markup] = []
    for place, (name, words, points) in enumerate(drawn):
        left, top = corner(place)
        body.append(text(left, top - 6, name[:NAMED], attributes=' font-size="11"'))
        curve = [(left + PANEL * x, top + HEIGHT * (1 - y)) for x, y in points]
        body.append(line(curve, STRONG + OPEN))
        body += [*_frame(left, top, words)]
        body.append(text(left, top + HEIGHT + 13, f"{edges[0]:g}"))
        body.append(text(left + PANEL, top + HEIGHT + 13, f"{edges[-1]:g}", "end"))
    return figure(label, corner(len(drawn) + COLUMNS - 1)[1] - 20, body)


def _curve(edges: Sequence[float], known: Sequence[Point]) -> tuple[Words, list[Point]]:
    """Numbers at fidelities, joined by a line."""
    heights, words = _heights([y for _, y in known])
    places = _places([level for level, _ in known], edges)
    return words, list(zip(places, heights, strict=True))


def _stairs(edges: Sequence[float], values: Sequence[Any]) -> tuple[Words, list[Point]]:
    """The values between the edges as steps; what is no number lies at its place in the order."""
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        heights, words = _heights(values)
    else:
        listed = sorted({str(value) for value in values})
        heights, _ = _heights([float(listed.index(str(value))) for value in values])
        words = listed[-1], listed[0]
    spans = zip(pairwise(_places(edges, edges)), heights, strict=True)
    return words, [(x, height) for span, height in spans for x in span]


def _places(levels: Sequence[float], edges: Sequence[float]) -> list[float]:
    """Fidelities as parts of a panel's width."""
    return [(level - edges[0]) / (edges[-1] - edges[0]) for level in levels]


def _heights(numbers: Sequence[float]) -> tuple[list[float], Words]:
    """Numbers as parts of a panel's height, and the words for its upper and its lower edge."""
    low, high = min(numbers), max(numbers)
    logarithmic = low > 0 and high / low > LOGARITHMIC
    heights = [math.log(v) for v in numbers] if logarithmic else list(map(float, numbers))
    bottom, reach = min(heights), (max(heights) - min(heights)) or 1.0
    return [(height - bottom) / reach for height in heights], (number(high), number(low))
