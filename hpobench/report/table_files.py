"""Data frames as files: for spreadsheets and programs, and small ones for papers and pages."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from hpobench.analysis.frames import Analysis, to_arrow
from hpobench.report import escape
from hpobench.report.highlights import Highlight, Highlights, highlights
from hpobench.system.text import number

MOST_ROWS = 1000
"""Longer tables are data, which nobody prints."""

LONG = 40
"""More rows than fit a page break over several."""

KEY = (
    "Bold: the best. {slanted}: not significantly worse than it (level 0.05, Holm over the tests "
    "with it)."
)


@dataclass(frozen=True, slots=True)
class Form:
    """How a language for texts writes a cell.

    Attributes:
        text: Escapes a text.
        best: Frames the best value.
        alike: Frames a value that is not significantly worse.
        infinite: Stands for infinity.
    """

    text: Any
    best: str
    alike: str
    infinite: str


LATEX = Form(escape.escape_latex, r"\textbf{{{}}}", r"\textit{{{}}}", r"$\infty$")
MARKDOWN = Form(escape.escape_markdown, "**{}**", "*{}*", "∞")


def write_tables(analysis: Analysis, folder: Path, names: Collection[str] | None = None) -> None:
    """Write each data frame as CSV and Parquet; if it is short, as LaTeX and Markdown too.

    What an earlier analysis left in these formats is replaced.

    Args:
        analysis: What to write.
        folder: Made if it does not exist.
        names: Which frames to write; all by default.
    """
    found = analysis.frames()
    wanted = {name: found[name] for name in found if names is None or name in names}
    marks = {name: highlights(analysis, name) for name in wanted}
    write_frames(wanted, analysis.verdicts, folder, marks)


def write_frames(
    frames: Mapping[str, pd.DataFrame],
    said: Sequence[str],
    folder: Path,
    marks: Mapping[str, Highlights] = MappingProxyType({}),
) -> None:
    """Write data frames in all formats.

    Args:
        frames: By the files' names.
        said: What opens the Markdown tables.
        folder: Made if it does not exist.
        marks: By frame which of its values are marked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        jobs = [
            pool.submit(_write, found, marks.get(name), said, folder / name)
            for name, found in frames.items()
        ]
    for job in jobs:
        job.result()


def _write(found: pd.DataFrame, marked: Highlights | None, said: Sequence[str], path: Path) -> None:
    """Write one data frame in all formats."""
    table = to_arrow(found)
    with open(f"{path}.parquet", "wb") as file:  # noqa: PTH123 (Arrow opens no path that is no text)
        pq.write_table(table, file)
    with open(f"{path}.csv", "wb") as file:  # noqa: PTH123
        pc.write_csv(harmless(table), file)
    for form in ("tex", "md"):
        Path(f"{path}.{form}").unlink(missing_ok=True)
    if len(found) <= MOST_ROWS:
        Path(f"{path}.tex").write_text(latex_table(found, marked), encoding="utf-8")
        Path(f"{path}.md").write_text(markdown_table(found, marked, said), encoding="utf-8")


def harmless(table: pa.Table) -> pa.Table:
    """The table with texts that no spreadsheet takes for a formula: a quote goes before them."""
    names = [escape.spreadsheet(name) for name in table.column_names]
    return pa.table([_harmless(column) for column in table.columns], names=names)


def _harmless(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Few texts differ in a long column, so that it pays to look for those to be changed."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    safe = {text: escape.spreadsheet(text) for text in column.unique().to_pylist()}
    if all(new is old for old, new in safe.items()):
        return column
    return pa.chunked_array([[safe[text] for text in column.to_pylist()]], type=column.type)


def latex_table(found: pd.DataFrame, marked: Highlights | None = None) -> str:
    """A LaTeX table that needs the packages booktabs and, if it is long, longtable."""
    numeric = [pd.api.types.is_numeric_dtype(kind) for kind in found.dtypes]
    columns = "".join("r" if is_number else "l" for is_number in numeric)
    heading = " & ".join(LATEX.text(str(name)) for name in found.columns) + r" \\"
    lines = [" & ".join(row) + r" \\" for row in _rows(found, LATEX, marked or {})]
    if len(found) > LONG:
        start, end = rf"\begin{{longtable}}{{{columns}}}", r"\end{longtable}"
        rule = [r"\midrule", r"\endhead"]
        packages = "booktabs, longtable"
    else:
        start, end = rf"\begin{{tabular}}{{{columns}}}", r"\end{tabular}"
        rule, packages = [r"\midrule"], "booktabs"
    key = [f"% {KEY.format(slanted='Italic')}"] if marked else []
    top = [f"% needs: {packages}", *key, start, r"\toprule", heading, *rule]
    return "\n".join([*top, *lines, r"\bottomrule", end, ""])


def markdown_table(
    found: pd.DataFrame, marked: Highlights | None = None, said: Sequence[str] = ()
) -> str:
    """A Markdown table, numbers to the right, below what a ranking says."""
    numeric = [pd.api.types.is_numeric_dtype(kind) for kind in found.dtypes]
    heading = [MARKDOWN.text(str(name)) for name in found.columns]
    rule = ["---:" if is_number else "---" for is_number in numeric]
    rows = [heading, rule, *_rows(found, MARKDOWN, marked or {})]
    key = ["", KEY.format(slanted="Italic")] if marked else []
    top = [line for verdict in said for line in (f"> {MARKDOWN.text(verdict)}", "")]
    return "\n".join([*top, *(f"| {' | '.join(row)} |" for row in rows), *key, ""])


def _rows(found: pd.DataFrame, form: Form, marked: Highlights) -> Iterator[Sequence[str]]:
    """The cells of each row as texts."""
    plain = (found.iloc[:, i].to_numpy(object).tolist() for i in range(found.shape[1]))
    columns = [[_text(value, form) for value in values] for values in plain]
    frames = {Highlight.BEST: form.best, Highlight.ALIKE: form.alike}
    places = {name: i for i, name in enumerate(found.columns)}
    for (at, name), mark in marked.items():
        if name in places:
            column = columns[places[name]]
            column[at] = frames[mark].format(column[at])
    return zip(*columns, strict=True)


def _text(value: Any, form: Form) -> str:
    """A value as people read it."""
    if isinstance(value, str):
        return str(form.text(value))
    if value is None or value is pd.NA:
        return "-"
    if isinstance(value, float):
        return form.infinite if value == math.inf else number(value)
    return str(value)
