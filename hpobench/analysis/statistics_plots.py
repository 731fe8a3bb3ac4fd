"""The figures of the statistics, for each kind with two optimizers and a scale."""

from collections.abc import Iterator, Mapping

import matplotlib as mpl

from hpobench.analysis import diagrams
from hpobench.analysis.pipeline import Analysis
from hpobench.analysis.plots import Plot
from hpobench.analysis.style import RC, Style, styles
from hpobench.analysis.text import number


def plots(analysis: Analysis) -> Iterator[Plot]:
    """All figures of the statistics, one kind of tasks after the other."""
    look = styles(analysis.optimizers)
    with mpl.rc_context(RC):
        for overall in analysis.significance.to_dict("records"):
            if overall["tasks"] > 0 and overall["optimizers"] > 1:
                yield from _of_kind(analysis, overall["kind"], overall["nemenyi"], look)


def _of_kind(
    analysis: Analysis, kind: str, distance: float, look: Mapping[str, Style]
) -> Iterator[Plot]:
    """The figures of one kind; names as in `statistics_views`."""
    ranks, pairs, places, matrix = (
        frame[frame["kind"] == kind]
        for frame in (analysis.critical, analysis.pairs, analysis.stability, analysis.matrix)
    )
    ordered = ranks["optimizer"].tolist()
    wide = len(ordered) > diagrams.FEW
    yield Plot(
        name=f"{kind}-critical",
        kind=kind,
        title="Mean ranks over tasks",
        caption="Rank 1 is the best. Optimizers with a dot on the same bar cannot be told apart "
        "(Wilcoxon's signed-rank test over tasks, Holm's adjustment, level 0.05).",
        figure=diagrams.critical(ranks, distance, look),
        per_task=True,
    )
    yield Plot(
        name=f"{kind}-effects",
        kind=kind,
        title="Who beats whom",
        caption="How probable it is that a run of the row's optimizer beats one of the column's on "
        "the same task (A12, the mean over tasks). A star: they differ significantly.",
        figure=diagrams.effects(pairs, ordered),
        per_task=wide,
    )
    if places["probability"].notna().any():
        best = analysis.final[analysis.final["kind"] == kind]["optimizer"].tolist()
        yield Plot(
            name=f"{kind}-places",
            kind=kind,
            title="Places with other tasks and seeds",
            caption="In how many of a hundred rankings each optimizer has each place, when tasks "
            "and seeds are drawn anew.",
            figure=diagrams.places(places, best),
            per_task=wide,
        )
    yield Plot(
        name=f"{kind}-heat-map",
        kind=kind,
        title="Task by task: regret at the end",
        caption="Mean normalised regret over seeds; 1 is what random search reaches. Regrets "
        f"below {number(diagrams.LEAST)} and above {number(diagrams.MOST)} have the colours of "
        "these.",
        figure=diagrams.heat_map(matrix, ordered),
        per_task=wide,
    )
