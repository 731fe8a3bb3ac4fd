"""Multi-layer perceptrons, epoch by epoch."""

from ConfigSpace import ConfigurationSpace, Float, GreaterThanCondition, Integer
from torch import nn

from hpobench.benchmarks.learners.datasets import Split
from hpobench.benchmarks.learners.networks import EpochNetwork
from hpobench.benchmarks.learners.optimization import (
    add_optimization_conditions,
    optimization_space,
)
from hpobench.trial import Config

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}


class Perceptron(EpochNetwork):
    """Up to three hidden layers, each a given factor as wide as the one before."""

    inherited = ("layers", "units", "taper", "batch_norm")

    def __init__(self, *, dataset: str) -> None:
        super().__init__(dataset=dataset)
        self.space = perceptron_space()

    def build(self, config: Config, split: Split) -> nn.Module:
        """The layers in their order."""
        layers: list[nn.Module] = []
        width_before, width = split.train[0].shape[1], float(config["units"])
        for _ in range(int(config["layers"])):
            units = max(round(width), 2)
            layers.append(nn.Linear(width_before, units))
            if config["batch_norm"]:
                layers.append(nn.BatchNorm1d(units))
            layers += [ACTIVATIONS[str(config["activation"])](), nn.Dropout(config["dropout"])]
            width_before, width = units, width * float(config.get("taper", 1.0))
        return nn.Sequential(*layers, nn.Linear(width_before, split.classes or 1))


def perceptron_space() -> ConfigurationSpace:
    """Fourteen hyperparameters, three of them under conditions."""
    space = ConfigurationSpace(
        {
            **optimization_space(),
            "layers": Integer("layers", (1, 3), default=2),
            "units": Integer("units", (4, 128), log=True, default=64),
            "taper": Float("taper", (0.25, 2.0), log=True, default=1.0),
            "activation": list(ACTIVATIONS),
            "batch_norm": [False, True],
            "dropout": Float("dropout", (0.0, 0.7), default=0.1),
            "label_smoothing": Float("label_smoothing", (0.0, 0.3), default=0.0),
        }
    )
    add_optimization_conditions(space)
    space.add(GreaterThanCondition(space["taper"], space["layers"], 1))
    return space
