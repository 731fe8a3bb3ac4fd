"""What neural networks share: a training that can be watched and resumed, epoch by epoch."""

import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from hpobench.benchmarks.learners.datasets import Part, Split, split_dataset
from hpobench.benchmarks.learners.learner import Learner, TrainingInProgress
from hpobench.benchmarks.learners.optimization import make_optimizer, scheduled_rate
from hpobench.benchmarks.learners.predictions import PartScores, judge_predictions
from hpobench.benchmarks.learners.watch import NETWORK_SIGNALS, Watch
from hpobench.task import Fidelity
from hpobench.trial import Config

CPU = torch.device("cpu")


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
    kind = config.get("optimizer")
    return _on_processor(model.state_dict()), kind, _on_processor(optimizer.state_dict())


def _on_processor(tree: Any) -> Any:
    """Tensors in the memory of the processor: a checkpoint may be read where there is no GPU."""
    if isinstance(tree, Mapping):
        return {name: _on_processor(value) for name, value in tree.items()}
    return tree.cpu() if isinstance(tree, torch.Tensor) else tree


class TorchScope:
    """The global generators of torch, as one training sees them.

    Args:
        seed: All generators begin from it.
        device: Whose own generator, if it has one, is kept too: it draws what is dropped out.

    Attributes:
        states: The generators', from which the next draws go on: the processor's, then the
            device's if that is another.
    """

    def __init__(self, seed: int, device: torch.device = CPU) -> None:
        self._others = [] if device.type == "cpu" else [device]
        self.states = [torch.Generator(d).manual_seed(seed).get_state() for d in self._devices]

    @property
    def _devices(self) -> list[torch.device]:
        return [CPU, *self._others]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """A scope in which draws go on from where this training left them."""
        with torch.random.fork_rng(devices=[each.index or 0 for each in self._others]):
            torch.set_rng_state(self.states[0])
            for device, state in zip(self._others, self.states[1:], strict=True):
                torch.cuda.set_rng_state(state, device)
            yield
            others = [torch.cuda.get_rng_state(each) for each in self._others]
            self.states = [torch.get_rng_state(), *others]

    def resume(self, states: Any) -> None:
        """Go on from another's generators, as far as both have them."""
        shared = min(len(states), len(self.states))
        self.states = [*states[:shared], *self.states[shared:]]


class TorchTraining(TrainingInProgress):
    """A network on its way, whatever it learns.

    Args:
        config: With which it is trained.
        seed: Its generators begin from it.
        device: Where it is trained.

    Attributes:
        model: The network; set by subclasses, as `optimizer` is.
        done: Epochs or steps that it has been trained for.
        joules: What training took since the beginning of its lineage, where that can be read.
    """

    model: nn.Module
    optimizer: Any

    def __init__(self, config: Config, seed: int, device: torch.device = CPU) -> None:
        self._config, self._device, self.done = config, device, 0
        self.joules = 0.0
        self._scope, self._watch = TorchScope(seed, device), Watch()

    @abstractmethod
    def inputs(self, rows: int) -> Iterator[torch.Tensor]:
        """What the network learns from, in batches of so many rows, in a fixed order."""

    def signals(self) -> dict[str, float]:
        """Training loss, gradient norm and weight norm."""
        return self._watch.signals(self.model)

    def state(self) -> Any:
        """How far it is, the generator, weights and momenta."""
        network = network_state(self._config, self.model, self.optimizer)
        return self.done, self._scope.states, self.joules, network

    def resume(self, state: Any) -> None:
        """Take over a network with the same layers."""
        self.done, states, self.joules, network = state
        self._scope.resume(states)
        take_over(self._config, self.model, self.optimizer, network)

    @property
    def size(self) -> int:
        """The number of parameters."""
        return sum(each.numel() for each in self.model.parameters())


