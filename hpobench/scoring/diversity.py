"""How much of a map of measures each run has filled, and with how good configurations."""

from typing import NamedTuple

import numpy as np

from hpobench.measure import CELLS, cells_of
from hpobench.scoring.regret import bounded
from hpobench.scoring.trials import Floats, Integers, Trials


class Filled(NamedTuple):
    """What each trial has brought its run's map to.

    Attributes:
        coverage: The share of cells that hold a configuration, shape (trials,).
        quality: The sum of the qualities of the best of each cell as a share of the number of
            cells, which is 1 at the best known loss and 1/2
            at what random search ends with; NaN without a scale.
    """

    coverage: Floats
    quality: Floats


def cell_numbers(trials: Trials) -> Integers:
    """The cell of each trial that may be an incumbent, counted axis by axis; else -1."""
    numbers = np.zeros(len(trials.run), dtype=np.int64)
    axes = cells_of(trials.task.measures, trials.measured)
    for axis in axes.T:
        numbers = numbers * CELLS + axis
    return np.where(trials.valid & (axes >= 0).all(axis=1), numbers, -1)


def single_losses(trials: Trials, *, without_noise: bool) -> Floats:
    """The loss of each trial by itself, as it is scored; of tasks with one objective."""
    return (trials.noiseless if without_noise else trials.vectors)[:, 0]


def filled(trials: Trials, regrets: Floats) -> Filled:
    """How each trial left its run's map.

    Args:
        trials: All trials of a task with measures.
        regrets: The normalised regret of each by itself; NaN without a scale.
    """
    total = CELLS ** len(trials.task.measures)
    coverage, quality = np.zeros(len(regrets)), np.zeros(len(regrets))
    qualities, cells = 1 - bounded(np.where(np.isfinite(regrets), regrets, 0.0)), cell_numbers(trials)
    best: dict[tuple[int, int], float] = {}
    last, count, added = -1, 0, 0.0
    for i, (run, cell) in enumerate(zip(trials.run.tolist(), cells.tolist(), strict=True)):
        if run != last:
            last, count, added = run, 0, 0.0
        if cell >= 0:
            before = best.get((run, cell))
            count += before is None
            better = max(before or 0.0, float(qualities[i]))
            added += better - (before or 0.0)
            best[run, cell] = better
        coverage[i], quality[i] = count / total, added / total
    return Filled(coverage, quality if np.isfinite(regrets).any() else quality * np.nan)
