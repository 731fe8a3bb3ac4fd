"""Networks for tables: plain or residual layers, on the features or on waves of them."""

import math

import torch
from ConfigSpace import ConfigurationSpace, EqualsCondition, Float, Integer
from torch import nn

from hpobench.benchmarks.learners.datasets import Split
from hpobench.benchmarks.learners.networks import EpochNetwork
from hpobench.benchmarks.learners.perceptron import ACTIVATIONS
from hpobench.benchmarks.nets.hyperparameters import add_schedule_conditions, scheduled_optimization
from hpobench.benchmarks.nets.net import Net
from hpobench.task import Fidelity
from hpobench.trial import Config


class TabularNetwork(Net, EpochNetwork):
    """A perceptron or a residual network, with periodic embeddings of numbers if wanted.

    Source: Gorishniy et al. (2021), Revisiting Deep Learning Models for Tabular Data, NeurIPS;
    Gorishniy et al. (2022), On Embeddings for Numerical Features in Tabular Deep Learning, NeurIPS.
    """

    fidelity = Fidelity(name="epochs", low=1, high=16, integer=True, continuable=True)
    inherited = ("architecture", "widening", "blocks", "units", "embedding", "waves")

    def __init__(self, *, dataset: str, device: str = "auto") -> None:
        super().__init__(dataset=dataset)
        self.use_device(device)
        self.space = tabular_space()

    def build(self, config: Config, split: Split) -> nn.Module:
        """The embedding, the blocks and the scores."""
        before: list[nn.Module] = []
        width, units = split.train[0].shape[1], int(config["units"])
        if config["embedding"] == "periodic":
            before.append(_Waves(width, int(config["waves"]), float(config["wave_scale"])))
            width *= 2 * int(config["waves"])
        before.append(nn.Linear(width, units))
        block = _ResidualBlock if config["architecture"] == "residual" else _PlainBlock
        blocks = [block(config, units) for _ in range(int(config["blocks"]))]
        return nn.Sequential(*before, *blocks, nn.Linear(units, split.classes or 1))


class _Waves(nn.Module):
    """Sines and cosines of each feature, with frequencies that are learnt."""

    def __init__(self, features: int, waves: int, scale: float) -> None:
        super().__init__()
        self.frequencies = nn.Parameter(scale * torch.randn(features, waves))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """From shape (rows, features) to (rows, features x 2 waves)."""
        angles = 2 * math.pi * batch[:, :, None] * self.frequencies
        return torch.cat([angles.sin(), angles.cos()], dim=2).flatten(1)


class _PlainBlock(nn.Sequential):
    """Activation, dropout and a linear layer."""

    def __init__(self, config: Config, units: int) -> None:
        activation = ACTIVATIONS[str(config["activation"])]()
        super().__init__(activation, nn.Dropout(config["dropout"]), nn.Linear(units, units))


class _ResidualBlock(nn.Module):
    """Normalisation, and two linear layers that skip what enters them."""

    def __init__(self, config: Config, units: int) -> None:
        super().__init__()
        hidden = max(round(float(config["widening"]) * units), 1)
        self.inner = nn.Sequential(
            nn.BatchNorm1d(units),
            nn.Linear(units, hidden),
            ACTIVATIONS[str(config["activation"])](),
            nn.Dropout(config["dropout"]),
            nn.Linear(hidden, units),
        )

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Shape (rows, units), which stays."""
        return batch + self.inner(batch)


def tabular_space() -> ConfigurationSpace:
    """Hyperparameters of optimization, schedule, architecture and embedding."""
    space = ConfigurationSpace(
        {
            **scheduled_optimization(),
            "architecture": ["plain", "residual"],
            "widening": Float("widening", (1.0, 4.0), log=True, default=2.0),
            "blocks": Integer("blocks", (1, 3), default=1),
            "units": Integer("units", (8, 96), log=True, default=32),
            "activation": list(ACTIVATIONS),
            "dropout": Float("dropout", (0.0, 0.5), default=0.0),
            "embedding": ["none", "periodic"],
            "waves": Integer("waves", (2, 8), default=4),
            "wave_scale": Float("wave_scale", (0.01, 1.0), log=True, default=0.1),
            "label_smoothing": Float("label_smoothing", (0.0, 0.3), default=0.0),
        }
    )
    add_schedule_conditions(space)
    space.add(EqualsCondition(space["widening"], space["architecture"], "residual"))
    for name in ("waves", "wave_scale"):
        space.add(EqualsCondition(space[name], space["embedding"], "periodic"))
    return space
