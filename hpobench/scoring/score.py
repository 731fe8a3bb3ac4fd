"""Every run with its curves: what it had found at each point of its budget, and its regret."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hpobench.scoring.constants import Constants, References
from hpobench.scoring.curves import Curves, positions
from hpobench.scoring.frame import Frame
from hpobench.scoring.hypervolume import distances_of, losses_of
from hpobench.scoring.imputation import StandIn, imputed, joined
from hpobench.scoring.incumbents import end_on_test, read_off
from hpobench.scoring.policy import FailedAs, Policy
from hpobench.scoring.regret import normalise
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
    for rows, trials in frame.counted(policy.horizon):
        table, found, stand_in = _score(trials, references.of(trials.task), policy.failed)
        tables.append(table)
        parts.append((found, failed[rows], stand_in))
    runs = pd.concat([frame.runs.reset_index(drop=True), _stacked(tables)], axis=1)
    curves = joined([imputed(*part) for part in parts], [len(table) for table in tables])
    return Scored(runs=runs.assign(regret=curves.regret[:, -1]), curves=curves)


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


def _score(
    trials: Trials, constants: Constants | None, failed_as: FailedAs
) -> tuple[pd.DataFrame, Curves, StandIn]:
    """The columns and curves of one task's runs, and what stands for failed ones."""
    loss, distances = losses_of(trials, constants), distances_of(trials, constants)
    normalised = normalise(loss, constants, failed_as)
    at = positions(trials, constants, scaled=not np.isnan(normalised.nothing))
    found = read_off(trials, at, loss, normalised, distances)
    test, overtuned = end_on_test(trials, loss)
    best = -np.inf if constants is None else constants.best
    trial_counts = _last(trials.number, trials).astype(int)
    overhead = np.bincount(trials.run, weights=trials.overhead, minlength=trials.runs)
    tasks = [trials.task] * trials.runs
    table = pd.DataFrame(
        {
            "trials": trial_counts,
            "used": _last(trials.used, trials),
            "virtual_seconds": _last(trials.end, trials),
            "value": to_natural_units(found.loss[:, -1], tasks),
            "test": to_natural_units(test, tasks),
            "overtuning": overtuned,
            "overhead": _or_unknown(1000 * overhead / np.maximum(trial_counts, 1)),
            "surpassed": found.loss[:, -1] < best - ROUNDING * abs(best),
        }
    )
    return table, found, (*normalised.failed, distances[1])


def _last(values: Floats | Integers, trials: Trials) -> Floats:
    """For each run the largest of its trials' values, 0 without trials."""
    largest = np.zeros(trials.runs)
    np.maximum.at(largest, trials.run, values)
    return largest


def _or_unknown(overhead: Floats) -> Floats:
    """Without a second to ask and tell it was not measured, as in runs of other tools."""
    return np.where(overhead > 0, overhead, np.nan)


def _stacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    columns = ["trials", "used", "virtual_seconds", "value", "test"]
    columns += ["overtuning", "overhead", "surpassed"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
