"""How well a kernel explains values, and the kernel of a family that does it best."""

import math
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from hpobench.adapters.shared.gaussian_process import NOISE, Covariance

Floats = npt.NDArray[np.float64]


class AdaptableCovariance(Covariance, Protocol):
    """A covariance with hyperparameters above 0, which can be climbed to."""

    def gradient(self, points: Floats) -> Floats:
        """By the logarithm of each hyperparameter: shape (hyperparameters, points, points)."""


Kernel = TypeVar("Kernel", bound=AdaptableCovariance)


def evidence(
    kernel: AdaptableCovariance, points: Floats, values: Floats, noise: float = NOISE
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


def climb_evidence(
    make: Callable[[Floats], Kernel],
    start: Sequence[float],
    bounds: Sequence[tuple[float, float]],
    data: tuple[Floats, Floats],
    noise: float = NOISE,
) -> Kernel:
    """The kernel whose evidence is largest, climbed to along logarithms.

    Args:
        make: The kernel with given hyperparameters.
        start: Hyperparameters to begin from.
        bounds: Between which each is sought.
        data: Points, shape (points, dimensions), and values there of mean 0 and variance about 1.
        noise: Variance of what is observed.
    """

    def loss(logarithms: Floats) -> tuple[float, Floats]:
        try:
            reached, slopes = evidence(make(np.exp(logarithms)), *data, noise)
        except np.linalg.LinAlgError:  # without noise rounding can make a variance negative
            return math.inf, np.zeros(len(start))
        return -reached, -slopes

    best = minimize(loss, np.log(start), jac=True, method="L-BFGS-B", bounds=np.log(bounds))
    return make(np.exp(best.x))
