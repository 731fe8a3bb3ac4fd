"""A language model's first configurations, and its part in CMA-ES, against a stub."""

import json
from typing import Any

import pytest
from ConfigSpace import ConfigurationSpace

from hpobench.adapters.language.centaur import BEST, LAST, Centaur
from hpobench.adapters.language.warm_start import WarmStarted
from hpobench.adapters.libraries.pycma import Pycma
from hpobench.adapters.shared import chat
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Outcome, Trial
from tests.driving import drive
from tests.language_model import served


def problem() -> Problem:
    return Problem(
        space=ConfigurationSpace({"x": (0.0, 1.0), "y": (0.0, 1.0)}),
        objectives=(Objective(name="loss"),),
        fidelity=None,
        budget=Budget(30),
        context={"N": 7e9},
    )


def loss(trial: Trial, _: int) -> Outcome:
    x, y = float(trial.config["x"]), float(trial.config["y"])
    return Outcome(values={"loss": (x - 0.9) ** 2 + (y - 0.1) ** 2})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Any:
    """The requests to a model that answers what the test's parameter says."""
    monkeypatch.setenv(chat.MODEL, "stub")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with served(lambda body: [request.param] * body.get("n", 1)) as (url, requests):
        monkeypatch.setenv(chat.URL, url)
        yield requests


FIRST = [{"x": 0.1, "y": 0.2}, {"x": 0.3, "y": 0.4}, {"x": 0.5, "y": 0.6}]
LINES = "\n".join(["Sure:", *map(json.dumps, [*FIRST, FIRST[0], {"x": 7, "y": 0}])])


@pytest.mark.parametrize("asked", [LINES], indirect=True)
def test_the_first_configurations_are_those_that_the_model_names(asked: Any) -> None:
    optimizer = WarmStarted(problem(), 0, initial=3)
    trials = [optimizer.ask() for _ in range(3)]
    assert [trial.config for trial in trials] == FIRST
    (prompt,) = {each["body"]["messages"][0]["content"] for each in asked}
    assert "Recommend 3 different configurations" in prompt
    assert "N = 7000000000.0" in prompt


@pytest.mark.parametrize("asked", ["I would rather not."], indirect=True)
def test_a_model_that_names_none_leaves_them_to_chance(asked: Any) -> None:
    optimizer = WarmStarted(problem(), 0, initial=3)
    trials = [optimizer.ask() for _ in range(3)]
    assert len({json.dumps(dict(trial.config)) for trial in trials}) == 3
    assert asked


@pytest.mark.parametrize("asked", [json.dumps({"x": 0.9, "y": 0.1})], indirect=True)
def test_three_in_ten_of_a_generation_are_named_and_cma_es_learns_from_them(asked: Any) -> None:
    trials = drive(Centaur(problem(), 1), problem(), 30, answer=loss)
    named = [number for number, trial in enumerate(trials) if trial.config == {"x": 0.9, "y": 0.1}]
    assert named == [4, 5, 10, 11, 16, 17, 22, 23, 28, 29]  # of generations of six
    guided, alone = (
        sum(loss(trial, 0).value for seed in range(1, 6) for trial in own_late(kind, seed))
        for kind in (Centaur, Pycma)
    )
    assert guided < alone
    prompt = asked[-1]["body"]["messages"][0]["content"]
    assert "CMA-ES searches around" in prompt
    best, last = prompt.split("The last configurations:")
    assert best.count(" -> ") == BEST
    assert last.count(" -> ") == LAST


def own_late(kind: type[Pycma], seed: int) -> list[Trial]:
    """What CMA-ES itself proposes in its fourth and fifth generations."""
    trials = drive(kind(problem(), seed), problem(), 30, answer=loss)
    return [*trials[18:22], *trials[24:28]]


@pytest.mark.parametrize("asked", ["no"], indirect=True)
def test_replies_of_no_use_leave_cma_es_as_it_is(asked: Any) -> None:
    trials = drive(Centaur(problem(), 1), problem(), 18, answer=loss)
    alone = drive(Pycma(problem(), 1), problem(), 18, answer=loss)
    assert [trial.config for trial in trials] == [trial.config for trial in alone]
    assert asked
