"""Population-based training, as far as tasks without weights to hand on allow it."""

import math
import sys
from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from ConfigSpace.hyperparameters import IntegerHyperparameter, OrdinalHyperparameter

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.fidelities import reachable, required
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.adapters.shared.vectors import choices, value_at
from hpobench.optimizer import Optimizer, Signal
from hpobench.space import plain_config
from hpobench.task import Fidelity, Problem, Unit
from hpobench.trial import Config, Outcome, Trial, Value


@dataclass(slots=True, eq=False)
class PopulationMember:
    """One that is trained.

    Attributes:
        config: What it is trained with now.
        step: How many of the fidelities it has reached.
        value: At the last of them; infinite if that failed or there was none.
    """

    config: Config
    step: int = 0
    value: float = math.inf


class PopulationBasedTraining(Optimizer):
    """Train a population side by side, and let the worst take over what the best are trained with.

    A member that is among the worst share copies the configuration of one among the best, and
    explores around it. All go on to their next fidelity without waiting for each other, and a
    population that has reached the highest is followed by a new one. What of the paper is not
    here is the copy of weights: a trial is one configuration from its beginning, so a copy with
    changes is trained anew (and charged for it), and one without goes on where that
    configuration has come to.

    Args:
        population: How many members, unless the budget is too small for that: then as many as
            reach the highest fidelity within it, even if each step is trained anew.
        steps: How many fidelities, evenly spaced from the lowest to the highest.
        share: Fraction of the population that counts as the worst, and as the best.
        factors: A number is multiplied by one of them to explore.
        resample: How often a hyperparameter is drawn anew instead, in [0, 1].

    Source: Jaderberg et al. (2017), Population Based Training of Neural Networks,
    arXiv:1711.09846: truncation selection and perturbation; how often a value is drawn anew is
    the default of Ray Tune's `PopulationBasedTraining`.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,
        *,
        population: int = 10,
        steps: int = 5,
        share: float = 0.2,
        factors: tuple[float, ...] = (0.8, 1.2),
        resample: float = 0.25,
    ) -> None:
        self._space, self._rng = problem.space, np.random.default_rng(seed)
        self._space.seed(seed)
        self._fidelities = intervals(required(problem), steps)
        self._size = max(min(population, affordable(problem, self._fidelities)), 1)
        self._elite = max(int(share * self._size), 1)
        self._factors, self._resample = factors, resample
        self._ready: deque[PopulationMember] = deque()
        self._members: list[PopulationMember] = []

    def ask(self) -> Trial | Signal:
        """The next step of a member, or wait for those that are all being trained."""
        if all(member.step == len(self._fidelities) for member in self._members):
            self._members = [PopulationMember(self._drawn()) for _ in range(self._size)]
            self._ready.extend(self._members)
        if not self._ready:
            return Signal.WAIT
        member = self._ready.popleft()
        if member.step:
            self._exploit(member)
        fidelity = self._fidelities[member.step]
        return Trial(config=member.config, fidelity=fidelity, handle=member)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Note how well the member does, and make it ready for its next step."""
        member: PopulationMember = trial.handle
        member.value = outcome.value if outcome.ok else math.inf
        member.step += 1
        if member.step < len(self._fidelities):
            self._ready.append(member)

    def _exploit(self, member: PopulationMember) -> None:
        """Copy one of the best, if the member is one of the worst, and explore around it."""
        ranked = sorted((m for m in self._members if m.step), key=lambda each: each.value)
        if len(ranked) < 2 * self._elite or member not in ranked[-self._elite :]:
            return
        better = ranked[self._rng.integers(self._elite)]
        member.config = self._explored(better) if better.value < math.inf else self._drawn()

    def _explored(self, better: PopulationMember) -> Config:
        """A configuration near another that the space allows."""
        asked = propose_legal(
            self._space, lambda: Trial(config=self._perturbed(better.config)), lambda *_: None
        )
        return asked.config if isinstance(asked, Trial) else better.config

    def _perturbed(self, config: Config) -> Config:
        """A configuration of which each hyperparameter is moved a little or drawn anew."""

        def choose(name: str) -> Value:
            hyperparameter = self._space[name]
            if name not in config or self._rng.random() < self._resample:
                return value_at(hyperparameter, self._rng.random())
            factor = self._factors[self._rng.integers(len(self._factors))]
            return moved(hyperparameter, config[name], factor)

        return define_by_run(self._space, choose)

    def _drawn(self) -> Config:
        return plain_config(self._space.sample_configuration())


def moved(hyperparameter: Any, found: Any, factor: float) -> Value:
    """A number times a factor, as far as its range goes; in a sequence the next up or down."""
    if listed := choices(hyperparameter):
        if not isinstance(hyperparameter, OrdinalHyperparameter) or factor == 1:
            return listed[listed.index(found)]
        place = listed.index(found) + (1 if factor > 1 else -1)
        return listed[min(max(place, 0), len(listed) - 1)]
    clipped = min(max(found * factor, hyperparameter.lower), hyperparameter.upper)
    return round(clipped) if isinstance(hyperparameter, IntegerHyperparameter) else float(clipped)


def affordable(problem: Problem, fidelities: list[float]) -> int:
    """How many members a budget has for all steps; no limit, where it counts seconds."""
    amount = problem.budget.amount
    match problem.budget.unit:
        case Unit.TRIALS:
            return int(amount * fidelities[-1] / sum(fidelities))
        case Unit.EVALUATIONS:
            return int(amount / len(fidelities))
        case Unit.SECONDS:
            return sys.maxsize


def intervals(fidelity: Fidelity, steps: int) -> list[float]:
    """Evenly spaced fidelities, the last the highest; those that rounding makes equal are one."""
    width = (fidelity.high - fidelity.low) / max(steps - 1, 1)
    levels = [reachable(fidelity, fidelity.high - step * width) for step in range(steps)]
    return list(dict.fromkeys(levels))[::-1]
