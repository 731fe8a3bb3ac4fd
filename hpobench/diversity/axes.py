"""Outcomes by which configurations are told apart, such as size: the axes of a map of the best."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

CELLS = 10
"""Along each axis of a map."""

MOST_MEASURES = 2
"""More axes than a page can draw, and than runs of a few hundred trials can fill."""

NUDGE = 1e-6
"""As pyribs adds to a place before it is rounded down, so that both agree about edges of cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureAxis:
    """An axis of a map: a quantity that a benchmark measures, and the range that is divided.

    Attributes:
        name: What the benchmark calls it: one of its signals, or of its objectives.
        low: Where the first cell begins; what is lower lies in it.
        high: Where the last cell ends, above `low`; what is higher lies in it.
        log: Whether cells are equally wide on a log scale; then `low` is positive.
    """

    name: str
    low: float
    high: float
    log: bool = False

    def places(self, measured: "npt.NDArray[np.float64]") -> "npt.NDArray[np.float64]":
        """Where measurements lie between `low` (0) and `high` (1), no farther; NaN stays NaN."""
        import numpy as np

        clipped = np.clip(measured, self.low, self.high)
        low, high = self.low, self.high
        if self.log:
            clipped, low, high = np.log(clipped), math.log(low), math.log(high)
        return np.asarray((clipped - low) / (high - low))

    def edges(self) -> list[float]:
        """Where cells begin, and the last one ends, ascending; one more than `CELLS`."""
        if self.log:
            return [self.low * (self.high / self.low) ** (i / CELLS) for i in range(CELLS + 1)]
        return [self.low + (self.high - self.low) * i / CELLS for i in range(CELLS + 1)]


def cell_numbers(
    measures: Sequence[MeasureAxis], measured: "npt.NDArray[np.float64]"
) -> "npt.NDArray[np.int64]":
    """Which cell of the map each measurement lies in.

    Args:
        measures: The axes.
        measured: Shape (trials, measures).

    Returns:
        Shape (trials,): along the first axis times `CELLS`, and along the second; -1 where one is
        not known.

    Source:
        The grid of Mouret and Clune (2015), Illuminating search spaces by mapping elites, as
        `GridArchive` of pyribs divides it.
    """
    import numpy as np

    numbers = np.zeros(len(measured), dtype=np.int64)
    for measure, column in zip(measures, measured.T, strict=True):
        places = np.nan_to_num(measure.places(column))
        at = np.floor(CELLS * places + NUDGE).astype(np.int64)
        numbers = numbers * CELLS + np.minimum(at, CELLS - 1)
    return np.where(np.isfinite(measured).all(axis=1), numbers, -1)
