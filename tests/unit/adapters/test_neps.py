"""The NePS adapter against the library's own `run`; only where its environment is made."""

import json
import subprocess
from math import log10

import pytest
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer

from hpobench.catalogue import Catalogue
from hpobench.environments import Installation
from hpobench.optimizer import Environment
from hpobench.task import Budget, Fidelity, Objective, Problem
from hpobench.trial import Config, Outcome
from tests.driving import drive, start
from tests.installed import needs

VARIANT = Catalogue().variant("neps/bo")
PLACE = Installation.of(VARIANT.environment or Environment())

BY_HAND = """
import json, logging, random, sys
from math import log10
import numpy as np
import torch
import neps

logging.disable(logging.CRITICAL)
torch.set_num_threads(1)

def trajectory(algorithm, trials):
    asked = []
    prior = algorithm == "priorband"

    def trusted(default):
        return {"prior": default, "prior_confidence": "medium"} if prior else {}

    class Space(neps.PipelineSpace):  # by names in the order of ours
        a_depth = neps.Integer(1, 9, **trusted(5))
        # Positions: the library makes a set of the choices, whose order with text is by chance.
        b_kind = neps.Categorical((0, 1, 2), **trusted(0))
        c_lr = neps.Float(1e-4, 1.0, log=True, **trusted(1e-2))
        d_mix = neps.Float(0.0, 1.0, **trusted(0.5))
        if algorithm != "bayesian_optimization":
            fidelity = neps.IntegerFidelity(1, 27)

    def evaluate(a_depth, b_kind, c_lr, d_mix, fidelity=27):
        kind = ("adam", "sgd", "rms")[b_kind]
        asked.append([a_depth, kind, c_lr, d_mix, int(fidelity)])
        value = (log10(c_lr) + 2) ** 2 + a_depth / 9 + len(kind) + 1 / fidelity + d_mix
        return {"objective_to_minimize": value, "cost": 1.0}

    random.seed(5)
    np.random.seed(5)
    torch.manual_seed(5)
    neps.run(
        evaluate, Space(), root_directory=algorithm, optimizer=algorithm,
        worker_evaluations_to_spend=trials,
    )
    return asked

named = (argument.split("=") for argument in sys.argv[1:])
print(json.dumps({name: trajectory(name, int(trials)) for name, trials in named}))
"""

TRIALS = {
    "hyperband": ("hyperband", 40),
    "asha": ("asha", 40),
    "async-hyperband": ("async_hb", 40),
    "priorband": ("priorband", 40),
    "bo": ("bayesian_optimization", 8),  # its design takes half of them
}
"""By variant: the library's name, and how many."""

pytestmark = needs(VARIANT)


def loss(config: Config, fidelity: float) -> float:
    lr, mix, depth = (float(config[name]) for name in ("lr", "mix", "depth"))
    return (log10(lr) + 2) ** 2 + depth / 9 + len(str(config["kind"])) + 1 / fidelity + mix


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[object]]]:
    """What the library asks by itself, by its own name of the algorithm."""
    done = subprocess.run(
        [PLACE.python, "-W", "ignore", "-c", BY_HAND, *map("=".join, named())],
        cwd=tmp_path_factory.mktemp("neps"), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, list[list[object]]] = json.loads(done.stdout.splitlines()[-1])
    return found


def named() -> list[tuple[str, str]]:
    return [(name, str(trials)) for name, trials in TRIALS.values()]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", TRIALS)
def test_it_asks_what_the_library_asks_by_itself(
    name: str, theirs: dict[str, list[list[object]]]
) -> None:
    space = ConfigurationSpace()
    space.add(Float("lr", (1e-4, 1.0), log=True), Float("mix", (0, 1)), Integer("depth", (1, 9)))
    space.add(Categorical("kind", ["adam", "sgd", "rms"]))
    algorithm, trials = TRIALS[name]
    problem = Problem(
        space=space,
        objectives=(Objective(name="f"),),
        fidelity=Fidelity(name="epochs", low=1, high=27, integer=True),
        budget=Budget(trials),
    )
    asked = drive(
        start(Catalogue().variant(f"neps/{name}"), problem, 5), problem, trials,
        answer=lambda trial, _: Outcome(values={"f": loss(trial.config, trial.fidelity or 27)}),
    )  # fmt: skip
    ours = [[*trial.config.values(), int(trial.fidelity or 27)] for trial in asked]
    assert ours == theirs[algorithm]
