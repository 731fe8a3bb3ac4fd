"""What each run had found at each point of each axis, and when it reached each target."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from hpobench.scoring.constants import Constants
from hpobench.scoring.trials import Floats, Integers, TaskInfo, Trials
from hpobench.task import Budget, Unit

REACH = 10
"""With a fidelity, so many evaluations for each trial of the budget are shown: Hyperband (eta 3,
fidelities 1 to 81) makes 206 evaluations of the cost of 22.5 trials."""


class Axis(StrEnum):
    """What a curve is drawn over, as a share of what random search uses on the task."""

    EVALUATIONS = "evaluations"
    """Trials of any fidelity, for each trial of the budget."""
    BUDGET = "budget"
    """Full-fidelity trials, or whatever else the budget counts."""
    TIME = "time"
    """Virtual seconds: what the trials take on the simulated workers."""
    OVERHEAD = "time-overhead"
    """Virtual seconds and the real ones that the optimizer took to ask and to tell."""


def length(axis: Axis, task: TaskInfo) -> float:
    """Where an axis ends: 1 is what random search uses."""
    return REACH if axis is Axis.EVALUATIONS and counted_apart(task) else 1.0


def counted_apart(task: TaskInfo) -> bool:
    """Whether evaluations and the budget spent are different numbers."""
    return task.fidelity is not None and task.budget.unit is Unit.TRIALS


def positions(trials: Trials, constants: Constants | None, *, scaled: bool) -> dict[Axis, Floats]:
    """Where each trial finished on each axis that makes sense for its task, 1 at the end of it.

    Evaluations are left out where they are what the budget counts, and where the budget does
    not bound them; time where it says no more than the number of trials does, or is measured
    and so another elsewhere.

    Args:
        trials: All trials of one task.
        constants: What is known of the task.
        scaled: Whether they are a scale of regret; without it there is no time.

    Returns:
        By axis an array of shape (trials,), never falling within a run.
    """
    found = {Axis.BUDGET: trials.used}
    if counted_apart(trials.task):
        evaluations = trials.number / trials.task.budget.amount
        found[Axis.EVALUATIONS] = evaluations / length(Axis.EVALUATIONS, trials.task)
    if not scaled or constants is None or constants.seconds <= 0:
        return found
    ends = {Axis.TIME: trials.end, Axis.OVERHEAD: with_overhead(trials)}
    seconds = {axis: end / constants.seconds for axis, end in ends.items()}
    return found | seconds if timed(trials.task, constants) else found


def timed(task: TaskInfo, constants: Constants) -> bool:
    """Whether virtual time tells more than trials, and the same on every machine.

    It does not where each trial of random search takes a second, unless there is a fidelity: a
    third of it need not take a third of the time.
    """
    budget = Budget.parse(constants.budget)
    seconds = Unit.SECONDS in {budget.unit, task.budget.unit}
    alike = task.fidelity is None and bool(np.isclose(budget.amount, constants.seconds))
    return constants.seconds > 0 and not (seconds or alike or task.real_time)


def with_overhead(trials: Trials) -> Floats:
    """The virtual second at which each trial finished, with all asking and telling before it.

    Where the clock counted the measured overhead already, it is not added again.
    """
    if trials.task.clocked:
        return trials.end
    total = np.cumsum(trials.overhead)
    before = np.append(0.0, total)[_first(trials)]
    return np.asarray(trials.end + (total - before))


def _first(trials: Trials) -> Integers:
    """The position of the first trial of each trial's run."""
    return np.searchsorted(trials.run, trials.run)


ByAxis = Mapping[Axis, Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """What some runs had found, by axis; an axis that makes no sense for any of them is absent.

    Attributes:
        losses: The incumbent's loss, infinite where there is none; shape (runs, grid points).
        regrets: Normalised; NaN for tasks without usable constants. Same shape.
        igds: Modified inverted generational distance, see `igd`; NaN for tasks without a known
            front. Same shape.
        violations: The least violation of the constraints, see `scaled_violations`: 0 from the
            first feasible trial on; NaN for tasks without constraints. Same shape.
        coverages: The share of cells of the task's map that are filled, see `map_progress`;
            NaN for tasks without measures. Same shape.
        qualities: The sum of the qualities of their best, a share of all cells; NaN for tasks
            without measures or a scale. Same shape.
        tests: The incumbent's test loss; NaN where there is none. Same shape, budget only.
        lengths: Where the run first reached each of `runlengths.TARGETS`, infinite where it
            did not; shape (runs, targets).
    """

    losses: ByAxis
    regrets: ByAxis
    igds: ByAxis
    violations: ByAxis
    coverages: ByAxis
    qualities: ByAxis
    tests: ByAxis
    lengths: ByAxis

    @property
    def loss(self) -> Floats:
        """The losses by share of the budget."""
        return self.losses[Axis.BUDGET]

    @property
    def regret(self) -> Floats:
        """The regrets by share of the budget."""
        return self.regrets[Axis.BUDGET]
