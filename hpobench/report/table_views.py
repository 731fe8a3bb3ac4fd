"""Tables as people read them, for the page and for the terminal."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hpobench.analysis.frames import Analysis
from hpobench.figures.bars import shown_groups
from hpobench.figures.style import styles
from hpobench.report.interval_bars import interval_bars
from hpobench.scoring.metric import Metric
from hpobench.stats.comparison import Comparison
from hpobench.stats.significance import LEVEL
from hpobench.system.text import number, share, span

RANKING = {
    "optimizer": "",
    "regret": "Interquartile mean of the normalised regret of all runs: 0 is the best known "
    "result, 1 is what random search reaches",
    "95 % interval": "Of the interquartile mean with other seeds on the same tasks; the bar shows "
    "it among all of the ranking, on a log scale",
    "mean": "Of mean normalised regrets by task, which a catastrophe shows in",
    "median": "Of mean normalised regrets by task",
    "worst task": "The largest mean normalised regret on any task, and which it is",
    "not told apart from": "The first of the ranking, and random search: by Wilcoxon's signed-rank "
    "test over tasks, adjusted by Holm for the tests with that one. Letters: who shares one cannot "
    "be told apart if all pairs are tested (none where there are more groups than letters)",
    "mean rank": "Over pairs of task and seed, and its 95 % interval; 1 is the best",
    "wins": "Pairs of task and seed where no other was better",
    "runs": "On the compared tasks",
    "failed": "Failed runs, of those on the compared tasks",
    "ms/trial": "Real milliseconds to ask for and tell a trial, median over runs",
}

OVERTUNING = {
    "optimizer": "",
    "runs": "Those that completed and have test values",
    "overtuned": "The share of them whose last incumbent is worse on test data than an earlier one",
    "median": "Of the relative overtuning of these: how much of what was gained on test data since "
    "the first incumbent is lost again; over 1 all of it, infinite where there was no gain",
}


SHOWN_RESULTS, FEWEST_SHOWN = 20_000, 10
"""So many results are on the page, of the best optimizers, but of no fewer than the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewedCell:
    """What stands in a table.

    Attributes:
        text: As shown.
        sort: What the column is sorted by, the text itself by default.
        small: A second value, shown less.
        best: Whether it is the best of its line.
        bar: Where an interval begins, how long it is, and its estimate, in percent of a scale.
    """

    text: str
    sort: float | str = ""
    small: str = ""
    best: bool = False
    bar: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a table; the first cell is its heading, the key an optimizer's class."""

    cells: Sequence[ViewedCell]
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewedTable:
    """A table with a label for those who cannot see it; columns have explanations.

    Attributes:
        wraps: Whether cells break into lines, so that all columns are seen at once.
    """

    label: str
    columns: Mapping[str, str]
    rows: Sequence[Row]
    wraps: bool = False


def ranking(analysis: Analysis, comparison: Comparison) -> ViewedTable:
    """The compared optimizers, the best first."""
    look = styles(analysis.optimizers)
    final = analysis.final[analysis.final["kind"] == comparison.kind]
    bars, letters = interval_bars(final), _letters(analysis, comparison)
    random_leads = bool(final["p_random"].iloc[:1].isna().all())
    rows = [
        Row(
            key=look[entry["optimizer"]].key,
            cells=[
                ViewedCell(text=entry["optimizer"]),
                _number(entry["regret"]),
                ViewedCell(
                    text=span(entry["low"], entry["high"]),
                    sort=_sortable(entry["low"]),
                    bar=bars.get(entry["optimizer"]),
                ),
                _number(entry["mean"]),
                _number(entry["median"]),
                _worst(entry),
                ViewedCell(
                    text=_alike(entry, random_leads=random_leads),
                    small=letters.get(entry["optimizer"], ""),
                    best=bool(entry["p_first"] >= LEVEL),
                ),
                ViewedCell(
                    text=_decimals(entry["rank"]),
                    small=span(entry["rank_low"], entry["rank_high"], none=""),
                    sort=_sortable(entry["rank"]),
                ),
                _wins(entry["wins"], len(comparison.pairs)),
                _number(entry["runs"], str(entry["runs"])),
                _number(entry["failure_rate"], share(entry["failure_rate"])),
                _number(entry["overhead"]),
                *(_with_interval(entry, metric) for metric in final_metrics(analysis)),
            ],
        )
        for entry in final.to_dict("records")
    ]
    columns = RANKING | {metric.title.lower(): metric.caption for metric in final_metrics(analysis)}
    label = f"Ranking: {comparison.kind}"
    return ViewedTable(label=label, columns=columns, rows=rows, wraps=True)


def _letters(analysis: Analysis, comparison: Comparison) -> dict[str, str]:
    """By optimizer the letters of its groups; none where there are more groups than letters."""
    found = analysis.critical[analysis.critical["kind"] == comparison.kind]
    if not shown_groups(found["groups"]):
        return {}
    pairs = zip(found["optimizer"], found["groups"], strict=True)
    return {name: groups.replace(" ", "") for name, groups in pairs}


def ranked(analysis: Analysis, kind: str, names: Iterable[str]) -> list[str]:
    """Optimizers in the order of a kind's ranking, and those that are not in it after them."""
    final = analysis.final[analysis.final["kind"] == kind]
    places = {name: place for place, name in enumerate(final["optimizer"])}
    return sorted(names, key=lambda name: (places.get(name, len(places)), name))


def final_metrics(analysis: Analysis) -> list[Metric]:
    """The metrics that are columns of the final tables."""
    return [metric for metric in analysis.metrics if metric.final]


