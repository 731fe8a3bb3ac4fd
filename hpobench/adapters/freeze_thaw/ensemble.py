"""Freeze-thaw by an ensemble of parametric curves, and a Gaussian process over where they end."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.distance import cdist
from scipy.special import ndtr

from hpobench.adapters.freeze_thaw.pool import FreezeThaw
from hpobench.adapters.shared.fidelities import required
from hpobench.adapters.shared.learning_curves import FINAL, CurveEnsemble, Scale
from hpobench.task import Problem

Floats = npt.NDArray[np.float64]

SCALES = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Length scales, in multiples of the square root of the number of features."""

LEAST = 1e-3
"""Smallest variance of what a curve says of its end: no two trainings are alike."""

FARTHEST_AIM, NEAREST_AIM = 0.0, -3.0
"""How far below the best one aims, as a power of ten on the scale of the values."""


class CurveEnsembleSearch(FreezeThaw):
    """Go on with the candidate that most probably ends below an aim, which is drawn each time.

    Each curve is continued by an ensemble of parametric curves. What these say of the ends, with
    how sure they are of it, is what a Gaussian process over configurations is given, so that the
    neighbours of good curves are begun, and a short curve is believed less than a long one. Aims
    lie between next to nothing and a whole scale below the best end: the near ones go on with what
    is good, the far ones begin what is unknown.

    Args:
        options: Those of `FreezeThaw`.

    Source: Swersky, Snoek and Adams (2014), Freeze-Thaw Bayesian Optimization, arXiv:1406.3896,
    for the process over ends; Domhan, Springenberg and Hutter (2015), IJCAI, for the curves;
    Rakotoarison et al. (2024), In-Context Freeze-Thaw Bayesian Optimization for Hyperparameter
    Optimization, ICML, for the probability of improvement over a random aim. Their combination is
    our own.
    """

    def __init__(self, problem: Problem, seed: int, **options: Any) -> None:
        self._ensemble = CurveEnsemble(required(problem))
        super().__init__(problem, seed, **options)

    def forget(self) -> None:
        """Measure the distances in the new pool."""
        self._ended: dict[int, tuple[float, float]] = {}
        self._scaled, self._scale = 0, Scale(0.0, 1.0)
        self._distances = cdist(self.features, self.features, "sqeuclidean")

    def choose(self, able: list[int]) -> int:
        """The first to its end, for there has to be one; then whose end may be below the aim."""
        full = len(self.levels)
        ends = [curve[-1] for curve in self.curves.values() if len(curve) == full]
        if not ends:
            return max(able, key=lambda number: len(self.curves.get(number, ())))
        self._rescale()
        mean, variance = self._ends()
        best = float(self._scale.apply([min(ends)])[0])
        aim = best - 10 ** self.rng.uniform(NEAREST_AIM, FARTHEST_AIM)
        hopes = ndtr((aim - mean[able]) / np.sqrt(variance[able]))
        return able[int(np.argmax(hopes))]

    def learn(self, number: int) -> None:
        """Have the candidate's curve continued anew."""
        self._ended.pop(number, None)

    def _rescale(self) -> None:
        """Fit the scale to the values, when there are a tenth more curves than last time."""
        if len(self.curves) >= 1.1 * self._scaled:
            self._scale = Scale.of([curve[-1] for curve in self.curves.values()])
            self._scaled = len(self.curves)
            self._ended.clear()

    def _ends(self) -> tuple[Floats, Floats]:
        """Mean and variance of where the curve of each candidate ends."""
        for number, curve in self.curves.items():
            if number not in self._ended:
                seen = self._scale.apply(curve)
                final = self._ensemble.final(self.levels[: len(curve)], seen)
                self._ended[number] = final.mean, max(final.variance, LEAST)
        numbers = np.array(list(self._ended))
        means, variances = np.array(list(self._ended.values())).T
        # What the values alone say of an end: the ensemble's answer without its prior.
        prior_mean, prior_variance = FINAL[0], FINAL[1] ** 2
        precision = np.maximum(1 / variances - 1 / prior_variance, 1e-6)
        sites = (means / variances - prior_mean / prior_variance) / precision
        return self._posterior(numbers, np.clip(sites, -10, 10), 1 / precision)

    def _posterior(self, seen: Any, sites: Floats, noise: Floats) -> tuple[Floats, Floats]:
        """The process given noisy ends of some candidates, at all of them."""
        amplitude = FINAL[1] ** 2
        features = self.features.shape[1]
        best: tuple[float, Any] = (-np.inf, None)
        for scale in SCALES:
            kernel = _matern(self._distances[seen] / (scale**2 * features)) * amplitude
            factor = cho_factor(kernel[:, seen] + np.diag(noise), lower=True)
            weights = cho_solve(factor, sites)
            likelihood = -0.5 * sites @ weights - np.log(np.diag(factor[0])).sum()
            if likelihood > best[0]:
                best = likelihood, (kernel, factor, weights)
        kernel, factor, weights = best[1]
        explained = np.sum(kernel * cho_solve(factor, kernel), axis=0)
        return kernel.T @ weights, np.maximum(amplitude - explained, LEAST)


def _matern(squares: Floats) -> Floats:
    """Matern's kernel with nu = 5/2 at squared distances in length scales."""
    distance = np.sqrt(5 * squares)
    return np.asarray((1 + distance + distance**2 / 3) * np.exp(-distance))
