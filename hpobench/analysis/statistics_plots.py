"""The figures of the statistics, for each kind with two optimizers and a scale."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import pandas as pd

from hpobench.analysis import diagrams
from hpobench.analysis.plots import Plot
from hpobench.analysis.style import Style, styles


def plots(tables: Mapping[str, pd.DataFrame], optimizers: Sequence[str]) -> Iterator[Plot]:
    """All figures of the statistics, one kind of tasks after the other.

    Args:
        tables: The frames of an analysis by their names: `significance`, `critical`, `pairs`,
            `stability`, `matrix` and `final`.
        optimizers: Of the analysis; they fix the colours.
    """
    look = styles(optimizers)
    for overall in tables["significance"].to_dict("records"):
        if overall["tasks"] > 0 and overall["optimizers"] > 1:
            kind = overall["kind"]
            own = {name: frame[frame["kind"] == kind] for name, frame in tables.items()}
            yield from _of_kind(own, kind, overall["nemenyi"], look)


def _of_kind(
    own: Mapping[str, pd.DataFrame], kind: str, distance: float, look: Mapping[str, Style]
) -> Iterator[Plot]:
    """The figures of one kind."""
    ranks, places = own["critical"], own["stability"]
    ordered, best = ranks["optimizer"].tolist(), own["final"]["optimizer"].tolist()
    draw = {
        "critical": partial(diagrams.critical, ranks, distance, look),
        "effects": partial(diagrams.effects, own["pairs"], ordered),
        "heat-map": partial(diagrams.heat_map, own["matrix"], ordered),
    }
    if places["probability"].notna().any():
        draw["places"] = partial(diagrams.places, places, best)
    for view, at_width in draw.items():
        yield Plot(
            name=f"{kind}-{view}",
            kind=kind,
            view=view,
            label="at the end",
            draw=at_width,
            still=f"{view}: {kind}",
        )
