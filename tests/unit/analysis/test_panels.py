"""Figures for print: there is one for all that the page shows, and panels draw what was found."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hpobench.analysis.frames import Analysis
from hpobench.figures import cost_figures, statistics_plots, task_panels
from hpobench.figures.catalogue import plots_with_data
from hpobench.figures.style import styles
from hpobench.report import gallery
from hpobench.report.page import metrics_of


@pytest.fixture(scope="module")
def analysis(make: SimpleNamespace) -> Analysis:
    """All kinds of tasks, with test values, known fronts, and tasks without a scale."""
    rng = np.random.default_rng(6)
    store, known = make.kinds()
    for row in store.rows:
        if row["task"] == "toy/bb0":
            row["test"] = make.falling(rng, 6)
    plane = make.constants(
        -1.0, -0.5, 0.0, reference=(1.0, 1.0), ideal=(0.0, 0.0), front=((0.0, 0.0),)
    )
    known |= {task: plane for task in known if "mo" in task}
    store.rows += [
        make.run(name, "toy/raw", seed, make.falling(rng))
        for name in ("global", "local")
        for seed in range(2)
    ]
    found: Analysis = make.analysis(store, known)
    return found


def test_whatever_the_page_shows_can_be_had_as_files(analysis: Analysis) -> None:
    read = analysis.frames()
    drawn = {
        *plots_with_data(read, analysis.optimizers, everything=True),
        *statistics_plots.statistics_plots(read, analysis.optimizers),
        *cost_figures.plots(read),
    }
    assert len({plot.name for plot in drawn}) == len(drawn)
    for comparison in analysis.comparisons:
        exhibits = {
            *gallery.overall_figures(comparison, metrics_of(analysis, comparison.kind)),
            *gallery.of_one_task(analysis, comparison),
            *gallery.STATISTICS,
        }
        assert {exhibit.view for exhibit in exhibits} == {
            plot.view for plot in drawn if plot.kind == comparison.kind
        }


def test_without_asking_for_everything_there_are_the_figures_over_all_tasks(
    analysis: Analysis,
) -> None:
    drawn = [
        plot
        for plot in plots_with_data(analysis.frames(), analysis.optimizers)
        if plot.kind == "multi-objective"
    ]
    assert [plot.view for plot in drawn] == [
        *("regret", "regret-area", "ranks", "regret", "targets", "volume", "igd", "regret-area"),
        "profile",
    ]


def panel(draw: Any, table: pd.DataFrame) -> Axes:
    axes = Figure().subplots()
    draw(axes, table, styles(sorted(table["optimizer"].unique())))
    return axes


def attained(axes: Axes, directions: list[str]) -> Iterator[tuple[float, float, bool]]:
    """Random points, and whether they lie behind the strong line, by its own corners."""
    (line,) = (line for line in axes.lines if line.get_alpha() == 1)
    signs = [-1 if word == "max" else 1 for word in directions]
    assert line.get_drawstyle() == "steps-post"
    x, y = np.asarray(line.get_xdata()) * signs[0], np.asarray(line.get_ydata()) * signs[1]
    assert (np.diff(x) >= 0).all()
    assert (np.diff(y) <= 0).all()
    rng = np.random.default_rng(0)
    for first in rng.uniform(x[0] - 0.1, x[-1], 200):
        second = rng.uniform(y.min() - 0.1, y.max())
        at = np.searchsorted(x, first, side="right") - 1
        yield first, second, bool(at >= 0 and y[at] <= second)


@pytest.mark.parametrize("maximize", [False, True])
def test_behind_the_drawn_surface_lies_what_half_of_the_runs_attained(
    make: SimpleNamespace, maximize: bool
) -> None:
    rng = np.random.default_rng(7)
    points = rng.random((5, 6, 2))
    rows = [
        make.run("a", "toy/t", seed, own, objectives=("f", "g h"), maximize=maximize)
        for seed, own in enumerate(points)
    ]
    found = make.analysis(rows)
    assert found.attainment.groupby("level")["first"].is_monotonic_increasing.all()
    table = found.attainment.merge(found.tasks[["task", "objectives", "directions"]], on="task")
    axes = panel(task_panels.draw_surface, table)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("f", "g h")
    for first, second, behind in attained(axes, table["directions"].iloc[0].split()):
        reached = np.all(points <= np.array([first, second]), axis=2).any(axis=1).sum()
        assert behind == (reached >= 3)


def test_panels_of_values_and_tests_draw_what_the_tables_hold(analysis: Analysis) -> None:
    curves = analysis.anytime_tasks.merge(
        analysis.tasks[["task", "objectives", "directions"]], on="task"
    )
    whole = curves[curves["axis"] == "budget"]
    cases = (
        (task_panels.value, "toy/raw", "loss", ["value"]),
        (task_panels.test, "toy/bb0", "f1", ["value", "test"]),
    )
    for draw, task, objective, columns in cases:
        own = whole[whole["task"] == task]
        axes = panel(draw, own)
        assert axes.get_ylabel() == objective
        ends = [np.asarray(line.get_ydata())[-1] for line in axes.lines]
        wanted = own.groupby("optimizer")[columns].last().to_numpy().ravel()
        assert ends == pytest.approx(wanted)
