"""Matrices of the page: coloured cells with names, and what the colours mean."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd
from markupsafe import Markup

from hpobench.figures.style import abridged
from hpobench.report.shapes import LETTER, LINE, WIDTH, figure, path, text
from hpobench.scoring.trials import Floats, Integers
from hpobench.stats.significance import LEVEL
from hpobench.system.text import number

NUMBERED = 30.0
"""A cell so wide has room for a number."""

LEAST_HEIGHT = 9.0
"""A row with a name is at least so high, with letters that fit into it."""

LEAST_UNNAMED_HEIGHT = 1.0
"""A row without a name, so that a thousand tasks fit on a screen."""

SHADES = 20
"""So many colours of a scale are told apart."""

DIVERGING = ((179, 88, 6), (247, 247, 247), (84, 39, 136))
RISING = ((247, 251, 255), (107, 174, 214), (8, 48, 107))
"""Scales of colours from 0 over a half to 1, as ColorBrewer's PuOr and Blues."""

STRONG = 0.6
"""From this share of a scale's strength on, text on it is light."""

LEAST, MOST = 0.01, 100.0
"""Regrets beyond have the colours of these; in the middle is 1, what random search reaches."""

NAMED = 60
"""More tasks than that have no room for names."""

CELLS = Markup('<g transform="translate({:.1f}) scale({:.2f} {:.2f})">{}</g>')
"""All cells, drawn where the first begins and then made as large as they are."""

LETTERS = Markup('<text x="{}" y="{:.1f}" text-anchor="middle"{}>{}</text>')
"""Letters, each at a place of its own."""

LETTERS_HEIGHT = 12.0
"""Lines of text that are nearer than this need smaller letters."""

VISIBLE = 0.005
"""A smaller share would be written as 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Coloured cells with names.

    Attributes:
        shades: Where in the scale of colours each cell lies, from 0 to 1; NaN is left blank.
        texts: What is written into cells that have room for it; nothing elsewhere.
        rows, columns: Their names.
        scale: The colours.
        ends: What the least, the middle and the largest shade stand for.
    """

    shades: Floats
    texts: Sequence[Sequence[str]]
    rows: Sequence[str]
    columns: Sequence[str]
    scale: tuple[tuple[int, int, int], ...]
    ends: tuple[str, str, str]


def effects_matrix(found: pd.DataFrame, order: Sequence[str]) -> Matrix:
    """A12 of each row over each column; significant ones have a star."""
    place = {name: i for i, name in enumerate(order)}
    first = found["optimizer"].map(place).to_numpy(dtype=int)
    second = found["other"].map(place).to_numpy(dtype=int)
    values = np.full((len(order), len(order)), np.nan)
    stars = np.zeros(values.shape, dtype=np.bool_)
    values[first, second], values[second, first] = found["a12"], 1 - found["a12"]
    stars[first, second] = stars[second, first] = found["p_holm"] < LEVEL
    roomy = _cell(order, order) >= NUMBERED
    texts = [
        [
            "" if np.isnan(value) else f"{value:.2f}"[: 4 if roomy else 0] + "*" * bool(star)
            for value, star in zip(*pair, strict=True)
        ]
        for pair in zip(values, stars, strict=True)
    ]
    names = abridged(order)
    return Matrix(
        shades=1 - values,
        texts=texts,
        rows=names,
        columns=names,
        scale=DIVERGING,
        ends=("1", "0.5", "0"),
    )


def places_matrix(found: pd.DataFrame, order: Sequence[str]) -> Matrix | None:
    """How often each optimizer has each place when tasks and seeds are drawn anew."""
    if found["probability"].isna().all():
        return None
    table = found.pivot_table(index="optimizer", columns="place", values="probability")
    values = table.loc[list(order)].to_numpy(dtype=float)
    texts = [[f"{100 * value:.0f}" if value >= VISIBLE else "" for value in row] for row in values]
    columns = [str(place + 1) for place in range(len(order))]
    cell = _cell(abridged(order), columns)
    every = ceil(LETTER * (len(columns[-1]) + 1) / cell)  # numbers that have room side by side
    columns = [name if place % every == 0 else "" for place, name in enumerate(columns)]
    return Matrix(
        shades=values,
        texts=texts if cell >= NUMBERED else [],
        rows=abridged(order),
        columns=columns,
        scale=RISING,
        ends=("0 %", "50 %", "100 %"),
    )


def heat_map_matrix(found: pd.DataFrame, order: Sequence[str]) -> Matrix | None:
    """Mean regret by task and optimizer, on a log scale."""
    if not len(found):
        return None
    values = found[list(order)].to_numpy(dtype=float)
    rows = abridged(found["task"].tolist()) if len(found) <= NAMED else [""] * len(found)
    roomy = _cell(rows, order) >= NUMBERED and len(found) <= NAMED
    with np.errstate(invalid="ignore"):
        logs = np.log10(np.clip(values, LEAST, MOST))
    return Matrix(
        shades=1 - (logs / np.log10(MOST) + 1) / 2,
        texts=[[number(value, none="") for value in row] for row in values] if roomy else [],
        rows=rows,
        columns=abridged(order),
        scale=DIVERGING,
        ends=(f"{MOST:g}", "1", f"{LEAST:g}"),
    )


