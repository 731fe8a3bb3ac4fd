"""Every run with its curves: what it had found at each point of its budget, and its regret."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from hpobench.scoring import igd
from hpobench.scoring.constants import Constants, References
from hpobench.scoring.curves import Curves, curves, imputed, joined
from hpobench.scoring.frame import Frame
from hpobench.scoring.hypervolume import Bounds, front, reference_point, within
from hpobench.scoring.incumbents import final_trials, losses
from hpobench.scoring.missing_runs import counted
from hpobench.scoring.overtuning import overtuning
from hpobench.scoring.policy import FailedAs, Policy
from hpobench.scoring.regret import failed_run
from hpobench.scoring.trials import ROUNDING, Floats, Integers, TaskInfo, Trials


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """All runs with their scores.

    Attributes:
        runs: As in the frame, and for each run its number of `trials`, the share of the budget
            `used`, the `virtual_seconds` it took, the `value` (as people read it) and `test`
            value it ended with, its `regret`, milliseconds of `overhead` per trial, whether
            it `surpassed` the best known value, and its relative `overtuning`.
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
    tables, parts = [], []
    for rows, trials in counted(frame, policy.horizon):
        constants = references.of(trials.task)
        table, found = _score(trials, constants)
        tables.append(table)
        parts.append(_impute(found, failed[rows], constants, policy.failed))
    runs = pd.concat([frame.runs.reset_index(drop=True), _stacked(tables)], axis=1)
    found = joined(parts, [len(table) for table in tables])
    return Scored(runs=runs.assign(regret=found.regret[:, -1]), curves=found)


def losses_of(trials: Trials, constants: Constants | None) -> Floats:
    """What each trial brings its run to, see `scores.losses`.

    Without constants the hypervolume of several objectives is the share of the box between the
    best value of each that the runs' fronts hold and a point behind the worst, by a tenth of
    their range: each front counts in full, however far it lies behind another.
    """
    count, points = trials.vectors.shape[1], trials.vectors[trials.valid]
    bounds = Bounds(ideal=np.zeros(count), reference=np.ones(count))
    if constants is not None and count > 1:
        given = Bounds(ideal=np.array(constants.ideal), reference=np.array(constants.reference))
        return losses(trials, given)
    if count == 1 or not len(points):
        return losses(trials, bounds)
    run = trials.run[trials.valid]
    fronts = np.concatenate([front(points[run == number]) for number in np.unique(run)])
    box = Bounds(ideal=fronts.min(axis=0), reference=reference_point(fronts, points))
    return losses(replace(trials, vectors=within(trials.vectors, box)), bounds)


def to_natural_units(loss: Floats, tasks: Sequence[TaskInfo]) -> Floats:
    """Losses as the values they stand for: hypervolumes, or objectives in their own direction.

    Args:
        loss: One row for each task, of any further shape.
        tasks: The task of each row.

    Returns:
        The same shape; NaN where there is no incumbent.
    """
    shape = (-1, *[1] * (loss.ndim - 1))
    signs = np.array([-1.0 if flipped(task) else 1.0 for task in tasks]).reshape(shape)
    several = np.array([len(task.objectives) > 1 for task in tasks], dtype=np.bool_)
    value = np.where(several.reshape(shape), np.maximum(-loss, 0.0), loss * signs)
    value = np.where(np.isfinite(loss), value, np.nan)
    return np.where(np.isfinite(value), value, np.nan)


def flipped(task: TaskInfo) -> bool:
    """Whether people read a task's losses with the sign changed."""
    return len(task.objectives) > 1 or task.objectives[0].maximize


def _score(trials: Trials, constants: Constants | None) -> tuple[pd.DataFrame, Curves]:
    """The columns and curves of one task's runs."""
    loss = losses_of(trials, constants)
    found = curves(trials, loss, constants)
    best = -np.inf if constants is None else constants.best
    trial_counts = _last(trials.number, trials).astype(int)
    overhead = np.bincount(trials.run, weights=trials.overhead, minlength=trials.runs)
    table = pd.DataFrame(
        {
            "trials": trial_counts,
            "used": _last(trials.used, trials),
            "virtual_seconds": _last(trials.end, trials),
            "value": to_natural_units(found.loss[:, -1], [trials.task] * trials.runs),
            "test": _test(trials, loss),
            "overtuning": _overtuning(trials, loss),
            "overhead": _or_unknown(1000 * overhead / np.maximum(trial_counts, 1)),
            "surpassed": found.loss[:, -1] < best - ROUNDING * abs(best),
        }
    )
    return table, found


def _last(values: Floats | Integers, trials: Trials) -> Floats:
    """For each run the largest of its trials' values, 0 without trials."""
    largest = np.zeros(trials.runs)
    np.maximum.at(largest, trials.run, values)
    return largest


def _or_unknown(overhead: Floats) -> Floats:
    """Without a second to ask and tell it was not measured, as in runs of other tools."""
    return np.where(overhead > 0, overhead, np.nan)


def _test(trials: Trials, loss: Floats) -> Floats:
    """The test value of each run's final incumbent; NaN with several objectives."""
    if not _has_test(trials):
        return np.full(trials.runs, np.nan)
    last = final_trials(loss, trials.run, runs=trials.runs)
    test = np.append(trials.test[:, 0], np.nan)[last]
    return to_natural_units(test, [trials.task] * trials.runs)


def _has_test(trials: Trials) -> bool:
    """Whether there are test values of a single objective."""
    return len(trials.task.objectives) == 1 and not bool(np.isnan(trials.test).all())


def _overtuning(trials: Trials, loss: Floats) -> Floats:
    """The relative overtuning of each run; NaN with several objectives."""
    if not _has_test(trials):
        return np.full(trials.runs, np.nan)
    return overtuning(loss, trials.test[:, 0], trials.run, runs=trials.runs)


def _impute(
    found: Curves,
    failed: npt.NDArray[np.bool_],
    constants: Constants | None,
    failed_as: FailedAs,
) -> Curves:
    """Replace the curves of failed runs by what they are scored as."""
    if not failed.any():
        return found
    loss, score = failed_run(constants, failed_as)
    distance = igd.of_nothing(constants) if constants and constants.front else np.nan
    return imputed(found, failed, loss, score, distance)


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    columns = ["trials", "used", "virtual_seconds", "value", "test"]
    columns += ["overtuning", "overhead", "surpassed"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
