"""The hyperopt adapter against the library's own `fmin`."""

import math
from typing import Any

import numpy as np
import pytest
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer

from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import drive

hyperopt = pytest.importorskip("hyperopt", reason="pip install 'hpobench[hyperopt]'")

KINDS = ["adam", "sgd", "rms"]


def space() -> ConfigurationSpace:
    made = ConfigurationSpace()
    made.add(Float("lr", (1e-5, 0.1), log=True), Float("momentum", (0, 1)))
    made.add(Integer("depth", (1, 9)), Integer("units", (4, 512), log=True))
    made.add(Categorical("kind", KINDS))
    return made


def by_hand() -> dict[str, Any]:
    """The same space as a user of hyperopt would write it."""
    hp = hyperopt.hp
    return {
        "depth": hp.quniform("depth", 0.5, 9.5, 1),
        "kind": hp.randint("kind", 3),
        "lr": hp.loguniform("lr", math.log(1e-5), math.log(0.1)),
        "momentum": hp.uniform("momentum", 0, 1),
        "units": hp.qloguniform("units", math.log(3.5), math.log(512.5), 1),
    }


def loss(config: Config) -> float:
    return abs(float(config["depth"]) - 4) + float(config["lr"]) * 10 + len(str(config["kind"]))


def fails(config: Config) -> bool:
    return config["depth"] == 7


@pytest.mark.parametrize("algorithm", ["tpe", "anneal", "rand"])
def test_the_trajectory_is_the_one_of_fmin(algorithm: str) -> None:
    from hpobench.adapters.libraries.hyperopt import Hyperopt

    evaluated: list[dict[str, Any]] = []

    def objective(found: dict[str, Any]) -> dict[str, Any]:
        whole = {name: int(found[name]) for name in ("depth", "units")}
        config = {**found, **whole, "kind": KINDS[int(found["kind"])]}
        evaluated.append(config)
        if fails(config):
            return {"status": hyperopt.STATUS_FAIL}
        return {"loss": loss(config), "status": hyperopt.STATUS_OK}

    suggest = getattr(hyperopt, algorithm).suggest
    rng = np.random.default_rng(4)
    hyperopt.fmin(objective, by_hand(), suggest, 40, rstate=rng, show_progressbar=False)
    problem = Problem(
        space=space(), objectives=(Objective(name="f"),), fidelity=None, budget=Budget(40)
    )

    def answer(trial: Trial, _: int) -> Outcome:
        failed = Outcome(failure="diverged")
        return failed if fails(trial.config) else Outcome(values={"f": loss(trial.config)})

    optimizer = Hyperopt(problem, 4, suggest=f"hyperopt.{algorithm}:suggest")
    asked = drive(optimizer, problem, 40, answer=answer)
    assert [trial.config for trial in asked] == evaluated
    assert any(map(fails, evaluated))
