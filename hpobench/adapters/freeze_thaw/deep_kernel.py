"""DyHPO: a Gaussian process over what a network sees in configurations, fidelities and curves."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from hpobench.adapters.freeze_thaw.next_level import Curves, NextLevelSearch, Place, seen_places
from hpobench.task import Problem

Floats = npt.NDArray[np.float64]
Points = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Configurations, fidelities as parts of the highest, and curves so far."""

RATE = 1e-3
"""The learning rate of the model."""

CHANNELS, WINDOW = 4, 3
"""Size of the convolution over curves, which are padded by zeros to at least its window."""

LEAST_NOISE, JITTER = 1e-4, 1e-5
"""Added to the variance of noise, and to the diagonal that is factorised."""

FULL_TRAININGS = 10
"""The first so many values have the model trained from scratch."""

PATIENCE = 1.2
"""So do as many curves' worth of values without an improvement."""


class DeepKernelSearch(NextLevelSearch):
    """Expect of the next level what a network sees in configuration, fidelity and curve.

    Args:
        epochs: Epochs of a training of the model from scratch.
        refining: Epochs of every other training.
        options: Those of `FreezeThaw`.

    Source: Wistuba, Kadra and Grabocka (2022), Supervising the Multi-Fidelity Race of
    Hyperparameter Configurations, NeurIPS, with the constants of
    github.com/releaunifreiburg/DyHPO. Theirs steps through single epochs and a given table, and
    takes values as they are; here levels are on a geometric ladder, candidates are drawn, and
    values are on a `Scale`. The process is exact, without GPyTorch, which theirs needs.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,
        *,
        epochs: int = 1000,
        refining: int = 50,
        **options: Any,
    ) -> None:
        self._epochs, self._refining = epochs, refining
        super().__init__(problem, seed, **options)

    def forget(self) -> None:
        """Begin with an untrained model."""
        self._seed = int(self.rng.integers(2**31))
        self._model: DeepKernel | None = None
        self._trainings, self._unimproved, self._best = 0, 0, math.inf
        self._inputs = torch.tensor(self.features, dtype=torch.float32)
        self._trained = True

    def learn(self, number: int) -> None:
        """Note the value; the model learns it before it is asked."""
        value = self.curves[number][-1]
        self._unimproved = 0 if value < self._best else self._unimproved + 1
        self._best, self._trained = min(value, self._best), False

    def expect(self, curves: Curves, ahead: Sequence[Place]) -> tuple[Floats, Floats] | None:
        """What the process says, after it was trained with all values."""
        seen = seen_places(curves)
        data = self._points(seen, curves)
        values = torch.tensor([curves[n][place] for n, place in seen], dtype=torch.float32)
        if not self._trained:
            self._train(data, values)
        if self._model is None:
            return None
        return self._model.predict(data, values, self._points(ahead, curves))

    def _points(self, places: Sequence[Place], curves: Curves) -> Points:
        """What the model is told of candidates at places of the ladder, counted from 0."""
        before = [curves.get(number, ())[:place] for number, place in places]
        width = max(WINDOW, *map(len, before))
        padded = [[*curve, *[0.0] * (width - len(curve))] for curve in before]
        budgets = [self.levels[place] / self.levels[-1] for _, place in places]
        numbers = [number for number, _ in places]
        return self._inputs[numbers], torch.tensor(budgets), torch.tensor(padded)

    def _train(self, data: Points, values: torch.Tensor) -> None:
        """Train anew, or on; a single value teaches nothing."""
        self._trained = True
        if len(values) == 1:
            return
        anew = self._trainings < FULL_TRAININGS or self._model is None
        if self._unimproved >= PATIENCE * len(self.levels):
            anew, self._unimproved = True, 0
        self._trainings += 1
        if anew or self._model is None:
            generator = torch.Generator().manual_seed(self._seed)
            self._model = DeepKernel(self.features.shape[1], generator)
        self._model.fit(data, values, self._epochs if anew else self._refining)


class DeepKernel(nn.Module):
    """An exact Gaussian process with a squared exponential kernel over features of a network.

    Args:
        features: How many a configuration has.
        generator: Draws the initial weights, as torch draws its layers.
    """

    def __init__(self, features: int, generator: torch.Generator) -> None:
        super().__init__()
        self.first, self.norm = nn.Linear(features + 1, 64), nn.BatchNorm1d(64)
        self.convolution = nn.Conv1d(1, CHANNELS, WINDOW)
        self.last = nn.Linear(64 + CHANNELS, 128)
        self.mean = nn.Parameter(torch.zeros(()))
        self.length = nn.Parameter(torch.zeros(()))
        self.amplitude = nn.Parameter(torch.zeros(()))
        self.noise = nn.Parameter(torch.zeros(()))
        for layer, inputs in ((self.first, features + 1), (self.last, 64 + CHANNELS)):
            _draw(layer, inputs, generator)
        _draw(self.convolution, WINDOW, generator)

    def forward(self, points: Points) -> torch.Tensor:
        """The features of points, shape (points, 128)."""
        configs, budgets, curves = points
        hidden = self.first(torch.cat([configs, budgets[:, None]], dim=1))
        hidden = functional.leaky_relu(self.norm(hidden))
        shape = functional.adaptive_max_pool1d(self.convolution(curves[:, None]), 1)[:, :, 0]
        features: torch.Tensor = functional.leaky_relu(self.last(torch.cat([hidden, shape], dim=1)))
        return features

    def fit(self, points: Points, values: torch.Tensor, epochs: int) -> None:
        """Raise the marginal likelihood of the values, all at once in each epoch."""
        self.train()
        optimizer = torch.optim.Adam(self.parameters(), lr=RATE)
        for _ in range(epochs):
            factor = self._factor(self(points))
            if factor is None:  # it cannot be factorised any more: the last model stays
                return
            centred = (values - self.mean)[:, None]
            white = torch.linalg.solve_triangular(factor, centred, upper=False)
            loss = 0.5 * white.square().sum() + factor.diagonal().log().sum()
            loss = loss / len(values) + 0.5 * math.log(2 * math.pi)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()

    def predict(
        self, points: Points, values: torch.Tensor, others: Points
    ) -> tuple[Floats, Floats]:
        """Mean and deviation of the values at other points, noise included."""
        self.eval()
        with torch.no_grad():
            return self._posterior(points, values, others)

    def _posterior(
        self, points: Points, values: torch.Tensor, others: Points
    ) -> tuple[Floats, Floats]:
        """The process given the values, at other points."""
        seen, asked = self(points), self(others)
        factor = self._factor(seen)
        prior = functional.softplus(self.amplitude) + self._variance()
        if factor is None:
            return np.full(len(asked), float(self.mean)), np.full(len(asked), float(prior) ** 0.5)
        shared = torch.linalg.solve_triangular(factor, self._kernel(seen, asked), upper=False)
        centred = (values - self.mean)[:, None]
        white = torch.linalg.solve_triangular(factor, centred, upper=False)
        mean = self.mean + (shared * white).sum(dim=0)
        variance = (prior - shared.square().sum(dim=0)).clamp_min(1e-12)
        return mean.double().numpy(), variance.sqrt().double().numpy()

    def _variance(self) -> torch.Tensor:
        return functional.softplus(self.noise) + LEAST_NOISE

    def _kernel(self, one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        squares = one.square().sum(1)[:, None] + other.square().sum(1) - 2 * one @ other.T
        squares = squares.clamp_min(0) / functional.softplus(self.length) ** 2
        return functional.softplus(self.amplitude) * torch.exp(-0.5 * squares)

    def _factor(self, seen: torch.Tensor) -> torch.Tensor | None:
        """The Cholesky factor of the values' covariance; None if it has none."""
        noise = (self._variance() + JITTER) * torch.eye(len(seen))
        factor, failed = torch.linalg.cholesky_ex(self._kernel(seen, seen) + noise)
        return None if int(failed) else factor


def _draw(layer: nn.Linear | nn.Conv1d, inputs: int, generator: torch.Generator) -> None:
    """Draw weights and biases between plus and minus the inverse root of the inputs."""
    bound = 1 / math.sqrt(inputs)
    with torch.no_grad():
        for parameter in (layer.weight, layer.bias):
            if parameter is not None:
                parameter.uniform_(-bound, bound, generator=generator)
