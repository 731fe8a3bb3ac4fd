"""Write an analysis into a folder: the report, the tables, and figures for print."""

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from hpobench.analysis.frames import Analysis, with_plain_texts
from hpobench.errors import FileError
from hpobench.report import table_files
from hpobench.report.page import Drawn, render
from hpobench.report.payload import embed
from hpobench.task import Kind

if TYPE_CHECKING:
    from hpobench.analysis.inside import Inside

INSIDE = "inside.html"
"""The page beside the report that looks inside runs."""

INSIDE_TABLES = ("importance", "search", "landscape")
"""The tables that come with it."""


@with_plain_texts()
def write_report(
    analysis: Analysis,
    folder: Path,
    *,
    figures: bool = False,
    everything: bool = False,
    inside: "Inside | None" = None,
) -> Path:
    """Write all of it; what an earlier analysis left there is replaced.

    Args:
        analysis: What to write.
        folder: Made if it does not exist.
        figures: Whether to draw files for print; the page draws its figures itself.
        everything: Whether to draw all of them, not the main ones only; as `figures`, and more.
        inside: What was found inside the runs, for a page and tables of its own beside.

    Returns:
        The report's path.

    Raises:
        UserError: The folder cannot be written.
    """
    report = folder / "report.html"
    try:
        _clear(folder / "figures")
        table_files.write_tables(analysis, folder / "tables")
        _write_inside(analysis, inside, folder)
        drawn = _figures(analysis, folder, everything=everything) if figures or everything else []
        page = render(analysis, drawn, embed(analysis), inside=inside is not None)
        report.write_text(page, encoding="utf-8", errors="backslashreplace")  # paths may be no text
    except OSError as error:
        raise FileError(folder, f"cannot be written: {error.strerror}") from error
    return report


def _write_inside(analysis: Analysis, inside: "Inside | None", folder: Path) -> None:
    """Write the page inside and its tables, or remove those of an earlier analysis."""
    page = folder / INSIDE
    if inside is None:
        page.unlink(missing_ok=True)
        for name, end in product(INSIDE_TABLES, ("csv", "parquet", "tex", "md")):
            (folder / "tables" / f"{name}.{end}").unlink(missing_ok=True)
        return
    from hpobench.report.inside import render_inside

    table_files.write_frames(inside.frames(), (), folder / "tables")
    page.write_text(render_inside(analysis, inside), encoding="utf-8", errors="backslashreplace")


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
