"""The search that all freeze-thaw optimizers share: a pool of candidates and their curves."""

from abc import abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt
from ConfigSpace import ConfigurationSpace

from hpobench.adapters.shared.fidelities import required
from hpobench.adapters.shared.learning_curves import LEVELS, level_ladder
from hpobench.adapters.shared.vectors import Vectors, choices
from hpobench.optimizer import Optimizer, Signal
from hpobench.space import violation
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial, plain_value

Floats = npt.NDArray[np.float64]


TRIES = 20
"""So many times as many are drawn at the most: spaces may have fewer, or forbid many."""


class FreezeThaw(Optimizer):
    """Train, at every ask, one candidate of a pool to its next level.

    The pool is drawn at random at the start, and again when all of it is trained to the end. What
    failed is not tried again. A level is a step on a geometric ladder; where the task's fidelity
    can go on it spends the step alone.

    Args:
        candidates: So many configurations are in the pool, or as many different ones as there are.
        levels: So many levels has a curve at the most.

    Attributes:
        rng: The only source of randomness.
        levels: The fidelities, from low to high.
        features: Those of the pool, shape (candidates, features): see `features_of`.
        curves: By candidate the values told so far, one a level.
        failed: Candidates one of whose trials failed.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,
        *,
        candidates: int = 500,
        levels: int = LEVELS,
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.levels = level_ladder(required(problem), levels)
        self._space, self._size = problem.space, candidates
        self._pending: set[int] = set()
        self._draw_pool()

    def ask(self) -> Trial | Signal:
        """The candidate that the model prefers, at its next level."""
        if not self._open() and not self._pending:
            self._draw_pool()
        if not (able := self._open()):
            return Signal.WAIT if self._pending else Signal.EXHAUSTED
        chosen = self.choose(able) if self.curves else int(self.rng.choice(able))
        self._pending.add(chosen)
        level = self.levels[len(self.curves.get(chosen, ()))]
        return Trial(config=self._pool[chosen], fidelity=level, handle=chosen)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Lengthen the candidate's curve."""
        number: int = trial.handle
        self._pending.discard(number)
        if outcome.ok:
            self.curves.setdefault(number, []).append(outcome.value)
            self.learn(number)
        else:
            self.failed.add(number)

    @abstractmethod
    def choose(self, able: list[int]) -> int:
        """Choose what to train next, when at least one value is known.

        Args:
            able: Candidates that are not trained now, have not failed and are not at the end.
        """

    def learn(self, number: int) -> None:
        """Take note that the curve of a candidate became longer by a value."""

    def forget(self) -> None:
        """Let go of what is known of the pool, which is drawn anew."""

    def _open(self) -> list[int]:
        """The candidates that can be chosen."""
        closed = self._pending | self.failed
        full = len(self.levels)
        return [
            number
            for number in range(len(self._pool))
            if number not in closed and len(self.curves.get(number, ())) < full
        ]

    def _draw_pool(self) -> None:
        """Draw a pool of which nothing is known yet."""
        self._pool = self._drawn()
        self.features = features_of(self._space, self._pool)
        self.curves: dict[int, list[float]] = {}
        self.failed: set[int] = set()
        self.forget()

    def _drawn(self) -> tuple[Config, ...]:
        """Different legal configurations, as many as are wanted if the space has so many."""
        vectors, different = Vectors(self._space), dict[tuple[object, ...], Config]()
        for point in self.rng.random((TRIES * self._size, vectors.dimension)):
            config = vectors.config(point.tolist())
            if not self._space.forbidden_clauses or not violation(self._space, config):
                different.setdefault(tuple(config.items()), config)
            if len(different) == self._size:
                break
        return tuple(different.values())


def features_of(space: ConfigurationSpace, configs: tuple[Config, ...]) -> Floats:
    """Configurations as vectors in the unit cube, shape (configurations, features).

    A number or an ordinal is one feature, on its own scale; of a categorical each choice is one,
    which is 1 where it is chosen. What is inactive is 0.5, and 0 for choices.
    """
    columns = [
        column for name, hp in space.items() for column in _features_of_one(name, hp, configs)
    ]
    return np.stack(columns, axis=1) if columns else np.zeros((len(configs), 1))


def _features_of_one(name: str, hyperparameter: Any, configs: tuple[Config, ...]) -> list[Floats]:
    """The features of one hyperparameter, each of shape (configurations,)."""
    values = [config.get(name) for config in configs]
    listed = choices(hyperparameter)
    if listed and len(listed) == 1:
        return []
    if listed and not hasattr(hyperparameter, "sequence"):
        return [np.array([float(v == choice) for v in values]) for choice in listed]
    if listed:
        places = {plain_value(each): place / (len(listed) - 1) for place, each in enumerate(listed)}
        return [np.array([0.5 if v is None else places[v] for v in values])]
    return [np.array([0.5 if v is None else float(hyperparameter.to_vector(v)) for v in values])]
