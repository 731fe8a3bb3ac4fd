"""Learning curves continued by an ensemble of parametric curves, weighted by what they explain."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from hpobench.adapters.shared.ladder import ladder
from hpobench.task import Fidelity

Floats = npt.NDArray[np.float64]

LEVELS = 10
"""So many points has a curve at the most: a geometric ladder from the lowest fidelity on."""

NOISES = (0.003, 0.01, 0.03, 0.1, 0.3)
"""Standard deviations of single values that are thought possible, on the scale of `Scale`."""

FINAL, DROP = (0.0, 1.5), (2.0, 4.0)
"""Mean and standard deviation, before anything is seen of a curve, of the value at the highest
fidelity and of how much lower that is than the value at the lowest; on the scale of `Scale`."""

FLAT = 1e-9
"""A shape that falls by less from the lowest to the highest fidelity is left out."""

FARTHEST = 5.0
"""Values farther from the median than so many scales count as that: some trainings diverge."""


def level_ladder(fidelity: Fidelity, levels: int = LEVELS) -> list[float]:
    """The fidelities at which curves are looked at, evenly spaced in their logarithm.

    Args:
        fidelity: Their range.
        levels: How many, at least 2; fewer where rounding makes some equal.
    """
    return ladder(fidelity, (fidelity.high / fidelity.low) ** (1 / (levels - 1)))


@dataclass(frozen=True, slots=True)
class Scale:
    """Makes values of any unit comparable: the median is 0, half of them are within 0.67.

    Attributes:
        centre: The median.
        width: The distance between the quartiles, as of a normal distribution with deviation 1.
    """

    centre: float
    width: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Scale":
        """The scale of some values, of which there is at least one."""
        with np.errstate(over="ignore"):
            low, centre, high = np.quantile(np.asarray(values), (0.25, 0.5, 0.75), method="nearest")
            width = (high - low) / 1.349
        return cls(float(centre), float(width) if 0 < width < np.inf else 1.0)

    def apply(self, values: Sequence[float] | Floats) -> Floats:
        """The values on this scale, none farther out than `FARTHEST`."""
        with np.errstate(over="ignore"):
            scaled = (np.asarray(values, dtype=np.float64) - self.centre) / self.width
        return np.asarray(np.clip(scaled, -FARTHEST, FARTHEST))


@dataclass(frozen=True, slots=True)
class Mixture:
    """What a value is expected to be: a mixture of normal distributions.

    Attributes:
        weights: Shares of the components, summing to 1.
        means: Expected values of the components.
        deviations: Standard deviations of the components.
    """

    weights: Floats
    means: Floats
    deviations: Floats

    @property
    def mean(self) -> float:
        """The expected value of the mixture."""
        return float(self.weights @ self.means)

    @property
    def variance(self) -> float:
        """The variance of the mixture."""
        spread = self.deviations**2 + (self.means - self.mean) ** 2
        return float(self.weights @ spread)

    def below(self, threshold: float) -> float:
        """The probability of a value below the threshold."""
        return float(self.weights @ ndtr((threshold - self.means) / self.deviations))


class CurveEnsemble:
    """Curves that fall from where they begin to where they end, each along one of many shapes.

    A curve is `final + drop * shape(z)`, where z is the fidelity as a multiple of the lowest and
    the shape falls from 1 there to 0 at the highest fidelity: so that `final` is what one wants to
    know. Shapes are powers (with and without an offset), stretched exponentials, the quotients of
    MMF and Hill, and the inverse logarithm, with their exponents and rates on a grid. Given a
    shape and the noise, `final` and `drop` are normally distributed; shapes and noises are weighted
    by the probability of the values that were seen.

    Args:
        fidelity: The range; not all that is seen need be on a ladder.

    Source: Domhan, Springenberg and Hutter (2015), Speeding up Automatic Hyperparameter
    Optimization of Deep Neural Networks by Extrapolation of Learning Curves, IJCAI, Table 1: the
    eight of its eleven families that are linear in where they begin and end. Theirs are weighted
    by MCMC over all parameters together; with all but two on a grid the sums are exact.
    """

    def __init__(self, fidelity: Fidelity) -> None:
        self._low, self._ratio = float(fidelity.low), float(fidelity.high / fidelity.low)
        ends = _raw_shapes(np.array([1.0, self._ratio]), self._ratio)
        drops = ends[:, 0] - ends[:, 1]
        self._kept = drops > FLAT
        self._last, self._drops = ends[self._kept, 1:], drops[self._kept, None]

    def shapes(self, fidelities: Sequence[float]) -> Floats:
        """The shapes at some fidelities, shape (shapes, fidelities)."""
        raw = _raw_shapes(np.asarray(fidelities, dtype=np.float64) / self._low, self._ratio)
        return np.asarray((raw[self._kept] - self._last) / self._drops)

    def final(self, fidelities: Sequence[float], values: Floats) -> Mixture:
        """What the value at the highest fidelity is expected to be, its noise included.

        Args:
            fidelities: Where the curve was seen, at least once.
            values: What was seen there, on a `Scale`.
        """
        shapes = self.shapes(fidelities)[:, None, :]
        noise = np.asarray(NOISES)[None, :, None] ** 2
        # Normal equations of (final, drop), for each shape and noise; 2 x 2, so solved by hand.
        (mean_f, dev_f), (mean_d, dev_d) = FINAL, DROP
        a = len(values) / noise[..., 0] + dev_f**-2
        b = (shapes / noise).sum(axis=2)
        c = (shapes**2 / noise).sum(axis=2) + dev_d**-2
        right_f = (values / noise).sum(axis=2) + mean_f * dev_f**-2
        right_d = (shapes * values / noise).sum(axis=2) + mean_d * dev_d**-2
        determinant = a * c - b**2
        final = (c * right_f - b * right_d) / determinant
        drop = (a * right_d - b * right_f) / determinant
        misfit = ((values - final[..., None] - drop[..., None] * shapes) ** 2 / noise).sum(axis=2)
        misfit += ((final - mean_f) / dev_f) ** 2 + ((drop - mean_d) / dev_d) ** 2
        evidence = -0.5 * (misfit + np.log(determinant) + len(values) * np.log(noise[..., 0]))
        weights = np.exp(evidence - evidence.max())
        deviations = np.sqrt(c / determinant + noise[..., 0])
        return Mixture((weights / weights.sum()).ravel(), final.ravel(), deviations.ravel())


def _raw_shapes(z: Floats, ratio: float) -> Floats:
    """All falling shapes at multiples of the lowest fidelity, shape (shapes, points).

    Args:
        z: The multiples.
        ratio: The highest of them; rates and scales are spaced up to it.
    """
    rates, exponents = (0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0), (0.5, 0.75, 1.0, 1.5, 2.0)
    scales = np.geomspace(1.0, ratio, 8)
    powers = [(z + offset) ** -rate for offset in (0.0, 1.0, 3.0, 10.0) for rate in rates]
    exponentials = [np.exp(-((z / scale) ** by)) for scale in scales for by in exponents]
    quotients = [1 / (1 + (z / scale) ** by) for scale in scales for by in (1.0, 1.5, 2.0, 3.0)]
    return np.stack([*powers, *exponentials, *quotients, 1 / np.log(z + 1.0)])