def _with_interval(entry: Mapping[Any, Any], metric: Metric) -> ViewedCell:
    """A metric at the end of the budget, and its interval."""
    low, high = (entry[name] for name in metric.interval)
    return ViewedCell(
        text=number(entry[metric.column]),
        small=span(low, high, none=""),
        sort=_sortable(entry[metric.column]),
    )


def task_table(analysis: Analysis, comparison: Comparison) -> ViewedTable:
    """The best optimizers on each task of a kind: the value, and the regret beside it."""
    found = analysis.final_tasks[analysis.final_tasks["kind"] == comparison.kind]
    names = ranked(analysis, str(comparison.kind), found["optimizer"].unique())
    results: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for entry in found.to_dict("records"):
        results[entry["task"]][entry["optimizer"]] = entry
    names = names[: max(SHOWN_RESULTS // max(len(results), 1), FEWEST_SHOWN)]
    rows = [
        Row(cells=[ViewedCell(text=task), *_results(entries, names)])
        for task, entries in results.items()
    ]
    columns = {"task": ""} | dict.fromkeys(names, "")
    return ViewedTable(label=f"Results task by task: {comparison.kind}", columns=columns, rows=rows)


def overtuning_table(analysis: Analysis, comparison: Comparison) -> ViewedTable | None:
    """How often and how far optimizers overtuned on tasks with test values, if there are any."""
    found = analysis.overtuning[analysis.overtuning["kind"] == comparison.kind]
    order = ranked(analysis, str(comparison.kind), found["optimizer"])
    rows = [
        Row(
            cells=[
                ViewedCell(text=entry["optimizer"]),
                _number(entry["runs"], str(entry["runs"])),
                _number(entry["overtuned"], share(entry["overtuned"])),
                _number(entry["median"], "infinite" if np.isinf(entry["median"]) else None),
            ]
        )
        for entry in found.set_index("optimizer", drop=False).loc[order].to_dict("records")
    ]
    label = f"Overtuning: {comparison.kind}"
    return ViewedTable(label=label, columns=OVERTUNING, rows=rows) if rows else None


def failure_table(analysis: Analysis) -> ViewedTable:
    """How many runs failed and how many tasks were skipped; where most did, first."""
    failures = analysis.failures.sort_values(["rate", "skip_rate"], ascending=False, kind="stable")
    rows = [
        Row(
            cells=[
                ViewedCell(text=entry["optimizer"]),
                ViewedCell(text=entry["kind"]),
                _number(entry["runs"], str(entry["runs"])),
                _number(entry["failed"], str(entry["failed"])),
                _number(entry["rate"], share(entry["rate"])),
                _number(entry["skipped"], f"{entry['skipped']} of {entry['tasks']}"),
                _number(entry["skip_rate"], share(entry["skip_rate"])),
            ]
        )
        for entry in failures.to_dict("records")
    ]
    columns = ("optimizer", "kind", "runs", "failed", "failure rate", "tasks skipped", "skip rate")
    return ViewedTable(label="Failures", columns=dict.fromkeys(columns, ""), rows=rows)


def tasks_table(analysis: Analysis) -> ViewedTable:
    """The tasks with their budgets and constants."""
    rows = [
        Row(
            cells=[
                ViewedCell(text=entry["task"]),
                ViewedCell(text=entry["kind"]),
                _number(entry["dimension"], str(entry["dimension"] or "-")),
                ViewedCell(text=entry["objectives"]),
                ViewedCell(text=entry["budget"]),
                ViewedCell(text=entry["constants"]),
                _number(entry["best"]),
                _number(entry["random_median"]),
            ]
        )
        for entry in analysis.tasks.to_dict("records")
    ]
    columns = ("task", "kind", "dimension", "objectives", "budget", "constants", "best known")
    titles = dict.fromkeys((*columns, "random search"), "")
    return ViewedTable(label="Tasks", columns=titles, rows=rows)


def _worst(entry: Mapping[Any, Any]) -> ViewedCell:
    """The largest mean regret on a task, and on which."""
    scaled = np.isfinite(entry["worst"])
    return ViewedCell(
        text=number(entry["worst"]),
        small=str(entry["worst_task"]) if scaled else "",
        sort=_sortable(entry["worst"]),
    )


def _alike(entry: Mapping[Any, Any], *, random_leads: bool) -> str:
    """Which of the two that matter in a ranking no test tells an optimizer apart from."""
    tests = {"the first": entry["p_first"]}
    if not random_leads:
        tests["random search"] = entry["p_random"]
    return ", ".join(name for name, p in tests.items() if p >= LEVEL) or "-"


def _results(entries: Mapping[str, Any], names: Sequence[str]) -> list[ViewedCell]:
    """A task's line: for each optimizer its value, its regret, and whether it is the best."""
    least = min(entry["loss"] for entry in entries.values())
    return [
        _result(entries[name], least) if name in entries else ViewedCell(text="") for name in names
    ]


def _result(entry: Mapping[str, Any], least: float) -> ViewedCell:
    scaled = np.isfinite(entry["regret"])
    return ViewedCell(
        text=number(entry["value"], none="none"),
        small=f"({number(entry['regret'])})" if scaled else "",
        sort=_sortable(entry["regret"] if scaled else entry["loss"]),
        best=entry["loss"] == least and np.isfinite(least),
    )


def _wins(wins: int, pairs: int) -> ViewedCell:
    return (
        ViewedCell(text=f"{wins} of {pairs}", sort=float(wins)) if pairs else ViewedCell(text="-")
    )


def _number(value: float, text: str | None = None) -> ViewedCell:
    return ViewedCell(text=number(value) if text is None else text, sort=_sortable(value))


def _decimals(value: float) -> str:
    return f"{value:.2f}" if np.isfinite(value) else "-"


def _sortable(value: float) -> float | str:
    """A number, or nothing where there is none: that comes last."""
    return float(value) if np.isfinite(value) else ""
