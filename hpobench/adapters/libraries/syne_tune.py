"""Syne Tune's schedulers, driven as its own `Tuner` drives them."""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from inspect import signature
from typing import Any

from syne_tune.backend.trial_status import Trial as Job
from syne_tune.optimizer.scheduler import SchedulerDecision

from hpobench.adapters.shared.fidelities import reachable, required
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.adapters.shared.syne_tune_space import active_config, to_syne_tune_domain
from hpobench.optimizer import Optimizer, Signal
from hpobench.randomness import GlobalGenerators
from hpobench.system.loading import load
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

    Attributes:
        problem: To be solved.
        scheduler: The library's.
    """

    def __init__(
        self, problem: Problem, seed: int, *, scheduler: str, searcher: str = "", **options: Any
    ) -> None:
        logging.getLogger("syne_tune").setLevel(logging.CRITICAL)  # it warns of every failure
        self.problem, self._begun = problem, 0
        self._climbing: deque[Trial] = deque()
        self._generators = GlobalGenerators(seed, python=False)  # it draws from numpy's
        cls, space = load(scheduler), problem.space
        domains = {name: to_syne_tune_domain(hp) for name, hp in space.items() if hp.size != 1}
        arguments = self.known(set(signature(cls).parameters))
        self._chooses = "max_t" in arguments
        with self._generators.quietly():
            if searcher:
                options = {"searcher": load(searcher)(domains, random_seed=seed, **options)}
            self.scheduler = cls(domains, random_seed=seed, **arguments, **options)

    def ask(self) -> Trial | Signal:
        """The next fidelity of a job that was not stopped, or a new job."""
        if self._climbing:
            return self._climbing.popleft()
        return propose_legal(self.problem.space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Report the result, and let the job go on if the scheduler does."""
        job, (reached, *ahead) = trial.handle
        names = [objective.name for objective in self.problem.objectives]
        result = dict(zip(names, outcome.vector, strict=False)) | {"level": reached}
        with self._generators.quietly():
            if not outcome.ok:
                self.scheduler.on_trial_error(job)
            elif self.scheduler.on_trial_result(job, result) == SchedulerDecision.STOP:
                self.scheduler.on_trial_remove(job)
            elif ahead:
                self._climbing.append(self._at(replace(trial, handle=(job, ahead))))
            else:
                self.scheduler.on_trial_complete(job, result)

    def _propose(self) -> Trial | Signal:
        with self._generators.quietly():
            suggestion = self.suggested(self._begun)
            if suggestion is None:
                return Signal.EXHAUSTED
            job = Job(self._begun, suggestion.config, BEGUN)
            self.scheduler.on_trial_add(job)
        self._begun += 1
        config = active_config(self.problem.space, suggestion.config)
        ahead = self.levels(job) if self._chooses else [0]
        return self._at(Trial(config=config, handle=(job, ahead)))

    def _at(self, trial: Trial) -> Trial:
        """The trial at the first of the levels that lie ahead of it."""
        if not self._chooses:
            return trial
        _, (level, *_) = trial.handle
        return replace(trial, fidelity=reachable(required(self.problem), self.fidelity(level)))

    def known(self, parameters: set[str]) -> dict[str, Any]:
        """Those of a scheduler's arguments that follow from the problem."""
        names = [objective.name for objective in self.problem.objectives]
        found: dict[str, Any] = {"metrics": names, "metric": names[0], "time_attr": "level"}
        if "max_t" in parameters:
            fidelity = required(self.problem)
            found |= {"grace_period": fidelity.low, "max_t": fidelity.high}
        return {name: value for name, value in found.items() if name in parameters}

    def suggested(self, _: int) -> Any:
        """What the scheduler suggests for the job of that number."""
        return self.scheduler.suggest()

    def levels(self, job: Job) -> Sequence[float]:
        """Where the scheduler may stop a job, and the last, in its own numbers."""
        rungs = {float(level) for level, _ in self.scheduler.trial_info[job.trial_id].rungs}
        return sorted(rungs | {self.scheduler.max_t})

    def fidelity(self, level: float) -> float:
        """What one of these numbers stands for."""
        return level