class EpochNetwork(Learner):
    """A network that learns a data set by epochs; a schedule plans for all of them.

    Attributes:
        device: Where it is trained.
    """

    device = CPU
    fidelity = Fidelity(name="epochs", low=1, high=32, integer=True, continuable=True)
    signals: tuple[str, ...] = NETWORK_SIGNALS

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

    def augmented(self, config: Config, batch: torch.Tensor, split: Split) -> torch.Tensor:
        """Rows as they are learnt from: with noise added, if the configuration says so."""
        del split
        noise = float(config.get("input_noise", 0.0))
        return batch + noise * torch.randn_like(batch) if noise else batch

    def clip(self, config: Config, model: nn.Module) -> None:
        """Shorten a gradient that is too long, if the configuration says so."""
        if "clip" in config:
            nn.utils.clip_grad_norm_(model.parameters(), float(config["clip"]))

    def begin(self, config: Config, seed: int) -> TrainingInProgress:
        """Set up a network that has not learnt anything."""
        return NetworkTraining(self, config, split_dataset(self._dataset, seed), seed)


class NetworkTraining(TorchTraining):
    """A network on its way through its epochs."""

    def __init__(self, learner: EpochNetwork, config: Config, split: Split, seed: int) -> None:
        super().__init__(config, seed, learner.device)
        self._learner, self._split = learner, split
        with self._scope.entered():
            self.model = learner.build(config, split)
        self.model.to(self._device)
        self.optimizer = make_optimizer(config, self.model)
        self._features, self._targets = _tensors(split.train, classes=split.classes)

    def advance(self, level: float) -> None:
        """Train for more epochs."""
        with self._scope.entered():
            for epoch in range(self.done, int(level)):
                self._train_epoch(epoch)
        self._watch.end(self.model)
        self.done = int(level)

    def _train_epoch(self, epoch: int) -> None:
        """Go through all rows once, in an order drawn anew."""
        for group in self.optimizer.param_groups:
            group["lr"] = scheduled_rate(self._config, epoch / self._learner.epochs)
        self.model.train()
        self._watch.begin()
        order, size = torch.randperm(len(self._targets)), int(self._config["batch_size"])
        for rows in order.split(size):
            if len(rows) < 2:  # noqa: PLR2004 (batch normalisation needs two)
                continue
            self.optimizer.zero_grad()
            batch = self._learner.augmented(self._config, self._features[rows], self._split)
            loss = self._loss(batch.to(self._device), self._targets[rows].to(self._device))
            if not math.isfinite(loss.item()):
                raise ArithmeticError("the training loss is not finite")
            self._watch.losses.append(loss.item())
            loss.backward()
            self._learner.clip(self._config, self.model)
            self.optimizer.step()

    def _loss(self, batch: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        answers = self.model(batch)
        if not self._split.classes:
            return functional.mse_loss(answers[:, 0], targets)
        smoothing = float(self._config.get("label_smoothing", 0.0))
        return functional.cross_entropy(answers, targets, label_smoothing=smoothing)

    def inputs(self, rows: int) -> Iterator[torch.Tensor]:
        """The rows of the training part as they are, without noise."""
        for batch in self._features.split(rows):
            yield batch.to(self._device)

    def scores(self) -> tuple[PartScores, PartScores]:
        """Judge by probabilities, or by numbers."""
        self.model.eval()
        classes = self._split.classes
        valid, test = (
            judge_predictions(self._predict(part), part, classes=classes)
            for part in (self._split.valid, self._split.test)
        )
        return valid, test

    @torch.inference_mode()
    def _predict(self, part: Part) -> Any:
        features, _ = _tensors(part, classes=self._split.classes)
        answers = self.model(features.to(self._device)).cpu()
        if not self._split.classes:
            return answers[:, 0].double().numpy()
        return answers.double().softmax(dim=1).numpy()


def _tensors(part: Part, *, classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Features and targets as torch takes them."""
    kind = np.int64 if classes else np.float32
    return torch.from_numpy(part[0].astype(np.float32)), torch.from_numpy(part[1].astype(kind))
