"""A library that calls a function is asked and told like any other, and its thread ends."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from ConfigSpace import ConfigurationSpace

from hpobench.callback import CallbackOptimizer, Evaluate
from hpobench.execution.loop import trajectory
from hpobench.optimizer import Signal
from hpobench.task import Budget, Objective, Problem, Unit
from hpobench.trial import Outcome, Trial

POINTS = [0.1, 0.9, 0.5]


def problem(trials: int = 100, workers: int = 1) -> Problem:
    return Problem(
        space=ConfigurationSpace({"x": (0.0, 1.0)}),
        objectives=(Objective(name="loss"),),
        fidelity=None,
        budget=Budget(trials, Unit.TRIALS),
        workers=workers,
    )


class Scripted(CallbackOptimizer):
    """Runs what it is given as its search."""

    script: Callable[[Evaluate], Any]

    def search(self, evaluate: Evaluate) -> None:
        self.script(evaluate)


def scripted(script: Callable[[Evaluate], Any], task: Problem | None = None) -> Scripted:
    made = Scripted(task or problem(), 0)
    made.script = script
    return made


def loss(trial: Trial) -> Outcome:
    return Outcome(values={"loss": float(trial.config["x"])})


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("workers", [1, 3])
def test_the_librarys_calls_are_the_trials_of_the_run_and_its_return_ends_it(workers: int) -> None:
    told: list[float] = []

    def search(evaluate: Evaluate) -> None:
        told.extend(evaluate({"x": x}).value for x in POINTS)

    optimizer = scripted(search)
    records = list(trajectory(optimizer, loss, problem(workers=workers)))
    assert [record.values for record in records] == [(x,) for x in POINTS]
    assert told == POINTS
    assert optimizer.ask() is Signal.EXHAUSTED
    optimizer.close()
    assert "search" not in threads()


def test_it_waits_while_its_trial_is_pending() -> None:
    optimizer = scripted(lambda evaluate: [evaluate({"x": x}) for x in POINTS])
    assert isinstance(optimizer.ask(), Trial)
    assert optimizer.ask() is Signal.WAIT
    optimizer.close()
    assert "search" not in threads()


def test_an_endless_library_is_stopped_when_the_budget_is_spent() -> None:
    ended: list[str] = []

    def search(evaluate: Evaluate) -> None:
        try:
            while True:
                evaluate({"x": 0.5})
        finally:
            ended.append("cleaned up")

    task = problem(trials=7)
    optimizer = scripted(search, task)
    assert len(list(trajectory(optimizer, loss, task))) == 7
    optimizer.close()
    assert ended == ["cleaned up"]
    assert "search" not in threads()


def test_what_the_library_raises_is_raised_at_every_ask() -> None:
    def search(evaluate: Evaluate) -> None:
        evaluate({"x": 0.5})
        raise ZeroDivisionError("in the library")

    optimizer = scripted(search)
    with pytest.raises(ZeroDivisionError, match="in the library"):
        list(trajectory(optimizer, loss, problem()))
    with pytest.raises(ZeroDivisionError):
        optimizer.ask()
    optimizer.close()
    assert "search" not in threads()


def test_failed_trials_are_told_to_the_library() -> None:
    told: list[Outcome] = []
    optimizer = scripted(lambda evaluate: told.append(evaluate({"x": 0.5})))
    list(trajectory(optimizer, lambda _: Outcome(failure="it burnt"), problem()))
    optimizer.close()
    assert [outcome.failure for outcome in told] == ["it burnt"]


def test_calls_from_several_threads_take_turns() -> None:
    told: list[float] = []

    def search(evaluate: Evaluate) -> None:
        def call(x: float) -> None:
            told.append(evaluate({"x": x}).value)

        workers = [threading.Thread(target=call, args=(x,)) for x in POINTS]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    optimizer = scripted(search)
    assert len(list(trajectory(optimizer, loss, problem()))) == 3
    optimizer.close()
    assert sorted(told) == sorted(POINTS)


def test_it_may_be_closed_before_it_was_asked() -> None:
    scripted(lambda _: None).close()
    assert "search" not in threads()
