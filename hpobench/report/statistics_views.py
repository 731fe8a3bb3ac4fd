"""What the page shows of the statistics: who differs, how surely, where, and by which tasks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from hpobench.analysis.frames import Analysis
from hpobench.analysis.notes import FEW_FAMILIES
from hpobench.figures.style import styles
from hpobench.report.standings_views import standings
from hpobench.report.table_views import Row, ViewedCell, ViewedTable, ranked
from hpobench.stats.comparison import Comparison
from hpobench.stats.finals import Basis
from hpobench.stats.power import EQUAL, SEEDS, SETTLED, TASKS, UNEVEN, fewest_tasks
from hpobench.stats.significance import LEVEL
from hpobench.system.text import count, number, share, span

SHOWN = 12
"""So many tasks are named as those that decide; the tables hold all."""

SHOWN_PAIRS = 60
"""So many pairs are on the page."""

PAIRS = {
    "pair": "",
    "wins, ties, losses": "Of the first, in pairs of task and seed",
    "difference": "Median over tasks of the difference of mean regrets; negative: the first is "
    "better",
    "p (Holm)": "Wilcoxon's signed-rank test over tasks, adjusted for all pairs",
    "A12": "How probable it is that a run of the first beats one of the second, and its 95 % "
    "interval",
    "better, equal, worse": "Probability that the first is practically better, equal or worse, "
    "by the Bayesian signed-rank test",
    "ranked before": "How often the first is ranked before the second with other tasks and seeds",
    "what would settle it": "How many seeds or tasks in all, if the variances stay as they are",
}


WITHOUT_SCALE = (
    "No task has constants, so that tests take ranks of runs within each task; how far apart "
    "results are, and what would settle a pair, cannot be said. "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What a section of the page says of one kind.

    Attributes:
        summary: Whether optimizers differ, in a few sentences.
        stability: How sure the ranking is.
        pairs: Each two optimizers held against each other.
        running: Expected running times by target.
        properties: Scores by origin, collection, dimension and type of space.
        standings: Mean ranks on real tasks, on functions, on the way, and by time.
        influence: The tasks that decide the ranking.
    """

    summary: str
    stability: str
    pairs: ViewedTable
    running: ViewedTable
    properties: ViewedTable
    standings: ViewedTable
    influence: ViewedTable


def statistics(analysis: Analysis, comparison: Comparison) -> Statistics | None:
    """The statistics of one kind; None where there are no two optimizers or no tasks."""
    kind = str(comparison.kind)
    (overall,) = of_kind(analysis.significance, kind).to_dict("records")
    if overall["tasks"] == 0 or overall["optimizers"] <= 1:
        return None
    look = {name: style.key for name, style in styles(analysis.optimizers).items()}
    order = ranked(analysis, kind, of_kind(analysis.ert, kind)["optimizer"].unique())
    return Statistics(
        summary=_summary(analysis, kind, overall),
        stability=_stability(overall),
        pairs=_pairs(analysis, kind),
        running=_running(of_kind(analysis.ert, kind), kind, look, order),
        properties=_properties(of_kind(analysis.properties, kind), kind, order),
        standings=standings(of_kind(analysis.standings, kind), kind, look),
        influence=_influence(of_kind(analysis.influence, kind), kind),
    )


