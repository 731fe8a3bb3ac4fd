"""An analysis that shows itself: as text in a terminal, as markup in a notebook."""

from dataclasses import fields
from html import escape
from pathlib import Path

from markupsafe import Markup

from hpobench.analysis import Analysis
from hpobench.analysis.verdict import verdict, verdicts
from hpobench.report import (
    summary,
    write,
)
from hpobench.report.table_views import (
    ViewedTable,
    ranking,
)
from hpobench.stats.comparison import Comparison

SHOWN = 20
"""So many optimizers are listed; the frame `final` has all."""
WIDTH = 5.5
"""Width of the curves' figure, in inches."""


class ShownAnalysis(Analysis):
    """An analysis with all its frames, which a notebook shows as verdict, ranking and curves."""

    __slots__ = ()

    @classmethod
    def of(cls, analysis: Analysis) -> "ShownAnalysis":
        """The same analysis, with its figures."""
        return cls(**{field.name: getattr(analysis, field.name) for field in fields(Analysis)})

    def write(self, folder: str | Path, *, figures: bool = True) -> Path:
        """Write the report, the tables and perhaps the figures as `hpobench analyze` does.

        Args:
            folder: Made if it does not exist.
            figures: Whether to draw files; the page draws its own in any case.

        Returns:
            The report's path.

        Raises:
            UserError: The folder cannot be written.
        """
        return write(self, Path(folder), figures=figures)

    def __repr__(self) -> str:
        """The verdict of each kind, and what a reader must know."""
        serious = [f"! {note.text}" for note in self.notes if note.serious]
        return "\n".join([*serious, *verdicts(self)])

    def _repr_html_(self) -> str:
        """What Jupyter shows; names are shown and never obeyed."""
        notes = "".join(f"<p><b>!</b> {escape(n.text)}</p>" for n in self.notes if n.serious)
        kinds = "".join(self._kind(comparison) for comparison in self.comparisons)
        return f'<div class="hpobench">{notes}{kinds}</div>'

    def _kind(self, comparison: Comparison) -> str:
        """One kind of tasks."""
        return (
            f"<p><b>{escape(verdict(self, comparison))}</b></p>"
            f"<p>{escape(summary(comparison))}</p>"
            f"{_table(ranking(self, comparison))}{self._figure(comparison)}"
        )

    def _figure(self, comparison: Comparison) -> Markup:
        """The regret over the budget, or mean ranks where there is no scale for it."""
        from hpobench.report import stills

        drawn = stills.draw(self, comparison)
        return drawn["regret"] or drawn.get("critical", Markup())


def _table(table: ViewedTable) -> str:
    """The first rows of a table; its columns explain themselves to who points at them."""
    head = "".join(
        f'<th title="{escape(words)}">{escape(name)}</th>' for name, words in table.columns.items()
    )
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(c.text, c.small))}</td>" for c in row.cells) + "</tr>"
        for row in table.rows[:SHOWN]
    )
    rest = len(table.rows) - SHOWN
    more = f"<p>and {rest} more in the frame <code>final</code></p>" if rest > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{more}"


def _cell(text: str, small: str) -> str:
    return f"{text} ({small})" if small else text
