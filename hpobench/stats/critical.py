"""Who cannot be told apart: groups for a critical-difference diagram, and Nemenyi's distance."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from hpobench.stats.roots import find_root

NODES = 200
"""Nodes of the integral over the normal density, even steps: more of them change no digit."""

WIDEST = 8.0
"""Beyond so many standard deviations a normal density is nothing."""


def nemenyi_distance(optimizers: int, cases: int, level: float = 0.05) -> float:
    """How far two mean ranks must lie apart to differ by Nemenyi's test.

    It depends on how many optimizers take part, and on their ranks among all; pairwise tests
    do not (Benavoli, Corani, Mangili, 2016). It is given for comparison with older work.

    Source:
        Nemenyi (1963), as in Demsar (2006), whose table 5a it reproduces.
    """
    if optimizers <= 1 or cases < 1:
        return float("nan")
    quantile = find_root(lambda q: _range(q, optimizers) - (1 - level), 0.0, 4 * WIDEST)
    return float(quantile / np.sqrt(2) * np.sqrt(optimizers * (optimizers + 1) / (6 * cases)))


def groups(alike: npt.NDArray[np.bool_]) -> list[tuple[int, ...]]:
    """The largest sets of optimizers of which no two can be told apart.

    Not being told apart does not carry over: of three, the first and the last may differ and
    neither from the second. So there may be several sets, they may overlap, and they need not
    be neighbours in the ranking.

    Args:
        alike: Which pairs cannot be told apart, symmetric, shape (optimizers, optimizers).

    Returns:
        Sets of two and more, each sorted, in order.

    Source:
        Bron and Kerbosch (1973), Algorithm 457, with the pivot of Tomita et al. (2006).
    """
    count = len(alike)
    near = [frozenset(np.flatnonzero(alike[i]).tolist()) - {i} for i in range(count)]
    found = _cliques(near, frozenset(), frozenset(range(count)), frozenset())
    return sorted(tuple(sorted(members)) for members in found if len(members) > 1)


def _cliques(
    near: list[frozenset[int]],
    chosen: frozenset[int],
    left: frozenset[int],
    done: frozenset[int],
) -> Iterator[frozenset[int]]:
    """All largest sets that hold the chosen, any of those left, and none that is done."""
    if not left and not done:
        yield chosen
        return
    pivot = max(left | done, key=lambda i: len(left & near[i]))
    for i in sorted(left - near[pivot]):
        yield from _cliques(near, chosen | {i}, left & near[i], done & near[i])
        left, done = left - {i}, done | {i}


def _range(width: float, count: int) -> float:
    """How probable it is that the range of some standard normal variables is at most that."""
    at, step = np.linspace(-WIDEST, WIDEST, NODES, retstep=True)
    density = np.exp(-(at**2) / 2) / np.sqrt(2 * np.pi)
    inside = (ndtr(at) - ndtr(at - width)) ** (count - 1)
    return float(count * step * np.sum(density * inside))
