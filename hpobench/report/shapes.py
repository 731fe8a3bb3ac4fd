"""Shapes as markup, in the ink of the page: whatever a name holds, it is shown and not obeyed."""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH = 700.0
"""Width of all figures, in pixels; the page scales them."""

LETTER, LINE = 6.2, 15.0
"""Pixels of a letter's width, and of a line of text."""

SVG = Markup(
    '<svg role="img" aria-label="{label}" viewBox="0 0 {width:.0f} {height:.0f}" '
    'font-size="12" font-family="sans-serif" fill="currentColor">{body}</svg>'
)
TEXT = Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}"{}>{}</text>')
PATH = Markup('<path d="{}"{}/>')


def figure(label: str, height: float, body: Sequence[Markup]) -> Markup:
    """A whole figure.

    Args:
        label: For those who cannot see it.
        height: In pixels.
        body: What is drawn, the last on top.
    """
    return SVG.format(label=label, width=WIDTH, height=height, body=Markup().join(body))


def text(x: float, y: float, words: str, anchor: str = "start", attributes: str = "") -> Markup:
    """A line of text; the attributes are ours, the words anybody's."""
    return TEXT.format(x, y, anchor, Markup(attributes), words)  # noqa: S704 (our own attributes)


def path(data: str, attributes: str = "") -> Markup:
    """A path of which the data and the attributes are ours."""
    return PATH.format(data, Markup(attributes))  # noqa: S704 (our own attributes)


def line(points: Sequence[tuple[float, float]], attributes: str = "") -> Markup:
    """A line through some points."""
    return path("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points), attributes)
