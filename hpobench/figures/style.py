"""How an optimizer looks, the same in every figure: colour, line, marker and a short name."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
"""Told apart by people with any colour vision, and on light and dark grounds.

Source: Okabe and Ito (2008), Color Universal Design, without yellow and black.
"""
LINES: tuple[Any, ...] = ("solid", (0, (5, 2)), (0, (1, 1.3)), (0, (6, 1.5, 1, 1.5)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p")

INK = "#1c2024"
PAPER = "#fefefe"
"""Ink and paper of the figures; the report puts the reader's colours in their place."""

WIDTHS = {"": 6.9, "-column": 3.3}
"""By the end of the files' names how wide figures are, in inches: a journal's two columns, one."""

NAME_LENGTH = 34

RC = {
    "axes.edgecolor": INK,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlesize": 7,
    "figure.constrained_layout.use": True,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "grid.alpha": 0.18,
    "grid.color": INK,
    "grid.linewidth": 0.5,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "hpobench",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
}
"""Text stays text (TrueType in PDF), of 6.5 points or more at a journal's sizes; no name is read
as a formula, and the same input gives the same bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How one optimizer is drawn.

    Attributes:
        key: A class for the page, from the optimizer's position.
        label: Its name, cut if it is long.
        colour, line, marker: As matplotlib takes them.
        every: Offset and distance of markers along a curve of a hundred points.
    """

    key: str
    label: str
    colour: str
    line: Any
    marker: str
    every: tuple[int, int]

    @property
    def dashes(self) -> str:
        """The line as SVG has it, in pixels."""
        return "" if self.line == "solid" else " ".join(str(2 * dash) for dash in self.line[1])


def styles(optimizers: Sequence[str]) -> dict[str, Style]:
    """A style for each optimizer; the first 140 differ."""
    return {
        name: Style(
            key=f"o{i}",
            label=label,
            colour=COLOURS[i % len(COLOURS)],
            line=LINES[i % len(LINES)],
            marker=MARKERS[i % len(MARKERS)],
            every=(4 + 5 * i % 20, 20),
        )
        for i, (name, label) in enumerate(zip(optimizers, abridged(optimizers), strict=True))
    }


def abridged(names: Sequence[str], length: int = NAME_LENGTH) -> list[str]:
    """Names that fit a legend and still differ from each other where the names do.

    The middle of a long one is cut. Of those that this makes alike, what all of them begin and
    end with is cut first.
    """
    labels = [short(name, length) for name in names]
    alike = defaultdict(list)
    for at, label in enumerate(labels):
        alike[label].append(at)
    for places in alike.values():
        for at, core in zip(places, _differing([names[at] for at in places]), strict=True):
            if core and len(places) > 1:
                labels[at] = short(f"...{core}", length)
    return labels


def _differing(names: Sequence[str]) -> list[str]:
    """Names without what all of them begin and end with."""
    begin = _shared_start(names)
    rest = [name[begin:] for name in names]
    end = _shared_start([name[::-1] for name in rest])
    return [name[: len(name) - end] for name in rest]


def _shared_start(names: Sequence[str]) -> int:
    """With how many characters all names begin alike: as many as the first and last by name."""
    first, last = min(names), max(names)
    pairs = enumerate(zip(first, last, strict=False))
    return next((at for at, (own, other) in pairs if own != other), min(len(first), len(last)))


def short(name: str, length: int = NAME_LENGTH) -> str:
    """A name that fits a legend and holds nothing a font cannot draw."""
    plain = "".join(char if char.isprintable() and char.isascii() else "?" for char in name)
    if len(plain) > length:
        half = (length - 3) // 2
        plain = f"{plain[:half]}...{plain[-half:]}"
    return f" {plain}" if plain.startswith("_") else plain  # matplotlib hides labels like _x
