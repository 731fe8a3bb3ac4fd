"""What the page shows of where optimizers stand: on parts of tasks, by time, under settings."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from hpobench.report.interval_bars import gap_bars
from hpobench.report.table_views import Row, ViewedCell, ViewedTable
from hpobench.scoring.curves import Axis
from hpobench.stats.standings import SHARES, TaskScope
from hpobench.system.text import number, span

END = SHARES[-1]

SPENT = {
    Axis.BUDGET: ("of the budget", SHARES[:-1]),
    Axis.TIME: ("of the time", SHARES[1:]),
}
"""What a share is of, and which are shown: the end of the budget is in the ranking, and the time
is the virtual one that random search takes for its whole budget."""

Column = Mapping[str, Mapping[Any, Any]]
"""By optimizer where it stands."""


def standings(found: pd.DataFrame, kind: str, look: Mapping[str, str]) -> ViewedTable:
    """Mean rank and regret: a line for each optimizer, a column for each part and share.

    Args:
        found: One kind's rows of `standings.Standings.rows`.
        kind: Its name.
        look: The class of each optimizer.
    """
    columns = {
        (f"{name}, {own['tasks'].iloc[0]} tasks", _title(part)): _column(own)
        for part, name in ((TaskScope.REAL, "real"), (TaskScope.FUNCTIONS, "functions"))
        if len(own := _chosen(found, part, Axis.BUDGET, END))
    }
    columns |= {
        (f"{share:.0%} {of}", f"On all {own['tasks'].iloc[0]} tasks with such an axis"): _column(
            own
        )
        for axis, (of, shares) in SPENT.items()
        for share in shares
        if len(own := _chosen(found, TaskScope.ALL, axis, share))
    }
    order = _chosen(found, TaskScope.ALL, Axis.BUDGET, END)["optimizer"]
    rows = [
        Row(
            key=look[name],
            cells=[ViewedCell(text=name), *(_cell(own, name) for own in columns.values())],
        )
        for name in order
    ]
    return ViewedTable(
        label=f"Mean ranks on parts of the tasks and on the way: {kind}",
        columns={"optimizer": "", **dict(columns.keys())},
        rows=rows,
    )


GAPS = {
    "optimizer": "",
    "setting": "As it stands behind the @ of a task",
    "tasks": "Those that it ran in both ways with one of the same seeds",
    "runs": "Of each side",
    "as usual": "Mean normalised regret over tasks at the end",
    "under it": "The same under the setting",
    "gap": "The second less the first and its 95 % interval with other seeds; above 0: the setting "
    "makes it worse",
}


def settings_gaps(found: pd.DataFrame, kind: str) -> ViewedTable | None:
    """What settings change: a line for each optimizer and setting; None if nothing ran both ways.

    Args:
        found: What `gaps.gaps` gives.
        kind: Whose rows.
    """
    own = found[found["kind"] == kind]
    rows = [
        Row(
            cells=[
                ViewedCell(text=each["optimizer"]),
                ViewedCell(text=each["setting"]),
                *(ViewedCell(text=str(each[n]), sort=float(each[n])) for n in ("tasks", "runs")),
                *(ViewedCell(text=number(each[n]), sort=each[n]) for n in ("usual", "under")),
                ViewedCell(
                    text=number(each["gap"]),
                    sort=each["gap"],
                    small=span(each["low"], each["high"]),
                    bar=bar,
                ),
            ]
        )
        for each, bar in zip(own.to_dict("records"), gap_bars(own), strict=True)
    ]
    label = f"As usual, and under a setting: {kind}"
    return ViewedTable(label=label, columns=GAPS, rows=rows) if rows else None


def _title(part: TaskScope) -> str:
    """What the tasks of a part are."""
    if part is TaskScope.REAL:
        return "At the end, on tasks whose values come from trainings or measurements"
    return "At the end, on formulas and programs that train and measure nothing"


def _chosen(found: pd.DataFrame, part: TaskScope, axis: Axis, share: float) -> pd.DataFrame:
    """The rows of one part at one share of what was spent."""
    of_part = found[(found["part"] == part) & (found["axis"] == axis)]
    return of_part[of_part["share"] == share]


def _column(own: pd.DataFrame) -> Column:
    """Where each optimizer stands, and whether it is the first."""
    return {row["optimizer"]: row | {"first": own["rank"].min()} for row in own.to_dict("records")}


def _cell(column: Column, name: str) -> ViewedCell:
    """A mean rank, and the regret beside it."""
    row = column[name]
    return ViewedCell(
        text=number(row["rank"]),
        small=number(row["regret"], none=""),
        sort=float(row["rank"]) if row["rank"] == row["rank"] else "",
        best=bool(row["rank"] == row["first"]),
    )
