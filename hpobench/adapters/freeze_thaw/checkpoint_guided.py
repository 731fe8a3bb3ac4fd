"""Checkpoint-guided search: what a checkpoint looks like says what the next will be worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from hpobench.adapters.freeze_thaw.next_level import Curves, NextLevelSearch, Place, seen_places
from hpobench.adapters.shared.evidence import climb_evidence
from hpobench.adapters.shared.gaussian_process import GaussianProcess
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial

Floats = npt.NDArray[np.float64]

START, BOUNDS = (1.0, 0.5), ((0.05, 20.0), (0.05, 20.0))
"""Variance and length scales from which the model is climbed to, and between which."""

LEAST_VALUES = 3
"""So few values say nothing of length scales."""

UNSEEN = 0.5
"""What a signal counts as that is not known, or not finite: the middle of its ranks."""

GROWTH = 1.1
"""The model is climbed to anew when there are so many times as many values as the last time."""


class CheckpointGuidedSearch(NextLevelSearch):
    """Expect of the next level what configuration, fidelity, curve and checkpoint say.

    Of a checkpoint the signals are looked at that the weights in it gave when it was written, such
    as their norm and that of the gradient, each by its rank among all that were seen. With none it
    is the same search without weights.

    Args:
        watched: Names of the signals.
        options: Those of `FreezeThaw`.

    Source: Mehta et al. (2024), Improving Hyperparameter Optimization with Checkpointed Model
    Weights (Forecasting Model Search), arXiv:2406.18630. Theirs is DyHPO with a graph network over
    all weights among its features. An optimizer is given no weights here, so that signals stand for
    them; and a kernel with a length scale for each feature stands for the network, since it learns
    in milliseconds.
    """

    def __init__(
        self, problem: Problem, seed: int, *, watched: Sequence[str] = (), **options: Any
    ) -> None:
        self._watched = tuple(watched)
        super().__init__(problem, seed, **options)

    def forget(self) -> None:
        """Begin without checkpoints and with a model that is not adapted."""
        self._checkpoints: dict[int, list[list[float]]] = {}
        self._adapted: tuple[int, FeatureScales | None] = 0, None

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Note what the checkpoint looks like, too."""
        if outcome.ok:
            signals = [outcome.signals.get(name, np.nan) for name in self._watched]
            self._checkpoints.setdefault(trial.handle, []).append(signals)
        super().tell(trial, outcome)

    def expect(self, curves: Curves, ahead: Sequence[Place]) -> tuple[Floats, Floats] | None:
        """What a Gaussian process over all of that says."""
        seen = seen_places(curves)
        if len(seen) < LEAST_VALUES:
            return None
        points, values = self._points(seen, curves), np.array([curves[n][i] for n, i in seen])
        process = GaussianProcess(self._kernel(points, values), points, values)
        mean, variance = process.predict(self._points(ahead, curves))
        return mean, np.sqrt(variance)

    def _kernel(self, points: Floats, values: Floats) -> "FeatureScales":
        """The kernel that explains the values best, or did when there were hardly fewer."""
        count, kernel = self._adapted
        if kernel is None or len(values) >= GROWTH * count:
            kernel = adapted_kernel(points, values, together=self.features.shape[1])
            self._adapted = len(values), kernel
        return kernel

    def _points(self, places: Sequence[Place], curves: Curves) -> Floats:
        """What the model is told of values at places: all that was known before they were.

        Returns:
            Shape (places, features): the configuration, the level, the value before and by how
            much that was above the one before it, and the signals with it.
        """
        numbers = [number for number, _ in places]
        configs = self.features[numbers] / np.sqrt(self.features.shape[1])
        levels = [[place / max(len(self.levels) - 1, 1)] for _, place in places]
        return np.hstack([configs, levels, self._ends(places, curves), self._looks(places)])

    def _ends(self, places: Sequence[Place], curves: Curves) -> Floats:
        """The last value and the last step of each curve before a place; zeros at its beginning."""
        before = [curves.get(number, ())[:place] for number, place in places]
        lasts = [curve[-1] if curve else 0.0 for curve in before]
        steps = [curve[-1] - curve[-2] if len(curve) > 1 else 0.0 for curve in before]
        return np.column_stack([lasts, steps])

    def _looks(self, places: Sequence[Place]) -> Floats:
        """The ranks in [0, 1] of the signals with which the training to a place begins."""
        width = len(self._watched)
        known = np.array([each for seen in self._checkpoints.values() for each in seen])
        rows = [self._checkpoints[n][i - 1] if i else [np.nan] * width for n, i in places]
        return np.column_stack(
            [
                np.empty((len(places), 0)),
                *(
                    shares_below(np.array([row[signal] for row in rows]), known[:, signal])
                    for signal in range(width)
                ),
            ]
        )


def shares_below(numbers: Floats, known: Floats) -> Floats:
    """Which part of what is known lies below each number, ties by half; `UNSEEN` for no number."""
    ranked = np.sort(known[np.isfinite(known)])
    if not len(ranked):
        return np.full(len(numbers), UNSEEN)
    low, high = (np.searchsorted(ranked, numbers, side=side) for side in ("left", "right"))
    return np.where(np.isfinite(numbers), (low + high) / (2 * len(ranked)), UNSEEN)


@dataclass(frozen=True)
class FeatureScales:
    """A squared exponential kernel with a length scale for each feature.

    Attributes:
        variance: The prior variance.
        lengths: That of each feature; the first of them has as many columns as are taken together.
        together: Number of those columns.
    """

    variance: float
    lengths: Floats
    together: int

    def __call__(self, one: Floats, other: Floats) -> Floats:
        """The covariances of two sets of points."""
        columns = np.concatenate([np.full(self.together, self.lengths[0]), self.lengths[1:]])
        return np.asarray(
            self.variance * np.exp(-0.5 * cdist(one / columns, other / columns, "sqeuclidean"))
        )

    def variances(self, points: Floats) -> Floats:
        """The prior variances at points."""
        return np.full(len(points), self.variance)

    def gradient(self, points: Floats) -> Floats:
        """By the logarithms of variance and lengths: shape (1 + features, points, points)."""
        whole, places = self(points, points), range(self.together, points.shape[1])
        groups = [points[:, : self.together], *(points[:, [place]] for place in places)]
        apart = [cdist(group, group, "sqeuclidean") for group in groups]
        slopes = (squares / length**2 for squares, length in zip(apart, self.lengths, strict=True))
        return np.asarray(whole * np.stack([np.ones_like(whole), *slopes]))


def adapted_kernel(points: Floats, values: Floats, *, together: int) -> FeatureScales:
    """The kernel whose evidence is largest, climbed to from equal length scales.

    Args:
        points: Shape (points, columns).
        values: Shape (points,), of mean 0 and variance about 1.
        together: The first so many columns have one length scale.
    """
    features = points.shape[1] - together + 1
    return climb_evidence(
        lambda parameters: FeatureScales(float(parameters[0]), parameters[1:], together),
        [START[0], *[START[1]] * features],
        [BOUNDS[0], *[BOUNDS[1]] * features],
        (points, values),
    )
