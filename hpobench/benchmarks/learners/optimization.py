"""How networks are optimized: the hyperparameters that all have, and what they make of them."""

import math
from typing import Any

import torch
from ConfigSpace import ConfigurationSpace, EqualsCondition, Float, Integer
from torch import nn

from hpobench.trial import Config

QUARTERS = ("factor_2", "factor_3", "factor_4")
"""By which the learning rate is multiplied in the second, third and last quarter, if the schedule
is `piecewise`."""


def optimization_space() -> dict[str, Any]:
    """The hyperparameters of optimization that all networks have, by name."""
    return {
        "optimizer": ["adam", "sgd"],
        "learning_rate": Float("learning_rate", (1e-4, 1.0), log=True, default=1e-3),
        "momentum": Float("momentum", (0.0, 0.99), default=0.9),
        "weight_decay": Float("weight_decay", (1e-7, 1e-1), log=True, default=1e-5),
        "batch_size": Integer("batch_size", (16, 256), log=True, default=64),
        "schedule": ["constant", "cosine", "step"],
        "step_factor": Float("step_factor", (0.05, 0.9), default=0.3),
    }


def add_optimization_conditions(space: ConfigurationSpace) -> None:
    """Momentum only for SGD, a factor only for steps."""
    space.add(EqualsCondition(space["momentum"], space["optimizer"], "sgd"))
    space.add(EqualsCondition(space["step_factor"], space["schedule"], "step"))


def make_optimizer(config: Config, model: nn.Module) -> Any:
    """The optimizer that a configuration names; Adam decouples its weight decay."""
    rate, decay = float(config["learning_rate"]), float(config["weight_decay"])
    if config["optimizer"] == "sgd":
        momentum = float(config["momentum"])
        return torch.optim.SGD(model.parameters(), rate, momentum, weight_decay=decay)
    return torch.optim.AdamW(model.parameters(), rate, weight_decay=decay)


def scheduled_rate(config: Config, progress: float) -> float:
    """The learning rate when a share `progress` in [0, 1) of the full training is done.

    `step` multiplies it by its factor after a half and again after three quarters, `warm-up`
    raises it from 0 for a share of the training and lowers it by a cosine then, and `piecewise`
    gives each quarter a rate of its own.
    """
    rate = float(config["learning_rate"])
    if config["schedule"] == "cosine":
        return rate * 0.5 * (1 + math.cos(math.pi * progress))
    if config["schedule"] == "step":
        return rate * float(config["step_factor"]) ** ((progress >= 0.5) + (progress >= 0.75))  # noqa: PLR2004
    if config["schedule"] == "warm-up":
        return rate * _warmed_up(float(config["warm_up_share"]), progress)
    if config["schedule"] == "piecewise" and progress >= 1 / 4:
        return rate * float(config[QUARTERS[int(4 * progress) - 1]])
    return rate


def _warmed_up(share: float, progress: float) -> float:
    """Linear from near 0 to 1 within a share of the training, then a cosine down to 0."""
    if progress < share:
        return max(progress, 0.1 * share) / share
    return 0.5 * (1 + math.cos(math.pi * (progress - share) / (1 - share)))
