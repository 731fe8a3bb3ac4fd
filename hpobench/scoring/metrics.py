"""The metrics that are reported: a new one is an entry here, and a module that computes it."""

import numpy as np

from hpobench.diversity.axes import CELLS
from hpobench.scoring.curves import Axis, ByAxis, Curves
from hpobench.scoring.incumbents import ECDF_TARGETS, share_reached
from hpobench.scoring.metric import Aggregation, AxisSpec, Metric
from hpobench.scoring.regret import hypervolume_share
from hpobench.scoring.regret_area import area_under_regret
from hpobench.scoring.trials import Floats

FLOOR = 1e-8
"""Regrets below count as this much in the mean of logarithms, which has none for 0."""


def regret_so_far(curves: Curves, axis: Axis) -> Floats:
    """The normalised regret of each run's incumbent, shape (runs, grid points)."""
    return curves.regrets[axis]


def targets_so_far(curves: Curves, axis: Axis) -> Floats:
    """The share of `ECDF_TARGETS` that each run has reached, shape (runs, grid points)."""
    return share_reached(curves.regrets[axis])


def distance_so_far(curves: Curves, axis: Axis) -> Floats | None:
    """The IGD+ of each run's front, shape (runs, grid points); None without a known front."""
    return curves.igds.get(axis)


def violation_so_far(curves: Curves, axis: Axis) -> Floats | None:
    """The least violation of each run so far, shape (runs, grid points); None without constraints.

    NaN for tasks without constraints.
    """
    if not curves.violations:
        return None
    unknown = np.full_like(curves.losses[axis], np.nan)
    return curves.violations.get(axis, unknown)


def feasible_so_far(curves: Curves, axis: Axis) -> Floats | None:
    """Whether each run has a feasible trial, 1 or 0, of the shape of `violation_so_far`."""
    least = violation_so_far(curves, axis)
    return None if least is None else np.where(np.isnan(least), np.nan, least <= 0)


def coverage_so_far(curves: Curves, axis: Axis) -> Floats | None:
    """The share of cells of its map that each run has filled, of the shape of `violation_so_far`.

    None without measures, and NaN for tasks without any.
    """
    return _of_maps(curves, curves.coverages, axis)


def quality_so_far(curves: Curves, axis: Axis) -> Floats | None:
    """The QD score of each run so far, a share of the largest possible; as `coverage_so_far`."""
    return _of_maps(curves, curves.qualities, axis)


def _of_maps(curves: Curves, by_axis: ByAxis, axis: Axis) -> Floats | None:
    """What is known of maps over an axis; None if no task has any."""
    if not by_axis:
        return None
    return by_axis.get(axis, np.full_like(curves.losses[axis], np.nan))


REGRET = Metric(
    column="regret",
    title="Regret",
    caption="Normalised regret over tasks: the interquartile mean with its 95 % interval, or the "
    "geometric mean. Lower is better; the line at 1 is what random search reaches at the end.",
    axis=AxisSpec(label="normalised regret", log=True, mark=1.0),
    smaller_is_better=True,
    aggregation=Aggregation.INTERQUARTILE,
    compute=regret_so_far,
    final=False,
)
LOG_REGRET = Metric(
    column="log_regret",
    title="Log regret",
    caption="The geometric mean of normalised regrets over tasks. Lower is better.",
    rule=f"The geometric mean over tasks; regrets below {FLOOR:g} count as that.",
    axis=AxisSpec(label="geometric mean of regret", log=True, mark=1.0),
    smaller_is_better=True,
    aggregation=Aggregation.GEOMETRIC,
    compute=regret_so_far,
    final=False,
    view="regret",
    variant="geometric mean, ",
)
TARGETS_REACHED = Metric(
    column="targets",
    title="Targets reached",
    caption="Empirical distribution of run lengths: the mean share over runs of "
    f"{len(ECDF_TARGETS)} targets reached, spaced evenly on a log scale of normalised regret from "
    f"{ECDF_TARGETS[0]:g} to {ECDF_TARGETS[-1]:g}. Higher is better.",
    rule=f"{len(ECDF_TARGETS)} for each run, spaced evenly on a log scale of normalised "
    f"regret from {ECDF_TARGETS[0]:g} to {ECDF_TARGETS[-1]:g}; the share of them that runs "
    "reached is the empirical distribution of run lengths.",
    axis=AxisSpec(label="share of targets reached", limits=(0, 1)),
    smaller_is_better=False,
    aggregation=Aggregation.MEAN,
    compute=targets_so_far,
    final=False,
)
HYPERVOLUME = Metric(
    column="hypervolume",
    title="Hypervolume",
    caption="Mean over tasks of the hypervolume, as a share of the best known (at most 1). Higher "
    "is better.",
    axis=AxisSpec(label="hypervolume, share of the best known"),
    smaller_is_better=False,
    aggregation=Aggregation.MEAN,
    compute=regret_so_far,
    on_task=hypervolume_share,
    final=False,
    view="volume",
)
IGD_PLUS = Metric(
    column="igd_plus",
    title="Distance to the Pareto front",
    caption="Mean over tasks of IGD+, the modified inverted generational distance to the front "
    "that is known for certain, each objective scaled from the ideal (0) to the reference point "
    "(1). Lower is better.",
    rule="To fronts that are known for certain only, each objective scaled from the ideal "
    "point (0) to the reference point (1); having nothing counts as the reference point.",
    axis=AxisSpec(label="IGD+", log=True),
    smaller_is_better=True,
    aggregation=Aggregation.MEAN,
    compute=distance_so_far,
    final=False,
    view="igd",
)
REGRET_AREA = Metric(
    column="regret_area",
    title="Area under the regret",
    caption="How soon optimizers get good: the area under the curve of normalised regret so far, "
    "divided by its length, the mean over tasks with its 95 % interval. Lower is better; the "
    "line at 1 is a run that is throughout where random search ends.",
    rule="The mean of the regret at all steps of the axis so far, for each run; the mean over "
    "seeds, and over tasks with the same weight. Its interval is Student's, over seeds within "
    "tasks.",
    axis=AxisSpec(label="area under the regret", log=True, mark=1.0),
    smaller_is_better=True,
    aggregation=Aggregation.MEAN,
    compute=area_under_regret,
)

