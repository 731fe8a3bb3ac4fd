"""The noisy functions are COCO's, and their noise is a pure function of trial and seed."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import cocoex
import ioh
import numpy as np
import pytest
from scipy import stats

from hpobench.benchmarks.synthetic.noisy import NORMALS, TOLERANCE, UNIFORMS, Noisy, deviates
from hpobench.catalogue import Catalogue
from hpobench.execution.construction import build
from hpobench.trial import Outcome, Trial

TASKS = Catalogue().tasks


def point(dimension: int, k: int) -> list[float]:
    """The point k of the golden file."""
    return [-5 + 10 * ((7919 * (i + 1) + 104729 * k) % 1009 / 1009) for i in range(dimension)]


def evaluate(benchmark: Noisy, x: list[float], seed: int = 0) -> Outcome:
    return benchmark.evaluate(Trial(config=dict(zip(benchmark.space, x, strict=True))), seed)


def uniforms(seed: int) -> Iterator[float]:
    """COCO's generator: Park and Miller's minimal one, its numbers shuffled by a table of 32."""

    states = [seed]
    while len(states) < 41:
        states.append(16807 * states[-1] % 2147483647)
    table, state = states[:8:-1], states[-1]  # filled from its end, after eight steps
    shuffled = table[0]
    while True:
        state = 16807 * state % 2147483647
        place = shuffled // 67108865
        shuffled, table[place] = table[place], state
        yield shuffled / 2147483647


def uniform(seed: int) -> float:
    return next(uniforms(seed))


def normal(seed: int) -> float:
    numbers = uniforms(seed)
    return math.sqrt(-2 * math.log(next(numbers))) * math.cos(2 * math.pi * next(numbers))


class Stream:
    """COCO's noise after a reset: each draw has the next seed, from 31 on."""

    def __init__(self) -> None:
        self.uniforms, self.normals = map(uniform, range(31, 99)), map(normal, range(31, 99))

    def draws(self, model: int) -> tuple[tuple[float, float], tuple[float, float]]:
        """As many as a model takes: one normal; two uniform; or one uniform and two normal."""
        match model:
            case 0:
                return (0.0, 0.0), (next(self.normals), 0.0)
            case 1:
                return (next(self.uniforms), next(self.uniforms)), (0.0, 0.0)
            case _:
                return (next(self.uniforms), 0.0), (next(self.normals), next(self.normals))


def test_what_coco_draws_first_is_known() -> None:
    assert pytest.approx((uniform(31), uniform(32)), rel=1e-15) == UNIFORMS
    assert pytest.approx((normal(31), normal(32)), rel=1e-14) == NORMALS


def test_with_the_draws_of_coco_values_are_those_of_coco(golden: Callable[[str], Any]) -> None:
    points = golden("noisy")["points"]
    assert len(points) >= 50
    assert len({task.partition("-d")[0] for task, *_ in points}) == 30
    for task, k, values, best in points:
        benchmark, stream = build(TASKS[task]), Stream()
        assert isinstance(benchmark, Noisy)
        assert benchmark.best == {"loss": best}
        model = (TASKS[task].params["function"] - 101) % 3
        for j, value in enumerate(values):
            clean = evaluate(benchmark, point(TASKS[task].dimension, k + j)).test["loss"]
            noisy = benchmark._model.add(clean - best, *stream.draws(model)) + TOLERANCE
            assert best + noisy == pytest.approx(value, rel=1e-10), task


@pytest.mark.parametrize(("function", "base"), [(101, 1), (108, 1), (106, 8), (110, 8), (119, 14)])
def test_the_test_value_is_the_function_without_noise(function: int, base: int) -> None:
    benchmark = Noisy(function=function, dimension=5, instance=3)
    plain = ioh.get_problem(base, 3, 5, ioh.ProblemClass.BBOB)
    for k in range(5):
        found = evaluate(benchmark, point(5, k)).test["loss"]
        assert found == pytest.approx(plain(point(5, k)), rel=1e-10)


@pytest.mark.parametrize("function", range(101, 131))
def test_at_the_optimum_the_test_value_is_the_best(function: int) -> None:
    bases = dict(zip(range(10), (1, 8, 1, 8, 7, 10, 14, 17, 19, 21), strict=True))
    base = bases[(function - 101) // 3]
    benchmark = Noisy(function=function, dimension=3, instance=2)
    optimum = list(ioh.get_problem(base, 2, 3, ioh.ProblemClass.BBOB).optimum.x)
    assert evaluate(benchmark, optimum).test["loss"] == pytest.approx(benchmark.best["loss"])


def test_noise_depends_on_the_configuration_and_the_seed_and_on_nothing_asked_before() -> None:
    benchmark = Noisy(function=107, dimension=2, instance=1)
    first = evaluate(benchmark, [1.0, 2.0], 7)
    assert evaluate(benchmark, [1.0, 2.0], 8).value != first.value
    assert evaluate(benchmark, [1.0, 2.1], 7).test != first.test
    assert evaluate(benchmark, [1.0, 2.0], 8).test == first.test
    cocoex.Suite("bbob-noisy", "", "function_indices:2 dimensions:2 instance_indices:1")[0]([3, 4])
    assert evaluate(benchmark, [1.0, 2.0], 7) == first


def test_multiplied_noise_has_the_published_distribution() -> None:
    x = [2.0, -1.0, 3.0]
    for function, severity in ((101, 0.01), (107, 1.0)):
        benchmark = Noisy(function=function, dimension=3, instance=1)
        told = [evaluate(benchmark, x, seed) for seed in range(400)]
        best = benchmark.best["loss"]
        scores = [
            math.log((o.value - TOLERANCE - best) / (o.test["loss"] - best)) / severity
            for o in told
        ]
        assert stats.kstest(scores, stats.norm.cdf).pvalue > 0.01


def test_one_in_five_values_of_severe_cauchy_noise_is_an_outlier() -> None:
    benchmark = Noisy(function=109, dimension=2, instance=1)
    told = [evaluate(benchmark, [1.0, 1.0], seed) for seed in range(500)]
    added = np.array([o.value - o.test["loss"] for o in told])
    assert 0.14 < np.mean(np.abs(added - 1000) > 1e-6) < 0.26
    assert added.min() > 0


def test_deviates_are_uniform_and_normal_and_independent() -> None:
    drawn = np.array([np.ravel(deviates([0.1, 0.2], seed)) for seed in range(2000)])
    for column, distribution in zip(drawn.T, [stats.uniform] * 2 + [stats.norm] * 2, strict=True):
        assert stats.kstest(column, distribution.cdf).pvalue > 0.001
    assert np.abs(np.corrcoef(drawn.T)[np.triu_indices(4, 1)]).max() < 0.08