def of_kind(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The rows of one kind."""
    return frame[frame["kind"] == kind]


def _summary(analysis: Analysis, kind: str, overall: Mapping[Any, Any]) -> str:
    """Whether there is any difference, and how many pairs differ."""
    pairs = of_kind(analysis.pairs, kind)
    told = int((pairs["p_holm"] < LEVEL).sum())
    verb = "differ" if overall["p_f"] < LEVEL else "do not differ significantly"
    text = WITHOUT_SCALE if overall["basis"] == Basis.RANKS else ""
    text += (
        f"Over {count(overall['tasks'], 'task')} the optimizers {verb} (Friedman's test: "
        f"chi-squared {number(overall['chi2'])}, p = {number(overall['p'])}; Iman and Davenport: "
        f"p = {number(overall['p_f'])}). {told} of {count(len(pairs), 'pair')} "
        f"{'differs' if told == 1 else 'differ'} at level {LEVEL} after Holm's adjustment."
    )
    if overall["tasks"] < fewest_tasks(len(pairs)):
        text += " With so few tasks no pair can."
    return text


def _stability(overall: Mapping[Any, Any]) -> str:
    """How like the ranking others by other tasks and seeds would be."""
    tau = overall["tau"]
    if overall["basis"] == Basis.RANKS:
        return "Without constants there is no mean regret to rank anew by other tasks and seeds."
    if not np.isfinite(tau):
        return "With a single task nothing can be said of other tasks."
    return (
        f"Rankings by other tasks and seeds have a mean Kendall's tau of {number(tau)} to this "
        f"one: 1 is the same order, 0 is none in common. {_families(overall)}"
    )


def _families(overall: Mapping[Any, Any]) -> str:
    """The same if whole collections are drawn, whose tasks are alike."""
    count_of = overall["families"]
    if count_of == 1:
        return "All tasks are of one family (collection): nothing can be said of other families."
    few = ", which are few to say it by" if count_of < FEW_FAMILIES else ""
    return (
        f"By other families of tasks (collections) it is {number(overall['tau_families'])}: there "
        f"are {count_of}{few}."
    )


def _pairs(analysis: Analysis, kind: str) -> ViewedTable:
    """Pairs with the first of the ranking, then the most certain differences."""
    pairs = of_kind(analysis.pairs, kind)
    found = pairs.assign(verdict=[_verdict(row) for row in _records(analysis.power, kind)])
    leader = of_kind(analysis.final, kind)["optimizer"].iloc[0]
    found["behind"] = (found[["optimizer", "other"]] != leader).all(axis=1)
    ordered = found.sort_values(["behind", "p_holm"], kind="stable").head(SHOWN_PAIRS)
    rows = [_pair(row) for row in ordered.to_dict("records")]
    return ViewedTable(label=f"Pairs of optimizers: {kind}", columns=PAIRS, rows=rows)


def _pair(row: Mapping[Any, Any]) -> Row:
    """One line of the table of pairs."""
    parts = "/".join(share(row[name]) for name in ("better", "equal", "worse"))
    return Row(
        cells=[
            ViewedCell(text=f"{row['optimizer']} against {row['other']}"),
            _met(row),
            ViewedCell(text=number(row["difference"]), sort=_sortable(row["difference"])),
            ViewedCell(
                text=number(row["p_holm"]),
                sort=_sortable(row["p_holm"]),
                best=bool(row["p_holm"] < LEVEL),
            ),
            ViewedCell(
                text=f"{row['a12']:.2f}",
                small=span(row["a12_low"], row["a12_high"], none=""),
                sort=float(row["a12"]),
            ),
            ViewedCell(text=parts, sort=_sortable(row["better"])),
            ViewedCell(text=share(row["before"]), sort=_sortable(row["before"])),
            ViewedCell(text=row["verdict"]),
        ]
    )


def _met(row: Mapping[Any, Any]) -> ViewedCell:
    """Wins, ties and losses; unknown where the two ran no task with the same seed."""
    if row["wins"] is pd.NA:
        return ViewedCell(text="-")
    text = f"{row['wins']}, {row['ties']}, {row['losses']}"
    return ViewedCell(text=text, sort=float(row["wins"]))


def _verdict(row: Mapping[Any, Any]) -> str:
    """What would settle a pair, in words."""
    match row["verdict"]:
        case str(verdict) if verdict in {SETTLED, EQUAL}:
            return verdict if verdict == SETTLED else f"nothing: {verdict}"
        case str(verdict) if verdict == SEEDS:
            return f"{row['seeds_needed']:,.0f} seeds, or {row['tasks_needed']:,.0f} tasks"
        case str(verdict) if verdict == TASKS:
            return f"{row['tasks_needed']:,.0f} tasks; seeds alone will not"
        case str(verdict) if verdict == UNEVEN:
            return "not known: differences are too uneven"
        case _:
            return "not known: too few tasks or seeds"


def _running(
    found: pd.DataFrame, kind: str, look: Mapping[str, str], order: Sequence[str]
) -> ViewedTable:
    """Expected running times: a line for each optimizer, a column for each target."""
    targets = sorted(found["target"].unique(), reverse=True)
    columns = {"optimizer": ""} | {
        f"to {target:g}": "Budgets until this regret, and how many runs reached it"
        for target in targets
    }
    rows = []
    frames = dict(list(found.groupby("optimizer", sort=False)))
    for name in order:
        entries = {row["target"]: row for row in frames[name].to_dict("records")}
        cells = [_time(entries[target]) for target in targets]
        rows.append(Row(key=look[name], cells=[ViewedCell(text=name), *cells]))
    return ViewedTable(label=f"Expected running times: {kind}", columns=columns, rows=rows)


def _time(entry: Mapping[Any, Any]) -> ViewedCell:
    reached = np.isfinite(entry["ert"])
    return ViewedCell(
        text=number(entry["ert"], none="never"),
        small=f"({entry['successes']} of {entry['runs']})",
        sort=float(entry["ert"]) if reached else "",
    )


def _properties(found: pd.DataFrame, kind: str, names: Sequence[str]) -> ViewedTable:
    """Regret on parts of the tasks: a line for each part, a column for each optimizer."""
    rows = []
    for (name, value, tasks), own in found.groupby(["property", "value", "tasks"], sort=False):
        scores = own.set_index("optimizer")["regret"]
        cells = [
            ViewedCell(
                text=number(scores[o]), sort=float(scores[o]), best=bool(scores[o] == scores.min())
            )
            for o in names
        ]
        head = [
            ViewedCell(text=f"{name}: {value}"),
            ViewedCell(text=str(tasks), sort=float(str(tasks))),
        ]
        rows.append(Row(cells=[*head, *cells]))
    columns = dict.fromkeys(("part of the tasks", "tasks", *names), "")
    return ViewedTable(label=f"Regret on parts of the tasks: {kind}", columns=columns, rows=rows)


def _influence(found: pd.DataFrame, kind: str) -> ViewedTable:
    """The tasks whose absence would change most."""
    columns = {
        "without the task": "",
        "swaps": "Pairs of optimizers whose order changes",
        "tau": "Kendall's tau to the ranking by all tasks",
        "first would be": "The best on all other tasks",
        "lead": "Mean regret of the second of the whole ranking less that of the first, and in "
        "brackets by how much it changes",
    }
    rows = [
        Row(
            cells=[
                ViewedCell(text=row["task"]),
                ViewedCell(text=str(row["swaps"]), sort=float(row["swaps"])),
                ViewedCell(text=number(row["tau"]), sort=_sortable(row["tau"])),
                ViewedCell(text=row["leader"]),
                ViewedCell(
                    text=number(row["lead"]),
                    small=f"({row['lead_change']:+.3f})",
                    sort=float(row["lead"]),
                ),
            ]
        )
        for row in found.head(SHOWN).to_dict("records")
    ]
    return ViewedTable(label=f"Tasks that decide the ranking: {kind}", columns=columns, rows=rows)


def _records(frame: pd.DataFrame, kind: str) -> Iterator[Mapping[Any, Any]]:
    yield from of_kind(frame, kind).to_dict("records")


def _sortable(value: float) -> float | str:
    return float(value) if np.isfinite(value) else ""
