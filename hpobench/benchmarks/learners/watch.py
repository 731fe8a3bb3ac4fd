"""What one who trains a network would watch, read off it as it learns."""

import math

import torch
from torch import nn

NETWORK_SIGNALS = ("training-loss", "gradient-norm", "weight-norm")
"""The mean loss of the batches of the last epoch, the norm of the last one's gradient, and that
of all parameters."""


class Watch:
    """What one who trains a network would watch, as of the last epoch.

    Attributes:
        losses: The loss of each of its batches.
        gradient: Norm of the last batch's gradient.
    """

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.gradient = 0.0

    def begin(self) -> None:
        """Forget the epoch before."""
        self.losses.clear()

    def end(self, model: nn.Module) -> None:
        """An epoch has ended."""
        grads = [each.grad for each in model.parameters() if each.grad is not None]
        self.gradient = float(torch.nn.utils.get_total_norm(grads)) if grads else 0.0

    def signals(self, model: nn.Module) -> dict[str, float]:
        """The numbers by name, as far as they are finite."""
        weights = [each.detach() for each in model.parameters()]
        mean = math.fsum(self.losses) / max(len(self.losses), 1)
        numbers = mean, self.gradient, float(torch.nn.utils.get_total_norm(weights))
        return dict(zip(NETWORK_SIGNALS, numbers, strict=True))
