"""The smallest box that holds the best configurations of other data, searched at random."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from ConfigSpace import CategoricalHyperparameter, ConfigurationSpace

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.past_points import past_points
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.adapters.shared.vectors import Vectors, position_of, value_at
from hpobench.optimizer import Optimizer, Signal
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial, Value


class BoundingBox(Optimizer):
    """Draw configurations from between the best ones of other tasks.

    A hyperparameter with an order lies between the least and the largest value that was best on
    one of the tasks; one without is one of the choices that were. Where it was active in none of
    them it can be all that it can be. If one configuration was best on all tasks, the box is the
    whole space.

    Source: Perrone et al. (2019), Learning Search Spaces for Bayesian Optimization: Another View
    of Hyperparameter Transfer Learning, NeurIPS, section 4.1, with random search in the box.
    """

    def __init__(self, problem: Problem, seed: int) -> None:
        past = past_points(problem, Vectors(problem.space))
        self._space, self._rng = problem.space, np.random.default_rng(seed)
        best = [task.configs[task.best] for task in past]
        self._best = best if any(config != best[0] for config in best) else []
        self._given = chain(problem.initial)

    def ask(self) -> Trial | Signal:
        """The next configuration of the box."""
        return propose_legal(self._space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Ignore the outcome: the box stays as it is."""

    def _propose(self) -> Trial:
        given = next(self._given, None)
        return Trial(
            config=draw_inside(self._space, self._best, self._rng) if given is None else given
        )


def draw_inside(
    space: ConfigurationSpace, best: Sequence[Config], rng: np.random.Generator
) -> Config:
    """A configuration of the box around some others; forbidden clauses need not be kept."""

    def draw(name: str) -> Value:
        values = [config[name] for config in best if name in config]
        return _between(space[name], values, rng)

    return define_by_run(space, draw)


def _between(hyperparameter: Any, values: Sequence[Value], rng: np.random.Generator) -> Value:
    """A value that some others enclose; any, if there are none."""
    if not values:
        return value_at(hyperparameter, rng.random())
    if isinstance(hyperparameter, CategoricalHyperparameter):
        different = list(dict.fromkeys(values))
        return different[rng.integers(len(different))]
    places = [position_of(hyperparameter, value) for value in values]
    return value_at(hyperparameter, rng.uniform(min(places), max(places)))
