"""Regularised evolution against the algorithm of the paper and its claim."""

from typing import Any

import numpy as np
import pytest
from ConfigSpace import Categorical, ConfigurationSpace
from hypothesis import given
from hypothesis import strategies as st

from hpobench.adapters.native.random_search import RandomSearch
from hpobench.adapters.native.regularized_evolution import RegularizedEvolution, mutated
from hpobench.optimizer import Optimizer
from hpobench.space import plain_config, violation
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import drive
from tests.examples import examples
from tests.spaces import spaces


def problem(edges: int = 12) -> Problem:
    """A space like that of an architecture: an operation for each edge."""
    space = ConfigurationSpace()
    space.add(*(Categorical(f"edge{i:02}", ["a", "b", "c", "d"]) for i in range(edges)))
    return Problem(
        space=space, objectives=(Objective(name="f"),), fidelity=None, budget=Budget(200)
    )


def loss(config: Config) -> float:
    return float(sum(value != "c" for value in config.values()))


def answer(trial: Trial, _: int) -> Outcome:
    return Outcome(values={"f": loss(trial.config)})


def distance(one: Config, other: Config) -> int:
    return sum(one[name] != other[name] for name in one)


def test_after_the_random_population_each_is_one_step_from_the_best_of_the_living() -> None:
    """With all of the population as sample, the parent is known without its generator."""
    posed = problem()
    optimizer = RegularizedEvolution(posed, 2, population=10, sample=10)
    asked = [trial.config for trial in drive(optimizer, posed, 200, answer=answer)]
    for number in range(10, 200):
        living = asked[number - 10 : number]
        best = min(map(loss, living))
        assert 1 in {distance(each, asked[number]) for each in living if loss(each) == best}


def test_the_oldest_dies_even_if_it_is_the_best() -> None:
    posed = problem()
    optimizer = RegularizedEvolution(posed, 1, population=5, sample=5)
    falling = iter(range(1000))
    drive(optimizer, posed, 50, answer=lambda *_: Outcome(values={"f": float(next(falling))}))
    assert [value for value, _ in optimizer._alive] == [44.0, 45.0, 46.0, 47.0, 48.0]


def test_it_finds_better_architectures_than_random_search() -> None:
    def best(optimizer: Optimizer, posed: Problem) -> float:
        return min(loss(t.config) for t in drive(optimizer, posed, 200, answer=answer))

    for seed in range(3):
        evolved = best(RegularizedEvolution(problem(), seed, population=20, sample=5), problem())
        assert evolved < best(RandomSearch(problem(), seed), problem())


@examples(30)
@given(spaces(), st.integers(0, 999))
def test_a_mutant_keeps_the_space_and_differs_in_one_choice_and_what_hangs_on_it(
    space: ConfigurationSpace, seed: int
) -> None:
    space.seed(seed)
    parent: dict[str, Any] = plain_config(space.sample_configuration())
    child = mutated(space, parent, np.random.default_rng(seed))
    wrong = violation(space, child)
    assert not wrong or wrong.startswith("ForbiddenValueError")
    changed = [name for name in parent if name in child and parent[name] != child[name]]
    assert len(changed) <= 1


@pytest.mark.parametrize("failing", [range(10), range(50)])
def test_failures_join_no_population(failing: range) -> None:
    posed = problem()
    optimizer = RegularizedEvolution(posed, 1, population=5, sample=3)

    def partly(trial: Trial, number: int) -> Outcome:
        return Outcome(failure="oom") if number in failing else answer(trial, number)

    assert len(drive(optimizer, posed, 50, answer=partly)) == 50
    assert len(optimizer._alive) == (0 if len(failing) == 50 else 5)
