"""Pyribs' quality-diversity algorithms, driven by their ask and tell."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from ribs.archives import GridArchive
from ribs.schedulers import Scheduler

from hpobench.adapters.shared.generations import Generational, Values
from hpobench.adapters.shared.vectors import Vectors
from hpobench.system.loading import load
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial

MEASURES = 2
"""Axes of the archive, where the space has as many hyperparameters that can vary."""


class Ribs(Generational):
    """An archive of the best configuration in each cell of a grid, filled by one emitter.

    The grid is over the measures that the task names. Where it names none, it is over the first two
    hyperparameters on the unit cube that stands for the space. A trial that failed, and so was not
    measured, is entered into the cell of the first that was, where the worst value so far
    displaces nothing.

    Attributes:
        archive: The best of each cell so far, in the library's own form.

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
        self._measures = problem.measures
        axes = self._axes = len(problem.measures) or min(MEASURES, size)
        self._measured: dict[int, Values] = {}
        self._first: Values = ()
        self.archive = archive = GridArchive(
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

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Note what was measured too."""
        signals = [outcome.signals.get(each.name, np.nan) for each in self._measures]
        if self._measures and outcome.ok and np.isfinite(signals).all():
            pairs = zip(self._measures, signals, strict=True)
            at = [each.places(np.array(signal)) for each, signal in pairs]
            self._measured[trial.handle] = tuple(map(float, at))
        super().tell(trial, outcome)

    def learn(self, candidates: Sequence[Any], values: list[Values]) -> None:
        """Enter the configurations in their cells; the library maximises."""
        measures = self._places(candidates)
        with warnings.catch_warnings(action="ignore"):
            self._scheduler.tell([-value for (value,) in values], measures)

    def _places(self, candidates: Sequence[Any]) -> npt.NDArray[np.float64]:
        """Where each candidate of a generation lies on the grid."""
        if not self._measures:
            return np.array(candidates)[:, : self._axes]
        self._first = self._first or next(iter(self._measured.values()), ())
        elsewhere = self._first or (0.5,) * self._axes
        places = [self._measured.get(i, elsewhere) for i in range(len(candidates))]
        self._measured = {}
        return np.array(places)
