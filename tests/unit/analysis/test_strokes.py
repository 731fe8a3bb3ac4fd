"""Figures that are drawn once: against what matplotlib makes of the same figure in each form."""

import io
import re
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from hpobench.figures.output import DOTS, FOR_PRINT, LAID_OUT, draw_forms
from hpobench.figures.style import INK, RC
from hpobench.scoring.trials import Integers

SVG = "{http://www.w3.org/2000/svg}"


def _figure(*, image: bool = False) -> Figure:
    """Curves, bands, markers, clipped lines, texts and a legend; or a matrix with its scale."""
    with mpl.rc_context(RC):
        figure = Figure(figsize=(4, 2.5))
        axes = figure.subplots()
        if image:
            shown = axes.imshow(np.arange(6.0).reshape(2, 3), interpolation="none", aspect="auto")
            figure.colorbar(shown, ax=axes, label="share")
            axes.text(0, 0, "first", ha="center", va="center")
            return figure
        x = np.arange(1, 30)
        axes.plot(x, 1 / x, marker="s", markevery=(2, 5), drawstyle="steps-post", label="one")
        axes.fill_between(x, 0.5 / x, 2 / x, step="post", alpha=0.2, linewidth=0)
        axes.plot(x, x / 9, linestyle=(0, (5, 2)), label="beyond the axes")
        axes.axhline(0.5, color=INK, linewidth=0.6, linestyle=(0, (3, 3)))
        axes.set(ylim=(0.05, 2), xlabel="across", ylabel="upwards")
        axes.set_title("left", loc="left")
        axes.set_title("right", loc="right")
        figure.legend(loc="outside lower center", ncols=2)
        return figure


def _dots(data: bytes) -> Integers:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def _directly(figure: Figure) -> Integers:
    """The dots of a PNG as matplotlib draws the figure itself."""
    figure.dpi = DOTS
    canvas = FigureCanvasAgg(figure)
    with mpl.rc_context(RC):
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].astype(int)


def _as_svg(figure: Figure) -> bytes:
    """The SVG file that matplotlib makes of a figure that is laid out."""
    sink = io.BytesIO()
    with mpl.rc_context(LAID_OUT):
        figure.savefig(sink, format="svg", metadata={"Date": None})
    return sink.getvalue()


def _texts(svg: bytes) -> list[tuple[str, str, list[float]]]:
    """Each text with its anchor, and where it is."""
    found = []
    for element in ET.fromstring(svg).iter(f"{SVG}text"):
        anchor = re.search(r"text-anchor: (\w+)", element.get("style", ""))
        place = [element.get("x", ""), element.get("y", ""), element.get("transform", "")]
        numbers = [float(x) for x in re.findall(r"-?\d+\.?\d*", " ".join(place))]
        found.append((element.text or "", anchor[1] if anchor else "", numbers))
    return found


def test_a_png_of_strokes_has_the_dots_that_matplotlib_draws_itself() -> None:
    assert np.array_equal(_dots(draw_forms(_figure())["png"]), _directly(_figure()))


def test_cells_of_an_image_have_their_colours_in_their_places() -> None:
    ours, theirs = _dots(draw_forms(_figure(image=True))["png"]), _directly(_figure(image=True))
    assert ours.shape == theirs.shape
    differs = np.abs(ours - theirs).max(axis=2) > 8
    assert differs.mean() < 0.01  # the edges of cells, by a dot
    rows, columns = (np.linspace(0, size - 1, 23).astype(int)[1:-1] for size in ours.shape[:2])
    assert differs[np.ix_(rows, columns)].mean() < 0.02


def test_texts_of_an_svg_are_aligned_as_matplotlib_aligns_them() -> None:
    figure = _figure()
    ours, theirs = _texts(draw_forms(figure)["svg"]), _texts(_as_svg(figure))
    assert [text[:2] for text in ours] == [text[:2] for text in theirs]
    assert {"middle", "end"} <= {anchor for _, anchor, _ in ours}
    for (_, _, own), (_, _, other) in zip(ours, theirs, strict=True):
        assert np.allclose(own, other, atol=1.0)


def test_an_svg_has_the_elements_that_matplotlib_makes() -> None:
    for image in (False, True):
        figure = _figure(image=image)
        ours, theirs = ET.fromstring(draw_forms(figure)["svg"]), ET.fromstring(_as_svg(figure))
        for kind in ("text", "image", "clipPath", "g"):
            count = [len(list(tree.iter(f"{SVG}{kind}"))) for tree in (ours, theirs)]
            assert count[0] == count[1] or kind == "g", kind
            assert count[0] > 0 or kind == "image"


def test_the_same_figure_gives_the_same_bytes() -> None:
    assert draw_forms(_figure()) == draw_forms(_figure())
    assert draw_forms(_figure(), FOR_PRINT).keys() == {"svg", "pdf"}
    assert draw_forms(_figure(image=True)) == draw_forms(_figure(image=True))
