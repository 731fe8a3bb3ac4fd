"""Greedy coordinate search: one hyperparameter at a time, in an order, each left at its best."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

import numpy as np

from hpobench.adapters.heuristics.batches import Batches, BatchSearch
from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.vectors import choices, value_at
from hpobench.space import plain_config, violation
from hpobench.task import Problem
from hpobench.trial import Config, Value

ENOUGH = 100
"""After so many descents in a row through what was evaluated already, nothing is left to try."""


class GreedyCoordinates(BatchSearch):
    """Try all values of one hyperparameter, keep the best, and go on to the next.

    Begins with a random configuration, and again with another one after a pass through all
    hyperparameters that improved nothing. What was evaluated is not asked for again.

    Args:
        problem: What is to be solved.
        seed: Seed of the random configurations.
        first: Names or globs of hyperparameters that come first, in this order; the others follow
            in the order of the space.
        points: So many values of one that has a range, evenly spread over it.

    Source: Orbach et al. (2025), An Analysis of Hyper-Parameter Optimization Methods for Retrieval
    Augmented Generation, arXiv:2505.03452, its greedy algorithms.
    """

    def __init__(
        self, problem: Problem, seed: int, *, first: Sequence[str] = (), points: int = 5
    ) -> None:
        self._first, self._points = first, points
        self._rng = np.random.default_rng(seed)
        self._known: dict[tuple[object, ...], float] = {}
        super().__init__(problem, seed)

    def batches(self) -> Batches:
        """Descent after descent, until many in a row find nothing that was not evaluated."""
        in_vain = 0
        while in_vain < ENOUGH:
            known = len(self._known)
            yield from self._descent()
            in_vain = 0 if len(self._known) > known else in_vain + 1

    def _descent(self) -> Batches:
        """Pass after pass from a random configuration, until one improves nothing."""
        best = plain_config(self._problem.space.sample_configuration())
        yield from self._evaluated([best])
        improved = True
        while improved:
            improved = False
            for name in self._order():
                better = yield from self._best_of(best, name)
                improved |= better is not best
                best = better

    def _best_of(self, best: Config, name: str) -> Any:
        """The configuration, or a better one that differs in one hyperparameter."""
        others = list(self._others(best, name))
        yield from self._evaluated(others)
        return min([best, *others], key=lambda config: self._known[configuration_key(config)])

    def _evaluated(self, configs: Sequence[Config]) -> Batches:
        """Evaluate those that were not before, and keep their values."""
        new = [config for config in configs if configuration_key(config) not in self._known]
        if new:
            values = yield new
            self._known |= {configuration_key(c): v for c, v in zip(new, values, strict=True)}

    def _others(self, best: Config, name: str) -> Iterator[Config]:
        """Legal configurations with another value of one hyperparameter, if it is active."""
        if name not in best:
            return
        space = self._problem.space
        for value in self._levels(space[name]):
            config = define_by_run(space, partial(self._kept_or_drawn, {**best, name: value}))
            if value != best[name] and not violation(space, config):
                yield config

    def _kept_or_drawn(self, kept: Config, name: str) -> Value:
        if name in kept:
            return kept[name]
        return value_at(self._problem.space[name], self._rng.random())

    def _levels(self, hyperparameter: Any) -> list[Value]:
        """All values of one that lists them, else some from the whole range."""
        if listed := choices(hyperparameter):
            return listed
        places = (np.arange(self._points) + 0.5) / self._points
        return list(dict.fromkeys(value_at(hyperparameter, float(x)) for x in places))

    def _order(self) -> list[str]:
        """The hyperparameters as they are taken."""
        names = list(self._problem.space)
        first = [name for glob in self._first for name in names if fnmatchcase(name, glob)]
        return list(dict.fromkeys([*first, *names]))


def configuration_key(config: Config) -> tuple[object, ...]:
    """A configuration as a key, whatever the order of its values."""
    return tuple(sorted(config.items()))
