"""Syne Tune's schedulers, driven as its own `Tuner` drives them."""

import logging
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime
from inspect import signature
from typing import Any

from ConfigSpace.hyperparameters import (
    CategoricalHyperparameter,
    IntegerHyperparameter,
    OrdinalHyperparameter,
)
from syne_tune import config_space as domains
from syne_tune.backend.trial_status import Trial as Job
from syne_tune.optimizer.scheduler import SchedulerDecision

from hpobench.adapters.define_by_run import define_by_run
from hpobench.adapters.fidelities import reachable, required
from hpobench.adapters.legal import legal
from hpobench.adapters.vectors import placed
from hpobench.loading import load
from hpobench.optimizer import Optimizer, Signal
from hpobench.randomness import GlobalGenerators
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial

BEGUN = datetime(2000, 1, 1, tzinfo=UTC)
"""When all jobs began; no scheduler asks."""


class SyneTune(Optimizer):
    """One of the library's schedulers; it learns nothing from failures.

    Every hyperparameter is suggested, and what is inactive is left out. Ordinals are integers.
    A job that its scheduler does not stop goes on to the next fidelity before any new one begins.

    Args:
        scheduler: `module:Class`.
        searcher: `module:Class` of the searcher that the scheduler is to use, if not its own.
        options: Arguments of the searcher, or else of the scheduler.
    """

    def __init__(
        self, problem: Problem, seed: int, *, scheduler: str, searcher: str = "", **options: Any
    ) -> None:
        logging.getLogger("syne_tune").setLevel(logging.CRITICAL)  # it warns of every failure
        self._problem, self._begun = problem, 0
        self._climbing: deque[Trial] = deque()
        self._generators = GlobalGenerators(seed)  # it draws from numpy's
        cls, space = load(scheduler), problem.space
        domains = {name: domain(hp) for name, hp in space.items() if hp.size != 1}
        arguments = known(problem, set(signature(cls).parameters))
        self._chooses = "max_t" in arguments
        with self._generators.quietly():
            if searcher:
                options = {"searcher": load(searcher)(domains, random_seed=seed, **options)}
            self._scheduler = cls(domains, random_seed=seed, **arguments, **options)

    def ask(self) -> Trial | Signal:
        """The next fidelity of a job that was not stopped, or a new job."""
        if self._climbing:
            return self._climbing.popleft()
        return legal(self._problem.space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Report the result, and let the job go on if the scheduler does."""
        job, (reached, *ahead) = trial.handle
        names = [objective.name for objective in self._problem.objectives]
        result = dict(zip(names, outcome.vector, strict=False)) | {"level": reached}
        with self._generators.quietly():
            if not outcome.ok:
                self._scheduler.on_trial_error(job)
            elif self._scheduler.on_trial_result(job, result) == SchedulerDecision.STOP:
                self._scheduler.on_trial_remove(job)
            elif ahead:
                self._climbing.append(self._at(replace(trial, handle=(job, ahead))))
            else:
                self._scheduler.on_trial_complete(job, result)

    def _propose(self) -> Trial | Signal:
        with self._generators.quietly():
            suggestion = self._scheduler.suggest()
            if suggestion is None:
                return Signal.EXHAUSTED
            job = Job(self._begun, suggestion.config, BEGUN)
            self._scheduler.on_trial_add(job)
        self._begun += 1
        space, chosen = self._problem.space, suggestion.config
        positions = {n: int(v) if isinstance(v, str) else v for n, v in chosen.items()}
        config = define_by_run(space, lambda name: placed(space[name], positions))
        return self._at(Trial(config=config, handle=(job, self._levels(job))))

    def _levels(self, job: Job) -> list[float]:
        """Where the scheduler may stop a job, and the highest fidelity, in its own numbers."""
        if not self._chooses:
            return [0.0]
        rungs = {float(level) for level, _ in self._scheduler.trial_info[job.trial_id].rungs}
        return sorted(rungs | {self._scheduler.max_t})

    def _at(self, trial: Trial) -> Trial:
        """The trial at the first of the levels that lie ahead of it."""
        if not self._chooses:
            return trial
        _, (level, *_) = trial.handle
        return replace(trial, fidelity=reachable(required(self._problem), level))


def known(problem: Problem, parameters: set[str]) -> dict[str, Any]:
    """Those of a scheduler's arguments that follow from the problem."""
    names = [objective.name for objective in problem.objectives]
    found: dict[str, Any] = {"metrics": names, "metric": names[0], "time_attr": "level"}
    if "max_t" in parameters:
        fidelity = required(problem)
        found |= {"grace_period": fidelity.low, "max_t": fidelity.high}
    return {name: value for name, value in found.items() if name in parameters}


def domain(hyperparameter: Any) -> Any:
    """A hyperparameter in the library's terms; a choice is its position, written as text."""
    match hyperparameter:
        case CategoricalHyperparameter(choices=choices):
            return domains.choice([str(position) for position in range(len(choices))])
        case OrdinalHyperparameter(sequence=sequence):
            return domains.randint(0, len(sequence) - 1)
    low, high, log = hyperparameter.lower, hyperparameter.upper, hyperparameter.log
    if isinstance(hyperparameter, IntegerHyperparameter):
        return domains.lograndint(low, high) if log else domains.randint(low, high)
    return domains.loguniform(low, high) if log else domains.uniform(low, high)
