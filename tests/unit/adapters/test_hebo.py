"""The HEBO adapter against the library's own loop; only where its environment is made."""

import json
import subprocess
from dataclasses import replace
from math import log10
from pathlib import Path

import pytest
from ConfigSpace import ConfigurationSpace, Float, Integer

from hpobench.catalogue import Catalogue
from hpobench.environments import Installation
from hpobench.optimizer import Environment
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Outcome
from tests.driving import drive, start
from tests.installed import needs

VARIANT = Catalogue().variant("hebo")
PLACE = Installation.of(VARIANT.environment or Environment())
TRIALS = 5
"""The design takes four of them, the model proposes the last."""

BY_HAND = """
import json, random
import numpy as np
import torch
from hebo.design_space.design_space import DesignSpace
from hebo.optimizers.hebo import HEBO

random.seed(5)
np.random.seed(5)
torch.manual_seed(5)
space = DesignSpace().parse([  # in the order of the names, which is ConfigSpace's
    {"name": "depth", "type": "int", "lb": 1, "ub": 9},
    {"name": "lr", "type": "pow", "lb": 1e-4, "ub": 1.0},
    {"name": "mix", "type": "num", "lb": 0.0, "ub": 1.0},
])
optimizer, asked = HEBO(space, scramble_seed=5), []
for _ in range(%d):
    row = optimizer.suggest(1)
    lr, mix, depth = (row[name].item() for name in ("lr", "mix", "depth"))
    asked.append([lr, mix, depth])
    optimizer.observe(row, np.array([[(np.log10(lr) + 2) ** 2 + (mix - 0.3) ** 2 + depth / 9]]))
print(json.dumps(asked))
"""

pytestmark = needs(VARIANT)


def problem() -> Problem:
    space = ConfigurationSpace()
    space.add(Float("lr", (1e-4, 1.0), log=True), Float("mix", (0, 1)), Integer("depth", (1, 9)))
    return Problem(
        space=space, objectives=(Objective(name="f"),), fidelity=None, budget=Budget(TRIALS)
    )


@pytest.mark.timeout(1800)  # the model takes seconds for each proposal
def test_it_asks_what_the_library_asks_by_itself(tmp_path: Path) -> None:
    by_hand = subprocess.run(
        [PLACE.python, "-W", "ignore", "-c", BY_HAND % TRIALS],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip

    def loss(config: dict[str, float]) -> float:
        lr, mix, depth = config["lr"], config["mix"], config["depth"]
        return (log10(lr) + 2) ** 2 + (mix - 0.3) ** 2 + depth / 9

    asked = drive(
        start(VARIANT, problem(), 5), problem(), TRIALS,
        answer=lambda trial, _: Outcome(values={"f": loss(dict(trial.config))}),  # type: ignore[arg-type]
    )  # fmt: skip
    ours = [[trial.config[name] for name in ("lr", "mix", "depth")] for trial in asked]
    theirs = json.loads(by_hand.stdout.splitlines()[-1])  # pymoo prints before it
    assert ours == [[pytest.approx(value, rel=1e-12) for value in row] for row in theirs]


def test_failures_before_the_first_success_are_not_modelled_as_successes() -> None:
    wide = replace(problem(), budget=Budget(3))
    asked = drive(
        start(VARIANT, wide, 1), wide, 6,
        answer=lambda _, number: Outcome(failure="no") if number < 5 else Outcome(values={"f": 1}),
    )  # fmt: skip
    assert len({str(trial.config) for trial in asked}) == 6
