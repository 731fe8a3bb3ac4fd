"""By how much trials violate the constraints of their task, and when the first is feasible."""

import numpy as np

from hpobench.scoring.trials import Floats, Trials

NOTHING_KEPT = 1.0
"""The violation of having nothing: that of an infeasible random trial, in the median."""


def scaled_violations(trials: Trials, typical: float) -> Floats:
    """By how much each trial violates its constraints, as a share of what is typical.

    The excesses over all limits are added up. Where what is typical is not known, it is the most
    that any of these trials violates them by.

    Args:
        trials: All trials of one task.
        typical: What an infeasible random trial violates them by in the median, or 0.

    Returns:
        Shape (trials,): 0 where a trial may be an incumbent, infinite where it is not known.
    """
    found = trials.violations
    most = found[np.isfinite(found)].max(initial=0.0)
    return np.asarray(found / (typical or most or 1.0))


def first_feasible(trials: Trials) -> Floats:
    """The share of the budget that each run had spent with its first feasible trial.

    Returns:
        Shape (runs,): infinite where none is feasible, NaN for a task without constraints.
    """
    found = np.full(trials.runs, np.inf if trials.task.constraints else np.nan)
    if trials.task.constraints:
        np.minimum.at(found, trials.run[trials.valid], trials.used[trials.valid])
    return found
