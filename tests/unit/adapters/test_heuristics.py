"""Searches that are a rule: races, greedy coordinates, and the best of a small model scaled."""

import math
from collections import Counter
from dataclasses import replace
from itertools import groupby
from typing import Any

import pytest
from ConfigSpace import Categorical, ConfigurationSpace, Float, OrdinalHyperparameter

from hpobench.adapters.heuristics.coordinates import GreedyCoordinates
from hpobench.adapters.heuristics.racing import Racing, Repeats
from hpobench.adapters.heuristics.scaled import ScaledBest
from hpobench.adapters.native.step_law import batch_tokens
from hpobench.optimizer import Signal
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import drive


def problem(space: ConfigurationSpace, **changes: Any) -> Problem:
    posed = Problem(
        space=space, objectives=(Objective(name="f"),), fidelity=None, budget=Budget(50)
    )
    return replace(posed, **changes)


def grid() -> ConfigurationSpace:
    space = ConfigurationSpace()
    space.add(
        OrdinalHyperparameter("a_size", [1, 2, 3]),
        Categorical("model", ["m1", "m2", "m3", "m4"]),
        OrdinalHyperparameter("z_top", [1, 2, 3]),
    )
    return space


def changed(one: Config, other: Config) -> list[str]:
    return [name for name in one if one[name] != other[name]]


def test_each_configuration_is_repeated_so_often() -> None:
    posed = problem(ConfigurationSpace({"x": (0.0, 1.0)}), workers=3)
    asked = drive(Repeats(posed, 1, times=3), posed, 30)
    assert [len(list(group)) for _, group in groupby(asked, lambda t: t.config["x"])] == [3] * 10


def test_the_incumbent_of_a_race_is_evaluated_once_more_for_each_challenger() -> None:
    """Without noise: a challenger that is worse is seen once, a better one as often as needed."""
    posed = problem(ConfigurationSpace({"x": (0.0, 1.0)}))

    def answer(trial: Trial, _: int) -> Outcome:
        return Outcome(values={"f": float(trial.config["x"])})

    asked = [
        float(trial.config["x"]) for trial in drive(Racing(posed, 2), posed, 60, answer=answer)
    ]
    best, counts = math.inf, Counter[float]()
    for x in asked[:-20]:  # a race may be cut off at the end
        counts[x] += 1
    for x in dict.fromkeys(asked[:-20]):
        if x < best:
            best = x
            assert counts[x] >= 2 or x == asked[0]
        else:
            assert counts[x] == 1
    assert max(counts, key=lambda x: counts[x]) in {min(counts), asked[0]}


def test_one_hyperparameter_is_changed_at_a_time_and_the_best_is_kept() -> None:
    posed = problem(grid())
    goal: Config = {"a_size": 3, "model": "m4", "z_top": 1}

    def answer(trial: Trial, _: int) -> Outcome:
        return Outcome(values={"f": float(len(changed(trial.config, goal)))})

    asked = [t.config for t in drive(GreedyCoordinates(posed, 3), posed, 8, answer=answer)]
    assert goal in asked  # 1 + 2 + 3 + 2 trials at most
    assert len({tuple(config.items()) for config in asked}) == len(asked)


def test_it_ends_when_everything_was_evaluated() -> None:
    posed = problem(grid())
    asked = drive(GreedyCoordinates(posed, 3), posed, 100)
    assert len(asked) == 3 * 4 * 3


def test_what_comes_first_is_tried_first() -> None:
    for first, expected in (((), "a_size"), (("*model*",), "model"), (("z*", "a*"), "z_top")):
        posed = problem(grid())
        begin, second = (
            trial.config for trial in drive(GreedyCoordinates(posed, 1, first=first), posed, 2)
        )
        assert changed(begin, second) == [expected]


def test_a_failure_is_never_kept_and_ranges_are_spread_evenly() -> None:
    posed = problem(ConfigurationSpace({"x": (0.0, 1.0)}))
    asked = drive(
        GreedyCoordinates(posed, 1, points=4),
        posed,
        9,
        answer=lambda *_: Outcome(failure="diverged"),
    )
    assert [trial.config["x"] for trial in asked[1:5]] == [0.125, 0.375, 0.625, 0.875]


REFERENCE = {"N": 1e8, "lr": 1e-3, "bs": 100}


@pytest.mark.parametrize(
    ("rule", "factor"),
    [
        ("as-is", lambda _: 1.0),
        ("linear", lambda batch: batch / 100),
        ("square-root", lambda batch: math.sqrt(batch / 100)),
        ("width", lambda _: 1 / 2),
    ],
)
def test_the_first_trial_is_what_the_rule_makes_of_the_small_model(rule: str, factor: Any) -> None:
    space = ConfigurationSpace()
    space.add(Float("lr", (1e-6, 1.0), log=True), Float("bs", (1.0, 1e5), log=True))
    posed = problem(space, context={"N": 4e8, "D": 1e10})
    optimizer = ScaledBest(posed, 0, rule=rule, reference=REFERENCE)
    trial = optimizer.ask()
    assert not isinstance(trial, Signal)
    batch = batch_tokens(1e10) / 2048
    assert trial.config["lr"] == pytest.approx(1e-3 * factor(batch))
    assert trial.config["bs"] == pytest.approx(100 if rule == "as-is" else batch)
