"""Grid search against the grid written out by hand."""

import itertools

import pytest
from ConfigSpace import (
    Categorical,
    ConfigurationSpace,
    Constant,
    EqualsCondition,
    Float,
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
    Integer,
    OrdinalHyperparameter,
)
from hypothesis import given

from hpobench.adapters.native.grid_search import LISTED, GridSearch
from hpobench.optimizer import Signal
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Config
from tests.driving import drive
from tests.examples import examples
from tests.spaces import spaces


def problem(space: ConfigurationSpace) -> Problem:
    return Problem(space=space, objectives=(Objective(name="f"),), fidelity=None, budget=Budget(9))


def whole(space: ConfigurationSpace, points: int, seed: int = 0) -> list[Config]:
    posed = problem(space)
    optimizer = GridSearch(posed, seed, points=points)
    asked = drive(optimizer, posed, LISTED)
    assert optimizer.ask() is Signal.EXHAUSTED
    return [trial.config for trial in asked]


def named(config: Config) -> list[tuple[str, object]]:
    return sorted(config.items())


def test_the_grid_is_asked_through_once_in_an_order_of_the_seed() -> None:
    space = ConfigurationSpace()
    space.add(Float("lr", (1e-4, 1.0), log=True), Integer("n", (0, 8)), Constant("c", 1))
    space.add(Categorical("kind", ["a", "b"]), OrdinalHyperparameter("size", [1, 2, 4, 8]))
    found = whole(space, 3)
    listed = itertools.product([1], ["a", "b"], [1e-4, 1e-2, 1.0], [0, 4, 8], [1, 2, 4, 8])
    ordered = sorted(tuple(config.values()) for config in found)
    for point, expected in zip(ordered, sorted(listed), strict=True):
        assert point[:2] + point[3:] == expected[:2] + expected[3:]
        assert point[2] == pytest.approx(expected[2])
    assert found != whole(space, 3, seed=1)
    assert found != sorted(found, key=str)


def test_a_narrow_integer_has_each_of_its_values_once() -> None:
    found = whole(ConfigurationSpace({"n": (1, 3)}), 5)
    assert sorted(config["n"] for config in found) == [1, 2, 3]


def test_what_differs_only_in_the_inactive_is_asked_once_and_clauses_are_kept() -> None:
    space = ConfigurationSpace()
    kind, momentum = Categorical("kind", ["adam", "sgd"]), Float("momentum", (0, 1))
    space.add(kind, momentum, Integer("n", (1, 2), default=1))
    space.add(EqualsCondition(momentum, kind, "sgd"))
    adam = ForbiddenEqualsClause(kind, "adam")
    space.add(ForbiddenAndConjunction(adam, ForbiddenEqualsClause(space["n"], 2)))
    expected: list[Config] = [{"kind": "adam", "n": 1}]
    expected += [{"kind": "sgd", "momentum": m, "n": n} for m in (0.0, 0.5, 1.0) for n in (1, 2)]
    assert sorted(map(named, whole(space, 3))) == sorted(map(named, expected))


def test_of_a_vast_grid_no_point_comes_twice() -> None:
    space = ConfigurationSpace({f"x{i}": (0.0, 1.0) for i in range(30)})
    asked = drive(GridSearch(problem(space), 0), problem(space), 200)
    assert len({str(trial.config) for trial in asked}) == 200
    values = {value for trial in asked for value in trial.config.values()}
    assert values == {0.0, 0.25, 0.5, 0.75, 1.0}


@examples(30)
@given(spaces(frozenset({"categorical", "ordinal", "integer", "condition"})))
def test_no_configuration_is_asked_for_twice(space: ConfigurationSpace) -> None:
    asked = drive(GridSearch(problem(space), 0, points=2), problem(space), 50)
    assert len({str(trial.config) for trial in asked}) == len(asked)
