"""What each run had found at each point of each axis, and when it reached each target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from hpobench.scoring.constants import Constants
from hpobench.scoring.hypervolume import igd_of_nothing, running_igd
from hpobench.scoring.incumbents import GRID, TARGETS, incumbents, incumbents_on_test, run_lengths
from hpobench.scoring.regret import has_scale, normalised
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


def positions(trials: Trials, constants: Constants | None) -> dict[Axis, Floats]:
    """Where each trial finished on each axis that makes sense for its task, 1 at the end of it.

    Evaluations are left out where they are what the budget counts, and where the budget does
    not bound them; time where it says no more than the number of trials does, or is measured
    and so another elsewhere.

    Args:
        trials: All trials of one task.
        constants: What is known of the task; without it there is no time.

    Returns:
        By axis an array of shape (trials,), never falling within a run.
    """
    found = {Axis.BUDGET: trials.used}
    if counted_apart(trials.task):
        evaluations = trials.number / trials.task.budget.amount
        found[Axis.EVALUATIONS] = evaluations / length(Axis.EVALUATIONS, trials.task)
    if constants is not None and has_scale(constants) and timed(trials.task, constants):
        found[Axis.TIME] = trials.end / constants.seconds
        found[Axis.OVERHEAD] = with_overhead(trials) / constants.seconds
    return found


def timed(task: TaskInfo, constants: Constants) -> bool:
    """Whether virtual time tells more than trials, and the same on every machine."""
    budget = Budget.parse(constants.budget)
    seconds = Unit.SECONDS in {budget.unit, task.budget.unit}
    alike = bool(np.isclose(budget.amount, constants.seconds))
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
        tests: The incumbent's test loss; NaN where there is none. Same shape, budget only.
        lengths: Where the run first reached each of `runlengths.TARGETS`, infinite where it
            did not; shape (runs, targets).
    """

    losses: ByAxis
    regrets: ByAxis
    igds: ByAxis
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


def curves(trials: Trials, loss: Floats, constants: Constants | None) -> Curves:
    """Read off the curves of one task's runs.

    Args:
        trials: All trials of the task.
        loss: What each trial brings its run to, see `scores.losses`.
        constants: Normalisation constants of the task.
    """
    at, run, runs = positions(trials, constants), trials.run, trials.runs
    scores, nothing = normalised(loss, constants)
    best = {axis: incumbents(scores, run, x, runs=runs) for axis, x in at.items()}
    return Curves(
        losses={axis: incumbents(loss, run, x, runs=runs) for axis, x in at.items()},
        regrets={axis: np.minimum(found, nothing) for axis, found in best.items()},
        igds=_igds(trials, at, constants),
        tests=_tests(trials, loss, at[Axis.BUDGET]),
        lengths={}
        if np.isnan(nothing)
        else {axis: run_lengths(scores, x, run, runs=runs) for axis, x in at.items()},
    )


def imputed(
    found: Curves, failed: npt.NDArray[np.bool_], loss: float, score: float, distance: float
) -> Curves:
    """Replace the curves of failed runs by what they are scored as.

    Args:
        found: Curves of one task.
        failed: Which of its runs failed, shape (runs,).
        loss: Stands for a failed run.
        score: The regret that stands for it.
        distance: The IGD+ that stands for it.
    """
    rows = failed[:, None]
    ends = np.where(np.array(TARGETS) >= score, 1.0, np.inf) if loss < np.inf else np.inf
    return Curves(
        losses=_where(rows, loss, found.losses),
        regrets=_where(rows, score, found.regrets),
        igds=_where(rows, distance, found.igds),
        tests=_where(rows, np.nan, found.tests),
        lengths={axis: np.where(rows, ends, at) for axis, at in found.lengths.items()},
    )


def joined(parts: Sequence[Curves], runs: Sequence[int]) -> Curves:
    """The curves of several tasks, of so many runs each; NaN where a task has no such axis."""
    empty = Curves(
        losses={Axis.BUDGET: _nothing},
        regrets={Axis.BUDGET: _nothing},
        igds={},
        tests={},
        lengths={},
    )
    if not parts:
        return empty
    names = [field.name for field in fields(Curves)]
    return replace(
        empty, **{name: _join([getattr(p, name) for p in parts], runs) for name in names}
    )


_nothing: Floats = np.empty((0, len(GRID)))


def _join(parts: Sequence[ByAxis], runs: Sequence[int]) -> ByAxis:
    stops = np.cumsum([0, *runs])
    found: dict[Axis, Floats] = {}
    for part, start in zip(parts, stops, strict=False):
        for axis, values in part.items():
            if axis not in found:
                found[axis] = np.full((stops[-1], values.shape[1]), np.nan)
            found[axis][start : start + len(values)] = values
    return found


def _where(rows: npt.NDArray[np.bool_], stand_in: float, found: ByAxis) -> ByAxis:
    """The stand-in in some rows, but NaN where all is NaN for want of constants."""
    return {axis: np.where(rows & ~np.isnan(a), stand_in, a) for axis, a in found.items()}


def _igds(trials: Trials, at: ByAxis, constants: Constants | None) -> ByAxis:
    if constants is None or not constants.front:
        return {}
    distance = running_igd(trials, constants)
    nothing = igd_of_nothing(constants)
    found = {a: incumbents(distance, trials.run, x, runs=trials.runs) for a, x in at.items()}
    return {axis: np.minimum(values, nothing) for axis, values in found.items()}


def _tests(trials: Trials, loss: Floats, used: Floats) -> ByAxis:
    if len(trials.task.objectives) > 1 or np.isnan(trials.test).all():
        return {}
    test = trials.test[:, 0]
    return {Axis.BUDGET: incumbents_on_test(loss, test, trials.run, used, runs=trials.runs)}
