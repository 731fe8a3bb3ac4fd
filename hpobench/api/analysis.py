"""An analysis that shows itself: as text in a terminal, as markup in a notebook."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import fields
from html import escape
from io import BytesIO
from pathlib import Path

from hpobench.analysis import Analysis
from hpobench.analysis.inside import Inside
from hpobench.report import summary, write_report
from hpobench.report.table_views import ViewedTable, ranking
from hpobench.stats.comparison import Comparison

SHOWN = 20
"""So many optimizers are listed; the frame `final` has all."""
WIDTH = 6.0
"""Inches of the curves."""

DOTS = 110
"""Dots of an inch of them, on a screen."""


class ShownAnalysis(Analysis):
    """An analysis with all its frames, which a notebook shows as verdict, ranking and curves."""

    __slots__ = ()

    @classmethod
    def of(cls, analysis: Analysis) -> "ShownAnalysis":
        """The same analysis, with its figures."""
        return cls(**{field.name: getattr(analysis, field.name) for field in fields(Analysis)})

    def write(
        self, folder: str | Path, *, figures: bool = False, inside: Inside | None = None
    ) -> Path:
        """Write the report, the tables and perhaps the figures as `hpobench analyze` does.

        Args:
            folder: Made if it does not exist.
            figures: Whether to draw files for print; the page draws its own in any case.
            inside: What `Results.inside` found, for a page of its own that the report links.

        Returns:
            The report's path.

        Raises:
            UserError: The folder cannot be written.
        """
        return write_report(self, Path(folder), figures=figures, inside=inside)

    def __repr__(self) -> str:
        """The verdict of each kind, and what a reader must know."""
        serious = [f"! {note.text}" for note in self.notes if note.serious]
        return "\n".join([*serious, *self.verdicts])

    def _repr_html_(self) -> str:
        """What Jupyter shows; names are shown and never obeyed."""
        answers = "".join(f"<p><b>{escape(each)}</b></p>" for each in self.verdicts)
        notes = "".join(f"<p><b>!</b> {escape(n.text)}</p>" for n in self.notes if n.serious)
        kinds = "".join(self._kind(comparison) for comparison in self.comparisons)
        return f'<div class="hpobench">{answers}{notes}{kinds}</div>'

    def _kind(self, comparison: Comparison) -> str:
        """One kind of tasks."""
        return (
            f"<p>{escape(summary(comparison))}</p>"
            f"{_table(ranking(self, comparison))}{''.join(self._curves(str(comparison.kind)))}"
        )

    def _curves(self, kind: str) -> Iterator[str]:
        """The regret over the budget, or mean ranks where there is no scale for it."""
        import matplotlib as mpl

        from hpobench.figures.catalogue import plots_with_data
        from hpobench.figures.style import RC

        shown = [
            plot for plot in plots_with_data(self.frames(), self.optimizers) if plot.kind == kind
        ]
        for plot in [plot for plot in shown if plot.view in {"regret", "ranks"}][-1:]:
            sink = BytesIO()
            with mpl.rc_context(RC):
                plot.draw(WIDTH).savefig(sink, format="png", dpi=DOTS, facecolor="white")
            data = b64encode(sink.getvalue()).decode()
            described = escape(f"{plot.view} over the budget: {kind}")
            yield f'<img alt="{described}" src="data:image/png;base64,{data}">'


def _table(table: ViewedTable) -> str:
    """The first rows of a table; its columns explain themselves to who points at them."""
    head = "".join(
        f'<th title="{escape(words)}">{escape(name)}</th>' for name, words in table.columns.items()
    )
    rows = "".join(
        '<tr style="white-space:nowrap"><td>'
        + "</td><td>".join(escape(_cell(cell.text, cell.small)) for cell in row.cells)
        + "</td></tr>"
        for row in table.rows[:SHOWN]
    )
    rest = len(table.rows) - SHOWN
    more = f"<p>and {rest} more in the frame <code>final</code></p>" if rest > 0 else ""
    shown = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div style="overflow-x:auto">{shown}</div>{more}'


def _cell(text: str, small: str) -> str:
    return f"{text} ({small})" if small else text
