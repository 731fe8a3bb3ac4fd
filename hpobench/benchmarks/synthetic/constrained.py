"""COCO's functions with constraints, and all that COCO tells of them."""

from collections.abc import Mapping
from contextlib import chdir
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from ConfigSpace import ConfigurationSpace, Float

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.synthetic.box import names
from hpobench.benchmarks.synthetic.coco import coordinate_ranges, problem
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial


class Constrained(Benchmark):
    """One instance of a function of BBOB under constraints, on [-5, 5]^d.

    A trial asks for the function and its constraints together, of which COCO counts each: g1, g2,
    ... are at most 0 where they hold. The space's default is the feasible point that COCO proposes
    to begin with; it is not the optimum, which lies where some of the constraints are active.

    Source:
        Hansen et al. (2021), COCO: A Platform for Comparing Continuous Optimizers in a Black-Box
        Setting; https://numbbo.github.io/coco-doc/C/suite__cons__bbob__problems_8c.html;
        functions and constraints as in coco-experiment 2.8.2.
    """

    def __init__(self, *, function: int, dimension: int, instance: int) -> None:
        """Set up the instance.

        Args:
            function: 1 to 54: nine functions, each with six numbers of constraints.
            dimension: 2, 3, 5, 10, 20 or 40.
            instance: 1 to 15.
        """
        self._problem = problem("bbob-constrained", function, dimension, instance)
        self._names = names(dimension)
        ranges = zip(
            self._names,
            coordinate_ranges(self._problem),
            self._problem.initial_solution.tolist(),
            strict=True,
        )
        self.space = ConfigurationSpace(
            {name: Float(name, bounds, default=start) for name, bounds, start in ranges}
        )
        self.objectives = (Objective(name="loss"),)
        self.constraints = tuple(f"g{i + 1}" for i in range(self._problem.number_of_constraints))

    @cached_property
    def best(self) -> Mapping[str, float]:  # type: ignore[override]  # looked up when asked for
        """The value at the optimum, which COCO tells by writing it into a file where it stands."""
        with TemporaryDirectory() as folder, chdir(folder):
            self._problem._best_parameter("print")  # noqa: SLF001 (it tells it in no other way)
            (file,) = Path(folder).iterdir()
            optimum = np.loadtxt(file)
        return {"loss": float(self._problem(optimum))}

    def evaluate(self, trial: Trial, seed: int) -> Outcome:  # noqa: ARG002 (there is no noise)
        """Answer with the function's value and those of its constraints."""
        point = [float(trial.config[name]) for name in self._names]
        excesses = self._problem.constraint(point).tolist()
        return Outcome(
            values={"loss": float(self._problem(point))},
            constraints=dict(zip(self.constraints or (), excesses, strict=True)),
        )
