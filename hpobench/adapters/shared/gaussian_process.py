"""A Gaussian process whose hyperparameters are given: as small as a local search needs it."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.distance import cdist

Floats = npt.NDArray[np.float64]


class Covariance(Protocol):
    """The prior covariance of a process."""

    def __call__(self, one: Floats, other: Floats) -> Floats:
        """The covariances of two sets of points."""

    def variances(self, points: Floats) -> Floats:
        """The prior variances at points."""


NOISE = 1e-2 + 1e-4
"""Variance of what is observed, of values whose variance is about 1: the noise and the jitter of
github.com/imbue-ai/carbs, the first of which is HEBO's."""

LEAST = 1e-12
"""Smallest variance: rounding could make one negative."""


class GaussianProcess:
    """The posterior of a process with mean 0, given some values.

    Args:
        kernel: The prior covariance of two sets of points.
        inputs: Points, shape (points, dimension).
        values: At these, shape (points,).
        noise: Variance of what is observed.

    Source: Rasmussen and Williams (2006), Gaussian Processes for Machine Learning, Algorithm 2.1.
    """

    def __init__(
        self, kernel: Covariance, inputs: Floats, values: Floats, noise: float = NOISE
    ) -> None:
        self._kernel, self._inputs, self._values = kernel, inputs, values
        self._noise = noise
        self._factor = cho_factor(kernel(inputs, inputs) + noise * np.eye(len(inputs)))
        self._weights = cho_solve(self._factor, values)

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """The mean and the variance of the process at points, without noise."""
        shared = self._kernel(points, self._inputs)
        explained = np.sum(shared * cho_solve(self._factor, shared.T).T, axis=1)
        left = np.maximum(self._kernel.variances(points) - explained, LEAST)
        return np.asarray(shared @ self._weights), np.asarray(left)

    def with_its_own(self, points: Floats) -> "GaussianProcess":
        """The process as if its means had been observed at points, which leaves less to learn."""
        mean, _ = self.predict(points)
        inputs = np.concatenate([self._inputs, points])
        values = np.concatenate([self._values, mean])
        return GaussianProcess(self._kernel, inputs, values, self._noise)


@dataclass(frozen=True)
class LinearMatern:
    """The sum of a linear kernel around the middle of the cube and Matern's with nu = 3/2.

    Attributes:
        scale: Length scale of the second.
    """

    scale: float

    def __call__(self, one: Floats, other: Floats) -> Floats:
        """The covariances of two sets of points."""
        distance = math.sqrt(3) * cdist(one, other) / self.scale
        return np.asarray((one - 0.5) @ (other - 0.5).T + (1 + distance) * np.exp(-distance))

    def variances(self, points: Floats) -> Floats:
        """The prior variances at points."""
        return np.asarray(1 + np.sum((points - 0.5) ** 2, axis=1))


@dataclass(frozen=True)
class SquaredExponential:
    """The smoothest of the usual kernels.

    Attributes:
        scale: Length scale.
    """

    scale: float

    def __call__(self, one: Floats, other: Floats) -> Floats:
        """The covariances of two sets of points."""
        return np.asarray(np.exp(-0.5 * (cdist(one, other) / self.scale) ** 2))

    def variances(self, points: Floats) -> Floats:
        """The prior variances at points."""
        return np.ones(len(points))
