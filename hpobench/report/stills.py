"""The figures that the page shows as they are: markup made from numbers, without scripts."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil

import numpy as np
import pandas as pd
from markupsafe import Markup

from hpobench.analysis.frames import Analysis
from hpobench.figures.bars import FOLLOWED, bars
from hpobench.figures.style import Style, styles
from hpobench.report import matrices
from hpobench.report.cost_still import cost_still
from hpobench.report.gallery import TITLES
from hpobench.report.shapes import LETTER, LINE, WIDTH, figure, line, path, text
from hpobench.scoring.curves import Axis
from hpobench.scoring.trials import Floats
from hpobench.stats.comparison import Comparison

FEW, STRONG = 10, 8
"""With more optimizers than the first, the best of them are drawn, as many as the second."""

FLOOR = 1e-6
"""Smaller regrets lie at the lower edge of the figure of regret."""

LEFT, TOP, RIGHT, BOTTOM = 50.0, 10.0, WIDTH - 10, 300.0
"""Where the figure of regret has its axes."""

RULER = 46.0
"""How far down the line of ranks is."""

INK = ' stroke="currentColor"'

TABLES = ("anytime", "final", "significance", "critical", "pairs", "stability", "matrix")
"""The frames that they are drawn from."""

CURVE = Markup('<g class="{}" fill="none" stroke="{}"><title>{}</title>{}</g>')


def draw_stills(analysis: Analysis, comparison: Comparison) -> dict[str, Markup]:
    """By view the figures of one kind that are shown as they are, for which there are data."""
    kind, look = str(comparison.kind), styles(analysis.optimizers)
    frames = analysis.frames()
    own = {name: frames[name][frames[name]["kind"] == kind] for name in TABLES}
    label = {view: f"{title}: {kind}" for view, title in TITLES.items()}
    found = {
        "regret": _regret(own["anytime"], look, label["regret"]),
        "cost": cost_still(own["final"], look, label["cost"]),
    }
    (overall,) = own["significance"].to_dict("records")
    if overall["tasks"] > 0 and overall["optimizers"] > 1:
        ordered, best = (own[name]["optimizer"].tolist() for name in ("critical", "final"))
        found["critical"] = _critical(own["critical"], overall["nemenyi"], look, label["critical"])
        drawn = {
            "effects": matrices.effects_matrix(own["pairs"], ordered),
            "places": matrices.places_matrix(own["stability"], best),
            "heat-map": matrices.heat_map_matrix(own["matrix"], ordered),
        }
        found |= {view: matrices.draw_cells(m, label[view]) for view, m in drawn.items() if m}
    return found


def _regret(curves: pd.DataFrame, look: Mapping[str, Style], label: str) -> Markup:
    """Interquartile mean regret over the budget, on a log scale."""
    own = curves[curves["axis"] == str(Axis.BUDGET)]
    if not len(own):
        return Markup()
    ends = own.groupby("optimizer", sort=False)["regret"].last().sort_values(kind="stable")
    own = own[own["optimizer"].isin(ends.index[: STRONG if len(ends) > FEW else FEW])]
    logs = np.log10(np.maximum(own["regret"].to_numpy(), FLOOR))
    low, high = int(np.floor(min(logs.min(), 0.0))), int(np.ceil(max(logs.max(), 0.1)))
    decade = (BOTTOM - TOP) / (high - low)
    x, y = LEFT + own["x"].to_numpy() * (RIGHT - LEFT), BOTTOM - (logs - low) * decade
    body = [*_decades(range(low, high + 1), decade)]
    positions = own.groupby("optimizer", sort=False).indices
    for number, (name, rows) in enumerate(positions.items()):
        style = look[str(name)]
        key = LEFT + number % 3 * (RIGHT - LEFT) / 3, BOTTOM + 40 + LINE * (number // 3)
        body += [
            _curve(style, str(name), _steps(x[rows], y[rows])),
            _curve(style, str(name), [(key[0], key[1] - 4), (key[0] + 22, key[1] - 4)]),
            text(key[0] + 27, key[1], style.label),
        ]
    body += [text((LEFT + RIGHT) / 2, BOTTOM + 18, "share of the budget, 0 to 1", "middle")]
    return figure(label, BOTTOM + 50 + LINE * ceil(len(positions) / 3), body)


def _decades(powers: range, decade: float) -> Iterator[Markup]:
    """The scale of regret: a line and a number for each power of ten, and 1 as random search."""
    for power in powers:
        y = BOTTOM - (power - powers.start) * decade
        yield line([(LEFT, y), (RIGHT, y)], f'{INK} opacity="{".2" if power else ".6"}"')
        yield text(LEFT - 5, y + 4, f"{10.0**power:g}", "end")


def _steps(x: Floats, y: Floats) -> list[tuple[float, float]]:
    """The corners of a step function: a value holds up to where the next one is."""
    kept = np.flatnonzero(np.append(True, y[1:] != y[:-1]))
    corners = [(float(x[0]), float(y[0]))]
    for i in kept[1:]:
        corners += [(float(x[i]), corners[-1][1]), (float(x[i]), float(y[i]))]
    return [*corners, (float(x[-1]), float(y[-1]))]


def _curve(style: Style, name: str, points: Sequence[tuple[float, float]]) -> Markup:
    """A line in an optimizer's colour that tells its name."""
    dashes = f' stroke-width="1.8" stroke-dasharray="{style.dashes}"'
    return CURVE.format(style.key, style.colour, name, line(points, dashes))


