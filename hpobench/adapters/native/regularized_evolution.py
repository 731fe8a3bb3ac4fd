"""Regularised evolution: the oldest dies, whoever is the best."""

from collections import deque

import numpy as np
from ConfigSpace import ConfigurationSpace

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.adapters.shared.vectors import choices, value_at
from hpobench.optimizer import Optimizer, Signal
from hpobench.space import plain_config
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial, Value


class RegularizedEvolution(Optimizer):
    """Mutate the best of a random sample of a population from which the oldest are removed.

    A mutation draws one hyperparameter anew, among its other values if it lists them; what that
    makes active is drawn as well. What failed joins no population.

    Args:
        population: How many live at a time; so many are random at first.
        sample: How many of them compete to be the parent.

    Source: Algorithm 1 of Real et al. (2019), Regularized Evolution for Image Classifier
    Architecture Search, AAAI.
    """

    def __init__(
        self, problem: Problem, seed: int, *, population: int = 100, sample: int = 25
    ) -> None:
        self._space, self._size = problem.space, sample
        self._rng = np.random.default_rng(seed)
        self._space.seed(seed)
        self._initial = list(problem.initial)[::-1]
        self._random = max(population, len(self._initial))
        self._alive: deque[tuple[float, Config]] = deque(maxlen=population)

    def ask(self) -> Trial | Signal:
        """A random configuration until there were enough of them, and then a child."""
        self._random -= 1
        if self._initial:
            return Trial(config=self._initial.pop())
        if self._random >= 0 or not self._alive:
            return Trial(config=plain_config(self._space.sample_configuration()))
        return propose_legal(self._space, self._child, lambda *_: None)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Let it live, and the oldest die if there are too many."""
        if outcome.ok:
            self._alive.append((outcome.value, trial.config))

    def _child(self) -> Trial:
        places = self._rng.choice(
            len(self._alive), min(self._size, len(self._alive)), replace=False
        )
        _, parent = min((self._alive[place] for place in places), key=lambda each: each[0])
        return Trial(config=mutated(self._space, parent, self._rng))


def mutated(space: ConfigurationSpace, parent: Config, rng: np.random.Generator) -> Config:
    """The configuration with one hyperparameter drawn anew, if any can vary."""
    if not (varying := [name for name in parent if space[name].size != 1]):
        return parent
    chosen = str(rng.choice(varying))

    def draw(name: str) -> Value:
        if name in parent and name != chosen:
            return parent[name]
        others = [each for each in choices(space[name]) or () if each != parent.get(name)]
        return others[rng.integers(len(others))] if others else value_at(space[name], rng.random())

    return define_by_run(space, draw)
