"""RGPE: an ensemble of Gaussian processes of other data, weighted by how well they rank here."""

from itertools import chain

import numpy as np
from scipy.stats import norm

from hpobench.adapters.native.random_search import RandomSearch
from hpobench.adapters.shared.gaussian_process import GaussianProcess, SquaredExponential
from hpobench.adapters.shared.past_points import Floats, normal_scores, past_points
from hpobench.adapters.shared.vectors import Vectors
from hpobench.optimizer import Optimizer
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial, Value

MOST = 100
"""Trials of another task that its process is fitted to, the first ones: more take long."""

SCALE = 0.2
"""The length scale by the square root of the dimension: distances grow with that."""

SAMPLES = 50
"""Draws by which the processes are weighted."""

FEWEST = 3
"""Trials of the task itself before ranks say anything; until then all others count alike."""


class Rgpe(Optimizer):
    """Expected improvement of a weighted sum of Gaussian processes, one for each task.

    The weight of a process is how often, in draws from all of them, it puts fewest pairs of the
    trials told so far into the wrong order; that of the task's own is asked about each trial
    without it. Values are normal scores; a failure counts as the worst so far. Kernels are given,
    not fitted.

    Args:
        candidates: How many random configurations there are to choose from at each ask.

    Source: Feurer, Letham, Hutter and Bakshy (2018), Practical Transfer Learning for Bayesian
    Optimization, arXiv:1802.02219, sections 4 and 5.
    """

    def __init__(self, problem: Problem, seed: int, *, candidates: int = 500) -> None:
        self._vectors, self._draws = Vectors(problem.space), RandomSearch(problem, seed)
        self._rng, self._count = np.random.default_rng(seed), candidates
        self._kernel = SquaredExponential(SCALE * float(np.sqrt(self._vectors.dimension)))
        self._past = [
            GaussianProcess(self._kernel, task.points[:MOST], task.scores[:MOST])
            for task in past_points(problem, self._vectors)
        ]
        self._given = chain([self._draws.ask().config for _ in problem.initial])
        self._points: list[list[float]] = []
        self._told: list[float | None] = []
        self._asked: set[tuple[tuple[str, Value], ...]] = set()

    def ask(self) -> Trial:
        """The candidate of which most is expected."""
        if (given := next(self._given, None)) is not None:
            return Trial(config=given)
        drawn: list[Config] = [self._draws.ask().config for _ in range(self._count)]
        new = [config for config in drawn if tuple(config.items()) not in self._asked] or drawn
        expected = self._improvement(np.array([self._vectors.vector(config) for config in new]))
        chosen = new[int(expected.argmax())]
        self._asked.add(tuple(chosen.items()))
        return Trial(config=chosen)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Note where the trial was and what was found there."""
        self._points.append(self._vectors.vector(trial.config))
        self._told.append(outcome.value if outcome.ok else None)

    def _improvement(self, points: Floats) -> Floats:
        """The expected improvement at points under the weighted sum."""
        inputs, scores = np.array(self._points), self._scores()
        own = [GaussianProcess(self._kernel, inputs, scores)] if len(scores) else []
        weights = self._weights(inputs, scores)
        if not weights.any():  # nobody says anything yet
            return self._rng.random(len(points))
        mean, variance = np.zeros(len(points)), np.zeros(len(points))
        for weight, process in zip(weights, [*self._past, *own], strict=True):
            if weight:
                its_mean, its_variance = process.predict(points)
                mean, variance = mean + weight * its_mean, variance + weight**2 * its_variance
        deviation = np.sqrt(variance)
        best = float(scores.min()) if len(scores) else float(mean.min())
        ahead = (best - mean) / deviation
        return np.asarray(deviation * (ahead * norm.cdf(ahead) + norm.pdf(ahead)))

    def _scores(self) -> Floats:
        """Normal scores of what was told, the worst for failures."""
        known = [value for value in self._told if value is not None]
        worst = max(known, default=0.0)
        values = np.array([worst if value is None else value for value in self._told])
        return normal_scores(values) if len(values) else values

    def _weights(self, inputs: Floats, scores: Floats) -> Floats:
        """The weight of each process, the task's own last if it has one; their sum is 1."""
        if len(scores) < FEWEST:
            weights = np.ones(len(self._past) + bool(len(scores)))
            weights[len(self._past) :] = 0.0
            return np.asarray(weights / max(weights.sum(), 1.0))
        draws = [self._drawn(process, inputs) for process in self._past]
        draws.append(self._left_out(inputs, scores))
        losses = np.array([wrong_pairs(drawn, scores) for drawn in draws])
        winners = losses == losses.min(axis=0)
        return np.asarray((winners / winners.sum(axis=0)).mean(axis=1))

    def _drawn(self, process: GaussianProcess, inputs: Floats) -> Floats:
        """Draws of a process at the trials, independent of each other; shape (samples, trials)."""
        mean, variance = process.predict(inputs)
        return self._rng.normal(mean, np.sqrt(variance), (SAMPLES, len(mean)))

    def _left_out(self, inputs: Floats, scores: Floats) -> Floats:
        """Such draws of the task's own process, of each trial without that trial."""
        columns = []
        for i in range(len(scores)):
            kept = np.arange(len(scores)) != i
            process = GaussianProcess(self._kernel, inputs[kept], scores[kept])
            columns.append(self._drawn(process, inputs[i : i + 1])[:, 0])
        return np.stack(columns, axis=1)


def wrong_pairs(drawn: Floats, scores: Floats) -> Floats:
    """How many pairs of trials each draw puts into another order than what was found.

    Args:
        drawn: Shape (samples, trials).
        scores: Shape (trials,).
    """
    truly = scores[:, None] < scores[None]
    said = drawn[:, :, None] < drawn[:, None]
    return np.asarray((truly != said).sum(axis=(1, 2)))
