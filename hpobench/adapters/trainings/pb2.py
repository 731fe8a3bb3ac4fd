"""Population-based bandits: a model of the improvements says what a copy is trained with next."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from hpobench.adapters.native.population import PopulationBasedTraining, PopulationMember
from hpobench.adapters.shared.gaussian_process import GaussianProcess
from hpobench.adapters.shared.vectors import choices, coordinate_of, value_at
from hpobench.adapters.trainings.time_varying import fit_time_varying
from hpobench.optimizer import Signal
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial, Value

Floats = npt.NDArray[np.float64]

REMEMBERED = 200
"""The model is fitted to so many improvements, the last ones."""
CANDIDATES, CLIMBS = 200, 3
"""Points that are drawn for a proposal, and the best of them that are climbed from."""
CLIPPED = 2.0
"""Improvements are cut off at so many standard deviations."""
LEAST = 1e-8
"""Added to spreads: all values may be the same."""


class Improvement(NamedTuple):
    """What a step of a training has brought.

    Attributes:
        time: The fidelity at its end.
        before: The reward at its beginning, a value with its sign turned.
        point: Coordinates of the hyperparameters with a range.
        gain: By how much the reward rose for each unit of fidelity.
    """

    time: float
    before: float
    point: tuple[float, ...]
    gain: float


class PopulationBasedBandits(PopulationBasedTraining):
    """Population-based training that explores by a Gaussian process instead of at random.

    The process is fitted to the improvements of all steps, given time, reward before the step and
    the hyperparameters with a range; a copy is trained with those of the largest upper confidence
    bound, given its own time and reward. Of others it keeps its model's. Until there are
    improvements it explores as population-based training does.

    Source: Parker-Holder et al. (2020), Provably Efficient Online Hyperparameter Optimization with
    Population-Based Bandits, NeurIPS; the bound (with the variance, not its root), constants and
    normalisation are those of its authors' program, as in Ray Tune's `pb2`. Ours moves along the
    logarithm where a range has that scale, has noise in its process, and climbs from the best of
    random points.
    """

    def __init__(self, problem: Problem, seed: int, **options: Any) -> None:
        super().__init__(problem, seed, **options)
        self._ranged = [name for name, hp in problem.space.items() if choices(hp) is None]
        self._reached: dict[int, tuple[float, float]] = {}
        self._improvements: list[Improvement] = []
        self._running: dict[int, tuple[float, ...]] = {}

    def ask(self) -> Trial | Signal:
        """The next step of a member, which is remembered as under way."""
        asked = super().ask()
        if isinstance(asked, Trial):
            self._running[asked.handle.pending] = self._point(asked.config)
        return asked

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Note what the step has brought, too."""
        member: PopulationMember = trial.handle
        self._running.pop(member.pending, None)
        if outcome.ok and trial.fidelity is not None:
            reward = -outcome.value
            if trial.parent is not None:
                began, before = self._reached[trial.parent]
                gain = (reward - before) / (trial.fidelity - began)
                point = self._point(trial.config)
                self._improvements.append(Improvement(trial.fidelity, before, point, gain))
            self._reached[member.pending] = trial.fidelity, reward
        super().tell(trial, outcome)

    def _explored(self, better: PopulationMember, made: Config) -> Config:
        """A configuration whose ranges the model has chosen, as far as the space allows it."""
        data = self._improvements[-REMEMBERED:]
        if not data or not self._ranged or better.state is None:
            return super()._explored(better, made)
        time, reward = self._reached[better.state]
        best = propose_point(data, (time, reward), list(self._running.values()), self._rng)
        chosen = dict(zip(self._ranged, best, strict=True))

        def choose(name: str) -> Value:
            if name not in better.config:
                return value_at(self._space[name], self._rng.random())
            if name not in chosen:
                return better.config[name]
            return value_at(self._space[name], chosen[name])

        return self._legal(self._keeping(made, choose)) or super()._explored(better, made)

    def _point(self, config: Config) -> tuple[float, ...]:
        """Coordinates of what has a range; the middle of one that is not active."""
        return tuple(
            coordinate_of(self._space[name], config[name]) if name in config else 0.5
            for name in self._ranged
        )


def propose_point(
    data: Sequence[Improvement],
    now: tuple[float, float],
    running: Sequence[tuple[float, ...]],
    rng: np.random.Generator,
) -> list[float]:
    """The point of the unit cube with the largest upper confidence bound.

    Args:
        data: What steps have brought, at least one.
        now: Time and reward from which the next step begins.
        running: Points of steps that are under way, whose outcome need not be explored again.
        rng: Draws the points that are looked at.
    """
    fixed = np.array([[each.time, each.before] for each in data])
    low, spread = fixed.min(axis=0), np.ptp(fixed, axis=0) + LEAST
    points = np.hstack([(fixed - low) / spread, [each.point for each in data]])
    gains = np.array([each.gain for each in data])
    gains = np.clip((gains - gains.mean()) / (gains.std() + LEAST), -CLIPPED, CLIPPED)
    kernel = fit_time_varying(points, gains)
    mean = variance = GaussianProcess(kernel, points, gains)
    here = (np.array(now) - low) / spread
    if running:
        variance = mean.with_its_own(_at(here, np.array(running)))
    weight = confidence_weight(len(data))

    def bound(vectors: Floats) -> Floats:
        asked = _at(here, vectors)
        return mean.predict(asked)[0] + weight * variance.predict(asked)[1]

    drawn = rng.random((CANDIDATES, points.shape[1] - len(here)))
    starts = drawn[np.argsort(-bound(drawn), kind="stable")[:CLIMBS]]
    ends = [
        minimize(
            lambda x: -bound(x[None])[0], start, method="L-BFGS-B", bounds=[(0.0, 1.0)] * len(start)
        ).x
        for start in starts
    ]
    reached = np.clip(np.vstack([starts, *(end[None] for end in ends)]), 0.0, 1.0)
    return [float(x) for x in reached[int(np.argmax(bound(reached)))]]


def confidence_weight(count: int) -> float:
    """By how much an upper confidence bound of so many data lies above the mean, in variances."""
    return math.sqrt(0.2 + max(0.0, math.log(0.4 * count)))


def _at(here: Floats, vectors: Floats) -> Floats:
    """Points of the cube together with the time and the reward."""
    return np.hstack([np.tile(here, (len(vectors), 1)), vectors])
