"""A greedy portfolio: the configurations that would together have served other data best."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from hpobench.adapters.native.random_search import RandomSearch
from hpobench.adapters.shared.past_points import Floats, PastPoints, past_points
from hpobench.adapters.shared.vectors import Vectors
from hpobench.optimizer import Optimizer
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial

TREES, LEAF = 50, 3
"""Trees of a forest, and the fewest trials in each of their leaves."""

TIE = 1e-3
"""How much the mean over tasks weighs beside what a configuration adds to those before it."""


class GreedyPortfolio(Optimizer):
    """Evaluate a list of configurations that is made before the first trial, and then at random.

    Each next configuration is the one with which the best of the list, averaged over the tasks of
    the history, becomes least. Candidates are all configurations in the history. What one of them
    would have found on a task is what a forest says that was fitted to the task's trials: it has
    an answer where that was not tried, and less noise where it was.

    Source: Wistuba, Schilling and Schmidt-Thieme (2015), Sequential Model-Free Hyperparameter
    Tuning, ICDM; Pfisterer et al. (2021), Learning Multiple Defaults for Machine Learning
    Algorithms, GECCO Companion, for the greedy choice; normal scores, see `normal_scores`.
    """

    def __init__(self, problem: Problem, seed: int) -> None:
        past = past_points(problem, Vectors(problem.space))
        draws = RandomSearch(replace(problem, initial=()), seed)
        random = (trial.config for trial in iter(draws.ask, None))
        self._configs = chain(problem.initial, portfolio(past, seed), random)

    def ask(self) -> Trial:
        """The next of the list."""
        return Trial(config=next(self._configs))

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Ignore the outcome: the list is made."""


def portfolio(past: Sequence[PastPoints], seed: int) -> Iterator[Config]:
    """All configurations of a history, each once, in the order of what they add.

    Args:
        past: Other tasks.
        seed: Of the forests.
    """
    configs, points = _candidates(past)
    if not configs:
        return
    scores = np.array([predicted_scores(task, points, seed) for task in past])
    general = TIE * scores.mean(axis=0)
    best = np.full(len(scores), np.inf)
    left = np.ones(len(configs), dtype=bool)
    while left.any():
        added = np.minimum(best[:, None], scores).mean(axis=0) + general
        added[~left] = np.inf
        chosen = int(added.argmin())
        left[chosen] = False
        best = np.minimum(best, scores[:, chosen])
        yield configs[chosen]


def _candidates(past: Sequence[PastPoints]) -> tuple[list[Config], Floats]:
    """The different configurations of all tasks, and where they lie."""
    found: dict[tuple[object, ...], tuple[Config, Floats]] = {}
    for task in past:
        for config, point in zip(task.configs, task.points, strict=True):
            found.setdefault(tuple(sorted(config.items())), (config, point))
    return [config for config, _ in found.values()], np.array([p for _, p in found.values()])


def predicted_scores(task: PastPoints, points: Floats, seed: int) -> Floats:
    """What a forest fitted to a task's trials says of points, shape (points,)."""
    from sklearn.ensemble import ExtraTreesRegressor

    forest = ExtraTreesRegressor(TREES, min_samples_leaf=LEAF, random_state=seed)
    return np.asarray(forest.fit(task.points, task.scores).predict(points))
