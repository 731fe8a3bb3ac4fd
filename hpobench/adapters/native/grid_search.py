"""Grid search, the textbook's baseline: a few values of each hyperparameter, all combinations."""

import itertools
import math
import random
from collections.abc import Iterator

from ConfigSpace.hyperparameters import IntegerHyperparameter

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.adapters.shared.vectors import choices, value_at
from hpobench.optimizer import Optimizer, Signal
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial, Value

LISTED = 100_000
"""As many combinations are shuffled; of more, one is drawn at a time, until so many bring none."""


class GridSearch(Optimizer):
    """Ask for all points of a grid, each once and in random order.

    The order is random so that a grid which the budget does not exhaust is a sample of it, and
    not one of its corners. A space with conditions has fewer points: what differs only in what
    is inactive is one.

    Args:
        points: Values of each float and integer: the ends of its range and others evenly
            between them, on its scale. Categoricals and ordinals have all of theirs.

    Source: Bergstra and Bengio (2012), Random Search for Hyper-Parameter Optimization, JMLR 13.
    """

    def __init__(self, problem: Problem, seed: int, *, points: int = 5) -> None:
        self._space = problem.space
        self._axes = {name: axis(hp, points) for name, hp in problem.space.items()}
        self._rng = random.Random(seed)
        self._initial = list(problem.initial)[::-1]
        self._asked: set[tuple[object, ...]] = set()
        self._positions = self._order()

    def ask(self) -> Trial | Signal:
        """The next point that was not asked for and keeps the forbidden clauses."""
        if self._initial:
            return Trial(config=self._initial.pop())
        return propose_legal(self._space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Ignore the outcome: this search learns nothing."""

    def _propose(self) -> Trial | Signal:
        for _, position in zip(range(LISTED), self._positions, strict=False):
            point = dict(zip(self._axes, position, strict=True))
            config = define_by_run(self._space, point.__getitem__)
            key = tuple(config.items())
            if key not in self._asked:
                self._asked.add(key)
                return Trial(config=config)
        return Signal.EXHAUSTED

    def _order(self) -> Iterator[tuple[Value, ...]]:
        """The grid's points in random order; of a vast one, endless draws."""
        axes = list(self._axes.values())
        if math.prod(map(len, axes)) <= LISTED:
            listed = list(itertools.product(*axes))
            self._rng.shuffle(listed)
            return iter(listed)
        return (tuple(map(self._rng.choice, axes)) for _ in itertools.count())


def axis(hyperparameter: object, points: int) -> list[Value]:
    """A hyperparameter's values on the grid, each once."""
    if listed := choices(hyperparameter):
        return listed
    if isinstance(hyperparameter, IntegerHyperparameter) and hyperparameter.size <= points:
        return list(range(hyperparameter.lower, hyperparameter.upper + 1))
    steps = [i / (points - 1) for i in range(points)] if points > 1 else [0.5]
    return list(dict.fromkeys(value_at(hyperparameter, step) for step in steps))
