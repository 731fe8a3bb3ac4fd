"""A greedy portfolio: the configurations that would together have served other data best."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

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
    the history, becomes least. Candidates are all configurations in the history, and as many
    random ones as `candidates`. What one of them would have found on a task is what a forest says
    that was fitted to the task's trials: it has an answer where that was not tried, and less noise
    where it was.

    Args:
        candidates: How many random configurations may be chosen too.

    Source: Wistuba, Schilling and Schmidt-Thieme (2015), Sequential Model-Free Hyperparameter
    Tuning, ICDM; Pfisterer et al. (2021), Learning Multiple Defaults for Machine Learning
    Algorithms, GECCO Companion, for the greedy choice; normal scores, see `normal_scores`.
    """

    def __init__(self, problem: Problem, seed: int, *, candidates: int = 2000) -> None:
        vectors = Vectors(problem.space)
        draws = RandomSearch(replace(problem, initial=()), seed)
        random = (trial.config for trial in iter(draws.ask, None))
        drawn = list(islice(random, candidates))
        chosen = portfolio(past_points(problem, vectors), drawn, vectors, seed)
        self._configs = chain(problem.initial, chosen, random)

    def ask(self) -> Trial:
        """The next of the list."""
        return Trial(config=next(self._configs))

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Ignore the outcome: the list is made."""


def portfolio(
    past: Sequence[PastPoints], others: Sequence[Config], vectors: Vectors, seed: int
) -> Iterator[Config]:
    """Configurations, each once, in the order of what they add.

    Args:
        past: Other tasks, whose configurations may be chosen.
        others: Further ones that may.
        vectors: Where these lie.
        seed: Decides the forests.
    """
    if not past:
        return
    configs = _different(past, others)
    points = np.array([vectors.vector(config) for config in configs])
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


def _different(past: Sequence[PastPoints], others: Sequence[Config]) -> list[Config]:
    """All configurations, each once."""
    listed = chain(*(task.configs for task in past), others)
    return list({tuple(config.items()): config for config in listed}.values())


def predicted_scores(task: PastPoints, points: Floats, seed: int) -> Floats:
    """What a forest fitted to a task's trials says of points, shape (points,)."""
    from sklearn.ensemble import ExtraTreesRegressor

    forest = ExtraTreesRegressor(TREES, min_samples_leaf=LEAF, random_state=seed)
    return np.asarray(forest.fit(task.points, task.scores).predict(points))
