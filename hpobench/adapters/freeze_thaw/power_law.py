"""DPL: an ensemble of networks that say of each configuration the power law of its curve."""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from hpobench.adapters.freeze_thaw.next_level import normal_improvement
from hpobench.adapters.freeze_thaw.pool import FreezeThaw
from hpobench.adapters.shared.learning_curves import Scale
from hpobench.task import Problem

Floats = npt.NDArray[np.float64]
Parameters = Mapping[str, torch.Tensor]

BATCH, RATE = 64, 1e-3
"""Values in a batch, and the learning rate."""

FULL_TRAININGS = 10
"""The first so many values have the networks trained from scratch."""

PATIENCE = 1.2
"""So do as many curves' worth of values without an improvement."""


class PowerLawEnsemble(FreezeThaw):
    """Train on the candidate with the greatest expected improvement at the highest fidelity.

    Each network maps a configuration to alpha, beta and gamma of alpha + beta b^-gamma, where b
    is the fidelity as a part of the highest. Mean and deviation are those of the networks, an
    improvement is one over the lowest value at any fidelity.

    Args:
        members: So many networks, which differ in their initial weights and in the order of data.
        units: Width of each of two hidden layers.
        epochs: Epochs of a training from scratch.
        refining: Epochs of every other training, which sees the newest value in every batch.
        options: Those of `FreezeThaw`.

    Source: Kadra, Janowski, Wistuba and Grabocka (2023), Scaling Laws for Hyperparameter
    Optimization, NeurIPS, with the constants of github.com/releaunifreiburg/DPL. Theirs steps
    through single epochs and a given table, and takes values as they are, which lie in [0, 1];
    here levels are on a geometric ladder, candidates are drawn, and values are on a `Scale`.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,
        *,
        members: int = 5,
        units: int = 128,
        epochs: int = 250,
        refining: int = 20,
        **options: Any,
    ) -> None:
        self._members, self._units = members, units
        self._epochs, self._refining = epochs, refining
        super().__init__(problem, seed, **options)

    def forget(self) -> None:
        """Begin with untrained networks."""
        self._seed = int(self.rng.integers(2**31))
        self._networks: dict[str, torch.Tensor] = {}
        self._trainings, self._unimproved = 0, 0
        self._best, self._newest = math.inf, -1
        self._inputs = torch.tensor(self.features, dtype=torch.float32)
        self._trained = True

    def learn(self, number: int) -> None:
        """Note the value; the networks learn it before they are asked."""
        value = self.curves[number][-1]
        self._unimproved = 0 if value < self._best else self._unimproved + 1
        self._best, self._newest = min(value, self._best), number
        self._trained = False

    def choose(self, able: list[int]) -> int:
        """The candidate with the greatest expected improvement."""
        scale = Scale.of([value for curve in self.curves.values() for value in curve])
        if not self._trained:
            self._train(scale)
        with torch.no_grad():
            ends = power_laws(self._networks, self._inputs[able][None], torch.ones(len(able)))
        predicted = ends.double().numpy()
        best = float(scale.apply([self._best])[0])
        gains = normal_improvement(predicted.mean(axis=0), predicted.std(axis=0), best)
        return able[int(np.argmax(gains))]

    def _train(self, scale: Scale) -> None:
        """Train anew, or on, with all values."""
        anew = self._trainings < FULL_TRAININGS
        if self._unimproved >= PATIENCE * len(self.levels):
            anew, self._unimproved = True, 0
        self._trainings, self._trained = self._trainings + 1, True
        generator = torch.Generator().manual_seed(self._seed)
        if anew or not self._networks:
            sizes = (self.features.shape[1], self._units, self._units, 3)
            self._networks = networks(self._members, sizes, generator)
        data, newest = self._data(scale)
        epochs = self._epochs if anew else self._refining
        train(self._networks, data, epochs, generator, repeated=None if anew else newest)

    def _data(self, scale: Scale) -> tuple[tuple[torch.Tensor, ...], int]:
        """All inputs, budgets and values, and which of them is the newest."""
        numbers, budgets, values, newest = list[int](), list[float](), list[float](), 0
        for number, curve in self.curves.items():
            numbers += [number] * len(curve)
            budgets += [level / self.levels[-1] for level in self.levels[: len(curve)]]
            values += curve
            newest = len(values) - 1 if number == self._newest else newest
        scaled = torch.tensor(scale.apply(values), dtype=torch.float32)
        return (self._inputs[numbers], torch.tensor(budgets), scaled), newest


def networks(
    members: int, sizes: tuple[int, ...], generator: torch.Generator
) -> dict[str, torch.Tensor]:
    """Weights and biases of fully connected networks, each drawn as torch draws its layers."""
    parameters = {}
    for layer, (inputs, outputs) in enumerate(pairwise(sizes)):
        bound = 1 / math.sqrt(inputs)
        for name, shape in (("w", (members, inputs, outputs)), ("b", (members, 1, outputs))):
            drawn = (2 * torch.rand(shape, generator=generator) - 1) * bound
            parameters[f"{name}{layer}"] = drawn.requires_grad_()
    return parameters


def power_laws(parameters: Parameters, inputs: torch.Tensor, budgets: torch.Tensor) -> torch.Tensor:
    """What each network predicts.

    Args:
        parameters: As `networks` makes them.
        inputs: Shape (members or 1, points, features).
        budgets: Parts of the highest fidelity, shape (points,) or (members, points).

    Returns:
        Shape (members, points).
    """
    hidden, layers = inputs, len(parameters) // 2
    for layer in range(layers):
        hidden = hidden @ parameters[f"w{layer}"] + parameters[f"b{layer}"]
        hidden = hidden if layer == layers - 1 else functional.leaky_relu(hidden)
    alpha, beta, gamma = hidden.unbind(dim=2)
    return alpha + functional.silu(beta) * budgets ** -functional.silu(gamma)


def train(
    parameters: Parameters,
    data: tuple[torch.Tensor, ...],
    epochs: int,
    generator: torch.Generator,
    *,
    repeated: int | None = None,
) -> None:
    """Train all networks at once, each on its own order of the data.

    Args:
        parameters: Are changed.
        data: Inputs, budgets and values.
        epochs: How often each value is seen.
        generator: Draws the orders.
        repeated: Position of a value that every batch has as well.
    """
    inputs, budgets, values = data
    optimizer = torch.optim.Adam(list(parameters.values()), lr=RATE)
    members = parameters["w0"].shape[0]
    for _ in range(epochs):
        order = torch.rand((members, len(values)), generator=generator).argsort(dim=1)
        for batch in order.split(BATCH, dim=1):
            if batch.shape[1] == 1:
                continue  # as the original does, whose networks may have batch normalisation
            again = [] if repeated is None else [torch.full((members, 1), repeated)]
            chosen = torch.cat([batch, *again], dim=1)
            predicted = power_laws(parameters, inputs[chosen], budgets[chosen])
            loss = (predicted - values[chosen]).abs().mean(dim=1).sum()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
