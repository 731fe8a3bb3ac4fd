"""How much of a map of measures each run has filled, and with how good configurations."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class MapProgress(NamedTuple):
    """What each trial has brought its run's map to.

    Attributes:
        coverage: The share of cells that hold a configuration, shape (trials,).
        quality: The sum of the qualities of the best of each cell, as a share of the number of
            cells; NaN if no quality is known.
    """

    coverage: Floats
    quality: Floats


def map_progress(
    run: npt.NDArray[np.int64], cells: npt.NDArray[np.int64], qualities: Floats, *, total: int
) -> MapProgress:
    """How each trial left its run's map.

    Args:
        run: Which run a trial belongs to, run after run in order of finish; shape (trials,).
        cells: The number of the cell that it lies in; -1 where it fills none.
        qualities: What it adds to an empty cell, at least 0; NaN where that is not known.
        total: How many cells the map has.

    Source:
        Pugh, Soros and Stanley (2016), Quality diversity: a new frontier for evolutionary
        computation: the QD score; here divided by the number of cells, as pyribs'
        `norm_qd_score`.
    """
    coverage, quality = np.zeros(len(run)), np.zeros(len(run))
    best: dict[int, float] = {}
    last, added = -1, 0.0
    values = np.nan_to_num(qualities).tolist()
    for i, (own, cell) in enumerate(zip(run.tolist(), cells.tolist(), strict=True)):
        if own != last:
            best, last, added = {}, own, 0.0
        if cell >= 0:
            before = best.get(cell, 0.0)
            best[cell] = max(before, values[i])
            added += best[cell] - before
        coverage[i], quality[i] = len(best) / total, added / total
    unknown = bool(np.isnan(qualities).all())
    return MapProgress(coverage, quality * np.nan if unknown else quality)
