"""A Gaussian process whose past counts less and less, and how its hyperparameters are fitted."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from scipy.spatial.distance import cdist

from hpobench.adapters.shared.gaussian_process import NOISE

Floats = npt.NDArray[np.float64]

BOUNDS = (1e-5, 1e5), (1e-5, 1e5), (1e-5, 0.5)
"""Between which variance, scale and forgetting are sought."""


@dataclass(frozen=True, slots=True)
class TimeVarying:
    """A squared exponential kernel times a power of the time that has passed.

    Points have the time in their first column.

    Attributes:
        variance: The prior variance.
        scale: Unit of squared distances between the other columns.
        forgetting: Share of the covariance that is lost within two units of time, in [0, 1).

    Source: Bogunovic et al. (2016), Time-Varying Gaussian Process Bandit Optimization, AISTATS.
    """

    variance: float = 1.0
    scale: float = 1.0
    forgetting: float = 0.1

    def __call__(self, one: Floats, other: Floats) -> Floats:
        """The covariances of two sets of points."""
        apart = cdist(one[:, 1:], other[:, 1:], "sqeuclidean")
        passed = cdist(one[:, :1], other[:, :1], "cityblock")
        similar = self.variance * np.exp(-apart / self.scale)
        return np.asarray(similar * (1 - self.forgetting) ** (passed / 2))

    def variances(self, points: Floats) -> Floats:
        """The prior variances at points."""
        return np.full(len(points), self.variance)

    def gradient(self, points: Floats) -> Floats:
        """By the logarithms of the three: shape (3, points, points)."""
        apart = cdist(points[:, 1:], points[:, 1:], "sqeuclidean")
        passed = cdist(points[:, :1], points[:, :1], "cityblock")
        whole = self(points, points)
        lost = -whole * passed / 2 * self.forgetting / (1 - self.forgetting)
        return np.stack([whole, whole * apart / self.scale, lost])


def evidence(
    kernel: TimeVarying, points: Floats, values: Floats, noise: float = NOISE
) -> tuple[float, Floats]:
    """The log marginal likelihood of values at points, and its gradient.

    Source: Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, 5.4.1.
    """
    factor = cho_factor(kernel(points, points) + noise * np.eye(len(points)), lower=True)
    weights = cho_solve(factor, values)
    halves = np.log(np.diag(factor[0])).sum() + 0.5 * len(points) * math.log(2 * math.pi)
    inner = np.outer(weights, weights) - cho_solve(factor, np.eye(len(points)))
    slopes = 0.5 * np.einsum("ij,kji->k", inner, kernel.gradient(points))
    return float(-0.5 * values @ weights - halves), slopes


def fit_time_varying(points: Floats, values: Floats, noise: float = NOISE) -> TimeVarying:
    """The kernel whose evidence is largest, climbed to from the default one.

    Args:
        points: Shape (points, 1 + dimensions).
        values: Shape (points,), of mean 0 and variance 1.
        noise: Variance of what is observed.
    """

    def loss(logarithms: Floats) -> tuple[float, Floats]:
        try:
            found, slopes = evidence(TimeVarying(*np.exp(logarithms)), points, values, noise)
        except np.linalg.LinAlgError:  # without noise rounding can make a variance negative
            return math.inf, np.zeros(3)
        return -found, -slopes

    start = TimeVarying()
    begin = np.log([start.variance, start.scale, start.forgetting])
    best = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=np.log(BOUNDS))
    return TimeVarying(*map(float, np.exp(best.x)))
