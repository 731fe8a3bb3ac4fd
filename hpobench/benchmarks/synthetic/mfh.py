"""The Hartmann functions with a fidelity that adds bias and noise, and costs less."""

import math

import numpy as np
from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.synthetic.box import names
from hpobench.benchmarks.synthetic.draws import deviate
from hpobench.task import Fidelity, Objective
from hpobench.trial import Outcome, Trial

ALPHA = np.array([1.0, 1.2, 3.0, 3.2])
"""Weights of the four wells."""

SCALES = {
    3: np.array([[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]]),
    6: np.array(
        [
            [10, 3, 17, 3.5, 1.7, 8],
            [0.05, 10, 17, 0.1, 8, 14],
            [3, 3.5, 1.7, 10, 17, 8],
            [17, 8, 0.05, 10, 0.1, 14],
        ]
    ),
}
"""By dimension, how narrow each well is along each axis."""

CENTRES = {
    3: 1e-4
    * np.array([[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]]),
    6: 1e-4
    * np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    ),
}
"""By dimension, where each well lies."""

MINIMUM = {3: -3.8627797873327, 6: -3.3223680114156}
"""By dimension, the global minimum, rounded down at the 13th digit."""

VARIANTS = {"good": (2.5, 2.0), "moderate": (3.0, 3.0), "bad": (3.5, 4.0), "terrible": (4.0, 5.0)}
"""Bias and noise, named by how well low fidelities agree with the highest."""


class MultiFidelityHartmann(Benchmark):
    """A Hartmann function on [0, 1]^d whose wells flatten below the highest fidelity.

    At fidelity z in 1..100 let s = log(z) / log(100). The weights of the wells are lowered by
    bias * (1 - s), and the absolute value of a normal deviate with standard deviation
    noise * (1 - s) is added; z = 100 is the plain function without noise. The deviate is fixed
    by configuration, fidelity and seed. An evaluation costs 0.05 + 0.95 (z / 100)^2 seconds.

    Source:
        Kandasamy et al. (2017), Multi-fidelity Bayesian Optimisation with Continuous
        Approximations (lowered weights, and the form of the cost); Mallik et al. (2023),
        PriorBand, for bias, noise, their four variants and the fidelity's range, as in
        mf-prior-bench 1.10, with which everything but the stream of noise agrees.
    """

    def __init__(self, *, dimension: int, variant: str) -> None:
        """Set up a function.

        Args:
            dimension: 3 or 6.
            variant: A key of `VARIANTS`.
        """
        self._scales, self._centres = SCALES[dimension], CENTRES[dimension]
        self._bias, self._noise = VARIANTS[variant]
        self._names = names(dimension)
        self.space = ConfigurationSpace(dict.fromkeys(self._names, (0.0, 1.0)))
        self.objectives = (Objective(name="value"),)
        self.fidelity = Fidelity(name="z", low=1, high=100, integer=True)
        self.best = {"value": MINIMUM[dimension]}

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Answer with bias and noise as far as the fidelity is below the highest."""
        z = 100 if trial.fidelity is None else int(trial.fidelity)
        point = [float(trial.config[name]) for name in self._names]
        missing = 1 - math.log(z) / math.log(100)
        noise = self._noise * missing * abs(deviate(*point, z, seed))
        return Outcome(
            values={"value": self._hartmann(point, ALPHA - self._bias * missing) + noise},
            cost=0.05 + 0.95 * (z / 100) ** 2,
        )

    def _hartmann(self, point: list[float], weights: np.ndarray) -> float:
        """The sum of the four wells."""
        distances = (self._scales * (point - self._centres) ** 2).sum(axis=1)
        return -float(weights @ np.exp(-distances))
