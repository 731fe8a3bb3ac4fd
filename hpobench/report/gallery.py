"""The figures of the page: what each shows, and how to read it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hpobench.analysis.frames import Analysis
from hpobench.scoring.metric import Metric
from hpobench.scoring.metrics import METRICS, OF_FRONTS, REGRET, TARGETS_REACHED
from hpobench.stats.comparison import Comparison

PLANE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A figure of one kind of tasks.

    Attributes:
        view: What the page's script draws it by.
        title: In a few words.
        caption: What is drawn, and how to read it.
        choice: What else can be chosen for it: `mean`, `target` or nothing.
        table: That holds its data, for one that the page's script does not draw.
    """

    view: str
    title: str
    caption: str
    choice: str = ""
    table: str = ""


def of_metric(metric: Metric) -> Exhibit:
    """The figure of a metric; that of regret has means to choose."""
    choice = "mean" if metric is REGRET else ""
    return Exhibit(view=metric.figure, title=metric.title, caption=metric.caption, choice=choice)


RANKS = Exhibit(
    view="ranks",
    title="Ranks",
    caption="Mean rank over the pairs of task and seed that all ran. Higher up is better.",
)
PROFILE = Exhibit(
    view="profile",
    title="Performance profile",
    caption="On which share of the tasks an optimizer reaches the target (in the median over "
    "seeds) within a factor of the time that the fastest of them takes. Higher is better; like "
    "ranks, it depends on who is compared.",
    choice="target",
)
TASK = Exhibit(
    view="task",
    title="This task",
    caption="Mean normalised regret over seeds, or the median value where there is no scale.",
)
TEST = Exhibit(
    view="test",
    title="Validation and test",
    caption="Median over seeds of the incumbent's value as it is scored (continuous) and "
    "of the same configuration's value on held-back data (dashed), over the budget. Where the "
    "second gets worse while the first improves, the optimizer is overtuning.",
)
SURFACE = Exhibit(
    view="surface",
    title="Attainment surface",
    caption="What half of an optimizer's runs attained at the end of the budget: its median "
    "attainment surface (48 of its corners at most).",
)

CRITICAL = Exhibit(
    view="critical",
    title="Mean ranks over tasks",
    caption="Rank 1 is the best. Optimizers with a dot on the same bar cannot be told apart "
    "(Wilcoxon's signed-rank test over tasks, Holm's adjustment, level 0.05); there are no bars "
    "where they would be more than 26: then see who beats whom.",
    table="critical",
)
EFFECTS = Exhibit(
    view="effects",
    title="Who beats whom",
    caption="How probable it is that a run of the row's optimizer beats one of the column's on "
    "the same task (A12, the mean over tasks). A star: they differ significantly.",
    table="pairs",
)
PLACES = Exhibit(
    view="places",
    title="Places with other tasks and seeds",
    caption="In how many of a hundred rankings each optimizer has each place, when tasks and "
    "seeds are drawn anew.",
    table="stability",
)
HEAT_MAP = Exhibit(
    view="heat-map",
    title="Task by task: regret at the end",
    caption="Mean normalised regret over seeds; 1 is what random search reaches. Regrets below "
    "0.01 and above 100 have the colours of these.",
    table="matrix",
)
COST = Exhibit(
    view="cost",
    title="Regret against cost",
    caption="What optimizers end with, and what asking and telling takes: the line joins those "
    "that none is both better and quicker than. The time depends on the machine.",
    table="final",
)
STATISTICS = (CRITICAL, EFFECTS, COST, PLACES, HEAT_MAP)
"""Those that do not change with what the reader chooses."""

TITLES = {exhibit.view: exhibit.title for exhibit in (of_metric(REGRET), *STATISTICS)}
"""Titles of the figures that are shown as they are."""


def overall_figures(
    comparison: Comparison, metrics: Sequence[Metric] = METRICS
) -> Iterator[Exhibit]:
    """The figures over all tasks of a kind; those of metrics that are no variant of another."""
    several, fronts = len(comparison.optimizers) > 1, "multi-objective" in comparison.kind
    for metric in metrics:
        if not metric.variant and (fronts or metric not in OF_FRONTS):
            yield of_metric(metric)
        if several and metric is REGRET:
            yield RANKS
        if several and metric is TARGETS_REACHED:
            yield PROFILE


def of_one_task(analysis: Analysis, comparison: Comparison) -> Iterator[Exhibit]:
    """The figures of a task that the reader chooses."""
    yield TASK
    curves = analysis.anytime_tasks
    if curves.loc[curves["kind"] == comparison.kind, "test"].notna().any():
        yield TEST
    tasks = analysis.tasks[analysis.tasks["kind"] == comparison.kind]
    if any(len(words.split()) == PLANE for words in tasks["directions"]):
        yield SURFACE
