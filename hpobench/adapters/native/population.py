"""Population-based training, with the copy of weights where a task has them to hand on."""

import math
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import numpy as np
from ConfigSpace.hyperparameters import IntegerHyperparameter, OrdinalHyperparameter

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.fidelities import reachable, required
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.adapters.shared.vectors import choices, coordinate_of, value_at
from hpobench.optimizer import Optimizer, Signal
from hpobench.space import plain_config, violation
from hpobench.task import Fidelity, Problem, Unit
from hpobench.trial import Config, Outcome, Trial, Value


class Copied(StrEnum):
    """What a member that is among the worst takes from one among the best."""

    BOTH = "both"
    HYPERPARAMETERS = "hyperparameters"
    WEIGHTS = "weights"
    NEITHER = "neither"


@dataclass(slots=True, eq=False)
class PopulationMember:
    """One that is trained.

    Attributes:
        config: What it is trained with now.
        step: How many of the fidelities it has reached.
        value: At the last of them; infinite if that failed or there was none.
        state: Number of the trial whose weights it has; None before there are any.
        pending: Number of its trial that was asked for last.
    """

    config: Config
    step: int = 0
    value: float = math.inf
    state: int | None = None
    pending: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationOptions:
    """The options of a population.

    Attributes:
        population: How many members, unless the budget is too small for that: then as many as
            reach the highest fidelity within it, even if each step is trained anew.
        steps: How many fidelities, evenly spaced from the lowest to the highest.
        share: Fraction of the population that counts as the worst, and as the best.
        factors: A number is multiplied by one of them to explore.
        resample: How often a hyperparameter is drawn anew instead, in [0, 1].
        copied: What is copied of weights and configuration, see `Copied`. Less than both is for
            tasks whose trials go on from others: there each member keeps the rest of its own.
        noise: Where above 0, a number explores by normal noise of this standard deviation, as a
            share of its range, instead of by a factor.
        begin: Configurations of the first members; the others are drawn. Those that a space does
            not allow are left out.
    """

    population: int = 10
    steps: int = 5
    share: float = 0.2
    factors: Sequence[float] = (0.8, 1.2)
    resample: float = 0.25
    copied: str = Copied.BOTH
    noise: float = 0.0
    begin: Sequence[Mapping[str, Value]] = ()


