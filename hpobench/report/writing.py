"""Write an analysis into a folder: the report, the tables, and figures for print."""

from itertools import product
from pathlib import Path

from hpobench.analysis.pipeline import Analysis
from hpobench.errors import FileError
from hpobench.report import table_files
from hpobench.report.page import Drawn, render
from hpobench.report.payload import embed
from hpobench.task import Kind


def write_report(
    analysis: Analysis, folder: Path, *, figures: bool = False, everything: bool = False
) -> Path:
    """Write all of it; what an earlier analysis left there is replaced.

    Args:
        analysis: What to write.
        folder: Made if it does not exist.
        figures: Whether to draw files for print; the page draws its figures itself.
        everything: Whether to draw all of them, not the main ones only; as `figures`, and more.

    Returns:
        The report's path.

    Raises:
        UserError: The folder cannot be written.
    """
    report = folder / "report.html"
    try:
        _clear(folder / "figures")
        table_files.write_tables(analysis, folder / "tables")
        drawn = _figures(analysis, folder, everything=everything) if figures or everything else []
        page = render(analysis, drawn, embed(analysis))
        report.write_text(page, encoding="utf-8", errors="backslashreplace")  # paths may be no text
    except OSError as error:
        raise FileError(folder, f"cannot be written: {error.strerror}") from error
    return report


def _figures(analysis: Analysis, folder: Path, *, everything: bool) -> list[Drawn]:
    """Draw files, and say which figures of the page they show."""
    from hpobench.figures.files import draw_files

    sized = draw_files(
        analysis.frames(),
        analysis.optimizers,
        folder / "figures",
        everything=everything,
        metrics=analysis.metrics,
    )
    return [
        Drawn(
            name=f"{plot.name}{end}",
            kind=plot.kind,
            view=plot.view,
            label=plot.label + (", one column" if end else ""),
        )
        for plot, end in sized
    ]


def _clear(folder: Path) -> None:
    """Make room for figures: those of an earlier analysis would be taken for this one's."""
    for kind, form in product(Kind, ("svg", "pdf", "png")):
        for path in folder.glob(f"{kind}-*.{form}"):
            path.unlink()
