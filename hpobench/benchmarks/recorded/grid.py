"""A recorded table as the grid that its configurations form."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hpobench.benchmark import WholeTable
from hpobench.benchmarks.recorded.cache import Entry
from hpobench.benchmarks.recorded.configurations import digits

Floats = npt.NDArray[np.float64]


def recorded_grid(entry: Entry, columns: Sequence[int], *, shared: bool) -> WholeTable:
    """All configurations with what their trainings found at the highest fidelity.

    Of each hyperparameter those choices count that occur; being inactive is one of them.

    Args:
        entry: The table, looked up exactly.
        columns: Positions of the objectives that are wanted.
        shared: Whether a training counts only where it reached the highest fidelity of all.
    """
    described: dict[str, dict[str, Any]] = entry.facts["hyperparameters"]
    numbers = np.array(entry.arrays["keys"], dtype=np.int64)
    choices, ordered, places = {}, set(), []
    for name, values, base in reversed(digits(described)):
        numbers, digit = np.divmod(numbers, base)
        occurring, place = np.unique(digit, return_inverse=True)
        choices[name] = len(occurring)
        places.append(place)
        inactive = values[None] in occurring
        if described[name]["type"] != "categorical" and not inactive:
            ordered.add(name)
    return WholeTable(
        choices=dict(reversed(choices.items())),
        ordered=frozenset(ordered),
        digits=np.stack(places[::-1], axis=1).astype(np.int64),
        losses=_means(entry, columns, shared=shared),
    )


def _means(entry: Entry, columns: Sequence[int], *, shared: bool) -> Floats:
    """The mean over the trainings of each configuration, NaN where none of them succeeded."""
    arrays = {name: np.asarray(entry.arrays[name]) for name in ("rows", "trainings", "values")}
    last = arrays["rows"][1:] - 1
    told = np.array(arrays["values"][last][:, list(columns)], dtype=np.float64)
    if shared:
        short = np.asarray(entry.arrays["levels"])[last] != entry.arrays["ladder"][-1]
        told[short] = np.nan
    starts = arrays["trainings"][:-1]
    known = np.isfinite(told)
    counts = np.add.reduceat(known, starts, axis=0)
    sums = np.add.reduceat(np.where(known, told, 0.0), starts, axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(counts > 0, sums / counts, np.nan))
