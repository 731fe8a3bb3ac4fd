"""What a metric declares, once: whatever computes, tables, draws or explains it reads it here."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from hpobench.scoring.constants import Constants
from hpobench.scoring.curves import Axis, Curves
from hpobench.scoring.trials import Floats, TaskInfo


class Aggregation(StrEnum):
    """How the runs of an optimizer become one number for a kind of tasks."""

    INTERQUARTILE = "interquartile mean of all runs"
    """All runs pooled, without the lowest and the highest quarter."""
    GEOMETRIC = "geometric mean over tasks"
    """The mean of logarithms of the means by task."""
    MEAN = "mean over tasks"
    """The mean of the means by task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisSpec:
    """An axis of a figure.

    Attributes:
        label: What it measures.
        log: Whether its scale is logarithmic.
        downwards: Whether small is at the top.
        limits: Where it begins and ends, where that is not for the data to say.
        mark: Where a dashed line crosses it.
    """

    label: str
    log: bool = False
    downwards: bool = False
    limits: tuple[float | None, float | None] = (None, None)
    mark: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """Something that every run has at each point of each axis, and how people read it.

    Attributes:
        column: Its name in all tables.
        title: In a few words, for figures and headings.
        caption: What it is and how to read it, in a sentence or two.
        rule: How it is computed, for the protocol; empty if another rule says it.
        axis: How it is drawn.
        smaller_is_better: Its direction.
        aggregation: Over the runs of a kind of tasks.
        view: The figure of the page that shows it.
        variant: Which of that figure's variants it is, if it is not the main one.
        compute: From the curves of all runs and an axis to shape (runs, grid points), NaN for
            runs that have none; None where no run has it over that axis. A task's is the mean
            over the runs of each optimizer, and a kind's what `aggregation` says.
        on_task: From that mean of a task's runs, the task and its constants to what is reported,
            where this is another scale; of the same shape.
        final: Whether what it is at the end of the budget is a column of the final tables, with
            its interval. That of the regret has columns of its own there.
    """

    column: str
    title: str
    caption: str
    axis: AxisSpec
    smaller_is_better: bool
    aggregation: Aggregation
    compute: Callable[[Curves, Axis], Floats | None]
    on_task: Callable[[Floats, TaskInfo, Constants | None], Floats] | None = None
    final: bool = True
    rule: str = ""
    view: str = ""
    variant: str = ""

    @property
    def figure(self) -> str:
        """The name of the page's figure; its own where no other is named."""
        return self.view or self.column.replace("_", "-")

    @property
    def pooled(self) -> bool:
        """Whether the runs of all tasks are averaged together."""
        return self.aggregation is Aggregation.INTERQUARTILE

    @property
    def interval(self) -> tuple[str, ...]:
        """The columns of the ends of its interval; empty if it has none."""
        if self.final and self.aggregation is not Aggregation.GEOMETRIC:
            return f"{self.column}_low", f"{self.column}_high"
        return ("low", "high") if self.pooled else ()
