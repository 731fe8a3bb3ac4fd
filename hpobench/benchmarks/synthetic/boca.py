"""Engineering functions with a continuous fidelity, from the first Bayesian optimizer for such."""

import math
from collections.abc import Sequence

from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.synthetic.box import names
from hpobench.benchmarks.synthetic.momf import branin, currin
from hpobench.task import Fidelity, Objective
from hpobench.trial import Outcome, Trial

LOWEST = 0.05
"""The lowest fidelity on offer; the paper's 0 suits no optimizer that divides by it."""


class Boca(Benchmark):
    """A function that is biased below the full fidelity z = 1; without noise.

    An evaluation at z costs 0.1 + 0.9 z^2 seconds.

    Source:
        Kandasamy et al. (2017), Multi-fidelity Bayesian Optimisation with Continuous
        Approximations, arXiv:1703.06240, in the form of the authors' dragonfly 0.1.6, with which
        all values agree: the Branin function minimised, the others maximised.
    """

    def __init__(self, *, problem: str) -> None:
        """Set up a function.

        Args:
            problem: `branin` (two hyperparameters), `currin` (two) or `borehole` (eight).
        """
        box, self._function, best = PROBLEMS[problem]
        self._names = names(len(box))
        self.space = ConfigurationSpace(dict(zip(self._names, box, strict=True)))
        self.objectives = (Objective(name="value", maximize=problem != "branin"),)
        self.fidelity = Fidelity(name="z", low=LOWEST, high=1.0)
        self.best = {"value": best}

    def evaluate(self, trial: Trial, seed: int) -> Outcome:  # noqa: ARG002
        """Answer with the function, biased as far as the fidelity is below the highest."""
        z = 1.0 if trial.fidelity is None else float(trial.fidelity)
        point = [float(trial.config[name]) for name in self._names]
        return Outcome(values={"value": self._function(point, z)}, cost=0.1 + 0.9 * z**2)


def leaning_branin(x: Sequence[float], z: float) -> float:
    """The Branin function, whose parabola is a little off."""
    b = 5.1 / (4 * math.pi**2) - 0.01 * (1 - z)
    return branin(x[0], x[1], b, 5 / math.pi, 1 / (8 * math.pi))


def currin_exponential(x: Sequence[float], z: float) -> float:
    """Currin's exponential function, negated; z lowers the weight of its damping."""
    return -currin(x, 1 - 0.1 * z)


def borehole(x: Sequence[float], z: float) -> float:
    """The flow of water through a borehole, negated, mixed with a coarse model of it."""
    width, influence, above, high, below, low, length, conductivity = x
    ratio = math.log(influence / width)
    friction = 2 * length * above / (ratio * width**2 * conductivity) + above / below
    head = above * (high - low) / ratio
    exact, coarse = 2 * math.pi * head / (1 + friction), 5 * head / (1.5 + friction)
    return -(z * exact + (1 - z) * coarse)


PROBLEMS = {
    "branin": ([(-5.0, 10.0), (0.0, 15.0)], leaning_branin, 0.3978873577297),
    "currin": ([(0.0, 1.0)] * 2, currin_exponential, -13.7987220447285),
    "borehole": (
        [
            (0.05, 0.15),
            (100.0, 50000.0),
            (63070.0, 115600.0),
            (990.0, 1110.0),
            (63.1, 116.0),
            (700.0, 820.0),
            (1120.0, 1680.0),
            (9855.0, 12045.0),
        ],
        borehole,
        -309.575587660408,
    ),
}
"""By name, the box, the function and its minimum at full fidelity, rounded down."""
