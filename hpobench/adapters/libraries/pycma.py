"""CMA-ES as its inventor wrote it, pycma."""

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from hpobench.adapters.shared.generations import Generational, Values
from hpobench.adapters.shared.vectors import Vectors
from hpobench.system.loading import without
from hpobench.task import Problem
from hpobench.trial import Config

# It would write a cache into the home folder, and warns when it cannot.
with without("matplotlib"), warnings.catch_warnings(action="ignore"):
    import cma

# Told to log nothing, the augmented Lagrangian makes the folder of its logs all the same; the
# library says that this keeps it from that.
cma.constraints_handler._Logger = cma.logger.LoggerDummy  # noqa: SLF001


class Pycma(Generational):
    """The library's `CMAEvolutionStrategy` on the unit cube, begun anew when it has converged.

    A new beginning has twice the population, as in the library's `fmin2` with restarts. Told of
    constraints, it minimises the library's augmented Lagrangian, as its `fmin_con` does.

    Args:
        sigma: Initial step size: about a quarter of where the optimum is expected.
        options: The library's options, such as `CMA_diagonal`.

    Source: Hansen (2016), The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772; Auger and
    Hansen (2005), A Restart CMA Evolution Strategy with Increasing Population Size, CEC; Dufosse
    and Hansen (2021), Augmented Lagrangian, Penalty Techniques and Surrogate Modeling for
    Constrained Optimization with CMA-ES, GECCO.
    """

    def __init__(self, problem: Problem, seed: int, *, sigma: float = 0.25, **options: Any) -> None:
        super().__init__(problem)
        self._vectors, self._sigma = Vectors(problem.space), sigma
        self._seed = seed or 1  # its seed 0 is the clock's
        # Nothing is said and no file is written; it seeds no generator, and draws from ours.
        own = {"verbose": -9, "verb_log": 0, "seed": np.nan}
        self._options = {"bounds": [0, 1], **own, **options}
        self._lagrangian: Any = None
        self._losses: Iterator[float] = iter(())
        self._excesses: Iterator[Values] = iter(())
        self._es = self._begun()

    def breed(self) -> Sequence[Any]:
        """A population from the normal distribution as it is now."""
        if self._es.stop():
            self._seed += 1
            self._options["popsize"] = 2 * self._es.popsize
            self._es = self._begun()
        with warnings.catch_warnings(action="ignore"):
            return list(self._es.ask())

    def config(self, candidate: Any) -> Config:
        """The configuration at a point."""
        return self._vectors.config(candidate)

    def learn(self, candidates: Sequence[Any], values: list[Values]) -> None:
        """Move, stretch and turn the distribution."""
        losses = [value for (value,) in values]
        with warnings.catch_warnings(action="ignore"):
            if self.constraints:
                self._es.tell(candidates, self._augmented(candidates, losses))
                self._lagrangian.update(self._es)
            else:
                self._es.tell(candidates, losses)

    def _augmented(self, candidates: Sequence[Any], losses: Sequence[float]) -> list[float]:
        """The augmented Lagrangian of each candidate, which the library asks for one by one."""
        told = zip(losses, self.excesses, strict=True)
        self._losses, self._excesses = (iter(each) for each in zip(*told, strict=True))
        return [float(self._lagrangian(candidate)) for candidate in candidates]

    def _begun(self) -> Any:
        """The strategy at the middle of the cube; it asks for at least two dimensions."""
        middle = np.full(max(self._vectors.dimension, 2), 0.5)
        options = self._options | {"randn": np.random.RandomState(self._seed).randn}
        if self.constraints:
            options |= {"tolstagnation": 0}  # what it minimises changes as it goes on
            self._lagrangian = cma.ConstrainedFitnessAL(
                lambda _: next(self._losses),
                lambda _: next(self._excesses),
                logging=0,
                archives=False,
            )
        with warnings.catch_warnings(action="ignore"):
            return cma.CMAEvolutionStrategy(middle, self._sigma, options)
