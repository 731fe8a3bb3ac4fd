"""Every run with its curves: what it had found at each point of its budget, and its regret."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from hpobench.analysis.constants import Constants, References
from hpobench.analysis.derive import reference_point
from hpobench.analysis.frame import Frame
from hpobench.analysis.holes import to_common
from hpobench.analysis.hypervolume import front
from hpobench.analysis.policy import FailedAs, Horizon, Policy
from hpobench.analysis.scores import (
    GRID,
    TARGETS,
    final_trials,
    hits,
    incumbents,
    losses,
    regret,
)
from hpobench.analysis.trials import Floats, TaskInfo, Trials
from hpobench.task import Budget, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """What some runs had found at each point of the grid; each of shape (runs, grid points).

    (Only `hits` has the targets in place of the grid.)

    Attributes:
        loss: The incumbent's loss by share of the budget; infinite where there is none.
        regret: Normalised, by share of the budget; NaN for tasks without usable constants.
        timed: Normalised, by virtual time as a share of random search's; NaN where time says
            no more than the number of trials does, or is measured and so another elsewhere.
        hits: The share of the budget at which each of `scores.TARGETS` was reached, infinite
            where it was not; NaN for tasks without usable constants.
    """

    loss: Floats
    regret: Floats
    timed: Floats
    hits: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """All runs with their scores.

    Attributes:
        runs: As in the frame, and for each run its number of `trials`, the share of the budget
            `used`, the `virtual_seconds` it took, the `value` (as people read it) and `test`
            value it ended with, its `regret`, milliseconds of `overhead` per trial, and whether
            it `surpassed` the best known value.
        curves: In the same order.
    """

    runs: pd.DataFrame
    curves: Curves


def score(frame: Frame, references: References, policy: Policy) -> Scored:
    """Score all runs of a frame.

    With constants, each run's scores depend on no other run. Without them there is no regret,
    and the losses of several objectives are relative to what the runs found together.
    """
    failed = (frame.runs["status"] == "failed").to_numpy()
    tables, curves, start = [], [], 0
    for found in frame.trials():
        rows = slice(start, start + found.runs)
        start += found.runs
        constants = references.of(found.task)
        common = policy.horizon is Horizon.COMMON
        trials = to_common(found, failed[rows]) if common else found
        table, curve = _score(trials, constants)
        tables.append(table)
        curves.append(_impute(curve, failed[rows], constants, policy.failed))
    runs = pd.concat([frame.runs.reset_index(drop=True), _stacked(tables)], axis=1)
    joined = _joined(curves)
    return Scored(runs=runs.assign(regret=joined.regret[:, -1]), curves=joined)


def reference_of(trials: Trials, constants: Constants | None) -> Floats:
    """What bounds the hypervolume: the task's constant, or for want of it these runs' worst."""
    if constants is not None:
        return np.array(constants.reference)
    points = trials.vectors[trials.valid]
    if trials.vectors.shape[1] == 1 or not len(points):
        return np.ones(trials.vectors.shape[1])
    return reference_point(front(points), points)


def people_read(loss: Floats, tasks: Sequence[TaskInfo]) -> Floats:
    """Losses as the values they stand for: hypervolumes, or objectives in their own direction.

    Args:
        loss: One row for each task, of any further shape.
        tasks: Of the rows.

    Returns:
        The same shape; NaN where there is no incumbent.
    """
    signs = np.array([-1.0 if flipped(task) else 1.0 for task in tasks])
    value = loss * signs.reshape(-1, *[1] * (loss.ndim - 1))
    return np.where(np.isfinite(value), value, np.nan)


def flipped(task: TaskInfo) -> bool:
    """Whether people read a task's losses with the sign changed."""
    return len(task.objectives) > 1 or task.objectives[0].maximize