class PopulationBasedTraining(Optimizer):
    """Train a population side by side, and let the worst take over what the best are trained with.

    A member that is among the worst share copies weights and configuration of one among the best,
    and explores around that. All go on to their next fidelity without waiting for each other, and
    a population that has reached the highest is followed by a new one. Where the trials of a task
    cannot go on from those of other configurations, no weights are copied: a copy with changes is
    trained anew (and charged for it), and one without goes on where that configuration has come
    to.

    Args:
        options: See `PopulationOptions`.

    Source: Jaderberg et al. (2017), Population Based Training of Neural Networks,
    arXiv:1711.09846: truncation selection and perturbation; how often a value is drawn anew is
    the default of Ray Tune's `PopulationBasedTraining`.
    """

    def __init__(self, problem: Problem, seed: int, **options: Any) -> None:
        chosen = PopulationOptions(**options)
        self._space, self._rng = problem.space, np.random.default_rng(seed)
        self._space.seed(seed)
        self._fidelities = intervals(required(problem), chosen.steps)
        self._size = max(min(chosen.population, affordable(problem, self._fidelities)), 1)
        self._elite = max(int(chosen.share * self._size), 1)
        self._chosen, self._copied = chosen, Copied(chosen.copied)
        self.names_parents, self._inherited = problem.continues, frozenset(problem.inherited)
        self._begin = deque(each for each in chosen.begin if not violation(self._space, each))
        self._asked = 0
        self._kept: set[int] = set()
        self._ready: deque[PopulationMember] = deque()
        self._members: list[PopulationMember] = []

    def ask(self) -> Trial | Signal:
        """The next step of a member, or wait for those that are all being trained."""
        if all(member.step == len(self._fidelities) for member in self._members):
            self._members = [PopulationMember(self._first()) for _ in range(self._size)]
            self._ready.extend(self._members)
        if not self._ready:
            return Signal.WAIT
        member = self._ready.popleft()
        if member.step:
            self._exploit(member)
        fidelity = self._fidelities[member.step]
        member.pending, self._asked = self._asked, self._asked + 1
        return Trial(config=member.config, fidelity=fidelity, parent=member.state, handle=member)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Note how well the member does, and make it ready for its next step."""
        member: PopulationMember = trial.handle
        member.value = outcome.value if outcome.ok else math.inf
        if outcome.ok and self.names_parents:
            member.state = member.pending
            self._kept.add(member.pending)
        member.step += 1
        if member.step < len(self._fidelities):
            self._ready.append(member)

    def release(self) -> set[int]:
        """The trials whose weights no member has any more."""
        given_up = self._kept - {member.state for member in self._members}
        self._kept -= given_up
        return given_up

    def _exploit(self, member: PopulationMember) -> None:
        """Copy one of the best, if the member is one of the worst, and explore around it."""
        ranked = sorted((m for m in self._members if m.step), key=lambda each: each.value)
        if len(ranked) < 2 * self._elite or member not in ranked[-self._elite :]:
            return
        if self._copied is Copied.NEITHER:
            return
        better = ranked[self._rng.integers(self._elite)]
        if better.value == math.inf:
            member.state, member.config = None, self._drawn()
        elif self._hands_on(better):
            self._copy(better, member)

    @property
    def _takes_weights(self) -> bool:
        """Whether a member takes over weights, and with them what they have been made with."""
        return self.names_parents and self._copied is not Copied.HYPERPARAMETERS

    def _hands_on(self, better: PopulationMember) -> bool:
        """Whether a member can be copied: nothing goes on from weights at the highest fidelity."""
        return not self._takes_weights or better.step < len(self._fidelities)

    def _copy(self, better: PopulationMember, member: PopulationMember) -> None:
        """Take over what is to be copied of a better member."""
        made = better.config if self._takes_weights else member.config
        if self._takes_weights:
            member.state, member.step = better.state, better.step
        if self._copied is not Copied.WEIGHTS:
            member.config = self._explored(better, made)
        elif self._inherited:
            choose = partial(self._unmoved, {**made, **member.config})
            member.config = self._legal(self._keeping(made, choose)) or made

    def _explored(self, better: PopulationMember, made: Config) -> Config:
        """A configuration near that of a better member which the space allows.

        Args:
            better: Whose configuration it is to be near.
            made: With what the weights have been made, which stay as they are.
        """
        choose = partial(self._moved, better.config)
        return self._legal(self._keeping(made, choose)) or better.config

    def _legal(self, choose: Callable[[str], Value]) -> Config | None:
        """A configuration of values that are chosen by name; None if the space allows none."""
        asked = propose_legal(
            self._space,
            lambda: Trial(config=define_by_run(self._space, choose)),
            lambda *_: None,
        )
        return asked.config if isinstance(asked, Trial) else None

    def _keeping(self, made: Config, choose: Callable[[str], Value]) -> Callable[[str], Value]:
        """Choices that keep what belongs to weights as they have been made."""
        kept = {name: made[name] for name in self._inherited if name in made}
        return lambda name: kept[name] if name in kept else choose(name)

    def _unmoved(self, config: Config, name: str) -> Value:
        """A value as it is, or drawn where there is none."""
        if name in config:
            return config[name]
        return value_at(self._space[name], self._rng.random())

    def _moved(self, config: Config, name: str) -> Value:
        """A value of a hyperparameter that is moved a little, or drawn anew."""
        hyperparameter = self._space[name]
        if self._chosen.noise and name in config and not choices(hyperparameter):
            x = self._rng.normal(coordinate_of(hyperparameter, config[name]), self._chosen.noise)
            return value_at(hyperparameter, min(max(x, 0.0), 1.0))
        if name not in config or self._rng.random() < self._chosen.resample:
            return value_at(hyperparameter, self._rng.random())
        factor = self._chosen.factors[int(self._rng.integers(len(self._chosen.factors)))]
        return perturbed_value(hyperparameter, config[name], factor)

    def _first(self) -> Config:
        """With what a new member begins."""
        return self._begin.popleft() if self._begin else self._drawn()

    def _drawn(self) -> Config:
        return plain_config(self._space.sample_configuration())


def perturbed_value(hyperparameter: Any, value: Any, factor: float) -> Value:
    """A number times a factor, as far as its range goes; in a sequence the next up or down."""
    if listed := choices(hyperparameter):
        if not isinstance(hyperparameter, OrdinalHyperparameter) or factor == 1:
            return listed[listed.index(value)]
        place = listed.index(value) + (1 if factor > 1 else -1)
        return listed[min(max(place, 0), len(listed) - 1)]
    clipped = min(max(value * factor, hyperparameter.lower), hyperparameter.upper)
    return round(clipped) if isinstance(hyperparameter, IntegerHyperparameter) else float(clipped)


def affordable(problem: Problem, fidelities: list[float]) -> int:
    """How many members a budget has for all steps; no limit, where it counts seconds.

    They may all be trained anew at each step, unless weights are handed on.
    """
    amount = problem.budget.amount
    match problem.budget.unit:
        case Unit.TRIALS:
            spent = fidelities[-1] if problem.continues else sum(fidelities)
            return int(amount * fidelities[-1] / spent)
        case Unit.EVALUATIONS:
            return int(amount / len(fidelities))
        case Unit.SECONDS:
            return sys.maxsize


def intervals(fidelity: Fidelity, steps: int) -> list[float]:
    """Evenly spaced fidelities, the last the highest; those that rounding makes equal are one."""
    width = (fidelity.high - fidelity.low) / max(steps - 1, 1)
    levels = [reachable(fidelity, fidelity.high - step * width) for step in range(steps)]
    return list(dict.fromkeys(levels))[::-1]
