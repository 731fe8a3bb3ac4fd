"""What neural networks share: how a configuration optimizes, and a training epoch by epoch."""

import math
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from ConfigSpace import ConfigurationSpace, EqualsCondition, Float, Integer
from torch import nn
from torch.nn import functional

from hpobench.benchmarks.learners.datasets import Part, Split, split_dataset
from hpobench.benchmarks.learners.learner import Learner, TrainingInProgress
from hpobench.benchmarks.learners.predictions import PartScores, judge_predictions
from hpobench.task import Fidelity
from hpobench.trial import Config


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

    `step` multiplies it by its factor after a half and again after three quarters.
    """
    rate = float(config["learning_rate"])
    if config["schedule"] == "cosine":
        return rate * 0.5 * (1 + math.cos(math.pi * progress))
    if config["schedule"] == "step":
        return rate * float(config["step_factor"]) ** ((progress >= 0.5) + (progress >= 0.75))  # noqa: PLR2004
    return rate


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


def take_over(config: Config, model: nn.Module, optimizer: Any, state: Any) -> None:
    """Put the weights of another network into a model, and its momenta into the optimizer.

    What the configuration says of the optimizer stays as it is; momenta of another kind of
    optimizer are not taken over.

    Args:
        config: With which training goes on.
        model: Receives weights.
        optimizer: Receives momenta.
        state: As `network_state` gives it.

    Raises:
        ValueError: The weights are of other shapes.
    """
    weights, kind, momenta = state
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise ValueError("a network goes on with the layers that it began with") from error
    if kind == config.get("optimizer"):
        own = [{k: v for k, v in each.items() if k != "params"} for each in optimizer.param_groups]
        optimizer.load_state_dict(momenta)
        for group, values in zip(optimizer.param_groups, own, strict=True):
            group.update(values)


def network_state(config: Config, model: nn.Module, optimizer: Any) -> Any:
    """Weights, the kind of the optimizer, and its momenta."""
    return model.state_dict(), config.get("optimizer"), optimizer.state_dict()


class EpochNetwork(Learner):
    """A network that learns a data set by epochs; a schedule plans for all of them."""

    fidelity = Fidelity(name="epochs", low=1, high=32, integer=True, continuable=True)
    signals = NETWORK_SIGNALS

    def __init__(self, *, dataset: str) -> None:
        super().__init__()
        self._dataset = dataset

    def warm_up(self) -> None:
        """Read the data, and have torch use as many threads as others may."""
        split_dataset(self._dataset, 0)

    @property
    def epochs(self) -> float:
        """How many a full training has; schedules plan for them."""
        return self.fidelity.high if self.fidelity else 1.0

    @abstractmethod
    def build(self, config: Config, split: Split) -> nn.Module:
        """The network, initialised by torch's global generator."""

    def begin(self, config: Config, seed: int) -> TrainingInProgress:
        """Set up a network that has not learnt anything."""
        return NetworkTraining(self, config, split_dataset(self._dataset, seed), seed)


class TorchScope:
    """The global generator of torch, as one training sees it.

    Attributes:
        state: The generator's, from which the next draws go on.
    """

    def __init__(self, seed: int) -> None:
        self.state = torch.Generator().manual_seed(seed).get_state()

    @contextmanager
    def entered(self) -> Iterator[None]:
        """A scope in which draws go on from where this training left them."""
        with torch.random.fork_rng(devices=[]):
            torch.set_rng_state(self.state)
            yield
            self.state = torch.get_rng_state()


class NetworkTraining(TrainingInProgress):
    """A network on its way through its epochs."""

    def __init__(self, learner: EpochNetwork, config: Config, split: Split, seed: int) -> None:
        self._config, self._split = config, split
        self._scope = TorchScope(seed)
        self._epoch, self._epochs = 0, learner.epochs
        self._watch = Watch()
        with self._scope.entered():
            self._model = learner.build(config, split)
        self._optimizer = make_optimizer(config, self._model)
        self._features, self._targets = _tensors(split.train, classes=split.classes)

    def advance(self, level: float) -> None:
        """Train for more epochs."""
        with self._scope.entered():
            for epoch in range(self._epoch, int(level)):
                self._train_epoch(epoch)
        self._watch.end(self._model)
        self._epoch = int(level)

    def _train_epoch(self, epoch: int) -> None:
        """Go through all rows once, in an order drawn anew."""
        for group in self._optimizer.param_groups:
            group["lr"] = scheduled_rate(self._config, epoch / self._epochs)
        self._model.train()
        self._watch.begin()
        order, size = torch.randperm(len(self._targets)), int(self._config["batch_size"])
        for rows in order.split(size):
            if len(rows) < 2:  # noqa: PLR2004 (batch normalisation needs two)
                continue
            self._optimizer.zero_grad()
            loss = self._loss(self._augmented(self._features[rows]), self._targets[rows])
            if not math.isfinite(loss.item()):
                raise ArithmeticError("the training loss is not finite")
            self._watch.losses.append(loss.item())
            loss.backward()
            self._optimizer.step()

    def _augmented(self, batch: torch.Tensor) -> torch.Tensor:
        """Rows with noise added, if the configuration says so."""
        noise = float(self._config.get("input_noise", 0.0))
        return batch + noise * torch.randn_like(batch) if noise else batch

    def _loss(self, batch: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        answers = self._model(batch)
        if not self._split.classes:
            return functional.mse_loss(answers[:, 0], targets)
        smoothing = float(self._config.get("label_smoothing", 0.0))
        return functional.cross_entropy(answers, targets, label_smoothing=smoothing)

    def signals(self) -> dict[str, float]:
        """Training loss, gradient norm and weight norm."""
        return self._watch.signals(self._model)

    def state(self) -> Any:
        """The epochs, the generator, weights and momenta."""
        network = network_state(self._config, self._model, self._optimizer)
        return self._epoch, self._scope.state, network

    def resume(self, state: Any) -> None:
        """Take over a network with the same layers."""
        self._epoch, self._scope.state, network = state
        take_over(self._config, self._model, self._optimizer, network)

    def scores(self) -> tuple[PartScores, PartScores]:
        """Judge by probabilities, or by numbers."""
        self._model.eval()
        classes = self._split.classes
        valid, test = (
            judge_predictions(self._predict(part), part, classes=classes)
            for part in (self._split.valid, self._split.test)
        )
        return valid, test

    @torch.inference_mode()
    def _predict(self, part: Part) -> Any:
        features, _ = _tensors(part, classes=self._split.classes)
        answers = self._model(features)
        if not self._split.classes:
            return answers[:, 0].double().numpy()
        return answers.double().softmax(dim=1).numpy()

    @property
    def size(self) -> int:
        """The number of parameters."""
        return sum(each.numel() for each in self._model.parameters())


def _tensors(part: Part, *, classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Features and targets as torch takes them."""
    kind = np.int64 if classes else np.float32
    return torch.from_numpy(part[0].astype(np.float32)), torch.from_numpy(part[1].astype(kind))
