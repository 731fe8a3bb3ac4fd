"""The learning rate of each part of a training, and nothing else, as a configuration."""

from ConfigSpace import ConfigurationSpace, Float

from hpobench.benchmarks.learners.learner import TrainingInProgress
from hpobench.benchmarks.learners.optimization import QUARTERS
from hpobench.benchmarks.nets.image import ImageNetwork
from hpobench.trial import Config

FIXED: Config = {
    "optimizer": "sgd",
    "momentum": 0.9,
    "weight_decay": 1e-4,
    "batch_size": 32,
    "blocks": 2,
    "channels": 8,
    "widening": 1.5,
    "kernel": 3,
    "batch_norm": False,
    "residual": False,
    "dropout": 0.0,
    "label_smoothing": 0.0,
    "augmentation": "noise",
    "noise": 0.5,
    "schedule": "piecewise",
}
"""All other hyperparameters of `ImageNetwork`: SGD with momentum, on noisy pictures."""


class RateSchedule(ImageNetwork):
    """A convolutional network of which only the learning rate is free.

    Args:
        dataset: What it learns.
        rates: How many rates there are: 4, one for each quarter of the training; or 1 throughout.
        device: See `choose_device`.
    """

    inherited = ()

    def __init__(self, *, dataset: str, rates: int = 4, device: str = "auto") -> None:
        super().__init__(dataset=dataset, device=device)
        names = [f"rate_{number + 1}" for number in range(rates)]
        self.space = ConfigurationSpace(
            {name: Float(name, (1e-4, 1.0), log=True, default=1e-2) for name in names}
        )

    def begin(self, config: Config, seed: int) -> TrainingInProgress:
        """Set up a network with these rates."""
        first = float(config["rate_1"])
        factors = {
            name: float(config.get(f"rate_{number + 2}", first)) / first
            for number, name in enumerate(QUARTERS)
        }
        return super().begin({**FIXED, "learning_rate": first, **factors}, seed)
