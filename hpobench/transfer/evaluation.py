"""What configurations are worth on a task that they were not tuned on."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hpobench.benchmark import Benchmark
from hpobench.execution.construction import build, pose
from hpobench.execution.loop import at_fidelity
from hpobench.outcomes import judge_outcome
from hpobench.run import canonical, seed_from
from hpobench.scoring.constants import Constants, References
from hpobench.scoring.policy import FailedAs
from hpobench.scoring.regret import normalise
from hpobench.scoring.trials import Floats, describe_task
from hpobench.space import violation
from hpobench.task import Problem, Task
from hpobench.trial import Config, Outcome, Trial

REPEATS = 10
"""Evaluations of a configuration whose values are noisy and not known without noise."""


@dataclass(slots=True)
class TransferTarget:
    """A task on which configurations are evaluated, each once.

    Attributes:
        task: The task.
        constants: Those in force.
        problem: As an optimizer would see it.
        benchmark: Built for it.
    """

    task: Task
    constants: Constants | None
    problem: Problem
    benchmark: Benchmark
    _losses: dict[bytes, float] = field(default_factory=dict)

    @classmethod
    def of(cls, task: Task, references: References) -> "TransferTarget":
        """The target that a task is.

        Raises:
            UserError: Its definition does not fit its benchmark.
        """
        benchmark = build(task)
        benchmark.warm_up()
        problem = pose(task, benchmark)
        return cls(task, references.of(describe_task(task, problem)), problem, benchmark)

    def misfit(self, config: Config) -> str:
        """Why a configuration does not lie in its space, or empty if it does."""
        return violation(self.problem.space, config)

    def loss(self, config: Config) -> float:
        """What a configuration counts as at the highest fidelity, infinite if infeasible.

        Its value without noise where that is known and constants are of such values, else the mean
        over `REPEATS` evaluations if the task is noisy.
        """
        key = canonical(dict(config))
        if key not in self._losses:
            self._losses[key] = self._evaluated(config)
        return self._losses[key]

    def regrets(self, losses: Sequence[float]) -> Floats:
        """Normalised regrets, at most that of nothing; NaN without a scale."""
        without_noise = self.constants is None or self.constants.told is not None
        known = self.constants if without_noise else self.constants and self.constants.by_told
        found = normalise(np.array(losses), known, FailedAs.WORST)
        return np.minimum(found.regrets, found.nothing)

    def _evaluated(self, config: Config) -> float:
        first = self._outcome(config, 0)
        (name,) = self.task.objectives
        if not first.feasible:
            return math.inf
        if first.noiseless and (self.constants is None or self.constants.told):
            return first.noiseless[name]
        rest = range(1, REPEATS) if self.task.noisy else ()
        outcomes = [first, *(self._outcome(config, number) for number in rest)]
        values = [outcome.value if outcome.feasible else math.inf for outcome in outcomes]
        return float(np.mean(values))

    def _outcome(self, config: Config, number: int) -> Outcome:
        """The outcome of one evaluation, with noise that depends on task and number alone."""
        trial = at_fidelity(Trial(config=dict(config)), self.problem.fidelity)
        text: Mapping[str, Any] = {"transfer": self.task.base_id, "number": number}
        seed = seed_from(canonical(text))
        task, answer = self.task, self.benchmark.evaluate(trial, seed)
        return judge_outcome(answer, task.objectives, task.signals, task.constraints)
