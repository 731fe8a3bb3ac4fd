"""The nevergrad adapter against the library's own `minimize`."""

from typing import Any

import numpy as np
import pytest
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer, OrdinalHyperparameter

from hpobench.randomness import GlobalGenerators
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Outcome, Trial
from tests.driving import drive

ng = pytest.importorskip("nevergrad", reason="pip install 'hpobench[nevergrad]'")

TRIALS = 40
KINDS, SIZES = ["adam", "sgd", "rms"], [16, 32, 64]


def space() -> ConfigurationSpace:
    made = ConfigurationSpace()
    made.add(Float("lr", (1e-5, 0.1), log=True), Float("momentum", (0, 1)))
    made.add(Integer("depth", (1, 9)), Categorical("kind", KINDS))
    made.add(OrdinalHyperparameter("size", SIZES))
    return made


def by_hand() -> Any:
    """The same space as a user of nevergrad would write it, in the order of ours."""
    return ng.p.Dict(
        depth=ng.p.Scalar(lower=1, upper=9).set_integer_casting(),
        kind=ng.p.Choice(KINDS),
        lr=ng.p.Log(lower=1e-5, upper=0.1),
        momentum=ng.p.Scalar(lower=0, upper=1),
        size=ng.p.TransitionChoice(SIZES),
    )


def values(config: Any, objectives: int) -> list[float]:
    first = float(config["lr"]) * 10 + abs(float(config["depth"]) - 4) + len(str(config["kind"]))
    return [first, -float(config["momentum"]) - float(config["size"]) / 64][:objectives]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "objectives"),
    [("CMA", 1), ("OnePlusOne", 1), ("PSO", 1), ("TBPSA", 1), ("NGOpt", 1), ("DE", 2)],
)
def test_the_trajectory_is_the_one_of_minimize(name: str, objectives: int) -> None:
    from hpobench.adapters.libraries.nevergrad import Nevergrad

    evaluated: list[dict[str, Any]] = []

    def objective(config: dict[str, Any]) -> Any:
        evaluated.append({**config, "lr": float(config["lr"])})
        found = values(config, objectives)
        return found if objectives > 1 else found[0]

    parametrization = by_hand()
    parametrization.random_state = np.random.RandomState(2)
    with GlobalGenerators(2):
        native = ng.optimizers.registry[name](parametrization, budget=TRIALS, num_workers=1)
        native.minimize(objective)
    names = [f"f{i}" for i in range(objectives)]
    problem = Problem(
        space=space(),
        objectives=tuple(Objective(name=each) for each in names),
        fidelity=None,
        budget=Budget(TRIALS),
    )

    def answer(trial: Trial, _: int) -> Outcome:
        return Outcome(values=dict(zip(names, values(trial.config, objectives), strict=True)))

    asked = drive(Nevergrad(problem, 2, name=name), problem, TRIALS, answer=answer)
    assert [trial.config for trial in asked] == evaluated


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "trials"), [("NGOpt", 24), ("NGOpt", 60), ("NGOpt", 200), ("CMA", 200)]
)
@pytest.mark.parametrize("seed", range(3))
def test_a_search_whose_start_fails_starts_where_the_first_trial_succeeds(
    name: str, trials: int, seed: int
) -> None:
    """Its own starting point, the centre, fails here, as does most that is near it."""
    from hpobench.adapters.libraries.nevergrad import Nevergrad

    made = ConfigurationSpace()
    made.add(Float("x", (0, 1)), Float("y", (0, 1)))
    problem = Problem(
        space=made, objectives=(Objective(name="f"),), fidelity=None, budget=Budget(trials)
    )

    def answer(trial: Trial, _: int) -> Outcome:
        x, y = float(trial.config["x"]), float(trial.config["y"])
        return Outcome(failure="diverged") if x > 0.3 else Outcome(values={"f": x + y})

    asked = drive(Nevergrad(problem, seed, name=name), problem, trials, answer=answer)
    good = [answer(trial, 0) for trial in asked if answer(trial, 0).ok]
    assert not answer(asked[0], 0).ok
    assert len(good) > trials / 2, "a random search has three of ten"
    assert min(outcome.vector for outcome in good) < (0.1,), "it searches from there"
