"""Which recorded configuration answers for one that is asked for: itself, or the nearest."""

from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hpobench.benchmarks.recorded.cache import Entry
from hpobench.benchmarks.recorded.configurations import digits, encoders, key
from hpobench.trial import Config

if TYPE_CHECKING:
    pass


def table_view(entry: Entry, name: str) -> "memoryview[Any]":
    """An array whose items are read as Python's own numbers, which is quick one by one."""
    array: Any = entry.arrays[name]
    return memoryview(array)


def find_exactly(entry: Entry, hyperparameters: Any) -> Callable[[Config], int]:
    """Find a configuration by its number; -1 if it is not recorded."""
    numbered, keys = digits(hyperparameters), table_view(entry, "keys")
    last = len(keys)

    def find(config: Config) -> int:
        number = key(numbered, config)
        place = bisect_left(keys, number)
        return place if place < last and keys[place] == number else -1

    return find


def find_nearest(entry: Entry, hyperparameters: Any) -> Callable[[Config], int]:
    """Find the nearest recorded configuration.

    A product of matrix and vector leaves a few candidates; their distances are then summed in a
    fixed order, so that rounding and thus the answer are the same on every machine.
    """
    encode = list(encoders(hyperparameters).items())
    points: npt.NDArray[np.float64] = entry.arrays["points"].view(np.ndarray)
    squares = np.einsum("ij,ij->i", points, points)
    slack = 1e-12 * (points.shape[1] + 1) ** 2

    def find(config: Config) -> int:
        place = np.array([x for name, of in encode for x in of(config.get(name))])
        rough = squares - 2 * (points @ place)
        near = np.flatnonzero(rough <= rough.min() + slack)
        if len(near) == 1:
            return int(near[0])
        exact = sum((points[near, i] - place[i]) ** 2 for i in range(len(place)))
        return int(near[np.argmin(exact)])

    return find
