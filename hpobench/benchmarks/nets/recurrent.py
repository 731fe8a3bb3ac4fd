"""Recurrent networks that read a signal or the lines of a picture, step by step."""

from typing import Any

import torch
from ConfigSpace import ConfigurationSpace, Float, GreaterThanCondition, Integer
from torch import nn

from hpobench.benchmarks.learners.datasets import Split
from hpobench.benchmarks.learners.networks import EpochNetwork
from hpobench.benchmarks.nets.hyperparameters import add_schedule_conditions, scheduled_optimization
from hpobench.benchmarks.nets.net import Net
from hpobench.task import Fidelity
from hpobench.trial import Config

CELLS: dict[str, Any] = {"plain": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
"""By the name that configurations use: torch's layers."""


class RecurrentNetwork(Net, EpochNetwork):
    """One or two recurrent layers, and a linear one on the last state or on the mean of all.

    A signal is read number by number, a picture line by line. Gradients are shortened to a norm.

    Source: Hochreiter and Schmidhuber (1997), Long Short-Term Memory, Neural Computation 9;
    Cho et al. (2014), Learning Phrase Representations using RNN Encoder-Decoder, EMNLP; Pascanu
    et al. (2013), On the Difficulty of Training Recurrent Neural Networks, ICML.
    """

    fidelity = Fidelity(name="epochs", low=1, high=16, integer=True, continuable=True)
    inherited = ("cell", "units", "layers", "both_ways")

    def __init__(self, *, dataset: str, device: str = "auto") -> None:
        super().__init__(dataset=dataset)
        self.use_device(device)
        self.space = recurrent_space()

    def build(self, config: Config, split: Split) -> nn.Module:
        """The layers in their order."""
        return _Recurrent(config, split)


class _Recurrent(nn.Module):
    """Steps, then scores of classes."""

    def __init__(self, config: Config, split: Split) -> None:
        super().__init__()
        self.width = split.shape[1] if len(split.shape) > 1 else 1
        self.readout = str(config["readout"])
        units, layers, both = int(config["units"]), int(config["layers"]), bool(config["both_ways"])
        self.cells = CELLS[str(config["cell"])](
            self.width,
            units,
            num_layers=layers,
            batch_first=True,
            bidirectional=both,
            dropout=float(config.get("between_layers", 0.0)),
        )
        self.dropout = nn.Dropout(config["dropout"])
        self.scores = nn.Linear(units * (1 + both), split.classes)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """From rows of numbers, shape (rows, steps x width), to scores (rows, classes)."""
        states, _ = self.cells(batch.view(len(batch), -1, self.width))
        state = states.mean(dim=1) if self.readout == "mean" else states[:, -1]
        scores: torch.Tensor = self.scores(self.dropout(state))
        return scores


def recurrent_space() -> ConfigurationSpace:
    """Hyperparameters of optimization, schedule and architecture."""
    space = ConfigurationSpace(
        {
            **scheduled_optimization(),
            "cell": list(CELLS),
            "units": Integer("units", (4, 48), log=True, default=24),
            "layers": Integer("layers", (1, 2), default=1),
            "between_layers": Float("between_layers", (0.0, 0.5), default=0.0),
            "both_ways": [False, True],
            "readout": ["last", "mean"],
            "dropout": Float("dropout", (0.0, 0.5), default=0.0),
            "clip": Float("clip", (0.05, 10.0), log=True, default=1.0),
            "label_smoothing": Float("label_smoothing", (0.0, 0.3), default=0.0),
        }
    )
    add_schedule_conditions(space)
    space.add(GreaterThanCondition(space["between_layers"], space["layers"], 1))
    return space
