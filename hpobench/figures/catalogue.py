"""The figures as files: which there are, and what each is drawn from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from hpobench.figures import primitives, task_panels
from hpobench.figures.style import Style, styles
from hpobench.scoring.curves import REACH, Axis
from hpobench.scoring.incumbents import TARGETS
from hpobench.scoring.metric import AxisSpec, Metric
from hpobench.scoring.metrics import METRICS, REGRET

LABELS = {
    Axis.BUDGET: "share of the budget (full-fidelity trials)",
    Axis.EVALUATIONS: "evaluations per trial of the budget",
    Axis.TIME: "virtual time / random search's",
    Axis.OVERHEAD: "(virtual time + overhead) / random search's time",
}
MAIN = TARGETS[:1]
"""The target of the main performance profile."""

PALE = {
    "test": "the value that is scored",
    "surface": "what a quarter and three quarters of the runs attained",
}
"""What pale lines of the panels are."""

DRAWN = ("final", "anytime", "ranks", "profiles")
"""The frames that the main figures are drawn from."""

DRAWN_WITH_ALL = ("tasks", "anytime_tasks", "attainment")
"""Those that the others are drawn from."""

RANK = AxisSpec(label="mean rank (1 is the best)", downwards=True)
TASKS = AxisSpec(label="share of tasks", limits=(0, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A figure that can be drawn at any width.

    Attributes:
        name: Stem of its files' names.
        kind: The kind of tasks it shows.
        view: The figure of the page that it belongs to, see `gallery.Exhibit`.
        label: Which of that figure's variants it is.
        draw: From a width in inches to matplotlib's figure.
    """

    name: str
    kind: str
    view: str
    label: str
    draw: Callable[[float], Figure]


def plots_with_data(
    tables: Mapping[str, pd.DataFrame],
    optimizers: Sequence[str],
    *,
    everything: bool = False,
    metrics: Sequence[Metric] = METRICS,
) -> Iterator[Plot]:
    """The figures for which there are data, one kind of tasks after the other.

    Args:
        tables: The frames of an analysis by their names: those `DRAWN`, for everything those
            `DRAWN_WITH_ALL` too.
        optimizers: All that the analysis has; they fix the colours.
        everything: Whether to draw all axes, all targets of profiles, geometric means, and
            each task, beside the main figures.
        metrics: Those of the analysis.
    """
    look = styles(optimizers)
    drawn = {name: tables[name] for name in (*DRAWN, *(DRAWN_WITH_ALL if everything else ()))}
    for kind in drawn["final"]["kind"].unique():
        own = {name: frame[frame["kind"] == kind] for name, frame in drawn.items()}
        yield from _final(kind, own["final"], look, metrics)
        for axis in Axis if everything else (Axis.BUDGET,):
            shown = [metric for metric in metrics if everything or not metric.variant]
            yield from _curves(kind, axis, own, look, shown)
            yield from _profiles(kind, axis, own["profiles"], look, TARGETS if everything else MAIN)
        if everything:
            yield from _tasks(kind, own, look)


def _curves(
    kind: str,
    axis: Axis,
    tables: Mapping[str, pd.DataFrame],
    look: Mapping[str, Style],
    metrics: Sequence[Metric],
) -> Iterator[Plot]:
    """What is drawn over one axis."""
    draw = partial(
        primitives.draw_curves,
        x=AxisSpec(label=LABELS[axis], limits=(0, _end(axis, kind))),
        look=look,
    )
    means, places = (t[t["axis"] == str(axis)] for t in (tables["anytime"], tables["ranks"]))
    if len(set(places["optimizer"])) > 1:
        chosen = places[["optimizer", "x", "rank"]].rename(columns={"rank": "y"})
        yield _over(kind, axis, "ranks", chosen, partial(draw, y=RANK))
    for metric in metrics:
        known = _having(means, metric)
        if len(known):
            names = {metric.column: "y"} | dict(zip(metric.interval, ("low", "high"), strict=False))
            chosen = known[["optimizer", "x", *(name for name in names if name in known)]]
            yield _over(
                kind,
                axis,
                metric.figure,
                chosen.rename(columns=names),
                partial(draw, y=metric.axis),
                label=metric.variant,
            )


