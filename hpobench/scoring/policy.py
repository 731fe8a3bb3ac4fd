"""What is done about failures, holes and unequal budgets; each choice has a default."""

from dataclasses import dataclass
from enum import StrEnum


class FailedAs(StrEnum):
    """What a failed run is scored as."""

    WORST = "worst"
    """As one that never had an incumbent: the regret of not having started, the last rank."""
    RANDOM = "random"
    """As what random search ends with in the median: regret 1."""
    EXCLUDE = "exclude"
    """Not at all: an optimizer with a failed run on a task has none of its runs there counted."""


class Incomplete(StrEnum):
    """What is done where some optimizer has no run on a task that others ran."""

    TASKS = "tasks"
    """Leave such tasks out; only if that leaves too few, set optimizers aside."""
    OPTIMIZERS = "optimizers"
    """Set such optimizers aside, and keep all tasks."""
    FAILED = "failed"
    """Take every run that others have and it has not for a failed one, unless it was skipped."""


class Horizon(StrEnum):
    """How far runs of unequal length are compared."""

    FULL = "full"
    """To the end of the budget: the last incumbent of a run that ended earlier stands."""
    COMMON = "common"
    """To the share of a task's budget that all completed runs on it reached."""


class ScoredBy(StrEnum):
    """What an incumbent, which is always chosen by what was told, counts as."""

    NOISELESS = "noiseless"
    """Its value without noise, on tasks all of whose runs have such; elsewhere what was told."""
    TOLD = "told"
    """What its optimizer was told of it, noise included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The choices of an analysis.

    Attributes:
        failed: What a failed run is scored as.
        incomplete: What is done about tasks that not all ran.
        horizon: How far runs are compared.
        scored_by: What an incumbent counts as.
        rope: Normalised regrets that differ by no more are practically equal; at least 0.
    """

    failed: FailedAs = FailedAs.WORST
    incomplete: Incomplete = Incomplete.TASKS
    horizon: Horizon = Horizon.FULL
    scored_by: ScoredBy = ScoredBy.NOISELESS
    rope: float = 0.01