def _score(trials: Trials, constants: Constants | None) -> tuple[pd.DataFrame, Curves]:
    """The columns and curves of one task's runs."""
    loss = losses(trials, reference_of(trials, constants))
    curves = _curves(trials, loss, constants)
    best = -np.inf if constants is None else constants.best
    trial_counts = np.bincount(trials.run, minlength=trials.runs)
    overhead = np.bincount(trials.run, weights=trials.overhead, minlength=trials.runs)
    table = pd.DataFrame(
        {
            "trials": trial_counts,
            "used": _last(trials.used, trials),
            "virtual_seconds": _last(trials.end, trials),
            "value": people_read(curves.loss[:, -1], [trials.task] * trials.runs),
            "test": _test(trials, loss),
            "overhead": 1000 * overhead / np.maximum(trial_counts, 1),
            "surpassed": curves.loss[:, -1] < best - 1e-9 * max(1.0, abs(best)),
        }
    )
    return table, curves


def _last(values: Floats, trials: Trials) -> Floats:
    """For each run the largest of its trials' values, 0 without trials."""
    largest = np.zeros(trials.runs)
    np.maximum.at(largest, trials.run, values)
    return largest


def _curves(trials: Trials, loss: Floats, constants: Constants | None) -> Curves:
    best = incumbents(loss, trials.run, trials.used, runs=trials.runs)
    nothing = np.full_like(best, np.nan)
    if constants is None or not constants.usable:
        never = np.full((trials.runs, len(TARGETS)), np.nan)
        return Curves(loss=best, regret=nothing, timed=nothing, hits=never)
    regrets = np.where(np.isfinite(loss), regret(loss, constants), np.inf)
    reached = hits(regrets, trials.run, trials.used, runs=trials.runs)
    found = Curves(loss=best, regret=regret(best, constants), timed=nothing, hits=reached)
    if not timed(trials.task, constants):
        return found
    x = trials.end / constants.seconds
    by_time = incumbents(loss, trials.run, x, runs=trials.runs)
    return replace(found, timed=regret(by_time, constants))


def timed(task: TaskInfo, constants: Constants) -> bool:
    """Whether virtual time tells more than trials, and the same on every machine."""
    budget = Budget.parse(constants.budget)
    seconds = Unit.SECONDS in {budget.unit, task.budget.unit}
    alike = bool(np.isclose(budget.amount, constants.seconds))
    return constants.seconds > 0 and not (seconds or alike or task.real_time)


def _test(trials: Trials, loss: Floats) -> Floats:
    """The test value of each run's final incumbent; NaN with several objectives."""
    if len(trials.task.objectives) > 1:
        return np.full(trials.runs, np.nan)
    last = final_trials(loss, trials.run, runs=trials.runs)
    test = np.append(trials.test[:, 0], np.nan)[last]
    return people_read(test, [trials.task] * trials.runs)


def _impute(
    curves: Curves,
    failed: npt.NDArray[np.bool_],
    constants: Constants | None,
    failed_as: FailedAs,
) -> Curves:
    """Replace the curves of failed runs by what they are scored as."""
    loss, score = _stand_in(constants, failed_as)
    rows = failed[:, None]
    return Curves(
        loss=np.where(rows, loss, curves.loss),
        regret=np.where(rows & np.isfinite(curves.regret), score, curves.regret),
        timed=np.where(rows & np.isfinite(curves.timed), score, curves.timed),
        hits=np.where(rows & ~np.isnan(curves.hits), np.inf, curves.hits),
    )


def _stand_in(constants: Constants | None, failed_as: FailedAs) -> tuple[float, float]:
    """The loss and the regret of a failed run."""
    if constants is None or not constants.usable:
        return np.inf, np.nan
    match failed_as:
        case FailedAs.RANDOM:
            return constants.random, 1.0
        case FailedAs.WORST | FailedAs.EXCLUDE:  # of those excluded none is left
            return np.inf, constants.start_regret


def _joined(curves: Iterable[Curves]) -> Curves:
    parts = list(curves)
    empty = np.empty((0, len(GRID)))
    return Curves(
        loss=np.concatenate([empty, *(part.loss for part in parts)]),
        regret=np.concatenate([empty, *(part.regret for part in parts)]),
        timed=np.concatenate([empty, *(part.timed for part in parts)]),
        hits=np.concatenate([empty[:, : len(TARGETS)], *(part.hits for part in parts)]),
    )


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    columns = ["trials", "used", "virtual_seconds", "value", "test", "overhead", "surpassed"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
