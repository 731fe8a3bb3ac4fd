"""The functions with two objectives and a fidelity are those of BoTorch."""

from collections.abc import Callable
from typing import Any

import pytest

from hpobench.benchmarks.synthetic.momf import Momf
from tests.functions import evaluate


def test_values_are_those_of_botorch(golden: Callable[[str], Any]) -> None:
    points = golden("momf")["points"]
    assert len(points) >= 50
    for problem, x, s, values in points:
        found = evaluate(Momf(problem=problem), x, s).vector
        assert found == pytest.approx(values, rel=1e-12, abs=1e-14)


def test_the_limit_of_currin_s_function_is_taken_where_its_formula_divides_by_zero() -> None:
    benchmark = Momf(problem="branin-currin")
    near, there = (evaluate(benchmark, [0.3, y], 0.5).vector for y in (1e-4, 0.0))
    assert there[1] == pytest.approx(near[1], rel=1e-12)


def test_the_full_fidelity_costs_one_second_and_the_lowest_less_than_a_hundredth() -> None:
    benchmark = Momf(problem="park")
    assert evaluate(benchmark, [0.5] * 4, None).cost == 1.0
    assert evaluate(benchmark, [0.5] * 4, 0.01).cost == pytest.approx(0.00863, abs=1e-5)


def test_maximised_objectives_of_the_optimum_of_branin_are_negated() -> None:
    # Branin's minimum is 0.397887 at (pi, 2.275), which the modification turns into a maximum.
    x = [(3.141593 + 5) / 15, 2.275 / 15]
    assert evaluate(Momf(problem="branin-currin"), x, 1.0).values["f1"] == pytest.approx(
        -(21 - 0.397887) / 22, abs=1e-6
    )
