"""What an incumbent counts as: its value without noise, or what its optimizer was told of it.

An incumbent is always chosen by what was told, for nobody knows more during a run: by the mean of
it, where a configuration can be evaluated anew. This is the only place that decides, task by task,
by which value it is then scored.
"""

from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hpobench.scoring.constants import Constants
from hpobench.scoring.hypervolume import (
    Bounds,
    box_of,
    distances_of,
    front,
    igd,
    losses_of,
    shortfalls,
    volume,
    within,
)
from hpobench.scoring.policy import ScoredBy
from hpobench.scoring.repeats import fronts_of_means
from hpobench.scoring.trials import Floats, Integers, Trials, improvements
from hpobench.settings import Noise

Sets = list[tuple[int, Integers]]
"""By trial at which a run's incumbents changed, the trials that they are from there on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Valuation:
    """What each trial brings its run to.

    Attributes:
        told: The loss by which incumbents are chosen, infinite where a trial counts for nothing;
            shape (trials,).
        scored: The loss that the run's incumbent of that moment counts as, infinite where there
            is none; the same as `told` where that is what counts.
        distances: The IGD+ of the incumbents of that moment; None without a known front.
        of_nothing: The IGD+ of having nothing.
        without_noise: Whether incumbents count by their values without noise, so that `scored`
            is that of the latest and not the least so far.
    """

    told: Floats
    scored: Floats
    distances: Floats | None
    of_nothing: float
    without_noise: bool


def is_without_noise(trials: Trials, by: ScoredBy, constants: Constants | None = None) -> bool:
    """Whether a task's incumbents count by their values without noise.

    They do if all trials that may be incumbents have such values: otherwise the runs of some
    optimizers would be scored by another measure than those of others. And where constants are
    known, if they are of such values too: those that know no others are of what was told.

    Args:
        trials: All of them.
        by: What is wanted.
        constants: Those of the task, if any are known.
    """
    valid = trials.valid
    if by is ScoredBy.TOLD or not valid.any() or (constants and not constants.told):
        return False
    return bool(np.isfinite(trials.noiseless[valid]).all())


def valued(trials: Trials, constants: Constants | None, *, without_noise: bool) -> Valuation:
    """What all trials of a task bring their runs to.

    Args:
        trials: All of them.
        constants: Those in force.
        without_noise: Whether values without noise count.
    """
    distances, of_nothing = distances_of(trials, constants)
    if not without_noise:
        told = losses_of(trials, constants)
        return Valuation(
            told=told,
            scored=told,
            distances=distances,
            of_nothing=of_nothing,
            without_noise=False,
        )
    several = trials.vectors.shape[1] > 1
    told = losses_of(trials, None if constants is None else constants.by_told)
    sets = _incumbents(trials)
    scored = _held(trials, sets, _losses(trials, sets, constants))
    igds = [igd(trials.noiseless[members], constants) for _, members in sets] if several else []
    return Valuation(
        told=told,
        scored=scored,
        distances=None if distances is None else _held(trials, sets, np.array(igds)),
        of_nothing=of_nothing,
        without_noise=True,
    )


def losses_alone(trials: Trials, *, without_noise: bool) -> Floats:
    """The loss of each trial by itself, whatever came before; of a task with one objective."""
    return (trials.noiseless if without_noise else trials.vectors)[:, 0]


def final_fronts(trials: Trials, by: ScoredBy) -> list[Floats]:
    """For each run the points that what it was told to be its front counts as, several objectives.

    Args:
        trials: All of a task.
        by: What an incumbent counts as.

    Returns:
        Shape (points, objectives) each; without noise one may dominate another.
    """
    if not is_without_noise(trials, by):
        bounds = np.searchsorted(trials.run, np.arange(trials.runs + 1))
        spans, valid = pairwise(bounds.tolist()), trials.valid
        return [trials.vectors[start:stop][valid[start:stop]] for start, stop in spans]
    last = last_incumbents(trials)
    nobody = np.empty(0, dtype=np.int64)
    return [trials.noiseless[last.get(run, nobody)] for run in range(trials.runs)]


def last_incumbents(trials: Trials) -> dict[int, Integers]:
    """By run the positions of the trials that it ends with as incumbents; no run without any."""
    return {int(trials.run[place]): members for place, members in _incumbents(trials)}


def _incumbents(trials: Trials) -> Sets:
    """The incumbents of each run, by what was told, whenever they change."""
    if trials.task.settings.noise is Noise.FRESH:
        return list(fronts_of_means(trials))
    if trials.vectors.shape[1] > 1:
        return _fronts(trials)
    losses = np.where(trials.valid, trials.vectors[:, 0], np.inf)
    return [(int(i), np.array([i])) for i in improvements(losses, trials.run)]


def _fronts(trials: Trials) -> Sets:
    """Each trial after which no earlier one of the run was told to be as good, and its front."""
    bounds = np.searchsorted(trials.run, np.arange(trials.runs + 1))
    vectors, valid = trials.vectors.tolist(), trials.valid
    return [
        found
        for start, stop in pairwise(bounds.tolist())
        for found in _front_after_each(vectors, (np.flatnonzero(valid[start:stop]) + start))
    ]


def _front_after_each(
    vectors: list[list[float]], places: Integers
) -> Iterator[tuple[int, Integers]]:
    """The front of one run whenever it changes."""
    kept: list[int] = []
    for place in places.tolist():
        new = vectors[place]
        if any(_covers(vectors[old], new) for old in kept):
            continue
        kept = [old for old in kept if not _covers(new, vectors[old])]
        insort(kept, place)
        yield place, np.array(kept)


def _covers(one: list[float], other: list[float]) -> bool:
    """Whether it is at least as good in every objective."""
    return all(a <= b for a, b in zip(one, other, strict=True))


def _losses(trials: Trials, sets: Sets, constants: Constants | None) -> Floats:
    """The loss of each set of incumbents by its values without noise."""
    if trials.vectors.shape[1] == 1:
        return np.array([trials.noiseless[members[0], 0] for _, members in sets])
    fronts = [trials.noiseless[members] for _, members in sets]
    if constants is not None:
        given = Bounds(ideal=np.array(constants.ideal), reference=np.array(constants.reference))
        return np.array([_loss(points, given) for points in fronts])
    last = {int(trials.run[place]): i for i, (place, _) in enumerate(sets)}
    box = box_of([front(fronts[i]) for i in last.values()], trials.noiseless[trials.valid])
    unit = Bounds(ideal=np.zeros_like(box.ideal), reference=np.ones_like(box.reference))
    return np.array([_loss(within(points, box), unit) for points in fronts])


def _loss(points: Floats, bounds: Bounds) -> float:
    """The negative hypervolume of some points, or how far the nearest of them lies behind."""
    found = volume(front(points), bounds.reference)
    return -found if found > 0 else float(shortfalls(points, bounds).min())


def _held(trials: Trials, sets: Sets, values: Floats) -> Floats:
    """For each trial the value of its run's incumbents then; infinite before the first."""
    changed = np.array([place for place, _ in sets], dtype=np.int64)
    newest = np.searchsorted(changed, np.arange(len(trials.run)), side="right") - 1
    found = np.append(values, np.inf)[newest]
    stranger = trials.run[changed[newest]] != trials.run if len(changed) else np.True_
    return np.where((newest < 0) | stranger, np.inf, found)
