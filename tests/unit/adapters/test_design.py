"""The design of a recording: the same configurations for everybody, each at all levels."""

import pytest
from ConfigSpace import ConfigurationSpace, ForbiddenEqualsClause, ForbiddenInClause, Integer
from scipy.stats.qmc import Sobol

from hpobench.adapters.native.design import SCRAMBLE, Design, design_point
from hpobench.optimizer import Signal
from hpobench.space import plain_config, violation
from hpobench.task import FEATURES, Budget, Objective, Problem
from hpobench.trial import Outcome
from tests.driving import EPOCHS, drive, zoo


def problem(space: ConfigurationSpace) -> Problem:
    fidelity = EPOCHS
    return Problem(
        space=space, objectives=(Objective(name="f"),), fidelity=fidelity, budget=Budget(64)
    )


def test_the_first_point_is_the_default_and_the_others_are_scipys() -> None:
    space = ConfigurationSpace({"x": (0.0, 1.0), "y": (0.0, 1.0)})
    assert design_point(space, 0) == plain_config(space.get_default_configuration())
    expected = Sobol(2, rng=SCRAMBLE).random(256).tolist()
    for number in (1, 2, 63, 64, 65, 200):
        assert list(design_point(space, number).values()) == expected[number - 1]


def test_every_point_is_legal_in_a_space_with_conditions_and_clauses() -> None:
    space = zoo(frozenset(FEATURES))
    points = [design_point(space, number) for number in range(100)]
    assert not any(violation(space, point) for point in points)
    assert len({repr(sorted(point.items())) for point in points}) > 50


def test_forbidden_points_are_passed_over_and_the_order_kept() -> None:
    space = ConfigurationSpace({"n": (0, 3), "x": (0.0, 1.0)})
    free = [design_point(space, number) for number in range(1, 60)]
    space.add(ForbiddenEqualsClause(space["n"], 0))
    allowed = [point for point in free if point["n"] != 0]
    assert [design_point(space, number) for number in range(1, 31)] == allowed[:30]


def test_a_space_of_which_hardly_anything_is_allowed_is_given_up() -> None:
    space = ConfigurationSpace({"n": Integer("n", (1, 10**4), default=1), "x": (0.0, 1.0)})
    space.add(ForbiddenInClause(space["n"], list(range(2, 10**4 + 1))))
    assert design_point(space, 0)["n"] == 1
    with pytest.raises(ValueError, match="hardly any configuration"):
        design_point(space, 1)


def test_each_level_is_asked_in_turn_and_then_no_more() -> None:
    posed = problem(ConfigurationSpace({"x": (0.0, 1.0)}))
    optimizer = Design(posed, 7, number=3, levels=[1, 5, 27])
    asked = drive(optimizer, posed, 10)
    assert [trial.fidelity for trial in asked] == [1, 5, 27]
    assert {trial.config["x"] for trial in asked} == {design_point(posed.space, 3)["x"]}


def test_after_a_failure_nothing_more_is_asked() -> None:
    posed = problem(ConfigurationSpace({"x": (0.0, 1.0)}))
    optimizer = Design(posed, 0, number=1, levels=[1, 5, 27])
    first = optimizer.ask()
    assert not isinstance(first, Signal)
    optimizer.tell(first, Outcome(failure="diverged"))
    assert optimizer.ask() is Signal.EXHAUSTED


@pytest.mark.parametrize("seed", [0, 1])
def test_the_seed_changes_nothing(seed: int) -> None:
    posed = problem(ConfigurationSpace({"x": (0.0, 1.0)}))
    trial = Design(posed, seed, number=9).ask()
    assert not isinstance(trial, Signal)
    assert trial.config == design_point(posed.space, 9)
    assert trial.fidelity is None
