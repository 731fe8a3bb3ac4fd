"""The FLAML adapter against the library's own `tune.run`."""

import math
from typing import Any

import pytest
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer, OrdinalHyperparameter

from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import drive

# Through the adapter, which imports it without ray.
adapter = pytest.importorskip(
    "hpobench.adapters.libraries.flaml", reason="pip install 'hpobench[flaml]'"
)

TRIALS = 60
KINDS = ["adam", "sgd", "rms"]


def loss(config: Config) -> float:
    lr = math.log10(float(config["lr"]))
    size = abs(int(config["units"]) - 40) / 100 + int(config["batch"]) / 128
    kind = KINDS.index(str(config["kind"]))
    return (lr + 3) ** 2 + (float(config["mix"]) - 0.4) ** 2 + size + kind


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["CFO", "BlendSearch"])
def test_the_trajectory_is_the_one_of_tune_run(name: str) -> None:
    tune = adapter.tune
    by_hand = {
        "batch": tune.choice([16, 32, 64]),
        "kind": tune.choice(KINDS),
        "lr": tune.loguniform(1e-5, 0.1),
        "mix": tune.uniform(0.0, 1.0),
        "units": tune.lograndint(4, 513),
    }
    evaluated: list[Config] = []

    def objective(config: dict[str, Any]) -> dict[str, float]:
        evaluated.append(dict(config))
        return {"loss": loss(config)}

    searcher = getattr(tune.searcher, name)(metric="loss", mode="min", space=by_hand, seed=4)
    tune.run(objective, search_alg=searcher, num_samples=TRIALS, verbose=0)
    space = ConfigurationSpace()
    space.add(Float("lr", (1e-5, 0.1), log=True), Float("mix", (0, 1)))
    space.add(Integer("units", (4, 512), log=True), Categorical("kind", KINDS))
    space.add(OrdinalHyperparameter("batch", [16, 32, 64]))
    problem = Problem(
        space=space, objectives=(Objective(name="f"),), fidelity=None, budget=Budget(TRIALS)
    )

    def answer(trial: Trial, _: int) -> Outcome:
        return Outcome(values={"f": loss(trial.config)})

    asked = drive(adapter.Flaml(problem, 4, searcher=name), problem, TRIALS, answer=answer)
    assert [trial.config for trial in asked] == evaluated
    assert len(evaluated) == TRIALS
