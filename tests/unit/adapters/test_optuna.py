"""The optuna adapter against `study.optimize` with the same sampler and seed."""

from typing import Any

import optuna
import pytest
from ConfigSpace import (
    Categorical,
    ConfigurationSpace,
    Constant,
    EqualsCondition,
    Float,
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
    GreaterThanCondition,
    Integer,
    OrdinalHyperparameter,
)

from hpobench.adapters.libraries.optuna import Optuna
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import drive

TRIALS = 70


def space() -> ConfigurationSpace:
    made = ConfigurationSpace()
    kind = Categorical("kind", ["adam", "sgd"])
    momentum = Float("momentum", (0, 1))
    depth, units = Integer("depth", (1, 9)), Integer("units", (4, 512), log=True)
    batch = OrdinalHyperparameter("batch", [16, 32, 64])
    made.add(Float("lr", (1e-6, 0.1), log=True), kind, momentum, depth, units, batch)
    made.add(Constant("layers", 3))
    made.add(EqualsCondition(momentum, kind, "sgd"), GreaterThanCondition(units, depth, 2))
    made.add(
        ForbiddenAndConjunction(
            ForbiddenEqualsClause(kind, "sgd"), ForbiddenEqualsClause(batch, 64)
        )
    )
    return made


def by_hand(trial: optuna.Trial) -> dict[str, Any]:
    """The same space as a user of optuna would write it, in the order of ours."""
    config: dict[str, Any] = {"batch": [16, 32, 64][trial.suggest_int("batch", 0, 2)]}
    config["depth"] = trial.suggest_int("depth", 1, 9)
    config["kind"] = trial.suggest_categorical("kind", ["adam", "sgd"])
    config["layers"] = 3
    config["lr"] = trial.suggest_float("lr", 1e-6, 0.1, log=True)
    if config["kind"] == "sgd":
        config["momentum"] = trial.suggest_float("momentum", 0, 1)
    if config["depth"] > 2:
        config["units"] = trial.suggest_int("units", 4, 512, log=True)
    return config


def values(config: Config, objectives: int) -> list[float]:
    """Two conflicting functions, or one."""
    first = float(config["lr"]) * 10 + abs(float(config["depth"]) - 4) + float(config["batch"]) / 64
    second = float(config.get("momentum", 0.3)) - float(config["depth"])
    return [first, second][:objectives]


def diverges(config: Config) -> bool:
    return int(config["depth"]) == 7


def natively(sampler: str, objectives: int, **options: Any) -> list[dict[str, Any]]:
    """What `study.optimize` evaluates."""
    evaluated = []

    def objective(trial: optuna.Trial) -> list[float]:
        config = by_hand(trial)
        if config["kind"] == "sgd" and config["batch"] == 64:
            raise optuna.TrialPruned
        evaluated.append(config)
        if diverges(config):
            raise ZeroDivisionError
        return values(config, objectives)

    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    study = optuna.create_study(
        sampler=getattr(optuna.samplers, sampler)(seed=3, **options),
        directions=["minimize"] * objectives,
    )
    while len(evaluated) < TRIALS:
        study.optimize(objective, n_trials=1, catch=(ZeroDivisionError,))
    return evaluated


GROUPS = {"multivariate": True, "group": True}
ALONE = {"warn_independent_sampling": False}


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize(
    ("sampler", "objectives", "options"),
    [
        ("TPESampler", 1, {}),
        ("TPESampler", 2, {}),
        ("TPESampler", 1, GROUPS),
        ("NSGAIISampler", 2, {}),
        ("NSGAIIISampler", 2, {"population_size": 10}),
        ("QMCSampler", 1, {**ALONE, "scramble": True}),
        ("CmaEsSampler", 1, ALONE),
    ],
)
def test_the_trajectory_is_the_one_of_study_optimize(
    sampler: str, objectives: int, options: dict[str, Any]
) -> None:
    if sampler == "CmaEsSampler":
        pytest.importorskip("cmaes")
    names = [f"f{i}" for i in range(objectives)]
    problem = Problem(
        space=space(),
        objectives=tuple(Objective(name=name) for name in names),
        fidelity=None,
        budget=Budget(TRIALS),
    )

    def answer(trial: Any, _: int) -> Outcome:
        if diverges(trial.config):
            return Outcome(failure="diverged")
        return Outcome(values=dict(zip(names, values(trial.config, objectives), strict=True)))

    optimizer = Optuna(problem, 3, sampler=sampler, **options)
    asked = drive(optimizer, problem, TRIALS, answer=answer)
    expected = natively(sampler, objectives, **options)
    assert [trial.config for trial in asked] == expected
    assert any(diverges(config) for config in expected)


def test_the_sampler_learns_from_the_values() -> None:
    def distance(trial: Trial) -> float:
        return abs(float(trial.config["x"]) - 0.8)

    problem = Problem(
        space=ConfigurationSpace({"x": (0.0, 1.0)}),
        objectives=(Objective(name="f"),),
        fidelity=None,
        budget=Budget(50),
    )
    optimizer = Optuna(problem, 0, sampler="TPESampler")
    asked = drive(optimizer, problem, 50, answer=lambda t, _: Outcome(values={"f": distance(t)}))
    late = sorted(map(distance, asked[25:]))
    assert late[len(late) // 2] < 0.1


def test_options_reach_the_sampler() -> None:
    problem = Problem(
        space=space(), objectives=(Objective(name="f"),), fidelity=None, budget=Budget(1)
    )
    found: list[Any] = []
    for multivariate in (False, True):
        optimizer = Optuna(problem, 1, sampler="TPESampler", multivariate=multivariate)
        found.append(optimizer._study.sampler._multivariate)
    assert found == [False, True]
