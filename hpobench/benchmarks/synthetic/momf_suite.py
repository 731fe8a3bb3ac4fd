"""Engineering designs and DTLZ2 with several objectives, each with errors of low fidelities."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

from ConfigSpace import ConfigurationSpace

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.synthetic import fidelity_errors as errors
from hpobench.benchmarks.synthetic.box import names
from hpobench.task import Fidelity, Objective
from hpobench.trial import Outcome, Trial

LOWEST, HIGHEST = 625, 10_000
"""The fidelities on offer.

The suite's are numbers phi from 5000 to 10000. It leaves costs open; here they are (phi / 10000)^4,
the nonlinear cost of the suite's errors, and what is on offer is proportional to that cost, as
optimizers that choose fidelities by their ratio expect.
"""

TRUSS = (1.4142135623731, 3.0)
"""From the square root of 2, in 13 decimals: as many as ConfigSpace keeps of a value."""


class MomfSuite(Benchmark):
    """A problem of two or three objectives, each with its own error below the highest fidelity.

    Errors are waves, scaled for each objective. The paper means it to correlate 0.7 at least with
    the highest fidelity; with the published scales it is 0.88 and more, but less than 0.3 for the
    displacement of the trusses. An evaluation costs the fidelity's share of the highest, in
    seconds.

    Source:
        Kenny, Ray, Singh and Li (2023), A Test Suite for Multi-objective Multi-fidelity
        Optimization, EMO, doi:10.1007/978-3-031-27250-9_26, with the authors' program: functions,
        scales and errors agree. Designs are those of Tanabe and Ishibuchi (2020), An easy-to-use
        real-world multi-objective optimization problem suite, arXiv:2009.12867.
    """

    def __init__(self, *, problem: str, error: str) -> None:
        """Set up a problem.

        Args:
            problem: A key of `PROBLEMS`: objectives, hyperparameters, number and variant.
            error: `r1`, waves that fade evenly, or `r3`, in steps.
        """
        self._design, scales = PROBLEMS[problem]
        self._error, self._scales = ERRORS[error], scales[error]
        self._names = names(len(self._design.box))
        self.space = ConfigurationSpace(dict(zip(self._names, self._design.box, strict=True)))
        self.objectives = tuple(Objective(name=f"f{i + 1}") for i in range(len(self._scales)))
        self.fidelity = Fidelity(name="effort", low=LOWEST, high=HIGHEST, integer=True)

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Answer with all objectives and their errors."""
        effort = HIGHEST if trial.fidelity is None else int(trial.fidelity)
        phi = errors.HIGHEST * (effort / HIGHEST) ** 0.25
        point = [float(trial.config[name]) for name in self._names]
        error = self._error(self._centred(point), phi, seed)
        exact = self._design.function(point)
        values = [f + scale * error for f, scale in zip(exact, self._scales, strict=True)]
        return Outcome(
            values={o.name: v for o, v in zip(self.objectives, values, strict=True)},
            cost=effort / HIGHEST,
        )

    def _centred(self, point: Sequence[float]) -> list[float]:
        """A point with all coordinates in [-1, 1]."""
        pairs = zip(point, self._design.box, strict=True)
        return [2 * (x - low) / (high - low) - 1 for x, (low, high) in pairs]


@dataclass(frozen=True, slots=True)
class SuiteFunction:
    """A function with several objectives on a box."""

    box: Sequence[tuple[float, float]]
    function: Callable[[Sequence[float]], Sequence[float]]


def truss(x: Sequence[float]) -> tuple[float, float]:
    """Volume and displacement of a truss of four bars."""
    volume = 200 * (2 * x[0] + math.sqrt(2 * x[1]) + math.sqrt(x[2]) + x[3])
    root = 2 * math.sqrt(2)
    return volume, 0.01 * (2 / x[0] + root / x[1] - root / x[2] + 2 / x[3])


def injector(x: Sequence[float]) -> tuple[float, float, float]:
    """Two temperatures of a rocket injector, and how far from its inlet they are reached."""
    face = (
        polynomial(x, 0.692, (0.477, -0.687, -0.08, -0.065), (-0.167, 0.0796, 0.0877, 0.0184))
        + products(x, -0.0129, -0.0634, -0.0521, -0.0257, 0.00156, 0.00198)
    )  # fmt: skip
    distance = (
        polynomial(x, 0.153, (0.322, -0.396, -0.424, -0.0226), (-0.175, 0.0701, 0.0150, 0.0192))
        + products(x, -0.0185, -0.251, -0.0134, -0.179, 0.0296, 0.0752)
    )  # fmt: skip
    tip = (
        polynomial(x, 0.370, (-0.205, 0.307, 0.108, 1.019), (-0.135, 0.0998, -0.226, -0.423))
        + products(x, 0.0141, 0.208, 0.353, -0.0301, 0.0, -0.0497)
        + 0.202 * x[1] * x[0] ** 2 - 0.281 * x[2] * x[0] ** 2 - 0.342 * x[1] ** 2 * x[0]
        - 0.245 * x[1] ** 2 * x[2] + 0.281 * x[2] ** 2 * x[1] - 0.184 * x[3] ** 2 * x[0]
        - 0.281 * x[0] * x[1] * x[2]
    )  # fmt: skip
    return face, distance, tip


