"""The default configuration first, against ConfigSpace's own default and random search."""

from ConfigSpace import ConfigurationSpace

from hpobench.adapters.native.default_first import DefaultFirst
from hpobench.adapters.native.random_search import RandomSearch
from hpobench.task import Budget, Objective, Problem
from tests.driving import drive


def problem() -> Problem:
    space = ConfigurationSpace({"x": (0.0, 1.0), "n": (1, 100), "kind": ["a", "b", "c"]})
    return Problem(space=space, objectives=(Objective(name="f"),), fidelity=None, budget=Budget(9))


def test_the_first_trial_is_the_default_and_the_others_are_random_searchs() -> None:
    posed = problem()
    first, *others = drive(DefaultFirst(posed, 3), posed, 9)
    assert first.config == dict(posed.space.get_default_configuration())
    assert first.fidelity is None
    assert others == list(drive(RandomSearch(problem(), 3), problem(), 8))


def test_the_first_trial_is_the_same_for_every_seed() -> None:
    firsts = [next(iter(drive(DefaultFirst(problem(), seed), problem(), 1))) for seed in range(5)]
    assert all(trial == firsts[0] for trial in firsts)
