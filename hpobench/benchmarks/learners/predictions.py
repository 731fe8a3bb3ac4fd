"""What models predict, as probabilities and as scores."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hpobench.benchmarks.learners.datasets import Part, Split

DIVERGED = 1e3
"""From this loss on a training counts as failed."""
LEAST_PROBABILITY = 1e-6
"""A probability counts as at least this, so that one confident mistake does not make a loss."""


@dataclass(frozen=True, slots=True)
class PartScores:
    """How good a model is on one part of the data.

    Attributes:
        error: Share of wrong answers; for numbers 1 - R^2; in [0, 1] but for very bad models.
        loss: What punishes confidence too: mean negative log-likelihood in nats; for numbers the
            mean absolute error in standard deviations. 0 where a learner has none.
    """

    error: float
    loss: float = 0.0

    @property
    def finite(self) -> bool:
        """Whether the model can be used at all."""
        return self.error < DIVERGED and self.loss < DIVERGED  # False for NaN


def judge_classes(probabilities: npt.NDArray[np.float64], targets: npt.NDArray[Any]) -> PartScores:
    """Error and log loss of predicted probabilities.

    Args:
        probabilities: Shape (rows, classes); rows need not sum to exactly 1.
        targets: The right classes, shape (rows,).
    """
    if not np.isfinite(probabilities).all():
        return PartScores(math.nan, math.nan)
    right = np.clip(probabilities[np.arange(len(targets)), targets], LEAST_PROBABILITY, 1.0)
    wrong = probabilities.argmax(axis=1) != targets
    return PartScores(float(wrong.mean()), float(-np.log(right).mean()))


def judge_numbers(predicted: npt.NDArray[np.float64], targets: npt.NDArray[Any]) -> PartScores:
    """1 - R^2 and mean absolute error of predicted numbers, both of shape (rows,)."""
    off = predicted - targets
    error = float((off**2).mean() / targets.var())
    return PartScores(error, float(np.abs(off).mean()))


def judge_predictions(
    predicted: npt.NDArray[np.float64], part: Part, *, classes: int
) -> PartScores:
    """Judge probabilities, or numbers where there are no classes."""
    verdict = judge_classes if classes else judge_numbers
    return verdict(predicted, part[1])


def softmax(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Scores of classes, shape (rows, classes), as probabilities."""
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: npt.NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return shares


def as_probabilities(decision: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What scikit-learn's `decision_function` gives, as probabilities of all classes."""
    if decision.ndim == 1:
        decision = np.column_stack([np.zeros_like(decision), decision])
    return softmax(decision)


def with_all_classes(
    probabilities: npt.NDArray[np.float64], known: npt.NDArray[Any], split: Split
) -> npt.NDArray[np.float64]:
    """Columns for the classes that a model never met, with probability 0."""
    if len(known) == split.classes:
        return probabilities
    wide = np.zeros((len(probabilities), split.classes))
    wide[:, known] = probabilities
    return wide
