"""The figures as files: which there are, and what each is drawn from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from hpobench.analysis import drawing
from hpobench.analysis.axes import REACH, Axis
from hpobench.analysis.drawing import Ruler
from hpobench.analysis.runlengths import TARGETS
from hpobench.analysis.style import Style, styles

LABELS = {
    Axis.BUDGET: "share of the budget (full-fidelity trials)",
    Axis.EVALUATIONS: "evaluations per trial of the budget",
    Axis.TIME: "virtual time / random search's",
    Axis.OVERHEAD: "(virtual time + overhead) / random search's time",
}
MAIN = TARGETS[:1]
"""The target of the main performance profile."""

REGRET = Ruler(label="normalised regret (log scale)", log=True, mark=1.0)
RANK = Ruler(label="mean rank (1 is the best)", downwards=True)
VIEWS = {"rank": "ranks", "hypervolume": "volume", "igd_plus": "igd"}
"""By the column of a table the view of the page that shows it, where they differ."""
VOLUME = Ruler(label="hypervolume, share of the best known")
DISTANCE = Ruler(label="IGD+ (log scale)", log=True, mark=None)
REACHED = Ruler(label="share of targets reached", limits=(0, 1))
TASKS = Ruler(label="share of tasks", limits=(0, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A figure that can be drawn at any width.

    Attributes:
        name: Of its files.
        kind: Of the tasks it shows.
        view: The figure of the page that it belongs to, see `gallery.Exhibit`.
        label: Which of that figure's variants it is.
        draw: From a width in inches to matplotlib's figure.
        still: Whether the page shows it as it is, for want of scripts or since it never changes.
    """

    name: str
    kind: str
    view: str
    label: str
    draw: Callable[[float], Figure]
    still: bool = False


def plots(
    tables: Mapping[str, pd.DataFrame], optimizers: Sequence[str], *, everything: bool = False
) -> Iterator[Plot]:
    """The figures for which there are data, one kind of tasks after the other.

    Args:
        tables: The frames of an analysis by their names: `final`, `anytime`, `ranks`,
            `profiles` and `anytime_tasks`.
        optimizers: Of the analysis; they fix the colours.
        everything: Whether to draw all axes, all targets of profiles, the distance to known
            fronts, and each task, beside the main figures.
    """
    look = styles(optimizers)
    for kind in tables["final"]["kind"].unique():
        own = {name: frame[frame["kind"] == kind] for name, frame in tables.items()}
        yield from _final(kind, own["final"], look)
        for axis in Axis if everything else (Axis.BUDGET,):
            yield from _curves(kind, axis, own, look, everything=everything)
        yield from _profiles(kind, own["profiles"], look, TARGETS if everything else MAIN)
        if everything:
            tasks = own["anytime_tasks"]
            yield from _tasks(kind, tasks[tasks["axis"] == str(Axis.BUDGET)], look)


def _curves(
    kind: str,
    axis: Axis,
    tables: Mapping[str, pd.DataFrame],
    look: Mapping[str, Style],
    *,
    everything: bool,
) -> Iterator[Plot]:
    """Regret, ranks, targets and maybe IGD+ over one axis."""
    draw = partial(
        drawing.curves, x=Ruler(label=LABELS[axis], limits=(0, _end(axis, kind))), look=look
    )
    means, places = (t[t["axis"] == str(axis)] for t in (tables["anytime"], tables["ranks"]))
    yield from _over(kind, axis, "regret", means, partial(draw, y=REGRET))
    if len(set(places["optimizer"])) > 1:
        yield from _over(kind, axis, "rank", places, partial(draw, y=RANK))
    yield from _over(kind, axis, "targets", means, partial(draw, y=REACHED))
    if everything:
        for measure, y in (("hypervolume", VOLUME), ("igd_plus", DISTANCE)):
            known = means.dropna(subset=measure)
            yield from _over(kind, axis, measure, known, partial(draw, y=y))


def _end(axis: Axis, kind: str) -> float:
    return REACH if axis is Axis.EVALUATIONS and "multi-fidelity" in kind else 1.0


def _final(kind: str, final: pd.DataFrame, look: Mapping[str, Style]) -> Iterator[Plot]:
    """Final scores with intervals."""
    if final["regret"].notna().any():
        draw = partial(drawing.scores, final.dropna(subset="regret"), look)
        yield Plot(name=f"{kind}-final", kind=kind, view="regret", label="at the end", draw=draw)


def _over(
    kind: str,
    axis: Axis,
    column: str,
    curves: pd.DataFrame,
    draw: Callable[..., Figure],
) -> Iterator[Plot]:
    """Curves over one axis, if there are any."""
    if len(curves):
        view = VIEWS.get(column, column)
        bands = ["low", "high"] if column == "regret" else []
        chosen = curves[["optimizer", "x", column, *bands]].rename(columns={column: "y"})
        yield Plot(
            name=f"{kind}-{view}-over-{axis}",
            kind=kind,
            view=view,
            label=f"over {axis}",
            draw=partial(draw, chosen),
            still=view == "regret" and axis is Axis.BUDGET,
        )


def _profiles(
    kind: str, profiles: pd.DataFrame, look: Mapping[str, Style], targets: Sequence[float]
) -> Iterator[Plot]:
    """Performance profiles over the budget; among one they say nothing."""
    own = profiles[profiles["axis"] == str(Axis.BUDGET)]
    if own["optimizer"].nunique() < 2:  # noqa: PLR2004
        return
    x = Ruler(label="times as long as the best (log scale)", log=True, limits=(1, None))
    for target in targets:
        chosen = own[own["target"] == target]
        steps = chosen.rename(columns={"tau": "x", "share": "y"})[["optimizer", "x", "y"]]
        yield Plot(
            name=f"{kind}-profile-regret-{target:g}",
            kind=kind,
            view="profile",
            label=f"regret {target:g}",
            draw=partial(drawing.curves, steps, x=x, y=TASKS, look=look),
        )


def _tasks(kind: str, curves: pd.DataFrame, look: Mapping[str, Style]) -> Iterator[Plot]:
    """A panel for each task: its regret, or its value where it has no scale."""
    scaled = curves[curves["regret"].notna()]
    pages = sorted(scaled["task"].unique())
    for first in range(0, len(pages), drawing.PANELS):
        names = pages[first : first + drawing.PANELS]
        yield Plot(
            name=f"{kind}-tasks-{first + 1}-{first + len(names)}",
            kind=kind,
            view="task",
            label=f"{first + 1} to {first + len(names)}",
            draw=partial(drawing.panels, scaled[scaled["task"].isin(names)], look),
        )
