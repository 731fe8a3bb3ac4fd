"""An analysis that shows itself: as text in a terminal, as markup in a notebook."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from html import escape
from pathlib import Path

from markupsafe import Markup

from hpobench.analysis import Analysis
from hpobench.analysis.verdict import verdict, verdicts
from hpobench.report import summary, write
from hpobench.report.table_views import ViewedTable, ranking
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
            f"{_table(ranking(self, comparison), self._lines())}"
            f'<div style="max-width:640px">{"".join(self._curves(str(comparison.kind)))}</div>'
        )

    def _lines(self) -> dict[str, str]:
        """By the class of an optimizer its line in the curves, which have no legend."""
        from hpobench.figures.style import styles

        line = '<line x1="0" y1="5" x2="32" y2="5" stroke="{}" stroke-width="2.5"{}/>'
        dashes = ' stroke-dasharray="{}"'
        return {
            style.key: '<svg width="32" height="10" style="display:inline">'
            + line.format(style.colour, dashes.format(style.dashes) if style.dashes else "")
            + "</svg> "
            for style in styles(self.optimizers).values()
        }

    def _curves(self, kind: str) -> Iterator[Markup]:
        """The regret over the budget, or mean ranks where there is no scale for it."""
        import matplotlib as mpl

        from hpobench.figures.catalogue import plots
        from hpobench.figures.style import RC, styles
        from hpobench.figures.svg import draw, inline

        names = {style.key: name for name, style in styles(self.optimizers).items()}
        shown = [p for p in plots(self.frames(), self.optimizers) if p.kind == kind]
        for plot in [p for p in shown if p.view in {"regret", "ranks"}][-1:]:
            with mpl.rc_context(RC):
                figure = plot.draw(WIDTH)
            described = f"{plot.view} over the budget: {kind}"
            yield inline(draw(figure, "svg"), f"hpobench-{plot.name}", names, described)


def _table(table: ViewedTable, lines: Mapping[str, str]) -> str:
    """The first rows of a table; its columns explain themselves to who points at them.

    Args:
        table: The ranking.
        lines: By the key of a row what stands before its name.
    """
    head = "".join(
        f'<th title="{escape(words)}">{escape(name)}</th>' for name, words in table.columns.items()
    )
    rows = "".join(
        f'<tr style="white-space:nowrap"><td style="text-align:left">{lines.get(row.key, "")}'
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
