"""Write an analysis into a folder: the report, the figures and the tables."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from markupsafe import Markup

from hpobench.analysis import tables
from hpobench.analysis.gallery import TITLES
from hpobench.analysis.pipeline import Analysis
from hpobench.analysis.report import Drawn, render
from hpobench.errors import FileError
from hpobench.task import Kind


def write(
    analysis: Analysis, folder: Path, *, figures: bool = True, everything: bool = False
) -> Path:
    """Write all of it; what an earlier analysis left there is replaced.

    Args:
        analysis: What to write.
        folder: Made if it does not exist.
        figures: Whether to draw files; the page draws its figures itself.
        everything: Whether to draw all of them, not the main ones only.

    Returns:
        The report's path.

    Raises:
        UserError: The folder cannot be written.
    """
    try:
        tables.write(analysis, folder / "tables")
        _clear(folder / "figures")
        drawn = list(_draw(analysis, folder, everything=everything)) if figures else []
        report = folder / "report.html"
        page = render(analysis, drawn)
        report.write_text(page, encoding="utf-8", errors="backslashreplace")  # paths may be no text
    except OSError as error:
        raise FileError(folder, f"cannot be written: {error.strerror}") from error
    return report


def _clear(folder: Path) -> None:
    """Make room for figures: those of an earlier analysis would be taken for this one's."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, form in product(Kind, ("svg", "pdf", "png")):
        for path in folder.glob(f"{kind}-*.{form}"):
            path.unlink()


def _draw(analysis: Analysis, folder: Path, *, everything: bool) -> Iterator[Drawn]:
    """Draw figures into files, and give them for the page, some as they are."""
    from hpobench.analysis.figures import draw_all
    from hpobench.analysis.style import styles
    from hpobench.analysis.svg import inline

    names = {style.key: name for name, style in styles(analysis.optimizers).items()}
    for plot, end in draw_all(folder, analysis.optimizers, everything=everything):
        markup = Markup()
        if plot.still and not end:
            svg = (folder / "figures" / f"{plot.name}.svg").read_bytes()
            markup = inline(svg, plot.name, names, f"{TITLES[plot.view]}: {plot.kind}")
        yield Drawn(
            name=f"{plot.name}{end}",
            kind=plot.kind,
            view=plot.view,
            label=plot.label + (", one column" if end else ""),
            markup=markup,
        )
