"""The multi-fidelity benchmark of Wang, Jin and Doherty: one function, many kinds of errors."""

import math
from dataclasses import dataclass

from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.synthetic import fidelity_errors as errors
from hpobench.benchmarks.synthetic.box import names
from hpobench.task import Fidelity, Objective
from hpobench.trial import Outcome, Trial

LOWEST = 100
"""The lowest fidelity on offer; the paper's 0 would cost nothing."""


WIDTH = 1.2
"""Width of the box, in each coordinate."""

GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class MfbProblem:
    """One problem of the suite.

    Attributes:
        error: What is added below the highest fidelity.
        power: A trial costs this power of its share of the highest fidelity.
    """

    error: errors.Error
    power: int = 1


VARIANTS = {
    1: MfbProblem(errors.resolution),
    3: MfbProblem(errors.steps, power=4),
    4: MfbProblem(errors.resolution, power=4),
    7: MfbProblem(errors.local),
    8: MfbProblem(errors.stochastic),
    10: MfbProblem(errors.biased),
    12: MfbProblem(errors.unstable),
}
"""By the number in its name, MFB1 to MFB13.

MFB2, 5, 9, 11 and 13 are left out, since their errors do not vanish at the highest fidelity, and
MFB6, which is MFB1 at two fidelities.
"""


class Mfb(Benchmark):
    """A modified Rastrigin function, with an error below the highest fidelity.

    The function is the sum of x^2 + 1 - cos(10 pi x). At the highest fidelity, phi = 10000, it is
    exact and an evaluation costs one second. See `box` for where it is defined.

    Source: as for `fidelity_errors`, whose deviates are of our own stream. MFB4
    has eleven fidelities there, here all; the box is smaller here.
    """

    def __init__(self, *, number: int, dimension: int) -> None:
        """Set up a problem.

        Args:
            number: A key of `VARIANTS`.
            dimension: At least 1.
        """
        self._variant = VARIANTS[number]
        self._names = names(dimension)
        self.space = ConfigurationSpace(dict(zip(self._names, box(dimension), strict=True)))
        self.objectives = (Objective(name="value"),)
        self.fidelity = Fidelity(name="phi", low=LOWEST, high=errors.HIGHEST, integer=True)
        self.best = {"value": 0.0}

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Answer with the function and its error."""
        phi = errors.HIGHEST if trial.fidelity is None else int(trial.fidelity)
        point = [float(trial.config[name]) for name in self._names]
        exact = sum(x**2 + 1 - math.cos(10 * math.pi * x) for x in point)
        return Outcome(
            values={"value": exact + self._variant.error(point, phi, seed)},
            cost=(phi / errors.HIGHEST) ** self._variant.power,
        )


def box(dimension: int) -> list[tuple[float, float]]:
    """A part of the paper's cube [-1, 1]^d in which the optimum, at 0, is not in the middle.

    Otherwise an optimizer that begins with the default configuration has it at once. How far the
    middle is off differs between coordinates, by the golden ratio, from -0.4 to 0.4; bounds have 13
    decimals, as many as ConfigSpace keeps of a value.
    """
    lows = [-1 + (1 - WIDTH / 2) * 2 * (GOLDEN * (i + 1) % 1) for i in range(dimension)]
    return [(round(low, 13), round(low + WIDTH, 13)) for low in lows]
