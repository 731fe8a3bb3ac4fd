"""Monte Carlo tree search: the branches that conditions leave open, and where it goes on."""

from collections import Counter

import pytest
from ConfigSpace import ConfigurationSpace

from hpobench.adapters.heuristics.tree_search import TreeSearch
from hpobench.benchmarks.space_from_yaml import described_space
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import drive


def posed(space: ConfigurationSpace) -> Problem:
    return Problem(
        space=space, objectives=(Objective(name="loss"),), fidelity=None, budget=Budget(100)
    )


def conditional() -> ConfigurationSpace:
    """Eight models, each with a setting of its own."""
    models = [f"m{i}" for i in range(8)]
    settings = {
        f"s{i}": {"type": "float", "low": 0.0, "high": 1.0, "if": {"model": f"m{i}"}}
        for i in range(8)
    }
    return described_space({"model": {"type": "categorical", "values": models}, **settings})


def good(trial: Trial, _: int) -> Outcome:
    """One model is best, in the last quarter of its setting."""
    if trial.config["model"] != "m5":
        return Outcome(values={"loss": 2.0})
    return Outcome(values={"loss": abs(float(trial.config["s5"]) - 0.95)})


def test_every_branch_is_tried_once_before_any_is_tried_again() -> None:
    trials = drive(TreeSearch(posed(conditional()), 0), posed(conditional()), 8, answer=good)
    assert len({trial.config["model"] for trial in trials}) == 8


def test_it_goes_on_where_it_paid() -> None:
    trials = drive(TreeSearch(posed(conditional()), 0), posed(conditional()), 100, answer=good)
    late = Counter(trial.config["model"] for trial in trials[50:])
    assert late["m5"] > 15  # of a random search 6
    inside = [float(t.config["s5"]) for t in trials[50:] if t.config["model"] == "m5"]
    assert sum(value > 0.75 for value in inside) > len(inside) / 3


def test_a_failure_is_worth_least() -> None:
    def fails(trial: Trial, number: int) -> Outcome:
        return good(trial, number) if trial.config["model"] == "m5" else Outcome(failure="no")

    trials = drive(TreeSearch(posed(conditional()), 0), posed(conditional()), 60, answer=fails)
    assert Counter(trial.config["model"] for trial in trials[30:]).most_common(1)[0][0] == "m5"


@pytest.mark.parametrize("bisections", [0, 3])
def test_a_given_configuration_is_a_path_of_the_tree(bisections: int) -> None:
    space = conditional()
    first: Config = {"model": "m5", "s5": 0.3}
    problem = Problem(
        space=space,
        objectives=(Objective(name="loss"),),
        fidelity=None,
        budget=Budget(9),
        initial=(first,),
    )
    trials = drive(TreeSearch(problem, 0, bisections=bisections), problem, 8, answer=good)
    assert trials[0].config == first
    assert len({trial.config["model"] for trial in trials}) == 8
