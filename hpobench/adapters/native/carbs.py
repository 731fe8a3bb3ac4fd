"""CARBS: local Bayesian optimization along the Pareto front of cost and performance."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import erfcx, ndtr, ndtri
from scipy.stats import norm
from sklearn.preprocessing import QuantileTransformer

from hpobench.adapters.shared.cost_front import Group, cheapest_front
from hpobench.adapters.shared.gaussian_process import (
    GaussianProcess,
    LinearMatern,
    SquaredExponential,
)
from hpobench.adapters.shared.rejection_sampling import TRIES
from hpobench.adapters.shared.vectors import Vectors
from hpobench.optimizer import Optimizer, Signal
from hpobench.space import violation
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial

Floats = npt.NDArray[np.float64]

BIAS = 1.0
"""By so much, in deviations of all scores, an improvement has to exceed the front."""

LEAST = 1e-9
"""Seconds, since the logarithm of a cost is taken."""


class Carbs(Optimizer):
    """Search around the configurations that are best for their cost.

    Candidates are drawn from normal distributions around the points of the front. Taken is the
    one with the greatest product of its density there, of its expected improvement over the front
    at the cost that is predicted for it, or over the front at a random cost if that is better,
    and of the probability that it succeeds. Now and then a point of the front is tried again.

    Args:
        initial: So many trials have to succeed around the middle of the space at first.
        radius: Standard deviation of steps, in the unit cube.
        candidates: For each hyperparameter.
        resample: After so many successes a point of the front is tried again; 0 is never.

    Source: Fetterman et al. (2023), Tune As You Scale: Hyperparameter Optimization For Compute
    Efficient Training, arXiv:2306.08055; constants, kernels and the rules of the front of the
    authors' github.com/imbue-ai/carbs. Theirs is about numbers without bounds, on scales that
    the user gives, around a centre that is given too; here that is the unit cube, and its middle.
    Their kernels stay near where they begin (a thousand steps of 0.0001), here they stay there.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,
        *,
        initial: int = 4,
        radius: float = 0.3,
        candidates: int = 100,
        resample: int = 5,
    ) -> None:
        self._space, self._vectors = problem.space, Vectors(problem.space)
        self._rng = np.random.default_rng(seed)
        self._initial, self._radius, self._resample = initial, radius, resample
        self._candidates = candidates * self._vectors.dimension
        self._groups: dict[str, Group] = {}
        self._failed: list[Floats] = []
        self._pending: list[Floats] = []
        self._resampled = 0

    def ask(self) -> Trial | Signal:
        """The most promising point that the space allows."""
        for point in self._preferred():
            config = self._vectors.config(point.tolist())
            if not self._space.forbidden_clauses or not violation(self._space, config):
                self._pending.append(point)
                return Trial(config=config, handle=point)
        return Signal.EXHAUSTED

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Add it to the others with this configuration, or to what failed."""
        self._pending = [point for point in self._pending if point is not trial.handle]
        if not outcome.ok:
            self._failed.append(trial.handle)
            return
        group = self._groups.setdefault(repr(trial.config), Group(trial.handle))
        group.scores.append(-outcome.value)
        group.costs.append(max(outcome.cost, LEAST))

    def _preferred(self) -> Iterator[Floats]:
        """Points to be tried, the best first."""
        successes = sum(len(group.scores) for group in self._groups.values())
        if successes < self._initial:
            yield from self._around(np.full((1, self._vectors.dimension), 0.5), TRIES)
            return
        best = cheapest_front(list(self._groups.values()))
        if self._resample and successes > (self._resampled + 1) * self._resample:
            self._resampled += 1
            yield self._least_tried(
                cheapest_front(list(self._groups.values()), cautious=False)
            ).point.copy()
        origins = np.array([group.point for group in best])
        points = self._around(origins, self._candidates)
        yield from points[np.argsort(-self._worth(points, best), kind="stable")]
        yield from self._around(origins, TRIES)

    def _least_tried(self, best: Sequence[Group]) -> Group:
        """The cheapest of the groups tried least often; pending trials count as tries."""

        def tries(group: Group) -> int:
            return len(group.scores) + sum(np.array_equal(p, group.point) for p in self._pending)

        return min(best, key=tries)

    def _around(self, origins: Floats, count: int) -> Floats:
        """Points around origins, normally distributed as far as the cube goes."""
        centres = origins[self._rng.integers(len(origins), size=count)]
        low, high = ndtr(-centres / self._radius), ndtr((1 - centres) / self._radius)
        shares = low + self._rng.random(centres.shape) * (high - low)
        return np.asarray(np.clip(centres + self._radius * ndtri(shares), 0.0, 1.0))

    def _worth(self, points: Floats, best: Sequence[Group]) -> Floats:
        """The logarithm of the acquisition function."""
        groups = [group for group in self._groups.values() for _ in group.scores]
        inputs = np.array([group.point for group in groups])
        scores = [score for group in self._groups.values() for score in group.scores]
        costs = [cost for group in self._groups.values() for cost in group.costs]
        scaled, logarithm = QuantileScores(scores), Costs(costs)
        kernel = LinearMatern(self._radius)
        cost, _ = GaussianProcess(kernel, inputs, logarithm(costs)).predict(points)
        model = GaussianProcess(kernel, inputs, scaled(scores))
        if self._pending:
            model = model.with_its_own(np.array(self._pending))
        mean, variance = model.predict(points)
        reference = self._front_at(cost, best, scaled, logarithm)
        sigma = np.sqrt(variance)
        improvement = np.log(sigma) + log_improvement((mean - reference - BIAS) / sigma)
        distance = np.linalg.norm(points[:, None] - [group.point for group in best], axis=-1)
        density = norm.logpdf(distance.min(axis=1), scale=self._radius)
        return np.asarray(improvement + density + self._log_success(points, inputs))

    def _front_at(
        self, cost: Floats, best: Sequence[Group], scaled: "QuantileScores", logarithm: "Costs"
    ) -> Floats:
        """The score of the front at costs, and at least that at a random cost on it."""
        known = logarithm([group.cost for group in best])
        scores = scaled([group.score for group in best])
        model = GaussianProcess(SquaredExponential(1.0), known[:, None], scores)
        threshold = self._rng.uniform(known.min(), known.max())
        within = np.append(np.clip(cost, known.min(), known.max()), threshold)
        mean, _ = model.predict(within[:, None])
        return np.asarray(np.maximum(mean[:-1], mean[-1]))

    def _log_success(self, points: Floats, inputs: Floats) -> Floats:
        """The logarithm of the probability that points do not fail.

        As the authors have it, with the variance of the model in place of the deviation.
        """
        if not self._failed:
            return np.zeros(len(points))
        labels = np.repeat([1.0, -1.0], [len(inputs), len(self._failed)])
        everything = np.concatenate([inputs, self._failed])
        model = GaussianProcess(LinearMatern(self._radius), everything, labels)
        mean, variance = model.predict(points)
        return np.asarray(norm.logcdf(mean / variance))


class QuantileScores:
    """Scores as quantiles of a normal distribution, of about the root of their number."""

    def __init__(self, scores: Sequence[float]) -> None:
        count = max(int(math.sqrt(len(scores))), 2)
        self._quantiles = QuantileTransformer(output_distribution="normal", n_quantiles=count)
        self._quantiles.fit(np.array(scores)[:, None])

    def __call__(self, scores: Sequence[float]) -> Floats:
        """Scores that are about normally distributed."""
        return np.asarray(self._quantiles.transform(np.array(scores)[:, None])[:, 0])


class Costs:
    """Logarithms of costs, from -1 to 1."""

    def __init__(self, costs: Sequence[float]) -> None:
        self._low, self._high = math.log(min(costs)), math.log(max(costs))

    def __call__(self, costs: Sequence[float]) -> Floats:
        """Logarithms of costs on the scale of those known; 0, if these are all the same."""
        width = self._high - self._low
        return np.asarray(
            (np.log(costs) - self._low) / width * 2 - 1 if width else 0.0 * np.log(costs)
        )


def log_improvement(z: Floats) -> Floats:
    """The logarithm of the expected positive part of a normal variable of mean z and variance 1.

    In a form that stays exact far below 0.
    """
    below = np.minimum(z, 0.0)
    ratio = 1 + below * math.sqrt(math.pi / 2) * erfcx(-below / math.sqrt(2))
    tiny = np.finfo(np.float64).tiny
    far = norm.logpdf(below) + np.log(np.maximum(ratio, tiny))
    return np.asarray(np.where(z < 0, far, np.log(norm.pdf(z) + z * ndtr(z) + tiny)))
