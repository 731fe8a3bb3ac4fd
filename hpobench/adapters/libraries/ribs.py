"""Pyribs' quality-diversity algorithms, driven by their ask and tell."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from ribs.archives import GridArchive
from ribs.schedulers import Scheduler

from hpobench.adapters.shared.generations import Generational, Values
from hpobench.adapters.shared.vectors import Vectors
from hpobench.system.loading import load
from hpobench.task import Problem
from hpobench.trial import Config

MEASURES = 2
"""Axes of the archive, where the space has as many hyperparameters that can vary."""


class Ribs(Generational):
    """An archive of the best configuration in each cell of a grid, filled by one emitter.

    The grid is over the first two hyperparameters on the unit cube that stands for the space:
    what a benchmark measures is its objective only, so the measures are the configuration's own.

    Args:
        emitter: `module:Class`.
        cells: Along each axis of the grid.
        batch: Configurations in a generation.
        start: The emitter's argument for where it begins: `x0` is given the middle of the cube,
            `initial_solutions` a generation at random.
        options: Further arguments of the emitter.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,
        *,
        emitter: str,
        cells: int = 10,
        batch: int = 20,
        start: str = "x0",
        **options: Any,
    ) -> None:
        super().__init__(problem)
        self._vectors = Vectors(problem.space)
        size = self._vectors.dimension
        axes = self._axes = min(MEASURES, size)
        archive = GridArchive(
            solution_dim=size, dims=[cells] * axes, ranges=[(0.0, 1.0)] * axes, seed=seed
        )
        middle, random = np.full(size, 0.5), np.random.default_rng(seed).random((batch, size))
        options |= {start: middle if start == "x0" else random}
        cube, cls = [(0.0, 1.0)] * size, load(emitter)
        emitting = cls(archive, bounds=cube, batch_size=batch, seed=seed, **options)
        self._scheduler = Scheduler(archive, [emitting])

    def breed(self) -> Sequence[Any]:
        """What the emitter proposes next."""
        return list(self._scheduler.ask())

    def config(self, candidate: Any) -> Config:
        """The configuration at a point."""
        return self._vectors.config(candidate)

    def learn(self, candidates: Sequence[Any], values: list[Values]) -> None:
        """Enter the configurations in their cells; the library maximises."""
        measures = np.array(candidates)[:, : self._axes]
        with warnings.catch_warnings(action="ignore"):
            self._scheduler.tell([-value for (value,) in values], measures)
