"""Problems of IOHexperimenter beyond BBOB itself: bit strings, and BBOB in a strict box."""

import math

import ioh
from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.synthetic.box import names
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial

MISSTATED = 22
"""PBO's function whose optimum ioh 0.3.22 transforms twice, so that it is right untransformed."""


class Ioh(Benchmark):
    """A problem over a box of floats, or over bits, which are integers 0 and 1 here.

    Source:
        de Nobel et al. (2024), IOHexperimenter: Benchmarking Platform for Iterative Optimization
        Heuristics; Doerr et al. (2020), Benchmarking Discrete Optimization Heuristics with
        IOHprofiler (PBO); the SBOX-COST suite of 2023 (SBOX), as in COCO's bbob-boxed.
    """

    def __init__(self, *, suite: str, function: int, dimension: int, instance: int) -> None:
        """Set up the problem.

        Args:
            suite: `PBO` (maximised) or `SBOX` (minimised).
            function: 1 to 25 of PBO, 1 to 24 of SBOX.
            dimension: Number of hyperparameters: a square for PBO's functions 20, 21 and 23, a
                multiple of 5 for its function 24, the last block of which is else not as
                published.
            instance: From 1. Of PBO, 1 is the function as published; 2 to 50 flip bits, 51 to
                100 move them, and both scale values.
        """
        kind = getattr(ioh.ProblemClass, suite)
        self._problem = ioh.get_problem(function, instance, dimension, kind)
        self._names = names(dimension)
        self.space = ConfigurationSpace(dict(zip(self._names, self._ranges(), strict=True)))
        maximize = self._problem.meta_data.optimization_type == ioh.OptimizationType.MAX
        self._sign = -1.0 if maximize else 1.0
        self.objectives = (Objective(name="value", maximize=maximize),)
        best = self._problem.optimum.y
        known = math.isfinite(best) and (suite, function, instance > 1) != ("PBO", MISSTATED, True)
        self.best = {"value": self._sign * best} if known else {}

    def evaluate(self, trial: Trial, seed: int) -> Outcome:  # noqa: ARG002
        """Answer with the function's value, which has no noise."""
        point = [trial.config[name] for name in self._names]
        return Outcome(values={"value": self._sign * self._problem(point)})

    def _ranges(self) -> list[tuple[float, float]]:
        """The bounds of each variable, as ioh has them: integers for bits."""
        bounds = self._problem.bounds
        return list(zip(bounds.lb.tolist(), bounds.ub.tolist(), strict=True))
