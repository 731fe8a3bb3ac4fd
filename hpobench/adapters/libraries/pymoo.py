"""Pymoo's evolutionary algorithms, driven by their ask and tell."""

from collections.abc import Sequence
from math import comb
from typing import Any

import numpy as np
from pymoo.core.evaluator import Evaluator
from pymoo.core.individual import Individual
from pymoo.core.problem import Problem as Cube
from pymoo.core.termination import NoTermination
from pymoo.problems.static import StaticProblem
from pymoo.util.ref_dirs import get_reference_directions

from hpobench.adapters.shared.generations import Generational, Values
from hpobench.adapters.shared.vectors import Vectors
from hpobench.system.loading import load
from hpobench.task import Problem
from hpobench.trial import Config


class Pymoo(Generational):
    """One of `pymoo.algorithms`, on the unit cube that stands for the space.

    Args:
        algorithm: `module:Class`.
        references: About how many reference directions it is to have; 0 is for an algorithm
            without any.
        options: Arguments of the class, such as `pop_size`.
    """

    def __init__(
        self, problem: Problem, seed: int, *, algorithm: str, references: int = 0, **options: Any
    ) -> None:
        super().__init__(problem)
        objectives = len(problem.objectives)
        self._vectors = Vectors(problem.space)
        sizes = {"n_obj": objectives, "n_ieq_constr": len(problem.constraints)}
        self._cube = Cube(n_var=self._vectors.dimension, xl=0.0, xu=1.0, **sizes)
        given = {"ref_dirs": directions(objectives, references)} if references else {}
        self._algorithm = load(algorithm)(**options, **given)
        self._algorithm.setup(self._cube, seed=seed, termination=NoTermination())

    def breed(self) -> Sequence[Any]:
        """The individuals to evaluate next; none where its own loop ends, without new offspring."""
        self._infills = self._algorithm.ask()
        if self._infills is None:
            return []
        alone = isinstance(self._infills, Individual)
        return [self._infills] if alone else list(self._infills)

    def config(self, candidate: Any) -> Config:
        """The configuration at an individual's point."""
        return self._vectors.config(candidate.X)

    def learn(self, _: Sequence[Any], values: list[Values]) -> None:
        """Tell the values of the individuals, and how far they are beyond limits."""
        limits = {"G": np.array(self.excesses)} if self.constraints else {}
        static = StaticProblem(self._cube, F=np.array(values), **limits)
        Evaluator().eval(static, self._infills)
        self._algorithm.tell(infills=self._infills)


def directions(objectives: int, number: int) -> Any:
    """Evenly spread directions, at most so many; for one objective the same again and again.

    Source: Das and Dennis (1998), Normal-Boundary Intersection, SIAM Journal on Optimization 8.
    """
    if objectives == 1:
        return np.ones((number, 1))
    partitions = 1
    while comb(partitions + objectives, objectives - 1) <= number:
        partitions += 1
    return get_reference_directions("das-dennis", objectives, n_partitions=partitions)
