"""Bit strings follow their published definitions; the boxed functions are COCO's."""

from collections.abc import Callable
from itertools import pairwise, product
from math import ceil, floor
from typing import Any

import numpy as np
import pytest

from hpobench.benchmarks.synthetic.ioh import Ioh
from hpobench.catalogue import Catalogue
from hpobench.execution.construction import build
from hpobench.trial import Trial

TASKS = Catalogue().tasks
DIMENSION = 16
Bits = list[int]


def value(benchmark: Ioh, point: list[int] | list[float]) -> float:
    """What people read: the negative of what is minimised, if it is maximised."""
    config = dict(zip(benchmark.space, point, strict=True))
    told = benchmark.evaluate(Trial(config=config), 0).value
    return -told if benchmark.objectives[0].maximize else told


def ones(x: Bits) -> float:
    return sum(x)


def leading(x: Bits) -> float:
    return x.index(0) if 0 in x else len(x)


def epistatic(x: Bits) -> Bits:
    """Neighbours get far from each other, in each block of four (Weise and Wu, 2018).

    A bit becomes the exclusive or of the block but for one; a first bit that is set turns the
    image of the block without it around.
    """
    result: Bits = []
    for start in range(0, len(x), 4):
        flip, *rest = x[start : start + 4]
        block = [0, *rest]
        result += [flip ^ (sum(block) - block[(i + 1) % 4]) % 2 for i in range(4)]
    return result


def neutral(x: Bits) -> Bits:
    """The majority of each block of three."""
    return [int(sum(x[i : i + 3]) >= 2) for i in range(0, len(x) - len(x) % 3, 3)]


def rugged1(y: float, n: int) -> float:
    if y == n:
        return ceil(n / 2) + 1
    return floor(y / 2) + 1 if n % 2 == 0 else ceil(y / 2) + 1


def rugged2(y: float, n: int) -> float:
    if y == n:
        return n
    if y % 2 == n % 2:
        return y + 1
    return max(y - 1, 0)


def autocorrelation(x: Bits) -> float:
    s, n = [2 * bit - 1 for bit in x], len(x)
    energy = sum(sum(s[i] * s[i + k] for i in range(n - k)) ** 2 for k in range(1, n))
    return n * n / 2 / energy


def grid(x: Bits) -> np.ndarray:
    return np.array(x).reshape(round(len(x) ** 0.5), -1)


def alike(x: Bits, *moves: tuple[int, int]) -> float:
    """How many neighbours on a torus have the same bit, by the ways to step to a neighbour."""
    cells = grid(x)
    return float(sum((cells == np.roll(cells, move, (0, 1))).sum() for move in moves))


def queens(x: Bits) -> float:
    board = grid(x)
    size = len(board)
    lines = [*board, *board.T]
    lines += [
        np.diagonal(side, k) for side in (board, board[:, ::-1]) for k in range(2 - size, size - 1)
    ]
    return float(board.sum() - size * sum(max(0, line.sum() - 1) for line in lines))


DEFINITIONS: dict[int, Callable[[Bits], float]] = {
    1: ones,
    2: leading,
    3: lambda x: sum(i * bit for i, bit in enumerate(x, 1)),
    6: lambda x: ones(neutral(x)),
    7: lambda x: ones(epistatic(x)),
    8: lambda x: rugged1(ones(x), len(x)),
    9: lambda x: rugged2(ones(x), len(x)),
    13: lambda x: leading(neutral(x)),
    14: lambda x: leading(epistatic(x)),
    15: lambda x: rugged1(leading(x), len(x)),
    16: lambda x: rugged2(leading(x), len(x)),
    18: autocorrelation,
    19: lambda x: sum(a == b for a, b in pairwise([*x, x[0]])),
    20: lambda x: alike(x, (1, 0), (0, 1)),
    21: lambda x: alike(x, (1, 0), (0, 1), (1, 1)),
    23: queens,
}
"""PBO's functions as Doerr et al. (2020) define them."""


@pytest.mark.parametrize("function", DEFINITIONS)
def test_bit_strings_have_the_values_of_the_published_definitions(function: int) -> None:
    benchmark = Ioh(suite="PBO", function=function, dimension=DIMENSION, instance=1)
    rng = np.random.default_rng(function)
    dense = rng.integers(0, 2, (30, DIMENSION)).tolist()
    sparse = (rng.random((15, DIMENSION)) < 0.2).astype(int).tolist()
    starts = [[1] * k + [0] * (DIMENSION - k) for k in range(DIMENSION + 1)]
    for x in dense + sparse + starts:
        assert value(benchmark, x) == pytest.approx(DEFINITIONS[function](x)), x


def test_traps_of_five_bits_lead_away_from_their_optimum() -> None:
    benchmark = Ioh(suite="PBO", function=24, dimension=25, instance=1)
    for counts in product((0, 1, 4, 5), repeat=2):
        bits = [bit for k in (*counts, 5, 5, 5) for bit in [1] * k + [0] * (5 - k)]
        expected = sum(1.0 if k == 5 else (4 - k) / 5 for k in counts) + 3
        assert value(benchmark, bits) == pytest.approx(expected)


@pytest.mark.parametrize("function", sorted({*range(1, 24)} - {7, 14, 18, 23}))
@pytest.mark.parametrize("instance", [1, 2])
def test_no_string_of_nine_bits_is_better_than_the_best_known(function: int, instance: int) -> None:
    benchmark = Ioh(suite="PBO", function=function, dimension=9, instance=instance)
    strings = [list(bits) for bits in product((0, 1), repeat=9)]
    best = max(value(benchmark, bits) for bits in strings)
    if benchmark.best:
        assert best == pytest.approx(-benchmark.best["value"])
    assert bool(benchmark.best) == (function != 22 or instance == 1)


@pytest.mark.parametrize("dimension", [64, 100])
def test_the_independent_set_of_every_other_vertex_reaches_the_best_known(dimension: int) -> None:
    benchmark = Ioh(suite="PBO", function=22, dimension=dimension, instance=1)
    half = dimension // 2
    best = max(
        value(
            benchmark, [(i + odd) % 2 for i in range(half)] + [(i + turn) % 2 for i in range(half)]
        )
        for odd in (0, 1)
        for turn in (0, 1)
    )
    assert best == pytest.approx(-benchmark.best["value"], abs=1)


def test_boxed_functions_and_their_optima_are_those_of_coco(golden: Callable[[str], Any]) -> None:
    points = golden("sbox")["points"]
    assert len(points) >= 50
    assert {TASKS[task].params["function"] for task, *_ in points} == set(range(1, 25))
    for task, k, expected, best in points:
        benchmark = build(TASKS[task])
        assert isinstance(benchmark, Ioh)
        point = [
            -5 + 10 * ((7919 * (i + 1) + 104729 * k) % 1009 / 1009)
            for i in range(TASKS[task].dimension)
        ]
        assert value(benchmark, point) == pytest.approx(expected, rel=1e-9), task
        assert benchmark.best["value"] == pytest.approx(best, rel=1e-12), task
