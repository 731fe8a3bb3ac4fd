"""The best configuration of a small model, scaled to a larger one by a rule."""

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from hpobench.adapters.native.step_law import StepLaw
from hpobench.task import Problem


class ScalingRule(StrEnum):
    """What becomes of the small model's learning rate and batch size."""

    AS_IS = "as-is"
    """Both stay: right where the parametrisation makes the optimum the same for all widths, as
    the maximal update parametrisation does."""
    LINEAR = "linear"
    """The batch grows as Step Law says, and the learning rate in proportion to it."""
    SQUARE_ROOT = "square-root"
    """The learning rate grows with the square root of the batch, as is advised for Adam."""
    WIDTH = "width"
    """The batch grows as Step Law says, and the learning rate falls in proportion to the width, the
    square root of the parameters: the rule of maximal updates for matrices under Adam."""


class ScaledBest(StepLaw):
    """Try what a small model's best configuration becomes, and then its neighbours.

    Args:
        problem: One whose context says how large its model is, see `StepLaw`.
        seed: Seed of all other hyperparameters.
        rule: A value of `ScalingRule`.
        reference: The small model: its parameters `N`, and its best `lr` and `bs`.
        options: As of `StepLaw`.

    Source: Goyal et al. (2017), Accurate, Large Minibatch SGD, arXiv:1706.02677 (linear);
    Malladi et al. (2022), On the SDEs and Scaling Rules for Adaptive Gradient Algorithms,
    arXiv:2205.10287 (square root); Yang et al. (2022), Tensor Programs V: Tuning Large Neural
    Networks via Zero-Shot Hyperparameter Transfer, arXiv:2203.03466, table 3 (width).
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,
        *,
        rule: str,
        reference: Mapping[str, float],
        **options: Any,
    ) -> None:
        self._rule, self._reference = ScalingRule(rule), reference
        super().__init__(problem, seed, **options)

    def predicted(self, size: float, tokens: float) -> tuple[float, float]:
        """The learning rate, and the sequences in a batch."""
        _, sequences = super().predicted(size, tokens)
        rate, batch = self._reference["lr"], self._reference["bs"]
        match self._rule:
            case ScalingRule.AS_IS:
                return rate, batch
            case ScalingRule.LINEAR:
                return rate * sequences / batch, sequences
            case ScalingRule.SQUARE_ROOT:
                return rate * math.sqrt(sequences / batch), sequences
            case ScalingRule.WIDTH:
                return rate * math.sqrt(self._reference["N"] / size), sequences
