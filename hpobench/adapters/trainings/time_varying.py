"""A Gaussian process whose past counts less and less, and how its hyperparameters are fitted."""

from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from hpobench.adapters.shared.evidence import climb_evidence
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


def fit_time_varying(points: Floats, values: Floats, noise: float = NOISE) -> TimeVarying:
    """The kernel whose evidence is largest, climbed to from the default one.

    Args:
        points: Shape (points, 1 + dimensions).
        values: Shape (points,), of mean 0 and variance 1.
        noise: Variance of what is observed.
    """
    return climb_evidence(
        lambda parameters: TimeVarying(*map(float, parameters)),
        astuple(TimeVarying()),
        BOUNDS,
        (points, values),
        noise,
    )
