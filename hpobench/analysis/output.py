"""Write an analysis into a folder: the report, the figures and the tables."""

from collections.abc import Iterator
from itertools import chain, product
from pathlib import Path

from hpobench.analysis import tables
from hpobench.analysis.pipeline import Analysis
from hpobench.analysis.report import Drawn, render
from hpobench.errors import FileError
from hpobench.task import Kind


def write(analysis: Analysis, folder: Path, *, figures: bool = True) -> Path:
    """Write all of it; what an earlier analysis left there is replaced.

    Args:
        analysis: What to write.
        folder: Made if it does not exist.
        figures: Whether to draw, which takes most of the time.

    Returns:
        The report's path.

    Raises:
        UserError: The folder cannot be written.
    """
    try:
        tables.write(analysis, folder / "tables")
        _clear(folder / "figures")
        drawn = list(_draw(analysis, folder / "figures")) if figures else []
        report = folder / "report.html"
        page = render(analysis, drawn)
        report.write_text(page, encoding="utf-8", errors="backslashreplace")  # paths may be no text
    except OSError as error:
        raise FileError(folder, f"cannot be written: {error.strerror}") from error
    return report


def _clear(folder: Path) -> None:
    """Make room for figures: those of an earlier analysis would be taken for this one's."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, form in product(Kind, ("svg", "png")):
        for path in folder.glob(f"{kind}-*.{form}"):
            path.unlink()


def _draw(analysis: Analysis, folder: Path) -> Iterator[Drawn]:
    """Draw each figure once into its files, and give it for the page."""
    from hpobench.analysis import statistics_plots
    from hpobench.analysis.plots import plots
    from hpobench.analysis.style import styles
    from hpobench.analysis.svg import draw, inline

    names = {style.key: name for name, style in styles(analysis.optimizers).items()}
    for plot in chain(plots(analysis), statistics_plots.plots(analysis)):
        svg = draw(plot.figure, "svg")
        (folder / f"{plot.name}.svg").write_bytes(svg)
        (folder / f"{plot.name}.png").write_bytes(draw(plot.figure, "png"))
        yield Drawn(
            name=plot.name,
            kind=plot.kind,
            title=plot.title,
            caption=plot.caption,
            per_task=plot.per_task,
            markup=inline(svg, plot.name, names, f"{plot.title}. {plot.caption}"),
        )