VIOLATION = Metric(
    column="violation",
    title="Violation of constraints",
    caption="The least that any trial of a run so far violates its task's constraints by, the "
    "excesses over all limits together, as a share of what an infeasible random trial does in the "
    "median; 0 from the first feasible trial on. The mean over tasks that have constraints, with "
    "its 95 % interval. Lower is better.",
    rule="The excesses over all limits of a trial at full fidelity, added up, as a share of the "
    "median over random trials that are infeasible, and no more than that; where that is not "
    "known, of the most that any compared trial has. The least so far of each run, the mean over "
    "seeds, and over the tasks that have constraints.",
    axis=AxisSpec(label="violation of constraints"),
    smaller_is_better=True,
    aggregation=Aggregation.MEAN,
    compute=violation_so_far,
)
FEASIBLE = Metric(
    column="feasible",
    title="Runs with a feasible trial",
    caption="The share of runs that have had a trial that keeps all constraints: when the first "
    "feasible one comes. The mean over tasks that have constraints, with its 95 % interval. "
    "Higher is better.",
    rule="The share of runs that have one at each point of the axis; the mean over the tasks that "
    "have constraints.",
    axis=AxisSpec(label="share of runs with a feasible trial", limits=(0, 1)),
    smaller_is_better=False,
    aggregation=Aggregation.MEAN,
    compute=feasible_so_far,
)

COVERAGE = Metric(
    column="coverage",
    title="Coverage of the map",
    caption="The share of cells of a task's map of measures, such as size and latency, that hold "
    "a configuration of the run so far. The mean over tasks that have measures, with its 95 % "
    "interval. Higher is better.",
    rule=f"Each measure's range, which the task states, is divided into {CELLS} cells; what lies "
    "outside is in the first or the last. Feasible trials at full fidelity fill them.",
    axis=AxisSpec(label="share of cells that are filled", limits=(0, None)),
    smaller_is_better=False,
    aggregation=Aggregation.MEAN,
    compute=coverage_so_far,
)
QD_SCORE = Metric(
    column="qd_score",
    title="QD score",
    caption="Quality and diversity together: the qualities of the best configuration of each cell "
    "of a task's map, added up, as a share of the number of cells. A quality is 1 at the best "
    "known value and 1/2 at what random search ends with. The mean over tasks that have measures, "
    "with its 95 % interval. Higher is better.",
    rule="The sum over filled cells of 1 / (1 + regret) of the best configuration in each, divided "
    "by the number of cells.",
    axis=AxisSpec(label="QD score, share of the largest", limits=(0, None)),
    smaller_is_better=False,
    aggregation=Aggregation.MEAN,
    compute=quality_so_far,
)

METRICS = (
    *(REGRET, LOG_REGRET, TARGETS_REACHED, HYPERVOLUME, IGD_PLUS, REGRET_AREA),
    *(VIOLATION, FEASIBLE, COVERAGE, QD_SCORE),
)
"""All, in the order of the report."""

OF_SOME_TASKS = (VIOLATION, FEASIBLE, COVERAGE, QD_SCORE)
"""Those that only runs on tasks with constraints, or with measures, have."""

OF_FRONTS = (HYPERVOLUME, IGD_PLUS)
"""Those of several objectives."""
