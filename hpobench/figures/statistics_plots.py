"""The figures of the statistics as files, for each kind with two optimizers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from hpobench.figures import statistics_figures
from hpobench.figures.catalogue import Plot
from hpobench.figures.style import Style, styles

TABLES = ("final", "significance", "critical", "pairs", "stability", "matrix")
"""What they are drawn from."""


def statistics_plots(
    tables: Mapping[str, pd.DataFrame], optimizers: Sequence[str]
) -> Iterator[Plot]:
    """All figures of the statistics, one kind of tasks after the other.

    Args:
        tables: The frames of an analysis by their names, those of `TABLES`.
        optimizers: All that the analysis has; they fix the colours.
    """
    look = styles(optimizers)
    for overall in tables["significance"].to_dict("records"):
        if overall["tasks"] > 0 and overall["optimizers"] > 1:
            kind = overall["kind"]
            own = {name: tables[name][tables[name]["kind"] == kind] for name in TABLES}
            yield from _of_kind(kind, own, overall["nemenyi"], look)


def _of_kind(
    kind: str, tables: Mapping[str, pd.DataFrame], distance: float, look: Mapping[str, Style]
) -> Iterator[Plot]:
    """The figures of one kind."""
    ranks, places = tables["critical"], tables["stability"]
    ordered, best = ranks["optimizer"].tolist(), tables["final"]["optimizer"].tolist()
    draw: dict[str, Callable[[float], Figure]] = {
        "critical": partial(statistics_figures.draw_critical_difference, ranks, distance, look),
        "effects": partial(statistics_figures.plot_effects, tables["pairs"], ordered),
        "places": partial(statistics_figures.plot_place_shares, places, best),
        "heat-map": partial(statistics_figures.plot_heat_map, tables["matrix"], ordered),
    }
    if places["probability"].isna().all():
        del draw["places"]
    if not len(tables["matrix"]):
        del draw["heat-map"]
    for view, own in draw.items():
        yield Plot(name=f"{kind}-{view}", kind=kind, view=view, label="this figure", draw=own)
