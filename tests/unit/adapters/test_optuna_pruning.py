"""The adapter of optuna's pruners against `study.optimize` with the same pruner and seed."""

from collections import Counter
from typing import Any

import optuna
import pytest
from ConfigSpace import ConfigurationSpace, Float, Integer

from hpobench.adapters.libraries.optuna_pruning import PrunedOptuna
from hpobench.task import Budget, Fidelity, Objective, Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import drive

RUNGS = [1.0, 3.0, 9.0, 27.0]
TRIALS = 90


def problem(**fidelity: Any) -> Problem:
    space = ConfigurationSpace()
    space.add(Integer("depth", (1, 9)), Float("x", (0, 1)))
    return Problem(
        space=space,
        objectives=(Objective(name="f"),),
        fidelity=Fidelity(**{"name": "epochs", "low": 1, "high": 27, **fidelity}),
        budget=Budget(TRIALS),
    )


def loss(config: Config, epochs: float) -> float:
    """Some curves cross."""
    return abs(float(config["depth"]) - 4) / epochs + float(config["x"])


def diverges(config: Config) -> bool:
    return float(config["x"]) > 0.8


def answer(trial: Trial, _: int) -> Outcome:
    if diverges(trial.config):
        return Outcome(failure="diverged")
    return Outcome(values={"f": loss(trial.config, trial.fidelity or 0)})


NATIVE = {
    "HyperbandPruner": {"min_resource": 1, "max_resource": 27, "reduction_factor": 3},
    "SuccessiveHalvingPruner": {"min_resource": 1, "reduction_factor": 3},
    "MedianPruner": {},
}


@pytest.mark.parametrize("pruner", NATIVE)
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_the_trajectory_is_the_one_of_study_optimize(pruner: str) -> None:
    evaluated: list[tuple[Config, float]] = []

    def objective(trial: optuna.Trial) -> float:
        config = {"depth": trial.suggest_int("depth", 1, 9), "x": trial.suggest_float("x", 0, 1)}
        for epochs in RUNGS:
            evaluated.append((config, epochs))
            if diverges(config):
                raise ZeroDivisionError
            trial.report(loss(config, epochs), int(epochs))
            if trial.should_prune() and epochs < RUNGS[-1]:
                raise optuna.TrialPruned
        return loss(config, RUNGS[-1])

    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=3),
        pruner=getattr(optuna.pruners, pruner)(**NATIVE[pruner]),
        study_name="hpobench",
    )
    while len(evaluated) < TRIALS:
        study.optimize(objective, n_trials=1, catch=(ZeroDivisionError,))
    optimizer = PrunedOptuna(problem(), 3, sampler="TPESampler", pruner=pruner)
    asked = drive(optimizer, problem(), TRIALS, answer=answer)
    assert [(trial.config, trial.fidelity) for trial in asked] == evaluated[:TRIALS]
    assert {trial.fidelity for trial in asked} == set(RUNGS)
    assert any(map(diverges, (trial.config for trial in asked)))


def test_the_brackets_of_hyperband_begin_at_different_fidelities() -> None:
    """A bracket's pruner first looks at its own least fidelity: below, nothing is stopped."""
    posed = problem()
    optimizer = PrunedOptuna(posed, 1, sampler="RandomSampler", pruner="HyperbandPruner")
    asked = drive(optimizer, posed, 400, answer=answer)
    last = {str(trial.config): trial.fidelity for trial in asked if not diverges(trial.config)}
    assert set(Counter(last.values())) == set(RUNGS)


def test_whole_and_few_fidelities_have_fewer_rungs() -> None:
    posed = problem(high=2, integer=True)
    optimizer = PrunedOptuna(posed, 1, sampler="TPESampler", pruner="MedianPruner")
    asked = drive(optimizer, posed, 20, answer=answer)
    assert {trial.fidelity for trial in asked} == {2}
