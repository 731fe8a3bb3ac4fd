"""Look several times at growing data, without raising the chance of a false alarm."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from hpobench.stats.roots import find_root

Floats = npt.NDArray[np.float64]

NODES = 96
"""Nodes of the quadrature; the boundaries are then exact to six digits."""
FAR = 9.0
"""Standard deviations beyond which a normal density counts as nothing."""
QUANTILES = np.linspace(0.0, 7.0, 113)
LEVELS = ndtr(-QUANTILES)
"""Total levels, from 0.5 down to 1e-12, whose boundaries are tabulated."""


@dataclass(frozen=True, kw_only=True)
class Looks:
    """When to look at a growing number of seeds.

    Attributes:
        sizes: Seeds at each look, rising; the last one is the most there will be.
    """

    sizes: tuple[int, ...]

    @classmethod
    def equal(cls, most: int, looks: int) -> "Looks":
        """Looks after equal numbers of further seeds, at `most` for the last time."""
        sizes = dict.fromkeys(-(-most * look // looks) for look in range(1, looks + 1))
        return cls(sizes=tuple(sizes))

    @cached_property
    def fractions(self) -> tuple[float, ...]:
        """The share of all information that there is at each look."""
        return tuple(size / self.sizes[-1] for size in self.sizes)

    def reached(self, seeds: int) -> tuple[int, ...]:
        """The sizes of the looks that so many seeds allow."""
        return tuple(size for size in self.sizes if size <= seeds)

    def p_value(self, p_values: Sequence[float]) -> float:
        """One p-value for all looks so far: the smallest level at which one of them rejects.

        It can be used like any other, also in Holm's procedure, and only falls as looks come.

        Args:
            p_values: One-sided, of the data up to each look so far.

        Source:
            Liu and Anderson (2008), On adaptive extensions of group sequential trials, JASA
            103; for Holm: Maurer and Bretz (2013), Multiple testing in group sequential
            trials using graphical approaches, Statistics in Biopharmaceutical Research 5.
        """
        if len(self.sizes) == 1:
            return min(p_values, default=1.0)
        table = _table(self.fractions)
        levels = (_total(p, column) for p, column in zip(p_values, table.T, strict=False))
        return min(levels, default=1.0)


def spent(level: float, fraction: float) -> float:
    """How much of a one-sided level may be spent by a share of all information.

    Little at first, so that early looks cost the last one next to nothing.

    Source:
        Lan and DeMets (1983), Discrete sequential boundaries for clinical trials, Biometrika
        70; the function that resembles the boundaries of O'Brien and Fleming.
    """
    return float(2 * ndtr(ndtri(level / 2) / np.sqrt(fraction)))


def boundaries(level: float, fractions: Sequence[float]) -> Floats:
    """The z-values at and above which each look rejects, at a one-sided total level.

    Args:
        level: In (0, 0.5].
        fractions: The share of all information at each look, rising to 1 at most.

    Source:
        Armitage, McPherson and Rowe (1969), Repeated significance tests on accumulating data,
        JRSS A 132: the density of the paths that have not been stopped, look by look.
    """
    density = _Unstopped()
    return np.array([density.stop(spent(level, share), share) for share in fractions])


class _Unstopped:
    """The density of a Brownian motion at the last look, where no look has rejected yet."""

    def __init__(self) -> None:
        self._points, self._mass = np.zeros(1), np.ones(1)
        self._time = self._spent = 0.0

    def stop(self, level: float, time: float) -> float:
        """Set the boundary at `time` so that `level` is spent in all, and go on behind it."""
        step = np.sqrt(time - self._time)
        high = self._boundary(level - self._spent, step)
        self._advance(high, step, FAR * np.sqrt(time))
        self._time, self._spent = time, level
        return float(high / np.sqrt(time))

    def _boundary(self, increment: float, step: float) -> float:
        def excess(high: float) -> float:
            return float(self._mass @ ndtr((self._points - high) / step)) - increment

        low, high = float(self._points.min()) - FAR * step, float(self._points.max()) + 40 * step
        return find_root(excess, low, high, tolerance=1e-10)

    def _advance(self, high: float, step: float, far: float) -> None:
        nodes, weights = _quadrature()
        half = (min(high, far) + far) / 2
        points = half * (nodes + 1) - far
        distances = (points[:, None] - self._points) / step
        kernel = np.exp(-(distances**2) / 2) / (np.sqrt(2 * np.pi) * step)
        self._points, self._mass = points, half * weights * (kernel @ self._mass)


@lru_cache(maxsize=1)
def _quadrature() -> tuple[Floats, Floats]:
    """Nodes in (-1, 1) and their weights."""
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return nodes, weights


@lru_cache(maxsize=8)
def _table(fractions: tuple[float, ...]) -> Floats:
    """For each of `LEVELS` the boundaries; shape (levels, looks), rising down the rows."""
    return np.array([boundaries(level, fractions) for level in LEVELS])


def _total(p_value: float, column: Floats) -> float:
    """The total level whose boundary at a look is just met by a p-value of that look."""
    z = -ndtri(p_value)
    if z < column[0]:
        return 1.0
    return float(ndtr(-np.interp(z, column, QUANTILES)))
