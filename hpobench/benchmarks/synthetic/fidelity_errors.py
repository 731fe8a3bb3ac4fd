"""Errors of low fidelities, as Wang, Jin and Doherty classify and define them.

At a point x in [-1, 1]^d and a fidelity phi in [0, 10000]. Resolution errors are waves whose
amplitude and frequency grow as the fidelity falls, stochastic errors are normal deviates, and
an instability is a rare failure of a simulation that shows as a large value. Those are here that
vanish at the highest fidelity.

Source: Wang, Jin and Doherty (2018), A Generic Test Suite for Evolutionary Multifidelity
Optimization, IEEE Transactions on Evolutionary Computation 22(6), doi:10.1109/TEVC.2017.2758360,
as in the authors' program, https://github.com/HandingWang/MFB.
"""

import math
from collections.abc import Callable, Sequence

from hpobench.benchmarks.synthetic.draws import deviate, uniform

HIGHEST = 10_000
"""The highest fidelity, 10,000."""

Error = Callable[[Sequence[float], float, int], float]
"""What is added to a function's value, by a point, a fidelity and a run's seed."""


def linear(phi: float) -> float:
    """How much is missing, falling evenly from 1 to 0."""
    return 1 - phi / HIGHEST


def stepped(phi: float) -> float:
    """How much is missing, falling on every other thousand, from 9000 on nothing."""
    step, within = divmod(phi, 1000)
    if phi >= 9000:  # noqa: PLR2004
        return 0.0
    return (1 - 0.1 * step - 0.0002 * within) if step % 2 == 0 else (0.9 - 0.1 * step)


def waves(point: Sequence[float], theta: float, weights: Sequence[float] | None = None) -> float:
    """The resolution error where `theta` is missing, summed over the coordinates."""
    phase = 0.5 * math.pi * theta + math.pi
    terms = [math.cos(10 * math.pi * theta * x + phase) for x in point]
    if weights is None:
        return theta * sum(terms)
    return theta * sum(weight * term for weight, term in zip(weights, terms, strict=True))


def nearness(point: Sequence[float]) -> list[float]:
    """By coordinate, how near the middle of the space it is, where the optimum lies."""
    return [1 - abs(x) for x in point]


def resolution(point: Sequence[float], phi: float, _: int) -> float:
    """Waves that fade evenly."""
    return waves(point, linear(phi))


def steps(point: Sequence[float], phi: float, _: int) -> float:
    """Waves that fade in steps."""
    return waves(point, stepped(phi))


def local(point: Sequence[float], phi: float, _: int) -> float:
    """Waves that are highest at the optimum."""
    return waves(point, linear(phi), nearness(point))


def stochastic(point: Sequence[float], phi: float, seed: int) -> float:
    """A normal deviate, scaled by the fidelity."""
    return 0.1 * linear(phi) * len(point) * deviate(*point, phi, seed)


def biased(point: Sequence[float], phi: float, seed: int) -> float:
    """A normal deviate whose mean is highest at the optimum."""
    return 0.1 * linear(phi) * (deviate(*point, phi, seed) + sum(nearness(point)))


def unstable(point: Sequence[float], phi: float, seed: int) -> float:
    """A large number now and then."""
    failed = uniform(*point, phi, seed) <= 0.1 * linear(phi)
    return 10.0 * len(point) if failed else 0.0
