"""Figures as bytes for files, in each form."""

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
"""Options of PNG: somewhat larger files in a fifth of the time, which is most of what they take."""

DOTS = 200
"""Dots of an inch of a PNG, which is for slides and pages: the other forms have no dots."""

LAID_OUT = RC | {"figure.constrained_layout.use": False}
"""Settings of a figure that has all in its place."""


def draw_forms(figure: Figure) -> dict[str, bytes]:
    """A figure as the bytes of an `svg`, a `pdf` and a `png` file, the same for the same figure.

    It is laid out once, for that takes longest.
    """
    found = {}
    with mpl.rc_context(RC):
        if engine := figure.get_layout_engine():
            engine.execute(figure)
    with mpl.rc_context(LAID_OUT):
        figure.set_layout_engine(None)
        for form, metadata in METADATA.items():
            sink = io.BytesIO()
            more: dict[str, Any] = {"pil_kwargs": FAST} if form == "png" else {}
            figure.savefig(sink, format=form, dpi=DOTS, metadata=metadata, **more)
            found[form] = sink.getvalue()
    return found
