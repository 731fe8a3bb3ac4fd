"""A figure drawn once, as strokes that are then played into a file of each form."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.transforms import Affine2D, Bbox, TransformedPath

Play = Callable[[Any, Any, Affine2D], None]
"""Draws with a renderer, a graphics context of it, and the transform from strokes to its dots."""


class Strokes(RendererBase):
    """Keeps what is drawn, at the dots of an inch of the figure; measures texts as PNG has them.

    Most of the time of a figure goes into what the marks, ticks and texts are and where. That is
    the same in all forms, so that it is found out once.
    """

    def __init__(self, width: float, height: float, dpi: float) -> None:
        """Begin with an empty canvas.

        Args:
            width: In dots.
            height: In dots.
            dpi: Dots of an inch.
        """
        super().__init__()
        self._agg = RendererAgg(width, height, dpi)
        self._kept: list[tuple[GraphicsContextBase | None, Play]] = []
        self._scale = 1.0, Affine2D()

    def play(self, renderer: RendererBase) -> None:
        """Draw all of it again with another renderer, whose canvas has the same shape."""
        share, scale = self._shrunk(renderer)
        clips: dict[tuple[int, float], Bbox] = {}
        for kept, draw in self._kept:
            if kept is None:
                draw(renderer, None, scale)
                share, scale = self._shrunk(renderer)  # dots of another size begin or end
                continue
            own = renderer.new_gc()
            own.copy_properties(kept)
            if (box := kept.get_clip_rectangle()) is not None:
                if (key := (id(box), share)) not in clips:
                    clips[key] = Bbox(share * np.array(box.get_points()))
                own.set_clip_rectangle(clips[key])
            path, transform = kept.get_clip_path()
            if path is not None and transform is not None:
                own.set_clip_path(TransformedPath(path, transform + scale))  # type: ignore[arg-type]
            draw(renderer, own, scale)
            own.restore()

    def start_rasterizing(self) -> None:
        """Begin with what is made of dots in all forms."""
        self._kept.append((None, lambda to, _own, _scale: to.start_rasterizing()))

    def stop_rasterizing(self) -> None:
        """Note that rasterizing ends here."""
        self._kept.append((None, lambda to, _own, _scale: to.stop_rasterizing()))

    def open_group(self, s: str, gid: str | None = None) -> None:
        """Begin a group of elements in SVG."""
        self._kept.append((None, lambda to, _own, _scale: to.open_group(s, gid)))

    def close_group(self, s: str) -> None:
        """End a group of elements in SVG."""
        self._kept.append((None, lambda to, _own, _scale: to.close_group(s)))

    def draw_path(self, gc: Any, path: Any, transform: Any, rgbFace: Any = None) -> None:  # noqa: N803
        """Keep a path, to draw it later."""
        at = transform.frozen()
        self._keep(gc, lambda to, own, scale: to.draw_path(own, path, _both(at, scale), rgbFace))

    def draw_markers(
        self,
        gc: Any,
        marker_path: Any,
        marker_trans: Any,
        path: Any,
        trans: Any,
        rgbFace: Any = None,  # noqa: N803
    ) -> None:
        """Keep a marker at each of a path's points."""
        size, at = marker_trans.frozen(), trans.frozen()
        self._keep(
            gc,
            lambda to, own, scale: to.draw_markers(
                own, marker_path, _both(size, scale), path, _both(at, scale), rgbFace
            ),
        )

    def draw_image(self, gc: Any, x: float, y: float, im: Any, transform: Any = None) -> None:
        """Keep the cells of an image, which become as many dots as they need only in a PNG."""
        cells = transform.frozen()

        def draw(to: Any, own: Any, scale: Affine2D) -> None:
            left, bottom = scale.transform((x, y))
            if to.option_scale_image():
                to.draw_image(own, left, bottom, im, cells + scale)
            else:
                dots, more, above = _dots(im, cells + scale)
                to.draw_image(own, left + more, bottom + above, dots)

        self._keep(gc, draw)

    def draw_text(  # noqa: PLR0913, PLR0917 (matplotlib's)
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: Any,
        angle: float,
        ismath: Any = False,  # noqa: FBT002
        mtext: Any = None,
    ) -> None:
        """Keep a text, and what it is aligned to."""
        anchor = mtext and _Anchor(mtext)

        def draw(to: Any, own: Any, scale: Affine2D) -> None:
            across, up = scale.transform((x, y))
            down = to.get_canvas_width_height()[1] - up if to.flipy() else up
            aligned = anchor and anchor.scaled(scale)
            to.draw_text(own, across, down, s, prop, angle, ismath=ismath, mtext=aligned)

        self._keep(gc, draw)

    def flipy(self) -> bool:
        """Say that y grows upwards here, as in the figure."""
        return False

    def option_scale_image(self) -> bool:
        """Say that images come as they are, with their transform."""
        return True

    def option_image_nocomposite(self) -> bool:
        """Say that each image comes by itself."""
        return True

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Say how large the canvas is, in dots."""
        return self._agg.width, self._agg.height

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> Any:
        """Measure a text, in dots."""
        return _measure(s, prop.copy(), ismath, self._agg.dpi)

    def points_to_pixels(self, points: Any) -> Any:
        """Convert points to dots."""
        return self._agg.points_to_pixels(points)

    def _shrunk(self, renderer: RendererBase) -> tuple[float, Affine2D]:
        """How large a dot of the strokes is in another renderer's dots, and their transform."""
        share = float(renderer.get_canvas_width_height()[0] / self._agg.width)
        if self._scale[0] != share:
            self._scale = share, Affine2D().scale(share)
        return self._scale

    def _keep(self, gc: GraphicsContextBase, play: Play) -> None:
        """Keep a stroke with a copy of its graphics context, which the artist may change."""
        own = GraphicsContextBase()
        own.copy_properties(gc)
        self._kept.append((own, play))


