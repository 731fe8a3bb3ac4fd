"""What is written of a transfer: a page, and its tables for people and for machines."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from hpobench.errors import FileError
from hpobench.report.page import render_template
from hpobench.report.table_files import markdown_table
from hpobench.report.table_views import Row, ViewedCell, ViewedTable
from hpobench.system.text import count, number, span
from hpobench.transfer.ranking import Transfer

RANKING = {
    "optimizer": "",
    "tuning": "Mean normalised regret where it was tuned",
    "tuning_rank": "By that, among those compared",
    "transfer": "Mean normalised regret of the same configurations where they were not tuned",
    "transfer_rank": "By that, among those compared",
    "runs": "Incumbents that were evaluated, once for each target",
}

PAIRS = {
    "source": "Where it was tuned",
    "target": "Where it was evaluated",
    "optimizer": "",
    "tuning": "Mean normalised regret on the source",
    "transfer": "Mean normalised regret on the target",
}


def agreement(found: Transfer) -> str:
    """How the two rankings agree, in a sentence."""
    interval = f" (95 % interval with other seeds: {span(found.low, found.high)})"
    names = count(len(found.ranking), "optimizer")
    if found.tau != found.tau:
        return f"One of the rankings of {names} ties all, so that there is no agreement to tell."
    known = interval if found.low == found.low else ""
    return (
        f"Kendall's tau between the rankings of {names} by tuning and by transfer is "
        f"{number(found.tau)}{known}: 1 is the same order, 0 no agreement, -1 the reverse."
    )


def as_markdown(found: Transfer) -> str:
    """The ranking and the pairs as Markdown."""
    lines = [f"- {note}" for note in found.notes]
    parts = [agreement(found), markdown_table(found.ranking), markdown_table(found.pairs)]
    return "\n\n".join([*parts, *(["\n".join(lines)] if lines else [])]) + "\n"


def write_transfer(found: Transfer, folder: Path) -> Path:
    """Write `transfer.html`, `transfer.md` and the tables as CSV.

    Args:
        found: What is written.
        folder: Made if it does not exist.

    Raises:
        FileError: The folder cannot be written.
    """
    page = folder / "transfer.html"
    try:
        (folder / "tables").mkdir(parents=True, exist_ok=True)
        for name in ("ranking", "pairs", "evaluations"):
            path = folder / "tables" / f"transfer-{name}.csv"
            getattr(found, name).to_csv(path, index=False)
        (folder / "transfer.md").write_text(as_markdown(found), encoding="utf-8")
        page.write_text(render_transfer(found), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise FileError(folder, f"cannot be written: {error.strerror}") from error
    return page


def render_transfer(found: Transfer) -> str:
    """The page; whatever a name holds, it is shown and not obeyed."""
    return render_template(
        "transfer.html",
        agreement=agreement(found),
        notes=found.notes,
        ranking=_viewed(found.ranking, RANKING, "Ranking by transfer"),
        pairs=_viewed(found.pairs, PAIRS, "Each origin and target"),
    )


def _viewed(frame: pd.DataFrame, columns: Mapping[str, str], label: str) -> ViewedTable:
    """A frame as the page shows it."""
    rows = [
        Row(cells=[_cell(entry[name]) for name in columns]) for entry in frame.to_dict("records")
    ]
    shown = {name.replace("_", " "): title for name, title in columns.items()}
    return ViewedTable(label=label, columns=shown, rows=rows)


def _cell(value: str | float) -> ViewedCell:
    return ViewedCell(text=number(value) if isinstance(value, float) else str(value))
