"""Syne Tune 0.13's Gaussian processes against its own `Tuner`; only where their environment is."""

import json
import math
import os
import subprocess
from pathlib import Path

import pytest
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer

from hpobench.catalogue import Catalogue
from hpobench.environments import Installation
from hpobench.optimizer import Environment
from hpobench.task import Budget, Fidelity, Objective, Problem
from hpobench.trial import Outcome, Trial
from tests.driving import drive, start
from tests.installed import installed, needs

VARIANT = Catalogue().variant("mobster")
PLACE = Installation.of(VARIANT.environment or Environment())
KINDS = ["adam", "rms", "sgd"]
TRIALS = 16
"""Gets beyond the design of six configurations, of one of which every fidelity is evaluated."""

BY_HAND = """
import json, logging, math, random, sys
from pathlib import Path
import numpy as np
from syne_tune import StoppingCriterion, Tuner
from syne_tune.backend.trial_backend import TrialBackend
from syne_tune.backend.trial_status import Status
from syne_tune.config_space import choice, loguniform, randint, uniform
from syne_tune.constants import ST_WORKER_TIMESTAMP
from syne_tune.optimizer import baselines

logging.disable(logging.CRITICAL)
random.seed(3)
np.random.seed(3)
name, trials = sys.argv[1], int(sys.argv[2])
levels = [20] if name == "BayesianOptimization" else [1, 3, 9, 20]
asked = []

class AtOnce(TrialBackend):
    def _schedule(self, trial_id, config):
        pass

    def _all_trial_results(self, trial_ids):
        jobs = [self._trial_dict[number] for number in trial_ids]
        for job in jobs:
            self.work(job)
        return jobs

    def work(self, job):
        level, config = levels[len(job.metrics)], job.config
        asked.append([[config[key] for key in ("depth", "kind", "lr", "mix")], level])
        if config["depth"] == 7:
            job.status = Status.failed
            return
        found = (math.log10(config["lr"]) + 3) ** 2 + config["mix"] * config["depth"] + 1 / level
        job.metrics.append({"f": found, "epochs": level, ST_WORKER_TIMESTAMP: len(asked)})
        if len(job.metrics) == len(levels):
            job.status = Status.completed

    def stop_all(self):
        pass

    def _stop_trial(self, trial_id, result):
        self._trial_dict[trial_id].status = Status.stopped

    def busy_trial_ids(self):
        running = Status.in_progress
        return [(n, job.status) for n, job in self._trial_dict.items() if job.status == running]

    def entrypoint_path(self):
        return Path("objective.py")

space = {
    "depth": randint(1, 9),
    "kind": choice(["adam", "rms", "sgd"]),
    "lr": loguniform(1e-5, 0.1),
    "mix": uniform(0.0, 1.0),
}
options = {} if len(levels) == 1 else {"resource_attr": "epochs", "max_t": 20, "grace_period": 1}
Tuner(
    trial_backend=AtOnce(),
    scheduler=getattr(baselines, name)(space, metric="f", random_seed=3, **options),
    stop_criterion=StoppingCriterion(max_num_evaluations=trials),
    n_workers=1,
    sleep_time=0,
    max_failures=trials,
    callbacks=[],
    save_tuner=False,
    suffix_tuner_name=False,
).run()
print(json.dumps(asked))
"""

pytestmark = needs(VARIANT)


@pytest.fixture(scope="module", autouse=True)
def environment() -> None:
    """It is there."""
    installed(VARIANT)


def answer(trial: Trial, _: int) -> Outcome:
    lr, mix, depth = (float(trial.config[name]) for name in ("lr", "mix", "depth"))
    if depth == 7:
        return Outcome(failure="diverged")
    level = trial.fidelity or 20
    return Outcome(values={"f": (math.log10(lr) + 3) ** 2 + mix * depth + 1 / level})


@pytest.mark.parametrize("name", ["mobster", "mobster/hyper-tune", "mobster/blackbox"])
def test_it_asks_what_the_library_asks_by_itself(name: str, tmp_path: Path) -> None:
    variant = Catalogue().variant(name)
    scheduler = str(variant.options["scheduler"]).partition(":")[2]
    by_hand = subprocess.run(
        [PLACE.python, "-W", "ignore", "-c", BY_HAND, scheduler, str(TRIALS)],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert by_hand.returncode == 0, by_hand.stderr
    space = ConfigurationSpace()
    space.add(Float("lr", (1e-5, 0.1), log=True), Float("mix", (0, 1)))
    space.add(Integer("depth", (1, 9)), Categorical("kind", KINDS))
    posed = Problem(
        space=space,
        objectives=(Objective(name="f"),),
        fidelity=Fidelity(name="epochs", low=1, high=20, integer=True),
        budget=Budget(TRIALS),
    )
    theirs = json.loads(by_hand.stdout.splitlines()[-1])
    asked = drive(start(variant, posed, 3), posed, len(theirs), answer=answer)
    ours = [[list(trial.config.values()), trial.fidelity or 20] for trial in asked]
    assert len(theirs) >= TRIALS
    assert ours == theirs
