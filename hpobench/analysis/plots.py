"""The figures: drawn once by matplotlib, for files and for the page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from hpobench.analysis import drawing
from hpobench.analysis.pipeline import Analysis
from hpobench.analysis.style import RC, Style, styles

TITLES = {"budget": "Regret over the budget", "time": "Regret over virtual time"}
LABELS = {
    "budget": "share of the budget (full-fidelity trials)",
    "time": "share of the time random search takes",
}
CAPTIONS = {
    "budget": "Interquartile mean of normalised regret over tasks{interval}. Lower is better; "
    "the line at 1 is what random search reaches with the whole budget.",
    "time": "The same over the virtual seconds that trials take, for tasks whose trials differ "
    "in cost. A run that is done earlier keeps its last incumbent.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A figure with what a reader needs to understand it.

    Attributes:
        name: Of its files.
        kind: Of the tasks it shows.
        title: In a few words.
        caption: What is drawn, and how to read it.
        figure: matplotlib's.
        per_task: Whether it has a panel for each task.
    """

    name: str
    kind: str
    title: str
    caption: str
    figure: Figure
    per_task: bool = False


def plots(analysis: Analysis) -> Iterator[Plot]:
    """All figures for which there are data, one kind of tasks after the other."""
    look = styles(analysis.optimizers)
    with mpl.rc_context(RC):
        for comparison in analysis.comparisons:
            kind = str(comparison.kind)
            final = analysis.final[analysis.final["kind"] == kind]
            anytime = analysis.anytime[analysis.anytime["kind"] == kind]
            yield from _aggregated(kind, final, anytime, look)
            yield from _ranks(kind, analysis.ranks[analysis.ranks["kind"] == kind], look)
            tasks = analysis.anytime_tasks[analysis.anytime_tasks["kind"] == kind]
            yield from _tasks(kind, tasks, analysis.tasks, look)


def _aggregated(
    kind: str, final: pd.DataFrame, anytime: pd.DataFrame, look: Mapping[str, Style]
) -> Iterator[Plot]:
    """Final scores with intervals, and curves over budget and time."""
    if final["regret"].notna().any():
        yield Plot(
            name=f"{kind}-final",
            kind=kind,
            title="Regret at the end",
            caption=f"Interquartile mean of normalised regret over tasks{_interval(final)}. "
            "Left is better; the line at 1 is what random search reaches.",
            figure=drawing.scores(final.dropna(subset="regret"), look),
        )
    for axis, label in LABELS.items():
        curves = anytime[anytime["axis"] == axis]
        if len(curves):
            yield Plot(
                name=f"{kind}-regret-over-{axis}",
                kind=kind,
                title=TITLES[axis],
                caption=CAPTIONS[axis].format(interval=_interval(curves)),
                figure=drawing.regret_curves(curves, look, label),
            )


def _ranks(kind: str, ranks: pd.DataFrame, look: Mapping[str, Style]) -> Iterator[Plot]:
    """Mean ranks over the budget; a rank among one says nothing."""
    if len(set(ranks["optimizer"])) > 1:
        yield Plot(
            name=f"{kind}-ranks",
            kind=kind,
            title="Ranks over the budget",
            caption="Mean rank over the pairs of task and seed that all ran. Higher up is "
            "better: rank 1 is the best.",
            figure=drawing.rank_curves(ranks, look),
        )


def _tasks(
    kind: str, curves: pd.DataFrame, tasks: pd.DataFrame, look: Mapping[str, Style]
) -> Iterator[Plot]:
    """A small panel for each task: its regret, and its hypervolume where there is one."""
    scaled = curves[curves["regret"].notna()]
    if len(scaled):
        yield Plot(
            name=f"{kind}-tasks",
            kind=kind,
            title="Task by task: regret over the budget",
            caption="Mean normalised regret over seeds. Lower is better; the line at 1 is what "
            "random search reaches, the lower edge stands for 0." + _first(scaled),
            figure=drawing.panels(scaled, "regret", look),
            per_task=True,
        )
    if "multi-objective" in kind:
        best = tasks.set_index("task")["best"] if "best" in tasks else pd.Series(dtype=float)
        share = curves["value"].fillna(0.0) / curves["task"].map(best)
        volumes = curves.assign(volume=share)[share.notna()]
        if len(volumes):
            yield Plot(
                name=f"{kind}-hypervolume",
                kind=kind,
                title="Task by task: hypervolume over the budget",
                caption="Median over seeds, as a share of the best known. Higher is better."
                + _first(volumes),
                figure=drawing.panels(volumes, "volume", look),
                per_task=True,
            )


def _interval(scores: pd.DataFrame) -> str:
    """That intervals are drawn, if there are any."""
    return ", with its 95 % interval" if scores["low"].notna().any() else ""


def _first(curves: pd.DataFrame) -> str:
    """That there are more tasks than panels."""
    count = curves["task"].nunique()
    if count <= drawing.PANELS:
        return ""
    return f" The first {drawing.PANELS} of {count} tasks by name; the tables hold all."
