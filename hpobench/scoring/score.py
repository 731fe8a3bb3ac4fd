"""Every run with its curves: what it had found at each point of its budget, and its regret."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from hpobench.diversity.axes import CELLS
from hpobench.diversity.filling import MapProgress, map_progress
from hpobench.scoring.constants import Constants, References
from hpobench.scoring.curves import Curves, positions
from hpobench.scoring.feasibility import first_feasible
from hpobench.scoring.frame import Frame
from hpobench.scoring.imputation import imputed, joined
from hpobench.scoring.incumbents import end_on_test, read_off
from hpobench.scoring.policy import FailedAs, Policy
from hpobench.scoring.regret import bounded, normalise
from hpobench.scoring.trials import ROUNDING, Floats, Integers, TaskInfo, Trials
from hpobench.scoring.valuation import is_without_noise, losses_alone, valued


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """All runs with their scores.

    Attributes:
        runs: As in the frame, and for each run its number of `trials`, the share of the budget
            `used`, the `virtual_seconds` it took, the `value` (as people read it) and `test`
            value it ended with, its `regret`, milliseconds of `overhead` per trial, whether
            it `surpassed` the best known value, and its relative `overtuning`; whether it is
            scored by values `without_noise`; the share of the budget at its `first_feasible`
            trial, infinite if there is none and NaN on a task without constraints; and by what
            was told its `told_value`, `told_loss` and `told_regret`.
        curves: In the same order.
        references: The constants in force.
    """

    runs: pd.DataFrame
    curves: Curves
    references: References


def score(frame: Frame, references: References, policy: Policy) -> Scored:
    """Score all runs of a frame.

    With constants, each run's scores depend on no other run. Without them there is no regret,
    and the losses of several objectives are relative to what the runs found together. Whether
    incumbents count by values without noise is settled for all runs on a task together.
    """
    failed = (frame.runs["status"] == "failed").to_numpy()
    tables, parts, told = [], [], list[str]()
    for rows, trials in frame.counted(policy.horizon):
        known = references.of(trials.task)
        without_noise = is_without_noise(trials, policy.scored_by, known)
        without_noise &= trials.task.id not in references.told
        table, curves = _score(trials, known, policy, failed[rows], without_noise=without_noise)
        told += [] if without_noise else [trials.task.id]
        tables.append(table)
        parts.append(curves)
    runs = pd.concat([frame.runs.reset_index(drop=True), _stacked(tables)], axis=1)
    curves = joined(parts, [len(table) for table in tables])
    return Scored(
        runs=runs.assign(regret=curves.regret[:, -1]),
        curves=curves,
        references=replace(references, told=references.told.union(told)),
    )


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
    trials: Trials,
    known: Constants | None,
    policy: Policy,
    failed: npt.NDArray[np.bool_],
    *,
    without_noise: bool,
) -> tuple[pd.DataFrame, Curves]:
    """The columns and curves of one task's runs, with failed ones as they are scored."""
    constants = known if without_noise or known is None else known.by_told
    valuation = valued(trials, constants, without_noise=without_noise)
    normalised = normalise(valuation.scored, constants, policy.failed)
    at = positions(trials, constants, scaled=not np.isnan(normalised.nothing))
    typical = 0.0 if constants is None else constants.violation
    maps = _maps(trials, constants, without_noise=without_noise) if trials.task.measures else None
    found = read_off(trials, at, valuation, normalised, typical, maps)
    test, overtuned = end_on_test(trials, valuation.told)
    curves = imputed(found, failed, (*normalised.failed, valuation.of_nothing))
    ends = curves.loss[:, -1], curves.regret[:, -1]
    if without_noise:
        ends = _told_ends(trials, valuation.told, known and known.by_told, policy, failed)
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
            "without_noise": without_noise,
            "first_feasible": first_feasible(trials),
            "told_value": to_natural_units(ends[0], tasks),
            "told_loss": ends[0],
            "told_regret": ends[1],
        }
    )
    return table, curves


def _maps(trials: Trials, constants: Constants | None, *, without_noise: bool) -> MapProgress:
    """How each trial left its run's map: quality is 1 at the best known, 1/2 at regret 1."""
    losses = losses_alone(trials, without_noise=without_noise)
    regrets = normalise(losses, constants, FailedAs.WORST).regrets
    qualities = 1 - bounded(np.where(np.isposinf(regrets), 0.0, regrets))
    cells, total = trials.cells, CELLS ** len(trials.task.measures)
    return map_progress(trials.run, cells, qualities, total=total)


def _told_ends(
    trials: Trials,
    told: Floats,
    constants: Constants | None,
    policy: Policy,
    failed: npt.NDArray[np.bool_],
) -> tuple[Floats, Floats]:
    """The loss and the regret that each run ends with by what was told."""
    least = np.full(trials.runs, np.inf)
    np.minimum.at(least, trials.run, told)
    normalised = normalise(least, constants, policy.failed)
    loss, regret = normalised.failed
    regrets = np.minimum(normalised.regrets, normalised.nothing)
    return np.where(failed, loss, least), np.where(failed, regret, regrets)


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
    columns += ["without_noise", "first_feasible", "told_value", "told_loss", "told_regret"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
