"""Figures as bytes for files."""

import io
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from hpobench.figures.style import RC

METADATA: dict[str, dict[str, None]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": {},
}
"""The forms of the files; no clock goes into them."""


FAST = {"compress_level": 1}
"""Of PNG: somewhat larger files in a fifth of the time, which is most of what they take."""


def draw(figure: Figure, form: str) -> bytes:
    """A figure as the bytes of an `svg`, `pdf` or `png` file, the same for the same figure."""
    sink = io.BytesIO()
    with mpl.rc_context(RC):
        more: dict[str, Any] = {"pil_kwargs": FAST} if form == "png" else {}
        figure.savefig(sink, format=form, dpi=300, metadata=METADATA[form], **more)
    return sink.getvalue()


def laid_out(figure: Figure) -> Figure:
    """The figure with all in its place, once: each form would do it again, which takes longest."""
    figure.draw_without_rendering()
    with mpl.rc_context({"figure.constrained_layout.use": False}):
        figure.set_layout_engine(None)
    return figure
