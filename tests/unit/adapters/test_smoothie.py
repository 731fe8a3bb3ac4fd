"""SMOOTHIE lets smoothness alone decide, as its authors' program does."""

import math

import pytest
from ConfigSpace import ConfigurationSpace

from hpobench.adapters.trainings.smoothie import Smoothie
from hpobench.execution.loop import Loop
from hpobench.execution.workers import Simulated
from hpobench.optimizer import Capabilities
from hpobench.task import Budget, Fidelity, Objective, Problem
from hpobench.trial import Outcome, Record, Trial
from tests.driving import catalogue


def problem(budget: str, workers: int = 1) -> Problem:
    return Problem(
        space=ConfigurationSpace({"x": (0.0, 1.0)}),
        objectives=(Objective(name="f"),),
        fidelity=Fidelity(name="epochs", low=1, high=10, integer=True, continuable=True),
        budget=Budget.parse(budget),
        workers=workers,
        signals=("smoothness",),
    )


def evaluate(trial: Trial) -> Outcome:
    """The smoother, the worse: values must not decide."""
    x = float(trial.config["x"])
    signals = {"smoothness": x if x < 0.9 else math.nan}
    if x < 0.9:
        return Outcome(values={"f": x}, signals=signals)
    return Outcome(failure="diverged")


def run(budget: str, workers: int = 1, **options: int) -> list[Record]:
    posed = problem(budget, workers)
    simulated = Simulated(evaluate, ("f",), posed.signals)
    return list(Loop(Smoothie(posed, 4, **options), simulated, posed).records())


@pytest.mark.parametrize("workers", [1, 3])
def test_the_five_smoothest_of_thirty_are_trained_to_the_end_and_a_round_follows(
    workers: int,
) -> None:
    records = sorted(run("evaluations=70", workers), key=lambda record: record.number)
    for begin in (0, 35):
        drawn, ended = records[begin : begin + 30], records[begin + 30 : begin + 35]
        assert [record.fidelity for record in drawn] == [1] * 30
        assert [record.fidelity for record in ended] == [10] * 5
        sound = [record for record in drawn if not record.failure]
        smoothest = sorted(sound, key=lambda record: -record.signals[0])[:5]
        assert [record.config for record in ended] == [record.config for record in smoothest]


def test_a_small_budget_has_a_smaller_round_whose_best_are_still_trained() -> None:
    records = run("trials=6")
    assert [record.fidelity for record in records[:15]] == [1] * 10 + [10] * 5


def test_a_round_in_which_all_fail_is_followed_by_another() -> None:
    optimizer = Smoothie(problem("trials=100"), 1, drawn=2)
    for _ in range(6):
        asked = optimizer.ask()
        assert isinstance(asked, Trial)
        assert asked.fidelity == 1
        optimizer.tell(asked, Outcome(failure="diverged"))


def test_it_needs_the_signal() -> None:
    able: Capabilities = catalogue().variant("smoothie").capabilities
    assert "smoothness" in able.obstacle(catalogue().task("learners/perceptron-digits-mf"))
    assert not able.obstacle(catalogue().task("torch/image-digits-mf"))
