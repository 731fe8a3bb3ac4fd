"""COCO's noisy functions, with noise that depends on nothing but the trial and the run's seed."""

import math
from hashlib import blake2b
from statistics import NormalDist
from struct import pack

import cocoex
from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.synthetic.box import names
from hpobench.benchmarks.synthetic.coco import coordinate_ranges, problem
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial

FIRST = 101
"""Number of the first noisy function; every third one has the same model of noise."""

MODERATE = 106
"""Number of the last function with little noise."""

BASES = (1, 8, 1, 8, 7, 10, 14, 17, 19, 21)
"""By group of three, the function of BBOB that the noise is added to."""

TOLERANCE = 1.01e-8
"""Is added to every noisy value, so that a target can be reached in spite of rounding."""

UNIFORMS = 0.7369084277827798, 0.24634195875671783
NORMALS = 0.2676015626565189, -1.3448849728504375
"""What COCO draws first after a reset: uniform and standard normal deviates."""


class Noisy(Benchmark):
    """One instance of a noisy BBOB function on [-5, 5]^d.

    The loss is noisy; the test value is the function without noise, by which a point is scored.
    COCO draws its noise from generators that all problems in a process share and that start anew
    with every suite that is opened. So a value is asked for right after a reset, when the draws
    are known; these are taken out of it, which leaves the function to about 1e-12 of its values,
    and draws are put in that a hash makes of the configuration and the seed: a run that comes
    back to a configuration is told the same, as by a recorded training.

    Source:
        Hansen et al. (2009), Real-Parameter Black-Box Optimization Benchmarking 2009: Noisy
        Functions Definitions, INRIA RR-6869; functions and models as in coco-experiment 2.8.2.
    """

    def __init__(self, *, function: int, dimension: int, instance: int) -> None:
        """Set up the instance.

        Args:
            function: 101 to 130.
            dimension: 2, 3, 5, 10, 20 or 40.
            instance: 1 to 15.
        """
        self._problem = problem("bbob-noisy", function - FIRST + 1, dimension, instance)
        group, model = divmod(function - FIRST, len(_MODELS))
        self._model = _MODELS[model](severe=function > MODERATE, dimension=dimension)
        base = BASES[group]
        self._optimum = cocoex.BareProblem("bbob", base, 2, instance).best_value()
        self._names = names(dimension)
        self.space = ConfigurationSpace(
            dict(zip(self._names, coordinate_ranges(self._problem), strict=True))
        )
        self.objectives = (Objective(name="loss"),)
        self.best = {"loss": self._optimum}

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Answer with a noisy value, and as the test value with that of the function."""
        point = [float(trial.config[name]) for name in self._names]
        regret = self._regret(point)
        noisy = self._model.add(regret, *deviates(point, seed)) + TOLERANCE
        bare = {"loss": self._optimum + regret}
        return Outcome(values={"loss": self._optimum + noisy}, test=bare, noiseless=bare)

    def _regret(self, point: list[float]) -> float:
        """How far the function, without noise, is above its optimum."""
        cocoex.Suite("bbob-noisy", "instances:1", "function_indices:1 dimensions:2")  # resets
        noisy = float(self._problem(point)) - self._optimum - TOLERANCE
        return max(self._model.remove(noisy), 0.0)  # at the optimum rounding may go below


class Gaussian:
    """Multiplies by a log-normal deviate."""

    def __init__(self, *, severe: bool, dimension: int) -> None:  # noqa: ARG002
        self._beta = 1.0 if severe else 0.01

    def add(self, regret: float, _: tuple[float, float], normals: tuple[float, float]) -> float:
        """The noisy value for deviates."""
        return regret * math.exp(self._beta * normals[0])

    def remove(self, noisy: float) -> float:
        """The value that COCO's first deviates made noisy."""
        return noisy / math.exp(self._beta * NORMALS[0])


class Uniform:
    """Multiplies by powers of two uniform deviates, the second the more, the nearer the optimum."""

    def __init__(self, *, severe: bool, dimension: int) -> None:
        self._alpha = (1.0 if severe else 0.01) * (0.49 + 1 / dimension)
        self._beta = 1.0 if severe else 0.01

    def add(self, regret: float, uniforms: tuple[float, float], _: tuple[float, float]) -> float:
        """The noisy value for deviates."""
        scale = (1e9 / (regret + 1e-99)) ** (self._alpha * uniforms[1])
        return float(regret * uniforms[0] ** self._beta * max(1.0, scale))

    def remove(self, noisy: float) -> float:
        """The value that COCO's first deviates made noisy."""
        flat = max(noisy, 0.0) / UNIFORMS[0] ** self._beta
        power = self._alpha * UNIFORMS[1]
        return float(flat if flat >= 1e9 else (flat / 1e9**power) ** (1 / (1 - power)))  # noqa: PLR2004


class Cauchy:
    """Adds a constant and, rarely, a Cauchy deviate; but never less than nothing."""

    def __init__(self, *, severe: bool, dimension: int) -> None:  # noqa: ARG002
        self._alpha, self._share = (1.0, 0.2) if severe else (0.01, 0.05)

    def add(
        self, regret: float, uniforms: tuple[float, float], normals: tuple[float, float]
    ) -> float:
        """The noisy value for deviates."""
        outlier = normals[0] / abs(normals[1] + 1e-199) if uniforms[0] < self._share else 0.0
        return regret + self._alpha * max(0.0, 1e3 + outlier)

    def remove(self, noisy: float) -> float:
        """The value that COCO's first deviates, which are no outlier, made noisy."""
        return noisy - self._alpha * 1e3


_MODELS = (Gaussian, Uniform, Cauchy)


def deviates(point: list[float], seed: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Two uniform and two standard normal deviates, a pure function on every machine."""
    digest = blake2b(pack(f"<{len(point)}dq", *point, seed), digest_size=32).digest()
    whole = (int.from_bytes(digest[i : i + 8], "little") >> 12 for i in range(0, 32, 8))
    first, second, third, fourth = ((each + 0.5) / 2**52 for each in whole)
    normal = NormalDist().inv_cdf
    return (first, second), (normal(third), normal(fourth))
