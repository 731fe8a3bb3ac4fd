"""The rule of those that look one level ahead: the greatest expected improvement there."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from hpobench.adapters.freeze_thaw.pool import FreezeThaw
from hpobench.adapters.shared.learning_curves import Scale

Floats = npt.NDArray[np.float64]
Place = tuple[int, int]
"""A candidate, and a place on the ladder of levels, counted from 0."""
Curves = Mapping[int, Sequence[float]]
"""The values of each candidate that was begun, on a common scale."""


class NextLevelSearch(FreezeThaw):
    """Train on the candidate with the greatest expected improvement at its next level.

    An improvement is one over the lowest value that was seen at that level, or at any where none
    was seen there yet. What to expect is a matter of the model.

    Source: Wistuba, Kadra and Grabocka (2022), Supervising the Multi-Fidelity Race of
    Hyperparameter Configurations, NeurIPS.
    """

    def choose(self, able: list[int]) -> int:
        """The candidate with the greatest expected improvement; any, while the model has none."""
        scale = Scale.of([value for curve in self.curves.values() for value in curve])
        curves = {number: scale.apply(curve).tolist() for number, curve in self.curves.items()}
        ahead = [(number, len(curves.get(number, ()))) for number in able]
        expected = self.expect(curves, ahead)
        if expected is None:
            return int(self.rng.choice(able))
        best = np.array([self._best_at(place, curves) for place in range(len(self.levels))])
        gains = normal_improvement(*expected, best[[place for _, place in ahead]])
        return able[int(np.argmax(gains))]

    @abstractmethod
    def expect(self, curves: Curves, ahead: Sequence[Place]) -> tuple[Floats, Floats] | None:
        """Mean and deviation of the next value of some candidates.

        Args:
            curves: All values so far.
            ahead: The candidates and their next places, in whose order the answer is.

        Returns:
            None before there is a model.
        """

    def _best_at(self, place: int, curves: Curves) -> float:
        """The lowest value at a level; of all below it, if nothing has come so far."""
        there = [curve[place] for curve in curves.values() if len(curve) > place]
        return min(there) if there else min(min(curve) for curve in curves.values())


def seen_places(curves: Curves) -> list[Place]:
    """Where there is a value, in the order of the curves."""
    return [(number, place) for number, curve in curves.items() for place in range(len(curve))]


def normal_improvement(mean: Floats, deviation: Floats, best: float | Floats) -> Floats:
    """The expected improvement over the best by normally distributed values, minimised."""
    gain = best - mean
    z = np.divide(gain, deviation, out=np.zeros_like(gain), where=deviation > 0)
    return np.asarray(gain * norm.cdf(z) + deviation * norm.pdf(z))
