"""Quasi-random search against the points that scipy gives a user."""

import pytest
from ConfigSpace import ConfigurationSpace, ForbiddenEqualsClause
from scipy.stats.qmc import Sobol, discrepancy

from hpobench.adapters.native.random_search import RandomSearch
from hpobench.adapters.native.sobol import SobolSearch
from hpobench.task import Budget, Objective, Problem
from tests.driving import drive


def problem(space: ConfigurationSpace) -> Problem:
    return Problem(space=space, objectives=(Objective(name="f"),), fidelity=None, budget=Budget(64))


def square() -> Problem:
    return problem(ConfigurationSpace({"x": (0.0, 1.0), "y": (0.0, 1.0)}))


def test_the_points_are_scipys() -> None:
    posed = square()
    asked = drive(SobolSearch(posed, 5), posed, 64)
    expected = Sobol(2, rng=5).random(64)
    assert [list(trial.config.values()) for trial in asked] == expected.tolist()


def test_they_lie_more_evenly_than_random_ones() -> None:
    def unevenness(kind: type[SobolSearch | RandomSearch], seed: int) -> float:
        asked = drive(kind(square(), seed), square(), 64)
        return float(discrepancy([list(trial.config.values()) for trial in asked]))

    for seed in range(3):
        assert unevenness(SobolSearch, seed) < unevenness(RandomSearch, seed) / 4


def test_forbidden_points_are_passed_over_and_the_order_kept() -> None:
    space = ConfigurationSpace({"n": (0, 3), "x": (0.0, 1.0)})
    free = drive(SobolSearch(problem(space), 1), problem(space), 40)
    space.add(ForbiddenEqualsClause(space["n"], 0))
    asked = drive(SobolSearch(problem(space), 1), problem(space), 20)
    assert [t.config for t in asked] == [t.config for t in free if t.config["n"] != 0][:20]


@pytest.mark.parametrize("scramble", [True, False])
def test_options_reach_the_sequence(scramble: bool) -> None:
    posed = square()
    first = drive(SobolSearch(posed, 1, scramble=scramble), posed, 1)[0]
    assert (list(first.config.values()) == [0.0, 0.0]) != scramble
