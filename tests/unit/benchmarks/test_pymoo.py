"""The multi-objective problems are pymoo's, obey their published formulas, and stay offline."""

import socket
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hpobench.benchmarks.synthetic.pymoo import Mixed, Pymoo
from hpobench.catalogue import Catalogue, load
from hpobench.trial import Trial

TASKS = {task.id: task for task in Catalogue().tasks.values() if task.collection == "pymoo"}


def vector(benchmark: Pymoo, point: list[float]) -> tuple[float, ...]:
    config = dict(zip(benchmark.space, point, strict=True))
    return benchmark.evaluate(Trial(config=config), 0).vector


def test_values_are_those_of_pymoo_for_every_task(golden: Callable[[str], Any]) -> None:
    points = golden("pymoo")["points"]
    assert {task for task, *_ in points} == TASKS.keys() - {"pymoo/mixed"}
    for task, point, values in points:
        benchmark = load(TASKS[task].benchmark)(**TASKS[task].params)
        assert vector(benchmark, point) == pytest.approx(values, rel=1e-12), task


def test_zdt1_is_on_its_front_where_all_but_the_first_variable_are_zero() -> None:
    assert vector(Pymoo(problem="zdt1"), [0.25] + [0.0] * 29) == pytest.approx((0.25, 0.5))


def test_zdt5_counts_ones_and_is_deceived_by_all_but_full_groups() -> None:
    ones, zeros = vector(Pymoo(problem="zdt5"), [1] * 80), vector(Pymoo(problem="zdt5"), [0] * 80)
    # Before scaling f1 is 1 + ones of the first 30 bits; f2 is the sum over ten groups, 1 for a
    # full one and 2 + its ones for any other, divided by f1. pymoo scales by [1, 31], [10/31, 10].
    assert ones == pytest.approx((1.0, 0.0), abs=1e-12)
    assert zeros == pytest.approx((0.0, (20 - 10 / 31) / (10 - 10 / 31)))


@pytest.mark.parametrize("objectives", [2, 3])
def test_dtlz2_is_on_the_unit_sphere_where_distance_variables_are_half(objectives: int) -> None:
    benchmark = Pymoo(problem="dtlz2", n_obj=objectives, n_var=objectives + 9)
    values = vector(benchmark, [0.3, 0.8][: objectives - 1] + [0.5] * 10)
    assert np.linalg.norm(values) == pytest.approx(1)


@pytest.mark.parametrize(
    ("config", "values"),
    [
        ({"b": False, "x": "nothing", "y": 0, "z": 0.0}, (0, 5)),
        ({"b": False, "x": "multiply", "y": -2, "z": 1.0}, (5, 180)),
        ({"b": True, "x": "nothing", "y": 2, "z": -2.0}, (8, 100)),
        ({"b": True, "x": "multiply", "y": 1, "z": -2.0}, (5, 0)),
        ({"b": True, "x": "multiply", "y": 0, "z": 0.0}, (0, 5000)),
    ],
)
def test_the_mixed_problem_gives_the_values_worked_out_by_hand(
    config: dict[str, Any], values: tuple[float, ...]
) -> None:
    assert Mixed().evaluate(Trial(config=config), 0).vector == pytest.approx(values)


def test_no_problem_needs_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a connection was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    for task in TASKS.values():
        benchmark = load(task.benchmark)(**task.params)
        config = dict(benchmark.space.get_default_configuration())
        assert benchmark.evaluate(Trial(config=config), 0).ok


def test_values_at_the_corners_of_the_space_are_finite() -> None:
    for task in TASKS.values():
        benchmark = load(task.benchmark)(**task.params)
        if isinstance(benchmark, Pymoo):
            low = benchmark._problem.xl.tolist()
            high = benchmark._problem.xu.tolist()
            assert np.isfinite([vector(benchmark, low), vector(benchmark, high)]).all(), task.id