def crash(x: Sequence[float]) -> tuple[float, float, float]:
    """Weight, acceleration and intrusion of a car that crashes, by the thickness of five parts."""
    weight = polynomial(x, 1640.2823, (2.3573285, 2.3220035, 4.5688768, 7.7213633, 4.4559504))
    acceleration = (
        polynomial(x, 6.5856, (1.15, -1.0427, 0.9738, 0.8364), (-0.1106, 0, -0.3437, 0.1764))
        - 0.3695 * x[0] * x[3] + 0.0961 * x[0] * x[4] + 0.3628 * x[1] * x[3]
    )  # fmt: skip
    intrusion = (
        polynomial(x, -0.0551, (0.0181, 0.1024, 0.0421), (0, -0.0241, 0, 0.0109))
        - 0.0073 * x[0] * x[1] + 0.024 * x[1] * x[2] - 0.0118 * x[1] * x[3]
        - 0.0204 * x[2] * x[3] - 0.008 * x[2] * x[4]
    )  # fmt: skip
    return weight, acceleration, intrusion


def polynomial(
    x: Sequence[float], constant: float, slopes: Sequence[float], squares: Sequence[float] = ()
) -> float:
    """A polynomial of second degree without products; what has no coefficient does not count."""
    linear = sum(a * v for a, v in zip(slopes, x, strict=False))
    return constant + linear + sum(a * v**2 for a, v in zip(squares, x, strict=False))


def products(x: Sequence[float], *factors: float) -> float:
    """The products of all pairs of coordinates, weighted."""
    return sum(a * u * v for a, (u, v) in zip(factors, combinations(x, 2), strict=True))


def dtlz2(x: Sequence[float]) -> tuple[float, float, float]:
    """DTLZ2's spherical front, behind the many local fronts of DTLZ1."""
    far = 1 + distance(x[2:])
    return tuple(far * s for s in sphere(x))  # type: ignore[return-value]


def inverted_dtlz2(x: Sequence[float]) -> tuple[float, float, float]:
    """The same with the front turned over."""
    far = 1 + distance(x[2:])
    return tuple(far * (1 - s) for s in sphere(x))  # type: ignore[return-value]


def distance(x: Sequence[float]) -> float:
    """How far from the front a point is, 0 in the middle of all coordinates."""
    return sum(1 + (v - 0.5) ** 2 - math.cos(20 * math.pi * (v - 0.5)) for v in x)


def sphere(x: Sequence[float]) -> tuple[float, float, float]:
    """The point of an octant of the unit sphere at two angles, in right angles."""
    first, second = (0.5 * math.pi * v for v in x[:2])
    return (
        math.cos(first) * math.cos(second),
        math.cos(first) * math.sin(second),
        math.sin(first),
    )


ERRORS: dict[str, errors.Error] = {"r1": errors.resolution, "r3": errors.steps}
"""By the suite's name for it, an error that vanishes at the highest fidelity."""

Scales = dict[str, tuple[float, ...]]
"""By error, what it is multiplied by for each objective."""

CUBE = (0.0, 1.0)

_TRUSS = SuiteFunction([(1.0, 3.0), TRUSS, TRUSS, (1.0, 3.0)], truss)

PROBLEMS: dict[str, tuple[SuiteFunction, Scales]] = {
    "2-4-1a": (_TRUSS, {"r1": (109.62, 0.16447), "r3": (131.17, 0.21674)}),
    "2-4-1b": (_TRUSS, {"r1": (35.062, 0.16365), "r3": (43.033, 0.21740)}),
    "2-4-1c": (_TRUSS, {"r1": (109.75, 0.039109), "r3": (131.48, 0.050945)}),
    "2-4-1d": (_TRUSS, {"r1": (35.214, 0.039022), "r3": (43.210, 0.050684)}),
    "3-4-1": (
        SuiteFunction([CUBE] * 4, injector),
        {"r1": (0.14381, 0.14975, 0.16675), "r3": (0.18696, 0.19949, 0.20545)},
    ),
    "3-5-1": (
        SuiteFunction([(1.0, 3.0)] * 5, crash),
        {"r1": (2.0252, 0.33006, 0.017791), "r3": (2.3078, 0.38555, 0.020860)},
    ),
    "3-7-1": (
        SuiteFunction([CUBE] * 7, dtlz2),
        {"r1": (0.97701, 1.0300, 1.3075), "r3": (1.3973, 1.3325, 1.5736)},
    ),
    "3-7-2": (
        SuiteFunction([CUBE] * 7, inverted_dtlz2),
        {"r1": (1.2392, 1.2111, 0.97384), "r3": (1.4768, 1.5112, 1.3054)},
    ),
}
"""By the name of MOMFx-y-z, the function and its errors' scales."""
