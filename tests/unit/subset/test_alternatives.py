"""The alternatives do what their names say."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from hpobench.errors import UserError
from hpobench.subset.alternatives import kernel_mean, medoids, random

Method = Callable[..., tuple[int, ...]]
METHODS = [random, kernel_mean, medoids]

CLUSTERS = np.repeat([[0.1, 0.1], [0.5, 0.9], [0.9, 0.2]], 7, axis=0) + np.tile(
    np.linspace(-0.03, 0.03, 7), 3
).reshape(-1, 1)
"""Three clusters of seven, the middle of each in rows 3, 10 and 17."""


def mmd(points: NDArray[np.float64], rows: tuple[int, ...]) -> float:
    """The squared maximum mean discrepancy by its definition."""
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    kernel = np.exp(-((distance / np.median(distance[distance > 0])) ** 2) / 2)
    weights = np.full(len(points), -1 / len(points))
    weights[list(rows)] += 1 / len(rows)
    return float(weights @ kernel @ weights)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [1, 5, 21])
def test_k_different_rows_are_chosen_the_same_for_the_same_seed(method: Method, k: int) -> None:
    rows = method(CLUSTERS, k, seed=3)
    assert len(set(rows)) == k
    assert rows == method(CLUSTERS, k, seed=3) == tuple(sorted(rows))


@pytest.mark.parametrize("method", METHODS)
def test_duplicates_are_no_obstacle(method: Method) -> None:
    assert len(set(method(np.zeros((6, 2)), 4))) == 4


def test_medoids_are_the_middles_of_clusters() -> None:
    assert (3, 10, 17) in {medoids(CLUSTERS, 3, seed=seed) for seed in range(10)}


def test_no_swap_lowers_the_maximum_mean_discrepancy() -> None:
    points = np.random.default_rng(0).random((30, 2))
    rows = kernel_mean(points, 5)
    for kept in combinations(rows, 4):
        for new in set(range(30)) - set(rows):
            assert mmd(points, (*kept, new)) >= mmd(points, rows) - 1e-9


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [0, 22])
def test_what_cannot_be_chosen_is_refused(method: Method, k: int) -> None:
    with pytest.raises(UserError, match=f"cannot choose {k} of 21"):
        method(CLUSTERS, k)
