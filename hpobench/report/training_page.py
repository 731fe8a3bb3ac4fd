"""The page of trainings: what fidelities tell, and the schedules that the best members had."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from hpobench.analysis import fidelities, lineages
from hpobench.catalogue import Catalogue
from hpobench.report import training_stills
from hpobench.report.page import render_template
from hpobench.report.table_views import Row, ViewedCell, ViewedTable
from hpobench.scoring.frame import matching
from hpobench.store import Store
from hpobench.system.text import number, share

DOUBT = 0.5
"""Where the best is in fewer of the draws among the first third, a short look must fail."""

AGREEMENT = {
    "task": "",
    "level": "The lowest fidelity of which enough is known",
    "of the highest": "That fidelity as a part of the highest",
    "from": "Whether all configurations of a table, random ones of a benchmark that answers in no "
    "time, or those of stored trials are compared; the last were chosen for being good",
    "configurations": "How many were evaluated at both",
    "correlation": "Spearman's rank correlation with the values at the highest fidelity",
    "best in first third": "In how many of 400 random draws of 30 configurations (or half of them, "
    "where there are fewer) the best at the highest fidelity is among the first third here",
    "best in first three": "In how many it is among the best three here, which one-epoch trains on",
    "crossing": "Share of pairs of configurations whose curves cross between here and there",
    "correlation of 0.9 from": "The lowest part of the highest fidelity where it is so high",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainings:
    """What the trainings of runs tell.

    Attributes:
        fidelities: How well each fidelity agrees with the highest, see `fidelities.fidelities`.
        lineages: What the best members were trained with, see `lineages.lineages`.
    """

    fidelities: pd.DataFrame
    lineages: pd.DataFrame

    def frames(self) -> dict[str, pd.DataFrame]:
        """Both data frames by their names."""
        return {"fidelities": self.fidelities, "lineages": self.lineages}


def look_at_trainings(
    results: Path,
    *,
    optimizers: Sequence[str] = (),
    tasks: Sequence[str] = (),
    catalogue: Catalogue | None = None,
) -> Trainings:
    """Look at the fidelities and the lineages of stored runs.

    Args:
        results: The results folder.
        optimizers: Globs of those whose runs count; all by default.
        tasks: Globs of the tasks; all by default.
        catalogue: Where tasks are looked up; hpobench's own by default.

    Raises:
        UserError: It is no results folder, or a glob matches nothing.
    """
    rows = _stored(results, optimizers, tasks)
    return Trainings(
        fidelities=fidelities.fidelities(rows, catalogue or Catalogue()),
        lineages=lineages.lineages(rows),
    )


def _stored(results: Path, optimizers: Sequence[str], tasks: Sequence[str]) -> list[dict[str, Any]]:
    """The chosen runs as plain data."""
    columns = dict.fromkeys((*fidelities.COLUMNS, *lineages.COLUMNS, *lineages.OPTIONAL))
    found = Store(results).runs(tuple(columns))
    names = found.select(["optimizer", "task"]).to_pandas()
    chosen = matching("optimizer", names["optimizer"], optimizers)
    chosen &= matching("task", names["task"], tasks)
    rows: list[dict[str, Any]] = found.filter(chosen.to_numpy()).to_pylist()
    return rows


def render_training(trainings: Trainings) -> str:
    """The page; whatever a name holds, it is shown and not obeyed."""
    agreed = trainings.fidelities
    return render_template(
        "trainings.html",
        agreement=agreement_table(agreed),
        doubtful=doubtful(agreed),
        still=training_stills.agreement_still(agreed, "Fidelities: agreement with the highest"),
        lineages=[_lineage(own) for _, own in trainings.lineages.groupby(["task", "optimizer"])],
    )


def lowest(agreed: pd.DataFrame) -> pd.DataFrame:
    """The row of the lowest level, for each task."""
    return agreed.sort_values(["task", "level"]).drop_duplicates("task")


def doubtful(agreed: pd.DataFrame) -> list[str]:
    """The tasks on which a look at the lowest fidelity must fail."""
    found = lowest(agreed)
    return [str(name) for name in found.loc[found["first_third"] < DOUBT, "task"]]


def agreement_table(agreed: pd.DataFrame) -> ViewedTable:
    """A line for each task, those whose lowest fidelity tells least first."""
    enough = agreed[agreed["correlation"] >= 0.9].groupby("task")["share"].min()  # noqa: PLR2004
    rows = [
        Row(
            cells=[
                ViewedCell(text=entry["task"]),
                _cell(entry["level"], f"{entry['fidelity']} {number(entry['level'])}"),
                _cell(entry["share"], share(entry["share"])),
                ViewedCell(text=entry["from"]),
                _cell(entry["configurations"], str(entry["configurations"])),
                _cell(entry["correlation"], f"{entry['correlation']:.2f}"),
                _cell(entry["first_third"], share(entry["first_third"])),
                _cell(entry["top"], share(entry["top"])),
                _cell(entry["crossing"], share(entry["crossing"])),
                _cell(reached := float(enough.get(entry["task"], 1.0)), share(reached)),
            ]
        )
        for entry in lowest(agreed).sort_values("first_third", kind="stable").to_dict("records")
    ]
    return ViewedTable(label="Fidelities", columns=AGREEMENT, rows=rows)


def _cell(value: float, words: str) -> ViewedCell:
    return ViewedCell(text=words, sort=float(value) if value == value else "")  # noqa: PLR0124 (NaN)


def _lineage(steps: pd.DataFrame) -> dict[str, Any]:
    """What the page shows of one lineage."""
    first, last = steps.iloc[0], steps.iloc[-1]
    title = f"{first['optimizer']} on {first['task']}"
    rows = [
        Row(
            cells=[
                ViewedCell(text=str(entry["trial"])),
                ViewedCell(text=f"{number(entry['begin'])} to {number(entry['end'])}"),
                ViewedCell(text=number(entry["value"])),
                ViewedCell(text=entry["config"]),
            ]
        )
        for entry in steps.to_dict("records")
    ]
    columns = dict.fromkeys(("trial", "from, to", "value", "configuration"), "")
    return {
        "title": title,
        "words": f"Seed {first['seed']}, {len(steps)} steps, {number(last['value'])} at the end.",
        "still": training_stills.schedule(steps, f"Schedule: {title}"),
        "watched": training_stills.watched_curves(steps, f"On the way: {title}"),
        "table": ViewedTable(label=f"Steps: {title}", columns=columns, rows=rows),
    }
