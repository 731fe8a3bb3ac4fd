"""What a search by swaps knows: where it is, what it tries next, and the worst boxes it met."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hpobench.subset.discrepancy.ranked import Floats, Integers

Bytes = NDArray[np.uint8]

CAPACITY = 512
"""Witnesses kept; more cost more to hear than they save."""


class WitnessRing(NamedTuple):
    """The last witnesses, as a ring.

    Attributes:
        inside: (capacity, n); 1 where a box holds a point.
        sign: (capacity,); 1.0 for an open box that lacks points, -1.0 for a closed one.
        mass: (capacity,); the target's share of the box.
        held: (capacity,); how many of the current subset the box holds.
        filled: (1,); how many witnesses were ever added.
    """

    inside: Bytes
    sign: Floats
    mass: Floats
    held: Integers
    filled: Integers


class SearchState(NamedTuple):
    """Where the search is.

    Attributes:
        chosen: (k,); rows of the current subset, those that must stay first.
        free: (n,); 1 where a point may be swapped in.
        fixed: (1,); the number of rows that must stay.
        value: (1,); the discrepancy of the current subset.
        left: (1,); evaluations that the budget still allows.
        chance: (1,); in [0, 1), what the next candidate is drawn by.
        member: (groups, n); 1 where a group has a point.
        low: (groups,); the fewest points of a group.
        high: (groups,); the most points of a group.
        tally: (groups,); points of each group in the current subset.
    """

    chosen: Integers
    free: Bytes
    fixed: Integers
    value: Floats
    left: Integers
    chance: Floats
    member: Bytes
    low: Integers
    high: Integers
    tally: Integers


class Turn(NamedTuple):
    """Which position is tried, and by what its point may be replaced.

    Attributes:
        position: (1,); in the current subset.
        vain: (1,); positions tried in a row without success.
        heard: (1,); how many witnesses have spoken about the candidates; -1 before the first.
        open_to: (n,); 1 where a candidate is left.
    """

    position: Integers
    vain: Integers
    heard: Integers
    open_to: Bytes


def empty_pool(n: int) -> WitnessRing:
    """No witnesses yet, over n points."""
    return WitnessRing(
        inside=np.zeros((CAPACITY, n), np.uint8),
        sign=np.zeros(CAPACITY),
        mass=np.zeros(CAPACITY),
        held=np.zeros(CAPACITY, np.int64),
        filled=np.zeros(1, np.int64),
    )
