"""Small convolutional and residual networks on pictures and signals, epoch by epoch."""

import math
from typing import Any

import torch
from ConfigSpace import ConfigurationSpace, EqualsCondition, Float, Integer
from torch import nn

from hpobench.benchmarks.learners.datasets import Split
from hpobench.benchmarks.learners.networks import EpochNetwork
from hpobench.benchmarks.learners.optimization import (
    add_optimization_conditions,
    optimization_space,
)
from hpobench.task import Fidelity
from hpobench.trial import Config

LAYERS = ("blocks", "channels", "widening", "kernel", "batch_norm", "residual", "bottleneck")
"""Hyperparameters that decide on the shapes of weights."""


class Convnet(EpochNetwork):
    """Blocks of a convolution each, every one at half the resolution of the one before."""

    fidelity = Fidelity(name="epochs", low=1, high=16, integer=True, continuable=True)
    inherited: tuple[str, ...] = LAYERS

    def __init__(self, *, dataset: str) -> None:
        super().__init__(dataset=dataset)
        self.space = convnet_space()

    def build(self, config: Config, split: Split) -> nn.Module:
        """The blocks in their order, then the mean over all places and one linear layer."""
        flat = len(split.shape) == 1
        blocks: list[nn.Module] = [nn.Unflatten(1, (1, *split.shape))]
        channels, width = 1, float(config["channels"])
        for _ in range(int(config["blocks"])):
            blocks.append(_Block(config, channels, round(width), flat=flat))
            channels, width = round(width), width * float(config["widening"])
        pool = nn.AdaptiveAvgPool1d(1) if flat else nn.AdaptiveAvgPool2d(1)
        head = [pool, nn.Flatten(), nn.Dropout(config["dropout"])]
        return nn.Sequential(*blocks, *head, nn.Linear(channels, split.classes))


class _Block(nn.Module):
    """Convolution, normalisation and ReLU; perhaps with a second one that skips the first."""

    def __init__(self, config: Config, before: int, after: int, *, flat: bool) -> None:
        super().__init__()
        convolution = nn.Conv1d if flat else nn.Conv2d
        norm = nn.BatchNorm1d if flat else nn.BatchNorm2d
        kernel = int(config["kernel"])
        normalised = bool(config["batch_norm"])
        self.first = nn.Sequential(
            convolution(before, after, kernel, stride=2, padding=kernel // 2),
            norm(after) if normalised else nn.Identity(),
            nn.ReLU(),
        )
        self.second: nn.Module | None = None
        if config["residual"]:
            hidden = max(math.ceil(after * float(config["bottleneck"])), 1)
            self.second = nn.Sequential(
                convolution(after, hidden, kernel, padding=kernel // 2),
                norm(hidden) if normalised else nn.Identity(),
                nn.ReLU(),
                convolution(hidden, after, 1),
            )

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """From shape (rows, channels, places...) to half as many places."""
        found: torch.Tensor = self.first(batch)
        return found if self.second is None else found + self.second(found)


def convnet_architecture() -> dict[str, Any]:
    """The hyperparameters of architecture, by name."""
    return {
        "blocks": Integer("blocks", (1, 3), default=2),
        "channels": Integer("channels", (4, 24), log=True, default=12),
        "widening": Float("widening", (0.5, 2.0), log=True, default=1.5),
        "kernel": [3, 5],
        "batch_norm": [True, False],
        "residual": [False, True],
        "bottleneck": Float("bottleneck", (0.25, 1.0), log=True, default=0.5),
        "dropout": Float("dropout", (0.0, 0.5), default=0.0),
    }


def convnet_space() -> ConfigurationSpace:
    """Sixteen hyperparameters, three of them under conditions."""
    space = ConfigurationSpace(
        {
            **optimization_space(),
            **convnet_architecture(),
            "input_noise": Float("input_noise", (0.0, 0.5), default=0.0),
        }
    )
    add_optimization_conditions(space)
    space.add(EqualsCondition(space["bottleneck"], space["residual"], value=True))
    return space