class StrokesCanvas(FigureCanvasAgg):  # type: ignore[misc]  # it has no types
    """The canvas of a figure that is laid out by the measures of its strokes."""

    def __init__(self, figure: Figure) -> None:
        """Make the canvas of a figure, at its dots of an inch."""
        super().__init__(figure)
        self.strokes = Strokes(*figure.bbox.size, figure.dpi)

    def get_renderer(self) -> Any:
        """What matplotlib lays the figure out with."""
        return self.strokes


class Played(Artist):
    """All strokes of another figure."""

    def __init__(self, strokes: Strokes) -> None:
        """Stand for what some strokes show."""
        super().__init__()
        self._strokes = strokes

    def draw(self, renderer: RendererBase) -> None:
        """Play the strokes on a renderer."""
        self._strokes.play(renderer)


class _Anchor:
    """What an SVG file must know of a text to align it, whichever font it is shown in."""

    def __init__(self, text: Any) -> None:
        self._at = text.get_transform().transform(text.get_unitless_position())
        self._text, self._scale = text, Affine2D()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._text, name)

    def scaled(self, scale: Affine2D) -> "_Anchor":
        self._scale = scale
        return self

    def get_transform(self) -> Affine2D:
        return self._scale

    def get_unitless_position(self) -> Any:
        return self._at


def _both(first: Any, second: Affine2D) -> Any:
    """One transform after another; a product where both are matrices, which takes a tenth."""
    if isinstance(first, Affine2D):
        return Affine2D(second.get_matrix() @ first.get_matrix())
    return first + second


@lru_cache(maxsize=4096)
def _measure(text: str, font: FontProperties, ismath: Any, dpi: float) -> Any:
    """How large a text is in dots; figures of one analysis have most of their texts in common."""
    return RendererAgg(1, 1, dpi).get_text_width_height_descent(text, font, ismath)


def _dots(image: Any, transform: Affine2D) -> tuple[Any, float, float]:
    """The cells of an image as large as the transform of a unit square makes them, and where."""
    rows, columns = image.shape[:2]
    x, y = (_edges(transform, axis, count) for axis, count in enumerate((columns, rows)))
    left_to_right = image[:, :: 1 if x[-1] > x[0] else -1]
    upright = left_to_right[:: 1 if y[-1] > y[0] else -1]
    larger = np.repeat(np.repeat(upright, np.diff(np.sort(y)), axis=0), np.diff(np.sort(x)), axis=1)
    return np.ascontiguousarray(larger), float(x.min()), float(y.min())


def _edges(transform: Affine2D, axis: int, count: int) -> Any:
    """Where so many cells of a unit square begin and end along an axis, in whole dots."""
    points = np.zeros((count + 1, 2))
    points[:, axis] = np.linspace(0, 1, count + 1)
    return transform.transform(points)[:, axis].round().astype(int)
