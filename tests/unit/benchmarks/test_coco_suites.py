"""COCO's suites have the values of its own C functions, and are made of BBOB as published."""

from collections.abc import Callable
from typing import Any

import ioh
import numpy as np
import pytest

from hpobench.benchmarks.synthetic.coco import SCALES, Coco
from hpobench.benchmarks.synthetic.noisy import Noisy
from hpobench.catalogue import Catalogue
from hpobench.execution.construction import build
from hpobench.trial import Config, Outcome, Trial

TASKS = Catalogue().tasks


def point(benchmark: Coco | Noisy, k: int) -> Config:
    """The point k of the golden files."""
    config: dict[str, float] = {}
    ranges: list[Any] = list(benchmark.space.values())
    for i, hp in enumerate(ranges):
        share = (7919 * (i + 1) + 104729 * k) % 1009 / 1009
        low, high = hp.lower, hp.upper
        whole = isinstance(low, int)
        config[hp.name] = (
            int(low + (high - low + 1) * share // 1) if whole else low + (high - low) * share
        )
    return config


def evaluate(benchmark: Coco | Noisy, config: Config, seed: int = 0) -> Outcome:
    return benchmark.evaluate(Trial(config=config), seed)


def bbob(function: int, dimension: int, instance: int) -> Any:
    return ioh.get_problem(function, instance, dimension, ioh.ProblemClass.BBOB)


def test_values_and_optima_are_those_of_the_c_functions(golden: Callable[[str], Any]) -> None:
    points = golden("coco")["points"]
    for name in ("bbob-mixint", "bbob-biobj", "bbob-biobj-mixint", "bbob-largescale"):
        assert sum(task.startswith(f"{name}/") for task, *_ in points) >= 50
    for task, k, values, best in points:
        benchmark = build(TASKS[task])
        assert isinstance(benchmark, Coco)
        assert evaluate(benchmark, point(benchmark, k)).vector == pytest.approx(values, rel=1e-12)
        if best is not None:
            assert benchmark.best["loss"] == pytest.approx(best, rel=1e-12), task


def placed(function: int, dimension: int, instance: int, x: np.ndarray) -> np.ndarray:
    """Where the mixed-integer suite puts whole numbers on BBOB's axes.

    n values lie evenly between -4 and 4, without the ends, and are then moved so that the one
    nearest to the optimum is the optimum (Tusar et al., 2019).
    """
    optimum = np.array(bbob(function, dimension, instance).optimum.x)
    result = x.copy()
    for i, n in enumerate(np.repeat([2, 4, 8, 16], dimension // 5)):
        values = np.linspace(-4, 4, n + 2)[1:-1]
        nearest = values[np.abs(values - optimum[i]).argmin()]
        result[i] = values[int(x[i])] + optimum[i] - nearest
    return result


@pytest.mark.parametrize("function", [1, 2, 3, 8, 10, 15, 17, 20, 21])
@pytest.mark.parametrize("dimension", [5, 10])
def test_the_mixed_integer_functions_are_scaled_ones_of_bbob_at_discretised_points(
    function: int, dimension: int
) -> None:
    benchmark = Coco(suite="bbob-mixint", function=function, dimension=dimension, instance=2)
    for k in range(3):
        config = point(benchmark, k)
        there = placed(function, dimension, 2, np.array(list(config.values()), dtype=float))
        expected = SCALES[function - 1] * bbob(function, dimension, 2)(there.tolist())
        assert evaluate(benchmark, config).value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("function", "parts"), [(1, (1, 1)), (3, (1, 6)), (7, (1, 15))])
def test_the_bi_objective_functions_are_two_of_bbob(function: int, parts: tuple[int, int]) -> None:
    benchmark = Coco(suite="bbob-biobj", function=function, dimension=3, instance=3)
    config = point(benchmark, 5)
    found = evaluate(benchmark, config).vector
    for part, instance, value, best in zip(
        parts, (7, 8), found, benchmark.best.values(), strict=True
    ):
        assert value == pytest.approx(bbob(part, 3, instance)(list(config.values())), rel=1e-12)
        assert best == bbob(part, 3, instance).optimum.y


def test_each_objective_of_a_bi_objective_function_has_its_best_value_at_its_optimum() -> None:
    benchmark = Coco(suite="bbob-biobj", function=7, dimension=5, instance=1)
    for number, instance, name in ((1, 2, "f1"), (15, 4, "f2")):
        optimum = list(bbob(number, 5, instance).optimum.x)
        values = evaluate(benchmark, dict(zip(benchmark.space, optimum, strict=True))).values
        assert values[name] == pytest.approx(benchmark.best[name], abs=1e-9)


@pytest.mark.parametrize("dimension", [20, 160])
def test_without_rotations_large_functions_are_those_of_bbob_per_forty_dimensions(
    dimension: int,
) -> None:
    benchmark = Coco(suite="bbob-largescale", function=1, dimension=dimension, instance=1)
    config, best = point(benchmark, 2), benchmark.best["loss"]
    regret = (bbob(1, dimension, 1)(list(config.values())) - best) * min(1, 40 / dimension)
    assert evaluate(benchmark, config).value == pytest.approx(best + regret, rel=1e-12)


def test_a_problem_that_a_suite_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="has no function 25"):
        Coco(suite="bbob-mixint", function=25, dimension=5, instance=1)
