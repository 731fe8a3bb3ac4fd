"""Functions with two objectives and a fidelity, as published with the first optimizer for both."""

import math
from collections.abc import Sequence

from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.synthetic.box import names
from hpobench.task import Fidelity, Objective
from hpobench.trial import Outcome, Trial

GROWTH = 4.8
"""An evaluation at fidelity s costs exp(4.8 s), here per that of the full fidelity.

Source: the tutorial on multi-objective multi-fidelity optimization of BoTorch.
"""


class Momf(Benchmark):
    """A function on [0, 1]^d that is biased below the full fidelity s = 1; without noise.

    Both objectives are maximised. An evaluation at s takes exp(4.8 (s - 1)) seconds.

    Source:
        Irshad, Karsch and Döpp (2021), Expected Hypervolume Improvement for Simultaneous
        Multi-Objective and Multi-Fidelity Optimization, arXiv 2112.13901; in the form of BoTorch
        0.18.1, with which all values agree. Fidelities below 0.01, which the paper allows, are
        not for sale here.
    """

    def __init__(self, *, problem: str) -> None:
        """Set up a function.

        Args:
            problem: `branin-currin` (two hyperparameters) or `park` (four).
        """
        dimension, self._function = _PROBLEMS[problem]
        self._names = names(dimension)
        self.space = ConfigurationSpace(dict.fromkeys(self._names, (0.0, 1.0)))
        self.objectives = tuple(Objective(name=f"f{i}", maximize=True) for i in (1, 2))
        self.fidelity = Fidelity(name="s", low=0.01, high=1.0)

    def evaluate(self, trial: Trial, seed: int) -> Outcome:  # noqa: ARG002
        """Answer with both objectives, negated."""
        s = 1.0 if trial.fidelity is None else float(trial.fidelity)
        first, second = self._function([float(trial.config[name]) for name in self._names], s)
        return Outcome(values={"f1": -first, "f2": -second}, cost=math.exp(GROWTH * (s - 1)))


def branin_currin(x: Sequence[float], s: float) -> tuple[float, float]:
    """The modified Branin and Currin functions."""
    u, v, missing = 15 * x[0] - 5, 15 * x[1], 1 - s
    b = 5.1 / (4 * math.pi**2) - 0.01 * missing
    c = 5 / math.pi - 0.1 * missing
    t = 1 / (8 * math.pi) + 0.05 * missing
    return (21 - branin(u, v, b, c, t)) / 22, (14 - currin(x, 0.1 * missing)) / 15


def branin(u: float, v: float, b: float, c: float, t: float) -> float:
    """The Branin function at a point, with its three numbers that fidelities change."""
    return (v - b * u**2 + c * u - 6) ** 2 + 10 * (1 - t) * math.cos(u) + 10


def currin(x: Sequence[float], weight: float) -> float:
    """Currin's exponential function, whose damping has a weight in [0, 1]."""
    damping = math.exp(-1 / (2 * x[1])) if x[1] > 0 else 0.0
    numerator = 2300 * x[0] ** 3 + 1900 * x[0] ** 2 + 2092 * x[0] + 60
    denominator = 100 * x[0] ** 3 + 500 * x[0] ** 2 + 4 * x[0] + 20
    return (1 - weight * damping) * numerator / denominator


def park(x: Sequence[float], s: float) -> tuple[float, float]:
    """The two modified Park functions, of coordinates that are folded first."""
    x1, x2 = 1 - 2 * (x[0] - 0.6) ** 2, x[1]
    x3, x4 = 1 - 3 * (x[2] - 0.5) ** 2, 1 - (x[3] - 0.8) ** 2
    scale, shift = 0.9 + 0.1 * s, 0.1 * (1 - s)
    root = math.sqrt(1 + (x2 + x3**2) * x4 / (x1**2 + 1e-4))
    first = (x1 + 1e-3 * (1 - s)) / 2 * root + (x1 + 3 * x4) * math.exp(1 + math.sin(x3))
    second = 5 - 2 / 3 * math.exp(x1 + x2) + x4 * math.sin(x3) * scale - x3 + shift
    return scale * (first - shift) / 22 - 0.8, scale * second / 4 - 0.7


_PROBLEMS = {"branin-currin": (2, branin_currin), "park": (4, park)}
