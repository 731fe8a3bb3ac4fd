"""The DEHB adapter against the library's own run loop."""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ConfigSpace import ForbiddenAndConjunction, ForbiddenEqualsClause, ForbiddenInClause
from dehb import DEHB
from dehb.optimizers.de import DE
from loguru import logger

from hpobench.adapters.libraries.dehb import Dehb
from hpobench.adapters.native.de import DifferentialEvolution
from hpobench.space import plain_config
from hpobench.task import Budget, Fidelity, Objective, Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import drive, zoo

TRIALS = 200
LEGAL = frozenset({"float", "integer", "categorical", "ordinal", "constant", "condition"})
EPOCHS = Fidelity(name="epochs", low=1, high=50)


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def loss(config: Config, fidelity: float) -> float:
    return float(config["lr"]) * 10 + abs(float(config["depth"]) - 4) + 1 / fidelity


def problem() -> Problem:
    return Problem(
        space=zoo(LEGAL),
        objectives=(Objective(name="f"),),
        fidelity=EPOCHS,
        budget=Budget(10),
    )


def answer(trial: Trial, number: int) -> Outcome:
    """Every tenth trial fails."""
    if number % 10 == 4:
        return Outcome(failure="diverged", cost=1.0)
    return Outcome(values={"f": loss(trial.config, trial.fidelity or 0)}, cost=1.0)


def natively() -> list[tuple[dict[str, Any], float]]:
    """What `DEHB.run` evaluates; a failure is the largest float."""
    evaluated: list[tuple[dict[str, Any], float]] = []

    def objective(config: Any, fidelity: float, **_: Any) -> dict[str, float]:
        number = len(evaluated)
        plain = plain_config(config)
        evaluated.append((plain, float(fidelity)))
        failed = number % 10 == 4
        return {"fitness": sys.float_info.max if failed else loss(plain, fidelity), "cost": 1.0}

    space = zoo(LEGAL)
    space.seed(8)
    optimizer = DEHB(
        cs=space,
        f=objective,
        min_fidelity=EPOCHS.low,
        max_fidelity=EPOCHS.high,
        seed=8,
        n_workers=1,
        save_freq=None,
        output_path=".",
    )
    logger.remove()  # it logs to standard output and to a file
    optimizer.run(fevals=TRIALS)
    return evaluated


def test_the_trajectory_is_the_one_of_dehbs_own_loop() -> None:
    posed = problem()
    asked = drive(Dehb(posed, 8), posed, TRIALS, answer=answer)
    expected = natively()
    assert [(trial.config, trial.fidelity) for trial in asked] == expected
    assert len({fidelity for _, fidelity in expected}) == 4


def test_rungs_are_those_of_the_library_even_where_fidelities_are_rounded() -> None:
    posed = problem()
    whole = Fidelity(name="epochs", low=1, high=50, integer=True)
    rounded = replace(problem(), fidelity=whole)
    constant = Outcome(values={"f": 0.0})
    exact = drive(Dehb(posed, 8), posed, 100, answer=lambda *_: constant)
    asked = drive(Dehb(rounded, 8), rounded, 100, answer=lambda *_: constant)
    assert [trial.config for trial in asked] == [trial.config for trial in exact]
    rungs = {trial.fidelity: other.fidelity for trial, other in zip(asked, exact, strict=True)}
    assert rungs == pytest.approx({2: 50 / 27, 6: 50 / 9, 17: 50 / 3, 50: 50})


def test_nothing_is_logged_and_nothing_written(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    seen: list[str] = []
    sink = logger.add(seen.append)
    posed = problem()
    drive(Dehb(posed, 1), posed, 60, answer=answer)
    logger.remove(sink)
    assert seen == []
    assert capfd.readouterr().out == ""
    assert list(tmp_path.iterdir()) == []


def test_forbidden_individuals_are_never_asked_for_and_rank_last() -> None:
    space = zoo(LEGAL)
    adam = ForbiddenEqualsClause(space["kind"], "adam")
    space.add(ForbiddenAndConjunction(adam, ForbiddenInClause(space["depth"], [1, 2, 3, 4])))
    posed = replace(problem(), space=space)
    optimizer = Dehb(posed, 2)
    constant = Outcome(values={"f": 1.0})
    asked = drive(optimizer, posed, TRIALS, answer=lambda *_: constant)
    assert len(asked) == TRIALS
    fitness = Counter(told for _, _, told, *_ in optimizer._dehb.history)
    assert fitness[1.0] == TRIALS - 1  # the last is pending
    assert fitness[sys.float_info.max] > 10
    assert set(fitness) == {1.0, sys.float_info.max}


def test_plain_evolution_asks_what_the_librarys_own_loop_evaluates() -> None:
    options = {"pop_size": 20, "mutation_factor": 0.5, "crossover_prob": 0.5}
    evaluated: list[dict[str, Any]] = []

    def objective(config: Any) -> dict[str, float]:
        evaluated.append(plain_config(config))
        return {"fitness": loss(evaluated[-1], 1.0), "cost": 1.0}

    space = zoo(LEGAL)
    space.seed(8)
    DE(cs=space, f=objective, seed=8, output_path=".", **options).run(generations=6)
    posed = problem()

    def whole(trial: Trial, _: int) -> Outcome:
        return Outcome(values={"f": loss(trial.config, 1.0)})

    asked = drive(DifferentialEvolution(posed, 8, **options), posed, 140, answer=whole)
    assert [trial.config for trial in asked] == evaluated
    assert {trial.fidelity for trial in asked} == {None}
