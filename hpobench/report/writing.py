"""Write an analysis into a folder: the report, the tables, and figures for print."""

from collections.abc import Mapping
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
    import pandas as pd

    from hpobench.analysis.inside import Inside
    from hpobench.report.training_page import Trainings

INSIDE = "inside.html"
"""The page beside the report that looks inside runs."""

TRAININGS = "trainings.html"
"""The page beside it about fidelities and lineages."""

TABLES = {INSIDE: ("importance", "search", "landscape"), TRAININGS: ("fidelities", "lineages")}
"""The tables that come with a page beside the report."""


@with_plain_texts()
def write_report(
    analysis: Analysis,
    folder: Path,
    *,
    figures: bool = False,
    everything: bool = False,
    inside: "Inside | None" = None,
    trainings: "Trainings | None" = None,
) -> Path:
    """Write all of it; what an earlier analysis left there is replaced.

    Args:
        analysis: What to write.
        folder: Made if it does not exist.
        figures: Whether to draw files for print; the page draws its figures itself.
        everything: Whether to draw all of them, not the main ones only; as `figures`, and more.
        inside: What was found inside the runs, for a page and tables of its own beside.
        trainings: What trainings tell, likewise.

    Returns:
        The report's path.

    Raises:
        UserError: The folder cannot be written.
    """
    report = folder / "report.html"
    try:
        _clear(folder / "figures")
        table_files.write_tables(analysis, folder / "tables")
        beside = _write_pages_beside(analysis, inside, trainings, folder)
        drawn = _figures(analysis, folder, everything=everything) if figures or everything else []
        page = render(analysis, drawn, embed(analysis), beside=beside)
        report.write_text(page, encoding="utf-8", errors="backslashreplace")  # paths may be no text
    except OSError as error:
        raise FileError(folder, f"cannot be written: {error.strerror}") from error
    return report


def _write_pages_beside(
    analysis: Analysis, inside: "Inside | None", trainings: "Trainings | None", folder: Path
) -> list[str]:
    """Write the pages that are asked for and their tables, and remove those of an earlier time."""
    found: dict[str, tuple[str, Mapping[str, pd.DataFrame]]] = {}
    if inside is not None:
        from hpobench.report.inside import render_inside

        found[INSIDE] = render_inside(analysis, inside), inside.frames()
    if trainings is not None:
        from hpobench.report.training_page import render_training

        found[TRAININGS] = render_training(trainings), trainings.frames()
    for name in TABLES.keys() - found.keys():
        (folder / name).unlink(missing_ok=True)
        for table, end in product(TABLES[name], ("csv", "parquet", "tex", "md")):
            (folder / "tables" / f"{table}.{end}").unlink(missing_ok=True)
    for name, (page, frames) in found.items():
        table_files.write_frames(frames, (), folder / "tables")
        (folder / name).write_text(page, encoding="utf-8", errors="backslashreplace")
    return list(found)


def _figures(analysis: Analysis, folder: Path, *, everything: bool) -> list[Drawn]:
    """Draw files, and say which figures of the page they show."""
    from hpobench.figures.files import draw_files, forms

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
            forms=forms(everything=everything),
        )
        for plot, end in sized
    ]


def _clear(folder: Path) -> None:
    """Make room for figures: those of an earlier analysis would be taken for this one's."""
    for kind, form in product(Kind, ("svg", "pdf", "png")):
        for path in folder.glob(f"{kind}-*.{form}"):
            path.unlink()
