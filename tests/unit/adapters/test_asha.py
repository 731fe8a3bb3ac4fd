"""ASHA against the algorithm of the paper and its claims."""

import math
import random
from collections import Counter

import pytest
from ConfigSpace import ConfigurationSpace
from hypothesis import given
from hypothesis import strategies as st

from hpobench.adapters.libraries.hpbandster import Hpbandster
from hpobench.adapters.native.asha import Asha
from hpobench.adapters.shared.ladder import ladder
from hpobench.execution.loop import trajectory
from hpobench.optimizer import Optimizer
from hpobench.task import Budget, Fidelity, Objective, Problem, Unit
from hpobench.trial import Outcome, Trial
from tests.driving import drive
from tests.examples import examples

EPOCHS = Fidelity(name="epochs", low=1, high=27, integer=True, continuable=True)


def problem(workers: int = 1, budget: float = 100, unit: Unit = Unit.TRIALS) -> Problem:
    return Problem(
        space=ConfigurationSpace({"x": (0.0, 1.0)}),
        objectives=(Objective(name="f"),),
        fidelity=EPOCHS,
        budget=Budget(budget, unit),
        workers=workers,
    )


def loss(trial: Trial) -> float:
    return float(trial.config["x"])


def answer(trial: Trial, _: int) -> Outcome:
    return Outcome(values={"f": loss(trial)})


def get_job(done: dict[int, dict[float, float]], promoted: dict[int, set[float]]) -> object:
    """The procedure `get_job` of Algorithm 2, as it is printed: the rung and x to promote."""
    for k in (2, 1, 0):
        best = sorted(done[k].items(), key=lambda entry: entry[1])[: len(done[k]) // 3]
        for x, _ in best:
            if x not in promoted[k]:
                promoted[k].add(x)
                return k + 1, x
    return 0


@examples(15)
@given(st.integers(1, 9), st.integers(0, 99))
def test_it_asks_what_the_published_procedure_says_in_any_order_of_results(
    workers: int, seed: int
) -> None:
    posed, order = problem(workers), random.Random(seed)
    optimizer = Asha(posed, seed)
    pending: list[Trial] = []
    done: dict[int, dict[float, float]] = {k: {} for k in range(4)}
    promoted: dict[int, set[float]] = {k: set() for k in range(4)}
    for _ in range(120):
        if len(pending) == workers:
            told = pending.pop(order.randrange(workers))
            optimizer.tell(told, answer(told, 0))
            rung = round(math.log(told.fidelity or 0, 3))
            done[rung][loss(told)] = loss(told)
        expected = get_job(done, promoted)
        asked = optimizer.ask()
        rung = round(math.log(asked.fidelity or 0, 3))
        assert expected == ((rung, loss(asked)) if rung else 0)
        pending.append(asked)


def test_one_in_eta_climbs_each_rung_and_a_few_who_were_among_the_best_too_early() -> None:
    """The paper counts these as the square root of the rung's trials."""
    asked = drive(Asha(problem(), 3), problem(), 600, answer=answer)
    numbers = Counter(trial.fidelity for trial in asked)
    assert list(numbers) == [1, 3, 9, 27]
    for low, high in ((1, 3), (3, 9), (9, 27)):
        assert 0 <= numbers[high] + 1 - numbers[low] / 3 <= 2 * math.sqrt(numbers[low])


def test_failures_are_never_promoted() -> None:
    def failing(trial: Trial, number: int) -> Outcome:
        return Outcome(failure="diverged") if number % 4 else answer(trial, number)

    asked = drive(Asha(problem(), 1), problem(), 100, answer=failing)
    failed = {loss(trial) for number, trial in enumerate(asked) if number % 4}
    firsts = {loss(trial) for number, trial in enumerate(asked) if not number % 4}
    assert not {loss(trial) for trial in asked if (trial.fidelity or 0) > 1} & (failed - firsts)


def test_with_many_workers_it_has_a_full_training_sooner_than_synchronous_halving() -> None:
    """The paper's claim, where trials of one rung take from half to three times their mean."""

    def evaluate(trial: Trial) -> Outcome:
        slow = 0.5 + 2.5 * random.Random(repr(trial.config)).random() ** 3
        return Outcome(values={"f": loss(trial)}, cost=slow * (trial.fidelity or 0.0))

    def first_full(optimizer: Optimizer, posed: Problem) -> float:
        records = trajectory(optimizer, evaluate, posed)
        return next(record.end for record in records if record.fidelity == EPOCHS.high)

    for seed in range(3):
        posed = problem(workers=9, budget=300, unit=Unit.SECONDS)
        halving = Hpbandster(problem(9), seed, algorithm="HyperBand", eta=3)
        assert first_full(Asha(posed, seed), posed) < first_full(halving, posed)


@pytest.mark.parametrize(
    ("fidelity", "expected"),
    [
        (Fidelity(name="z", low=1, high=52, integer=True), [2, 6, 17, 52]),
        (Fidelity(name="z", low=1, high=81), [1, 3, 9, 27, 81]),
        (Fidelity(name="z", low=1, high=2, integer=True), [2]),
        (Fidelity(name="z", low=90, high=100), [100]),
    ],
)
def test_the_ladder_is_hyperbands(fidelity: Fidelity, expected: list[float]) -> None:
    assert ladder(fidelity, 3) == expected
