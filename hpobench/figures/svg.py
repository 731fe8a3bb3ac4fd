"""Figures as bytes for files, and as markup that takes the page's colours."""

import io
import re
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from hpobench.figures.style import INK, PAPER, RC

_GROUP = re.compile(r'<g id="(o\d+)">')
_DROPPED = re.compile(r"<metadata>.*?</metadata>|<style.*?</style>|<defs/>", re.DOTALL)
_PLAIN_ID = re.compile(r'<g id="[a-zA-Z0-9_.]+">')

METADATA: dict[str, dict[str, None]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": {},
}
"""The forms of the files; no clock goes into them."""


FAST = {"compress_level": 1}
"""Options of PNG: somewhat larger files in a fifth of the time, which is most of what they take."""


def draw(figure: Figure, form: str) -> bytes:
    """A figure as the bytes of an `svg`, `pdf` or `png` file, the same for the same figure."""
    sink = io.BytesIO()
    with mpl.rc_context(RC):
        more: dict[str, Any] = {"pil_kwargs": FAST} if form == "png" else {}
        figure.savefig(sink, format=form, dpi=300, metadata=METADATA[form], **more)
        figure.set_layout_engine("none")  # laid out once is enough, and takes most of the time
    data = sink.getvalue()
    return _classes(data.decode()).encode() if form == "svg" else data


def inline(svg: bytes, name: str, names: Mapping[str, str], description: str) -> Markup:
    """An SVG file as part of a page, in the page's ink, with an optimizer's name on its curves.

    Args:
        svg: What `draw` gave.
        name: The figure's name; keeps its ids apart from other figures'.
        names: By the class of a curve the name to show.
        description: For those who cannot see it.
    """
    text = svg.decode()
    text = _DROPPED.sub("", text[text.index("<svg") :])
    text = _PLAIN_ID.sub("<g>", text)
    text = re.sub(r'id="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r'(url\(|href=")#', rf"\1#{name}-", text)
    text = text.replace(INK, "currentColor").replace(PAPER, "none")
    for key, label in names.items():
        text = text.replace(
            f'<g class="{key}">', f'<g class="{key}"><title>{escape(label)}</title>'
        )
    opening = f'<svg role="img" aria-label="{escape(description)}" '
    return Markup(re.sub(r' (width|height)="[^"]*pt"', "", text).replace("<svg ", opening, 1))  # noqa: S704 (matplotlib's own markup, names escaped)


def _classes(text: str) -> str:
    """Curves are told apart by class: an id must not occur twice."""
    return _GROUP.sub(r'<g class="\1">', text)
