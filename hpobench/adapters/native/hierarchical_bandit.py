"""Hier-MAB: one bandit chooses a hyperparameter, and a bandit of its own chooses the value."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hpobench.adapters.native.grid_search import axis
from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.optimizer import Optimizer, Signal
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial, Value


@dataclass(slots=True)
class Arm:
    """What is known of an arm.

    Attributes:
        pulls: How often it was chosen, pending trials included.
        told: Trials whose outcome is known.
        succeeded: Those of them that did not fail.
        total: The sum of their values.
    """

    pulls: int = 0
    told: int = 0
    succeeded: int = 0
    total: float = 0.0


class HierarchicalBandit(Optimizer):
    """Change one hyperparameter of the last configuration: which, and to what, bandits say.

    Both levels take the arm with the largest upper confidence bound, and each arm once before
    that. A reward is 1 for the best value so far and 0 for the worst, as for a failure, so that
    `alpha` means the same on any scale. Floats and integers have values on a grid. Only what is
    active in the last configuration can be changed; what that makes active has the value it had
    last.

    Args:
        alpha: Weight of the uncertainty in the bounds of both levels.
        points: Values of each float and integer; the paper has five.

    Source: Fu et al. (2024), AutoRAG-HP: Automatic Online Hyper-Parameter Tuning for
    Retrieval-Augmented Generation, EMNLP Findings, arXiv:2406.19251, section 3.2 and equation 2;
    a trial has one evaluation, where theirs has a batch of four queries.
    """

    def __init__(self, problem: Problem, seed: int, *, alpha: float = 1.0, points: int = 5) -> None:
        self._space, self._alpha = problem.space, alpha
        self._rng = np.random.default_rng(seed)
        self._axes = {name: axis(hp, points) for name, hp in problem.space.items()}
        self._high = {name: Arm() for name, values in self._axes.items() if len(values) > 1}
        self._low = {name: [Arm() for _ in self._axes[name]] for name in self._high}
        self._last = {name: int(self._rng.integers(len(a))) for name, a in self._axes.items()}
        self._best, self._worst = math.inf, -math.inf

    def ask(self) -> Trial | Signal:
        """The last configuration with one value changed by the bandits, or kept."""
        if not self._high:  # nothing varies
            return Trial(config=self._config({}))
        trial = propose_legal(self._space, self._propose, self.tell)
        if isinstance(trial, Trial):
            name, place = trial.handle
            self._last[name] = place
        return trial

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Credit both arms that were pulled."""
        if trial.handle is None:
            return
        name, place = trial.handle
        for arm in (self._high[name], self._low[name][place]):
            arm.told += 1
            if outcome.ok:
                arm.succeeded += 1
                arm.total += outcome.value
        if outcome.ok:
            self._best = min(self._best, outcome.value)
            self._worst = max(self._worst, outcome.value)

    def _propose(self) -> Trial:
        names = [name for name in self._config({}) if name in self._high]
        name = names[self._chosen([self._high[each] for each in names])]
        place = self._chosen(self._low[name])
        return Trial(config=self._config({name: place}), handle=(name, place))

    def _config(self, change: dict[str, int]) -> Config:
        """The last configuration with a change."""
        places = {**self._last, **change}

        def choose(name: str) -> Value:
            return self._axes[name][places[name]]

        return define_by_run(self._space, choose)

    def _chosen(self, arms: Sequence[Arm]) -> int:
        """The arm with the largest bound, which is pulled; of several, one at random."""
        total = sum(arm.pulls for arm in arms)
        bounds = [self._bound(arm, total) for arm in arms]
        places = [place for place, bound in enumerate(bounds) if bound == max(bounds)]
        chosen = places[self._rng.integers(len(places))]
        arms[chosen].pulls += 1
        return chosen

    def _bound(self, arm: Arm, total: int) -> float:
        """The mean reward of an arm, and what it could be more."""
        if not arm.pulls:
            return math.inf
        return self._reward(arm) + self._alpha * math.sqrt(math.log(total) / arm.pulls)

    def _reward(self, arm: Arm) -> float:
        """The mean, each between 0 for the worst value so far, or a failure, and 1 for the best."""
        width = self._worst - self._best
        if not arm.succeeded:
            return 0.0
        gained = (self._worst * arm.succeeded - arm.total) / width if width else arm.succeeded
        return gained / arm.told
