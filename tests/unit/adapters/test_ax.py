"""The Ax adapter against the loop of the library's tutorial; only where its environment is made."""

import json
import subprocess
from math import log10
from pathlib import Path

import pytest
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer

from hpobench.catalogue import Catalogue
from hpobench.environments import Installation
from hpobench.optimizer import Environment
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Config, Outcome
from tests.driving import drive, start
from tests.installed import needs

VARIANT = Catalogue().variant("ax")
PLACE = Installation.of(VARIANT.environment or Environment())
TRIALS = 7
"""The design takes five of them, the model proposes the others."""

BY_HAND = """
import json, logging, random, sys
from math import log10
import numpy as np
import torch
from ax.api.client import Client
from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig
from ax.api.utils.generation_strategy_dispatch import choose_generation_strategy
from ax.api.utils.structs import GenerationStrategyDispatchStruct
from botorch.acquisition.logei import qLogExpectedImprovement

logging.disable(logging.CRITICAL)
torch.set_num_threads(1)
torch.manual_seed(5)
random.seed(5)
np.random.seed(5)
objectives, trials, acquisition = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
asked = []

def values(lr, mix, depth, kind):
    return [(log10(lr) + 2) ** 2 + (mix - 0.3) ** 2 + depth / 9 + kind, mix * depth]

client = Client(random_seed=5)
client.configure_experiment(parameters=[  # in the order of the names, which is ConfigSpace's
    RangeParameterConfig("depth", (1, 9), "int"),
    ChoiceParameterConfig("kind", [0, 1, 2], "int", is_ordered=False),
    RangeParameterConfig("lr", (1e-4, 1.0), "float", scaling="log"),
    RangeParameterConfig("mix", (0.0, 1.0), "float"),
])
names = [f"f{i}" for i in range(objectives)]
client.configure_optimization(objective=", ".join(f"-{name}" for name in names))
if acquisition:
    chosen = choose_generation_strategy(
        GenerationStrategyDispatchStruct(method="fast", initialization_random_seed=5),
        botorch_acqf_class=qLogExpectedImprovement,
    )
    client.set_generation_strategy(chosen)
else:
    client.configure_generation_strategy(method="fast", initialization_random_seed=5)
for _ in range(trials):
    for number, chosen in client.get_next_trials(max_trials=1).items():
        asked.append([chosen[name] for name in ("lr", "mix", "depth", "kind")])
        client.complete_trial(number, raw_data=dict(zip(names, values(*asked[-1]))))
print(json.dumps(asked))
"""

pytestmark = needs(VARIANT)


def values(config: Config) -> list[float]:
    lr, mix, depth, kind = (float(config[name]) for name in ("lr", "mix", "depth", "kind"))
    return [(log10(lr) + 2) ** 2 + (mix - 0.3) ** 2 + depth / 9 + kind, mix * depth]


@pytest.mark.timeout(1800)  # the model takes seconds for each proposal
@pytest.mark.parametrize(("name", "objectives"), [("ax", 1), ("ax", 2), ("ax/log-ei", 1)])
def test_it_asks_what_the_library_asks_by_itself(
    name: str, objectives: int, tmp_path: Path
) -> None:
    variant = Catalogue().variant(name)
    acquisition = str(variant.options.get("acquisition", ""))
    by_hand = subprocess.run(
        [PLACE.python, "-W", "ignore", "-c", BY_HAND, str(objectives), str(TRIALS), acquisition],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    space = ConfigurationSpace()
    space.add(Float("lr", (1e-4, 1.0), log=True), Float("mix", (0, 1)), Integer("depth", (1, 9)))
    space.add(Categorical("kind", [0, 1, 2]))
    names = [f"f{i}" for i in range(objectives)]
    problem = Problem(
        space=space,
        objectives=tuple(Objective(name=name) for name in names),
        fidelity=None,
        budget=Budget(TRIALS),
    )
    asked = drive(
        start(variant, problem, 5), problem, TRIALS,
        answer=lambda trial, _: Outcome(
            values=dict(zip(names, values(trial.config), strict=False)),
        ),
    )  # fmt: skip
    ours = [[trial.config[name] for name in ("lr", "mix", "depth", "kind")] for trial in asked]
    assert ours == json.loads(by_hand.stdout.splitlines()[-1])
