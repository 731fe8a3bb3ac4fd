"""Copula Thompson sampling: one model of the quantiles that configurations had on other data."""

from itertools import chain

import numpy as np

from hpobench.adapters.native.random_search import RandomSearch
from hpobench.adapters.shared.past_points import Floats, past_points
from hpobench.adapters.shared.vectors import Vectors
from hpobench.optimizer import Optimizer
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial

TREES, LEAF = 50, 5
"""Trees of the forest, and the fewest trials in each of their leaves."""

FOLDS = 3
"""Parts of the history, on each of which the model of the others is measured."""


class QuantileTransfer(Optimizer):
    """Ask for the configuration that is best in a draw from a model of normal scores.

    The model is fitted to the trials of all other tasks together: its mean is a forest's, and its
    standard deviation is the error of that on trials that it was not fitted to. Each ask draws
    scores of `candidates` random configurations, and takes the least.

    Args:
        candidates: How many configurations there are to choose from.

    Source: Salinas, Shen and Perrone (2020), A Quantile-based Approach for Hyperparameter Transfer
    Learning, ICML: Copula Thompson sampling, section 4.2; a forest in the place of a network.
    """

    def __init__(self, problem: Problem, seed: int, *, candidates: int = 2000) -> None:
        vectors, draws = Vectors(problem.space), RandomSearch(problem, seed)
        self._rng = np.random.default_rng(seed)
        past = past_points(problem, vectors)
        self._given = chain(problem.initial)
        drawn = [draws.ask().config for _ in range(candidates + len(problem.initial))]
        self._candidates: list[Config] = drawn[len(problem.initial) :]
        points = np.array([vectors.vector(config) for config in self._candidates])
        self._mean, self._deviation = np.zeros(len(points)), 1.0
        if past:
            inputs = np.concatenate([task.points for task in past])
            scores = np.concatenate([task.scores for task in past])
            self._mean, self._deviation = fitted_scores(inputs, scores, points, seed)

    def ask(self) -> Trial:
        """The candidate that is best in this draw."""
        given = next(self._given, None)
        if given is not None:
            return Trial(config=given)
        drawn = self._rng.normal(self._mean, self._deviation)
        return Trial(config=self._candidates[int(drawn.argmin())])

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Ignore the outcome: the model is that of the other tasks."""


def fitted_scores(
    inputs: Floats, scores: Floats, points: Floats, seed: int
) -> tuple[Floats, float]:
    """What a forest says of points, and the error of such a forest on what it has not seen.

    Args:
        inputs: Points of all trials, shape (trials, dimension).
        scores: What was found there, shape (trials,).
        points: What is asked about, shape (points, dimension).
        seed: Decides the forest.
    """
    from sklearn.ensemble import ExtraTreesRegressor
    from sklearn.model_selection import cross_val_predict

    forest = ExtraTreesRegressor(TREES, min_samples_leaf=LEAF, random_state=seed)
    folds = min(FOLDS, len(scores))
    unseen = cross_val_predict(forest, inputs, scores, cv=folds)
    mean = np.asarray(forest.fit(inputs, scores).predict(points))
    return mean, float(np.std(scores - unseen))
