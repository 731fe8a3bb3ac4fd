"""How far runs are from the known front: the modified inverted generational distance, IGD+."""

from itertools import pairwise

import numpy as np

from hpobench.scoring.constants import Constants
from hpobench.scoring.trials import Floats, Trials


def running(trials: Trials, constants: Constants) -> Floats:
    """The IGD+ of each trial together with all before it of the same run.

    Each objective is scaled so that the task's ideal point is 0 and its reference point 1.
    Since a set is as far from a point of the front as its nearest member, no front of the run
    is needed: the distances are cut down trial by trial.

    Args:
        trials: All trials of one task with several objectives.
        constants: With the known front.

    Returns:
        Shape (trials,), never rising within a run; infinite before the first valid trial.

    Source:
        Ishibuchi et al. (2015), Modified distance calculation in generational distance and
        inverted generational distance, EMO.
    """
    front = scaled(np.array(constants.front), constants)
    points = scaled(trials.vectors, constants)
    points[~trials.valid] = np.inf
    bounds = np.searchsorted(trials.run, np.arange(trials.runs + 1))
    found = np.empty(len(points))
    for start, stop in pairwise(bounds.tolist()):
        distances = np.minimum.accumulate(_distances(points[start:stop], front), axis=0)
        found[start:stop] = distances.mean(axis=1)
    return found


def of_nothing(constants: Constants) -> float:
    """The IGD+ of the reference point, which stands for having found nothing."""
    front = scaled(np.array(constants.front), constants)
    return float(_distances(np.ones((1, front.shape[1])), front).mean())


def scaled(points: Floats, constants: Constants) -> Floats:
    """Points with the task's ideal at 0 and its reference at 1."""
    ideal, reference = np.array(constants.ideal), np.array(constants.reference)
    return np.asarray((points - ideal) / (reference - ideal))


def _distances(points: Floats, front: Floats) -> Floats:
    """By how much each point falls short of each point of the front, (points, front points)."""
    total = np.zeros((len(points), len(front)))
    for objective in range(front.shape[1]):
        total += np.maximum(points[:, objective, None] - front[None, :, objective], 0.0) ** 2
    return np.asarray(np.sqrt(total))
