"""Plain differential evolution, with the parts of the library of DEHB."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from dehb.optimizers.de import DE

from hpobench.adapters.shared.generations import Generational, Values
from hpobench.adapters.shared.recoded import Recoded
from hpobench.space import plain_config
from hpobench.task import Problem
from hpobench.trial import Config


class DifferentialEvolution(Generational):
    """The library's `DE`: a population at the highest fidelity, a generation at a time.

    Args:
        options: Arguments of the library's class, such as `pop_size` and `strategy`.

    Source: Storn and Price (1997), Differential Evolution, Journal of Global Optimization 11.
    """

    def __init__(self, problem: Problem, seed: int, **options: Any) -> None:
        super().__init__(problem)
        recoded = Recoded(problem.space, "forbidden").space
        recoded.seed(seed)
        self._de: Any = _Bred(cs=recoded, seed=seed, output_path=Path(), **options)

    def breed(self) -> Sequence[Any]:
        """The first population, or a trial vector for each of its members."""
        if self._de.fitness is None:  # there is no population yet
            self._de.init_eval_pop(eval=False)
            return list(self._de.population)
        self._de.evolve_generation()
        return list(self._de.bred)

    def config(self, candidate: Any) -> Config:
        """A vector as the library translates it."""
        return plain_config(self._de.vector_to_configspace(candidate))

    def learn(self, _: Sequence[Any], values: list[Values]) -> None:
        """Fill the first population, or let each trial vector replace its parent."""
        fitness = [value for (value,) in values]
        if self._de.bred is None:
            self._de.fitness = np.array(fitness)
        else:
            self._de.select(fitness)


class _Bred(DE):  # type: ignore[misc]  # no types in the library
    """The library's class, stopped between breeding and selection."""

    bred: Any = None
    ids: Any = None

    def selection(self, trials: Any, trial_ids: Any, *_: Any, **__: Any) -> Any:
        """Keep what is to be evaluated."""
        self.bred, self.ids = trials, trial_ids
        return [], [], []

    def select(self, fitness: list[float]) -> None:
        """The library's selection, which asks for the fitness of each in turn."""
        found = iter(fitness)
        self.f = lambda _: {"fitness": next(found), "cost": 0.0}
        super().selection(self.bred, self.ids)