def _critical(
    found: pd.DataFrame, distance: float, look: Mapping[str, Style], label: str
) -> Markup:
    """Mean ranks, and bars over those that cannot be told apart with a dot for each of them."""
    draw = _listed_ranks if len(found) > FOLLOWED else _demsar_diagram
    return draw(found, distance, look, label)


def _listed_ranks(
    found: pd.DataFrame, distance: float, look: Mapping[str, Style], label: str
) -> Markup:
    """A line for each optimizer, as long as its mean rank; the bars stand beside the lines."""
    ranks, count = found["rank"].to_numpy(dtype=float), len(found)
    names = [f"{look[n].label}  {r:.2f}" for n, r in zip(found["optimizer"], ranks, strict=True)]
    rows = RULER + 14 + LINE * np.arange(count, dtype=np.float64)
    levels = list(bars(rows, found["groups"].tolist()))
    columns = 1 + max((level for level, _ in levels), default=-1)
    step, side = min(9.0, 0.4 * WIDTH / max(columns, 1)), 14 + LETTER * max(map(len, names))
    end = WIDTH - 20 - step * columns
    scale = (end - side) / (count - 1)
    body = [*_ranks(count, distance, side, scale)]
    places = side + (ranks - 1) * scale
    for name, words, x, y in zip(found["optimizer"], names, places, rows, strict=True):
        body += [text(side - 6, y + 4, words, "end"), _stem(look[name], str(name), (side, x), y)]
    for level, members in levels:
        body += [*_bar([(end + 20 + step * level, float(y)) for y in members])]
    return figure(label, RULER + 14 + LINE * count, body)


def _stem(style: Style, name: str, ends: tuple[float, float], y: float) -> Markup:
    """A level line in an optimizer's colour with a dot at its end."""
    dot = path(f"M{ends[1]:.1f} {y:.1f}h0", ' stroke-width="8" stroke-linecap="round"')
    stem = line([(end, y) for end in ends])
    return CURVE.format(style.key, style.colour, name, stem + dot)


def _demsar_diagram(
    found: pd.DataFrame, distance: float, look: Mapping[str, Style], label: str
) -> Markup:
    """Demsar's diagram: names at both sides, joined to their places on a line of ranks."""
    ranks, count = found["rank"].to_numpy(dtype=float), len(found)
    names = [look[name].label for name in found["optimizer"]]
    side = min(LETTER * (max(map(len, names)) + 6), 0.36 * WIDTH)
    scale = (WIDTH - 2 * side) / max(count - 1, 1)
    places = side + (ranks - 1) * scale
    body = [*_ranks(count, distance, side, scale)]
    levels = list(bars(places, found["groups"].tolist()))
    for level, members in levels:
        body += [*_bar([(float(x), RULER + 9 + 8 * level) for x in members])]
    top = RULER + 22 + 8 * (1 + max((level for level, _ in levels), default=-1))
    half = ceil(count / 2)
    for i, (name, x) in enumerate(zip(found["optimizer"], places.tolist(), strict=True)):
        style, left = look[name], i < half
        y = top + LINE * (i if left else count - 1 - i)
        end = side - 8 if left else WIDTH - side + 8
        words = f"{style.label}  {ranks[i]:.2f}" if left else f"{ranks[i]:.2f}  {style.label}"
        body += [
            _curve(style, str(name), [(x, RULER), (x, y), (end, y)]),
            text(end + (-4 if left else 4), y + 4, words, "end" if left else "start"),
        ]
    return figure(label, top + LINE * half, body)


def _ranks(count: int, distance: float, side: float, scale: float) -> Iterator[Markup]:
    """The line of ranks, 1 to the left, and Nemenyi's distance above it."""
    yield line([(side, RULER), (side + (count - 1) * scale, RULER)], INK)
    for rank in range(1, count + 1, ceil(count / 10)):
        x = side + (rank - 1) * scale
        yield line([(x, RULER), (x, RULER - 5)], INK)
        yield text(x, RULER - 8, str(rank), "middle")
    if distance < count - 1:
        yield line([(side, 20), (side + distance * scale, 20)], INK)
        yield text(side, 14, f"Nemenyi's distance {distance:.2f}, for comparison")


def _bar(members: Sequence[tuple[float, float]]) -> Iterator[Markup]:
    """A bar over those at some places, and a dot for each."""
    yield line([members[0], members[-1]], f'{INK} stroke-width="3"')
    dots = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in members)
    yield path(dots, f'{INK} stroke-width="7" stroke-linecap="round"')