def _side(rows: Sequence[str]) -> float:
    """The room for the names of rows."""
    return 10 + LETTER * max(map(len, rows), default=0)


def _cell(rows: Sequence[str], columns: Sequence[str]) -> float:
    """How wide a cell is."""
    return min((WIDTH - _side(rows) - 10) / max(len(columns), 1), 90.0)


def draw_cells(matrix: Matrix, label: str) -> Markup:
    """Coloured cells with names at the left and below, and what the colours mean."""
    side, width = _side(matrix.rows), _cell(matrix.rows, matrix.columns)
    height = min(max(width, LEAST_HEIGHT), 20.0) if any(matrix.rows) else 420 / len(matrix.rows)
    height = max(LEAST_UNNAMED_HEIGHT, height)
    longest = max(map(len, matrix.columns))
    apart = max((j for j, name in enumerate(matrix.columns[1:], 1) if name), default=1)
    named = sum(map(bool, matrix.columns)) - 1
    room = width * (apart / named if named > 0 else 1)  # where only some have a name
    slant = 0 if longest * LETTER <= room else 40 if width >= LINE else 90
    row_style, column_style = _size(height), _size(width if slant == 90 else LINE)  # noqa: PLR2004 (upright)
    body = [CELLS.format(side, width, height, Markup().join(_colours(matrix)))]
    body += [*_words(matrix, side, width, height)]
    body += [
        text(side - 5, (i + 0.5) * height + 4, name, "end", row_style)
        for i, name in enumerate(matrix.rows)
    ]
    below = height * len(matrix.rows) + 12
    for j, name in enumerate(matrix.columns):
        x = side + (j + 0.5) * width
        turn = f' transform="rotate(-{slant} {x + 4:.1f} {below:.1f})"' if slant else ""
        words = text(
            x + 4 * bool(slant), below, name, "end" if slant else "middle", turn + column_style
        )
        body += [words]
    rise = np.sin(np.radians(slant)) * LETTER * longest
    legend = below + rise + 2 * LINE
    body += [*_legend(matrix, side, legend)]
    return figure(label, legend + 10, body)


def _size(room: float) -> str:
    """The size of letters that fit into so many pixels, where those of all text do not."""
    return "" if room >= LETTERS_HEIGHT else f' style="font-size:{room:.1f}px"'


def _words(matrix: Matrix, side: float, width: float, height: float) -> Iterator[Markup]:
    """The texts of the cells, light where the colour is strong; a row's single letters as one."""
    for i, row in enumerate(matrix.texts):
        y, letters = (i + 0.5) * height + 4, defaultdict[str, list[str]](list)
        for j, words in enumerate(row):
            strong = 2 * abs(_strength(matrix, matrix.shades[i, j]) - 0.5) > STRONG
            style = f' style="fill:{"#fffffe" if strong else "#101010"};font-size:10px"'
            x = side + (j + 0.5) * width
            if len(words) == 1:
                letters[words + style].append(f"{x:.1f}")
            elif words:
                yield text(x, y, words, "middle", style)
        for key, places in letters.items():
            yield LETTERS.format(" ".join(places), y, Markup(key[1:]), key[0] * len(places))  # noqa: S704 (our own attributes)


def _strength(matrix: Matrix, shade: float) -> float:
    """How strong a colour is, from a half to 1."""
    return float(max(shade, 1 - shade) if matrix.scale is DIVERGING else 0.5 + shade / 2)


def _colours(matrix: Matrix) -> list[Markup]:
    """One path a colour, of all cells that have it, each as wide and high as 1."""
    known = np.isfinite(matrix.shades)
    levels = np.rint(SHADES * np.clip(np.where(known, matrix.shades, 0.0), 0, 1)).astype(int)
    found = []
    for level in np.unique(levels[known]):
        rows, columns = np.nonzero(known & (levels == level))
        cells = "".join(f"M{j} {i}.5h{length}" for i, j, length in _stretches(rows, columns))
        found.append(path(cells, f' stroke="{_colour(matrix.scale, level / SHADES)}"'))
    return found


def _stretches(rows: Integers, columns: Integers) -> Iterator[tuple[int, int, int]]:
    """Neighbouring cells of a row as one: the row, the first column, and how many they are."""
    starts = np.flatnonzero((np.diff(rows, prepend=-1) != 0) | (np.diff(columns, prepend=-2) != 1))
    lengths = np.diff(np.append(starts, len(rows)))
    yield from zip(rows[starts].tolist(), columns[starts].tolist(), lengths.tolist(), strict=True)


def _legend(matrix: Matrix, x: float, y: float) -> list[Markup]:
    """A cell and its meaning for the ends and the middle of the scale."""
    found = []
    for i, (shade, words) in enumerate(zip((0.0, 0.5, 1.0), matrix.ends, strict=True)):
        at = x + 70 * i
        fill = f' fill="{_colour(matrix.scale, shade)}"'
        found += [path(f"M{at:.1f} {y - 10:.1f}h12v12h-12z", fill), text(at + 16, y, words)]
    return found


def _colour(scale: tuple[tuple[int, int, int], ...], shade: float) -> str:
    """The colour of a shade between 0 and 1."""
    first = 0 if shade < 0.5 else 1  # noqa: PLR2004 (the middle of the scale)
    share = 2 * shade - first
    pairs = zip(scale[first], scale[first + 1], strict=True)
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in pairs)
