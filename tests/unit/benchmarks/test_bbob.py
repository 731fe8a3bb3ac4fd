"""BBOB's values are COCO's, and an evaluation leaves no trace."""

from collections.abc import Callable
from typing import Any

import ioh
import pytest

from hpobench.benchmarks.synthetic.bbob import Bbob
from hpobench.trial import Trial


def loss(benchmark: Bbob, point: list[float]) -> float:
    config = dict(zip(benchmark.space, point, strict=True))
    return benchmark.evaluate(Trial(config=config), 0).value


def test_values_are_those_of_coco(golden: Callable[[str], Any]) -> None:
    for function, dimension, instance, point, value in golden("bbob")["points"]:
        benchmark = Bbob(function=function, dimension=dimension, instance=instance)
        assert loss(benchmark, point) == pytest.approx(value, rel=1e-10), (function, dimension)


@pytest.mark.parametrize("function", range(1, 25))
def test_the_best_value_is_reached_at_the_optimum_and_nowhere_undercut(function: int) -> None:
    benchmark = Bbob(function=function, dimension=3, instance=4)
    optimum = ioh.get_problem(function, 4, 3, ioh.ProblemClass.BBOB).optimum
    best = benchmark.best["loss"]
    assert best <= loss(benchmark, list(optimum.x)) <= best + 1e-9
    assert loss(benchmark, [0.1, -0.2, 0.3]) > best


def test_having_met_the_optimum_changes_no_later_answer() -> None:
    point, benchmark = [1.0, -2.0], Bbob(function=8, dimension=2, instance=1)
    before = loss(benchmark, point)
    for _ in range(100):
        loss(benchmark, list(ioh.get_problem(8, 1, 2, ioh.ProblemClass.BBOB).optimum.x))
    assert loss(benchmark, point) == before


def test_a_configuration_is_read_by_name_and_not_by_position() -> None:
    benchmark = Bbob(function=2, dimension=2, instance=1)
    there = benchmark.evaluate(Trial(config={"x0": 1.5, "x1": -3.0}), 0)
    back = benchmark.evaluate(Trial(config={"x1": -3.0, "x0": 1.5}), 0)
    assert there == back
