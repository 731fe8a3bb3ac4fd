"""Hier-MAB against the paper's equation, and its claims on a table like the paper's."""

import itertools
import math

import numpy as np
import pytest
from ConfigSpace import Categorical, ConfigurationSpace, EqualsCondition, OrdinalHyperparameter

from hpobench.adapters.native.hierarchical_bandit import HierarchicalBandit
from hpobench.adapters.native.random_search import RandomSearch
from hpobench.optimizer import Optimizer
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import Answer, drive

TOP_K, RATIO, MODEL = [1, 3, 5, 7, 9], [0.3, 0.5, 0.7, 0.9, 1.0], ["mpnet", "ada", "contriever"]


def problem(space: ConfigurationSpace | None = None) -> Problem:
    """The search space of the paper's section 4.1, unless another is given."""
    if space is None:
        space = ConfigurationSpace()
        space.add(
            OrdinalHyperparameter("k", TOP_K),
            OrdinalHyperparameter("ratio", RATIO),
            Categorical("model", MODEL),
        )
    return Problem(
        space=space, objectives=(Objective(name="f"),), fidelity=None, budget=Budget(300)
    )


def loss(config: Config) -> float:
    """Separable, as the paper's rewards nearly are: steep in `k`, flat in `model`."""
    k, ratio = TOP_K.index(int(config["k"])), RATIO.index(float(config["ratio"]))
    return abs(k - 1) / 4 + abs(ratio - 3) / 8 + MODEL.index(str(config["model"])) / 10


def noisy(seed: int) -> Answer:
    rng = np.random.default_rng(seed)
    return lambda trial, _: Outcome(values={"f": loss(trial.config) + 0.1 * rng.normal()})


def test_with_one_hyperparameter_it_is_the_bandit_of_equation_2() -> None:
    space = ConfigurationSpace()
    space.add(Categorical("arm", ["a", "b", "c", "d"]))
    values = {"a": 0.0, "b": 0.3, "c": 0.8, "d": 1.0}
    posed = problem(space)
    optimizer = HierarchicalBandit(posed, 1, alpha=0.7)
    asked = drive(
        optimizer,
        posed,
        200,
        answer=lambda t, _: Outcome(values={"f": values[str(t.config["arm"])]}),
    )
    arms = [str(trial.config["arm"]) for trial in asked]
    assert set(arms[:4]) == set(values)
    for t in range(4, 200):
        counts = {arm: arms[:t].count(arm) for arm in values}
        bounds = {
            arm: 1 - values[arm] + 0.7 * math.sqrt(math.log(t) / counts[arm]) for arm in values
        }
        assert bounds[arms[t]] == pytest.approx(max(bounds.values()))


def test_a_trial_differs_in_one_hyperparameter_from_the_one_before() -> None:
    posed = problem()
    asked = drive(HierarchicalBandit(posed, 3), posed, 100, answer=noisy(3))
    for one, other in itertools.pairwise(asked):
        assert sum(one.config[name] != other.config[name] for name in one.config) <= 1


def regret(optimizer: Optimizer, seed: int) -> list[float]:
    asked = drive(optimizer, problem(), 300, answer=noisy(seed))
    return [loss(trial.config) for trial in asked]


def test_regret_grows_ever_slower_while_that_of_random_search_does_not() -> None:
    """Within a few times the 75 configurations of the grid, under noise, with the paper's alpha."""
    runs = [regret(HierarchicalBandit(problem(), seed), seed) for seed in range(4)]
    early, late = np.mean([run[:50] for run in runs]), np.mean([run[200:] for run in runs])
    random = np.mean(regret(RandomSearch(problem(), 0), 0))
    assert late < 0.5 * min(early, random)


def test_failures_are_rewarded_least_and_inactive_hyperparameters_are_left_alone() -> None:
    space = ConfigurationSpace()
    kind, depth = Categorical("kind", ["tree", "line"]), Categorical("depth", [1, 2, 3])
    space.add(kind, depth, EqualsCondition(depth, kind, "tree"))
    posed = problem(space)

    def answer(trial: Trial, number: int) -> Outcome:
        if trial.config.get("depth") == 3:
            return Outcome(failure="too deep")
        return Outcome(values={"f": 1.0 if trial.config["kind"] == "line" else 0.5})

    asked = drive(HierarchicalBandit(posed, 1), posed, 300, answer=answer)
    depths = [trial.config.get("depth") for trial in asked]
    assert 0 < depths.count(3) < min(depths.count(1), depths.count(2)) / 2
    assert 0 < depths.count(None) < 100
