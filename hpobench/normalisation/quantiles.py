"""What a run of random search ends with in the median, from single random trials.

With one objective this is exact for the trials given: the best told of n independent trials is the
one of a certain rank with a known probability, and the median of what such trials are scored by is
a quantile. Where trials are scored by what is told, it is the `1 - 0.5^(1/n)` quantile of single
trials. With several objectives so many runs are simulated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import moocore
import numpy as np

from hpobench.scoring.hypervolume import front, reference_point, volume
from hpobench.scoring.trials import Floats, Integers

SIMULATED = 1_000
"""Runs of random search that are put together of single trials, with several objectives."""

COVERED = 0.9
"""The share of simulated fronts whose worst values lie before the reference point, objective by
objective: the worst of all would hang on a few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleTrials:
    """Independent random trials, each with its probability.

    Attributes:
        told: What optimizers are told, to be minimised; all NaN where a trial fails; shape
            (trials, objectives).
        scored: What each is scored by; the same where that is what is told.
        weights: Their probabilities, which add up to 1; shape (trials,).
        seconds: What each takes, virtually; shape (trials,).
        violations: By how much each violates constraints, 0 if not, infinite if it failed; shape
            (trials,).
    """

    told: Floats
    scored: Floats
    weights: Floats
    seconds: Floats
    violations: Floats = field(default_factory=lambda: np.empty(0))

    def of(self, columns: Sequence[int]) -> "SingleTrials":
        """The same trials with some of the objectives."""
        return replace(self, told=self.told[:, columns], scored=self.scored[:, columns])


def weighted_median(values: Floats, weights: Floats) -> float:
    """The smallest value that at least half of the weight does not exceed."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2 * (1 - 1e-12))])


def chance_of_winning(told: Floats, weights: Floats, count: int) -> Floats:
    """How probably each trial is the best told of so many independent ones; equal ones share.

    Args:
        told: Shape (trials,), NaN where a trial fails; such a one never wins.
        weights: Their probabilities, which add up to 1.
        count: How many trials there are.

    Returns:
        Shape (trials,); the sum lacks the probability that all trials fail.
    """
    known = np.flatnonzero(~np.isnan(told))
    _, place = np.unique(told[known], return_inverse=True)
    mass = np.bincount(place, weights[known])
    before = np.append(0.0, np.cumsum(mass))
    missed = np.maximum(1 - before, 0.0) ** count
    chances = np.zeros(len(told))
    chances[known] = (missed[:-1] - missed[1:])[place] * weights[known] / mass[place]
    return chances


def median_of_best(trials: SingleTrials, count: int) -> float:
    """The median of what the best told of so many trials is scored by; one objective."""
    chances = chance_of_winning(trials.told[:, 0], trials.weights, count)
    won = chances > 0
    return weighted_median(trials.scored[won, 0], chances[won])


def simulated_runs(trials: SingleTrials, count: int) -> Integers:
    """Positions of the trials of many runs, shape (runs, trials of a run)."""
    rng = np.random.default_rng(0)
    ends = np.cumsum(trials.weights)
    drawn = rng.random((SIMULATED, count)) * ends[-1]
    places = np.searchsorted(ends, drawn, side="right")
    return np.asarray(np.minimum(places, len(ends) - 1), dtype=np.int64)


def simulated_fronts(trials: SingleTrials, runs: Integers) -> list[Floats]:
    """What each run's front, of what was told, is scored by; of runs that found anything."""
    fronts = []
    for members in runs:
        known = members[~np.isnan(trials.told[members, 0])]
        if len(known):
            best = known[moocore.is_nondominated(trials.told[known])]
            fronts.append(front(trials.scored[best]))
    return fronts


def reference_of(best: Floats, fronts: list[Floats], trials: SingleTrials) -> Floats:
    """Behind the best known front and the worst values on most simulated fronts.

    Args:
        best: The best known front.
        fronts: Those of the runs.
        trials: Whose range stands in where the fronts have a single value.
    """
    if not fronts:
        return reference_point(best, best)
    worst = np.quantile([points.max(axis=0) for points in fronts], COVERED, axis=0)
    known = trials.scored[~np.isnan(trials.scored).any(axis=1)]
    return reference_point(np.vstack([best, worst]), known)


def median_volume(fronts: list[Floats], reference: Floats) -> float:
    """The median hypervolume of `SIMULATED` runs, of which those without a front have none."""
    nothing = [0.0] * (SIMULATED - len(fronts))
    return float(np.median([*(volume(points, reference) for points in fronts), *nothing]))
