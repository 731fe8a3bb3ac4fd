"""The Syne Tune adapter against the library's own `Tuner`."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from hpobench.catalogue import Catalogue
from hpobench.randomness import GlobalGenerators
from hpobench.task import Budget, Fidelity, Objective, Problem
from hpobench.trial import Config, Outcome, Trial
from tests.driving import drive

pytest.importorskip("syne_tune", reason="pip install 'hpobench[syne-tune]'")

from syne_tune import StoppingCriterion, Tuner
from syne_tune import config_space as domains
from syne_tune.backend.trial_backend import TrialBackend
from syne_tune.backend.trial_status import Status
from syne_tune.constants import ST_WORKER_TIMESTAMP
from syne_tune.optimizer import baselines
from syne_tune.optimizer.schedulers.multiobjective import (
    MultiObjectiveRegularizedEvolution,
)
from syne_tune.optimizer.schedulers.multiobjective.moasha import MOASHA
from syne_tune.optimizer.schedulers.single_fidelity_scheduler import (
    SingleFidelityScheduler,
)

from hpobench.adapters.libraries.syne_tune import SyneTune

RUNNING = Status.in_progress

TRIALS = 40
SLOW = {"asha-cqr", "asha-bore", "cqr", "bore"}
"""They fit trees for each proposal: a third of the trials, which gets beyond their first design."""
KINDS = ["adam", "rms", "sgd"]  # sorted, since CQR's columns are, and positions would be
EPOCHS = [1, 3, 9, 20]
SEED = 3


def values(config: Config, epochs: float, objectives: int) -> list[float]:
    first = (math.log10(float(config["lr"])) + 3) ** 2 + KINDS.index(str(config["kind"])) / 3
    return [first + 1 / epochs, float(config["mix"]) * int(config["depth"])][:objectives]


def fails(config: Config) -> bool:
    return config["depth"] == 7


def by_hand() -> dict[str, Any]:
    """The space as a user of the library would write it, in the order of ours."""
    return {
        "depth": domains.randint(1, 9),
        "kind": domains.choice(KINDS),
        "lr": domains.loguniform(1e-5, 0.1),
        "mix": domains.uniform(0.0, 1.0),
    }


def problem(objectives: int) -> Problem:
    space = ConfigurationSpace()
    space.add(Float("lr", (1e-5, 0.1), log=True), Float("mix", (0, 1)))
    space.add(Integer("depth", (1, 9)), Categorical("kind", KINDS))
    return Problem(
        space=space,
        objectives=tuple(Objective(name=f"f{i}") for i in range(objectives)),
        fidelity=Fidelity(name="epochs", low=1, high=20, integer=True),
        budget=Budget(TRIALS),
    )


class AtOnce(TrialBackend):  # type: ignore[misc]  # no types in the library
    """A place to run jobs that has one result more each time it is looked at."""

    def __init__(self, levels: list[int], objectives: int) -> None:
        super().__init__()
        self._levels, self._objectives = levels, objectives
        self.evaluated: list[tuple[Config, int]] = []

    def _schedule(self, trial_id: int, config: Config) -> None:
        """Nothing has to be started."""

    def _all_trial_results(self, trial_ids: list[int]) -> list[Any]:
        jobs = [self._trial_dict[number] for number in trial_ids]
        for job in jobs:
            self._work(job)
        return jobs

    def _work(self, job: Any) -> None:
        level = self._levels[len(job.metrics)]
        self.evaluated.append((job.config, level))
        if fails(job.config):
            job.status = Status.failed
            return
        found = values(job.config, level, self._objectives)
        stamp = {"epochs": level, ST_WORKER_TIMESTAMP: len(self.evaluated)}
        job.metrics.append({f"f{i}": value for i, value in enumerate(found)} | stamp)
        if len(job.metrics) == len(self._levels):
            job.status = Status.completed

    def stop_all(self) -> None:
        """Nothing is left running."""

    def _stop_trial(self, trial_id: int, result: Any) -> None:
        self._trial_dict[trial_id].status = Status.stopped

    def busy_trial_ids(self) -> list[Any]:
        busy = [each for each in self._trial_dict.items() if each[1].status == RUNNING]
        return [(number, job.status) for number, job in busy]

    def entrypoint_path(self) -> Path:
        return Path("objective.py")


def scheduler(name: str) -> Any:
    """As a user of the library would make it."""
    space, epochs = by_hand(), {"time_attr": "epochs", "max_t": 20}
    small = {"population_size": 20, "sample_size": 5}
    evolution = MultiObjectiveRegularizedEvolution(space, random_seed=SEED, **small)
    several = {"metrics": ["f0", "f1"], "random_seed": SEED}
    one = {"metric": "f0", "random_seed": SEED}
    made: dict[str, Any] = {
        "asha": lambda: baselines.ASHA(space, **one, **epochs),
        "hyperband": lambda: baselines.ASHA(space, brackets=4, **one, **epochs),
        "bohb": lambda: baselines.BOHB(space, **one, **epochs),
        "asha-cqr": lambda: baselines.ASHACQR(space, **one, **epochs),
        "asha-bore": lambda: baselines.ASHABORE(space, **one, **epochs),
        "mo-asha": lambda: MOASHA(space, **several, **epochs),
        "cqr": lambda: baselines.CQR(space, **one),
        "bore": lambda: baselines.BORE(space, **one),
        "kde": lambda: baselines.TPE(space, **one),
        "rea-small": lambda: baselines.REA(space, **one, **small),
        "mo-rea": lambda: SingleFidelityScheduler(space, searcher=evolution, **several),
        "random": lambda: baselines.RandomSearch(space, metrics=["f0"], random_seed=SEED),
    }
    return made[name]()


def heights(evaluated: Sequence[tuple[Config, float]]) -> list[tuple[Config, float]]:
    """Of each configuration the highest fidelity that it was let to, and 0 of one that failed."""
    highest: dict[str, tuple[Config, float]] = {}
    for config, level in evaluated:
        highest[str(config)] = config, 0 if fails(config) else level
    return list(highest.values())[: TRIALS // 2]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name",
    [
        *("asha", "hyperband", "bohb", "asha-cqr", "asha-bore", "mo-asha"),
        *("cqr", "bore", "kde", "rea-small", "mo-rea", "random"),
    ],
)
def test_the_trajectory_is_the_one_of_the_tuner(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNETUNE_FOLDER", str(tmp_path))
    variant = Catalogue().variant(f"syne-tune/{name}")
    objectives = 2 if name.startswith("mo-") else 1
    trials = TRIALS // 3 if name in SLOW else TRIALS
    backend = AtOnce(EPOCHS if variant.capabilities.fidelity else [20], objectives)
    with GlobalGenerators(SEED), threadpool_limits(limits=1):
        Tuner(
            trial_backend=backend,
            scheduler=scheduler(name),
            stop_criterion=StoppingCriterion(max_num_trials_started=trials),
            n_workers=1,
            sleep_time=0,
            max_failures=TRIALS,
            callbacks=[],
            save_tuner=False,
            suffix_tuner_name=False,
        ).run()

    def answer(trial: Trial, _: int) -> Outcome:
        found = values(trial.config, trial.fidelity or 20, objectives)
        if fails(trial.config):
            return Outcome(failure="diverged")
        return Outcome(values={f"f{i}": value for i, value in enumerate(found)})

    posed, theirs = problem(objectives), backend.evaluated
    asked = drive(SyneTune(posed, SEED, **variant.options), posed, len(theirs), answer=answer)
    ours = [(trial.config, trial.fidelity or 20) for trial in asked]
    if name == "hyperband":  # theirs reports before its bracket begins, where nobody listens
        assert heights(ours) == heights(theirs)
    else:
        assert ours == theirs
    assert any(fails(config) for config, _ in theirs)
