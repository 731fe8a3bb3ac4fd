"""Figures as bytes for files, in each form."""

import io
from collections.abc import Iterable
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from hpobench.figures.primitives import lay_out
from hpobench.figures.strokes import Played, Strokes, StrokesCanvas
from hpobench.figures.style import RC

METADATA: dict[str, dict[str, None]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": {},
}
"""The forms of the files; no clock goes into them."""

FOR_PRINT = ("svg", "pdf")
"""The forms without dots, which papers want; a PNG takes about as long as a PDF."""

FAST = {"compress_level": 1, "compress_type": 3}
"""Options of PNG: only runs of the same dots are put together, which is most of what there is."""

DOTS = 200
"""Dots of an inch of a PNG, which is for slides and pages: the other forms have no dots."""

LAID_OUT = RC | {"figure.constrained_layout.use": False}
"""Settings of a figure that has all in its place."""


def draw_forms(figure: Figure, forms: Iterable[str] = tuple(METADATA)) -> dict[str, bytes]:
    """A figure as the bytes of files of some forms, the same for the same figure.

    It is laid out and drawn once, for that takes longest.

    Args:
        figure: What is drawn.
        forms: Keys of `METADATA`, by default all.
    """
    with mpl.rc_context(RC):
        strokes = _drawn(figure)
    found = {}
    with mpl.rc_context(LAID_OUT):
        copy = Figure(figsize=tuple(figure.get_size_inches()), frameon=False)
        copy.add_artist(Played(strokes))
        for form in forms:
            sink = io.BytesIO()
            more: dict[str, Any] = {"pil_kwargs": FAST} if form == "png" else {}
            copy.savefig(sink, format=form, dpi=DOTS, metadata=METADATA[form], **more)
            found[form] = sink.getvalue()
    return found


def _drawn(figure: Figure) -> Strokes:
    """Lay a figure out and draw it, at the dots of an inch of a PNG."""
    figure.dpi = DOTS
    strokes = StrokesCanvas(figure).strokes
    lay_out(figure)
    figure.set_layout_engine("none")
    figure.draw(strokes)
    return strokes
