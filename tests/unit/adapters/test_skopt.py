"""The scikit-optimize adapter against the library's own `base_minimize`."""

from typing import Any

import pytest
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer

from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import drive

skopt = pytest.importorskip("skopt", reason="pip install 'hpobench[skopt]'")

KINDS = ["adam", "sgd", "rms"]
TRIALS = 9


def loss(config: Config) -> float:
    return abs(float(config["depth"]) - 4) + float(config["lr"]) * 10 + len(str(config["kind"]))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("model", "acquisition"), [("GP", "gp_hedge"), ("ET", "EI")])
def test_the_trajectory_is_the_one_of_base_minimize(model: str, acquisition: str) -> None:
    from hpobench.adapters.libraries.skopt import Skopt

    space = ConfigurationSpace()
    space.add(Integer("depth", (1, 9)), Categorical("kind", KINDS))
    space.add(Float("lr", (1e-5, 0.1), log=True))
    evaluated: list[dict[str, Any]] = []

    def objective(point: list[Any]) -> float:
        depth, kind, lr = point
        evaluated.append({"depth": int(depth), "kind": KINDS[kind], "lr": float(lr)})
        return loss(evaluated[-1])

    skopt.optimizer.base_minimize(
        objective,
        [skopt.space.Integer(1, 9), skopt.space.Categorical([0, 1, 2]),
         skopt.space.Real(1e-5, 0.1, prior="log-uniform")],
        model,
        acq_func=acquisition,
        acq_optimizer="auto",
        n_initial_points=6,
        n_calls=TRIALS,
        random_state=3,
    )  # fmt: skip
    problem = Problem(
        space=space, objectives=(Objective(name="f"),), fidelity=None, budget=Budget(TRIALS)
    )

    def answer(trial: Trial, _: int) -> Outcome:
        return Outcome(values={"f": loss(trial.config)})

    options = {"base_estimator": model, "acq_func": acquisition, "n_initial_points": 6}
    asked = drive(Skopt(problem, 3, **options), problem, TRIALS, answer=answer)
    assert [trial.config for trial in asked] == evaluated
