"""The 24 noiseless functions of the Black-Box Optimization Benchmarking workshops, from ioh."""

import ioh
from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.synthetic.box import names
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial


class Bbob(Benchmark):
    """One instance of a BBOB function on [-5, 5]^d.

    Instances differ by a shift of the optimum, a rotation where the function has one, and an
    offset of the values, which is not taken off: the loss is what the function returns.

    Source:
        Hansen et al. (2009), Real-Parameter Black-Box Optimization Benchmarking 2009:
        Noiseless Functions Definitions, INRIA RR-6829; implementation of IOHexperimenter.
    """

    def __init__(self, *, function: int, dimension: int, instance: int) -> None:
        """Set up the instance.

        Args:
            function: 1 (sphere) to 24 (Lunacek's bi-Rastrigin).
            dimension: Number of hyperparameters, at least 2.
            instance: From 1; 1 to 15 are the customary ones.
        """
        self._problem = ioh.get_problem(function, instance, dimension, ioh.ProblemClass.BBOB)
        self._names = names(dimension)
        self.space = ConfigurationSpace(dict.fromkeys(self._names, (-5.0, 5.0)))
        self.objectives = (Objective(name="loss"),)
        self.best = {"loss": self._problem.optimum.y}

    def evaluate(self, trial: Trial, seed: int) -> Outcome:  # noqa: ARG002
        """Answer with the function's value, which has no noise."""
        point = [trial.config[name] for name in self._names]
        return Outcome(values={"loss": self._problem(point)})
