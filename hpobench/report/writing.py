"""Write an analysis into a folder: the report, the figures and the tables."""

from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from hpobench.analysis.pipeline import Analysis
from hpobench.errors import FileError
from hpobench.report import table_files
from hpobench.report.gallery import TITLES
from hpobench.report.page import Drawn, render
from hpobench.report.payload import embed
from hpobench.task import Kind

if TYPE_CHECKING:
    from hpobench.figures.parallel import Sized


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
    report = folder / "report.html"
    try:
        _clear(folder / "figures")
        drawn, data = _files(analysis, folder, figures=figures, everything=everything)
        page = render(analysis, drawn, data)
        report.write_text(page, encoding="utf-8", errors="backslashreplace")  # paths may be no text
    except OSError as error:
        raise FileError(folder, f"cannot be written: {error.strerror}") from error
    return report


def _files(
    analysis: Analysis, folder: Path, *, figures: bool, everything: bool
) -> tuple[list[Drawn], str]:
    """Write tables and maybe figures; the latter, and the data of the page's own."""
    if not figures:
        table_files.write(analysis, folder / "tables")
        return [], embed(analysis)
    from hpobench.figures.parallel import EVERYTHING, TABLES, drawing

    first = EVERYTHING if everything else TABLES
    table_files.write(analysis, folder / "tables", first)
    with drawing(folder, analysis.optimizers, everything=everything) as finish:
        table_files.write(analysis, folder / "tables", analysis.frames().keys() - {*first})
        data = embed(analysis)
        return list(_drawn(analysis, folder, finish())), data


def _clear(folder: Path) -> None:
    """Make room for figures: those of an earlier analysis would be taken for this one's."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, form in product(Kind, ("svg", "pdf", "png")):
        for path in folder.glob(f"{kind}-*.{form}"):
            path.unlink()


def _drawn(analysis: Analysis, folder: Path, figures: Iterable["Sized"]) -> Iterator[Drawn]:
    """The figures for the page, some as they are."""
    from hpobench.figures.style import styles
    from hpobench.figures.svg import inline

    names = {style.key: name for name, style in styles(analysis.optimizers).items()}
    for plot, end in figures:
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