def _having(frame: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """The rows with a value of a metric; none where no task has it."""
    return frame.dropna(subset=metric.column) if metric.column in frame else frame[:0]


def _end(axis: Axis, kind: str) -> float:
    return REACH if axis is Axis.EVALUATIONS and "multi-fidelity" in kind else 1.0


def _final(
    kind: str, final: pd.DataFrame, look: Mapping[str, Style], metrics: Sequence[Metric]
) -> Iterator[Plot]:
    """What optimizers end with, with intervals."""
    for metric in metrics:
        if metric is not REGRET and not metric.final:
            continue
        known = _having(final, metric)
        if len(known):
            yield Plot(
                name=f"{kind}-final" + (f"-{metric.figure}" if metric.final else ""),
                kind=kind,
                view=metric.figure,
                label="at the end",
                draw=partial(primitives.scores, known, metric, look),
            )


def _over(
    kind: str,
    axis: Axis,
    view: str,
    curves: pd.DataFrame,
    draw: Callable[..., Figure],
    *,
    label: str = "",
) -> Plot:
    """Curves over one axis."""
    return Plot(
        name=f"{kind}-{'geometric-' if label else ''}{view}-over-{axis}",
        kind=kind,
        view=view,
        label=f"{label}over {axis}",
        draw=partial(draw, curves),
    )


def _profiles(
    kind: str,
    axis: Axis,
    profiles: pd.DataFrame,
    look: Mapping[str, Style],
    targets: Sequence[float],
) -> Iterator[Plot]:
    """Performance profiles over an axis; among one they say nothing."""
    own = profiles[profiles["axis"] == str(axis)]
    if own["optimizer"].nunique() < 2:  # noqa: PLR2004
        return
    x = AxisSpec(label="times as long as the best (log scale)", log=True, limits=(1, None))
    over = "" if axis is Axis.BUDGET else f" over {axis}"
    for target in targets:
        chosen = own[own["target"] == target]
        steps = chosen.rename(columns={"tau": "x", "share": "y"})[["optimizer", "x", "y"]]
        yield Plot(
            name=f"{kind}-profile-regret-{target:g}{over.replace(' ', '-')}",
            kind=kind,
            view="profile",
            label=f"regret {target:g}{over}",
            draw=partial(primitives.draw_curves, steps, x=x, y=TASKS, look=look),
        )


def _tasks(
    kind: str, tables: Mapping[str, pd.DataFrame], look: Mapping[str, Style]
) -> Iterator[Plot]:
    """A panel for each task: its progress, its test values, and what was attained."""
    about = tables["tasks"][["task", "objectives", "directions"]]
    curves = tables["anytime_tasks"]
    scaled, whole = curves[curves["regret"].notna()], curves[curves["axis"] == str(Axis.BUDGET)]
    pages = partial(_pages, kind, look)
    for axis in Axis:
        chosen = scaled[scaled["axis"] == str(axis)]
        yield from pages(
            "task", f"tasks-over-{axis}", f"over {axis}", chosen, task_panels.draw_regret
        )
    bare = whole[~whole["task"].isin(scaled["task"])].merge(about, on="task")
    yield from pages("task", "tasks-values", "values", bare, task_panels.value)
    tested = whole[whole["task"].isin(whole.loc[whole["test"].notna(), "task"])]
    yield from pages(
        "test", "tasks-test", "tasks", tested.merge(about, on="task"), task_panels.test
    )
    attained = tables["attainment"].merge(about, on="task")
    yield from pages("surface", "tasks-attained", "tasks", attained, task_panels.draw_surface)


def _pages(
    kind: str,
    look: Mapping[str, Style],
    view: str,
    name: str,
    label: str,
    table: pd.DataFrame,
    panel: task_panels.Panel,
) -> Iterator[Plot]:
    """Pages of panels, one a task."""
    tasks = sorted(table["task"].unique())
    for first in range(0, len(tasks), task_panels.PANELS):
        names = tasks[first : first + task_panels.PANELS]
        chosen = table[table["task"].isin(names)]
        yield Plot(
            name=f"{kind}-{name}-{first + 1}-{first + len(names)}",
            kind=kind,
            view=view,
            label=f"{label}, {first + 1} to {first + len(names)}",
            draw=partial(task_panels.page, chosen, look, panel=panel, pale=PALE.get(view, "")),
        )
