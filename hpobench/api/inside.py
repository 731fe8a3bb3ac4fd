"""What was found inside runs shows itself: text in a terminal, tables in a notebook."""

from collections.abc import Iterator
from dataclasses import fields
from html import escape

from hpobench.analysis.inside import Inside
from hpobench.system.text import number

SHOWN = 20
"""So many rows of a table, and tasks, are shown; the frames have all."""

NAMED = 3
"""So many hyperparameters of a task are named."""

TITLES = {
    "importance": "Importance of hyperparameters",
    "search": "Where optimizers search",
    "landscape": "Landscapes of the tasks",
}
"""What a notebook shows above each of the frames."""


class ShownInside(Inside):
    """A look inside runs with all its frames, which a notebook shows as tables."""

    __slots__ = ()

    @classmethod
    def of(cls, inside: Inside) -> "ShownInside":
        """The same look inside, which shows itself."""
        return cls(**{field.name: getattr(inside, field.name) for field in fields(Inside)})

    def __repr__(self) -> str:
        """What a reader must know, and for each task the hyperparameters that matter most."""
        lines = list(self._most_important())
        rest = len(lines) - SHOWN
        more = [f"and {rest} more in the frame importance"] if rest > 0 else []
        return "\n".join([*(f"! {note}" for note in self.notes), *lines[:SHOWN], *more])

    def _repr_html_(self) -> str:
        """What Jupyter shows; names are shown and never obeyed."""
        notes = "".join(f"<p><b>!</b> {escape(note)}</p>" for note in self.notes)
        tables = "".join(self._table(name) for name in TITLES)
        return f'<div class="hpobench">{notes}{tables}</div>'

    def _most_important(self) -> Iterator[str]:
        """A line for each task and objective, by the widest basis that there is."""
        for (task, objective), found in self.importance.groupby(["task", "objective"], sort=False):
            last = found.iloc[-1]  # a table comes after trials, and all of the budget after a part
            widest = found[
                (found["basis"] == last["basis"])
                & ((found["share"] == last["share"]) | (found["basis"] == "table"))
            ]
            method = widest["method"].iloc[0]
            same = widest[widest["method"] == method]
            best = same.sort_values("importance", ascending=False, kind="stable")
            named = ", ".join(
                f"{row['hyperparameter']} {number(row['importance'])}"
                for row in best.head(NAMED).to_dict("records")
            )
            yield f"{task}, {objective}: {named} ({method}, {last['basis']})"

    def _table(self, name: str) -> str:
        """The first rows of a frame."""
        frame = self.frames()[name]
        if frame.empty:
            return ""
        shown = frame.head(SHOWN).to_html(index=False, float_format=number, na_rep="-", border=0)
        rest = len(frame) - SHOWN
        more = f"<p>and {rest} more in the frame <code>{name}</code></p>" if rest > 0 else ""
        return f'<p><b>{TITLES[name]}</b></p><div style="overflow-x:auto">{shown}</div>{more}'
