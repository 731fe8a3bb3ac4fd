"""REINFORCE: a controller that learns how likely each value is to be good."""

import math

import numpy as np
import numpy.typing as npt

from hpobench.adapters.native.grid_search import axis
from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.failures import Failures
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.optimizer import Optimizer, Signal
from hpobench.task import Problem
from hpobench.trial import Outcome, Trial, Value

Floats = npt.NDArray[np.float64]

MOMENTUM = 0.9
"""Decay of the moving average of rewards, the baseline; as in the reference implementation."""

SPREAD = 1e-3
"""Standard deviation of the logits at first, as there."""

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""Adam's, of Kingma and Ba (2015), as there."""


class Reinforce(Optimizer):
    """Draw each hyperparameter from a softmax of its own, and follow the policy gradient.

    The reward of a trial is its negative value, less a moving average. Floats and integers have
    values on a grid. What is inactive learns nothing from a trial. A failure counts as the worst
    value so far.

    Args:
        rate: Adam's learning rate.
        points: Values of each float and integer.

    Source: Dong et al. (2021), AutoHAS: Efficient Hyperparameter and Architecture Search,
    arXiv:2006.03656, its controller alone, without weights that are shared between trials;
    Adam, baseline and initial logits of the same author's exps/NATS-algos/reinforce.py in
    github.com/D-X-Y/AutoDL-Projects; Williams (1992), Machine Learning 8.
    """

    def __init__(
        self, problem: Problem, seed: int, *, rate: float = 0.01, points: int = 10
    ) -> None:
        self._space, self._rng = problem.space, np.random.default_rng(seed)
        self._axes = {name: axis(hp, points) for name, hp in problem.space.items()}
        self._policy = {n: SoftmaxPolicy(self._rng, len(a), rate) for n, a in self._axes.items()}
        self._failures = Failures()
        self._average = Average(MOMENTUM)

    def ask(self) -> Trial | Signal:
        """A configuration as likely as the controller finds it good."""
        return propose_legal(self._space, self._propose, lambda *_: None)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Make its values more likely if it was better than others of late, else less."""
        self._failures.due(trial, outcome)
        reward = -(outcome.value if outcome.ok else self._failures.worst)
        advantage = reward - self._average.updated(reward)
        for name, chosen in trial.handle.items():
            self._policy[name].learn(chosen, advantage)

    def _propose(self) -> Trial:
        drawn: dict[str, int] = {}

        def choose(name: str) -> Value:
            policy = self._policy[name]
            drawn[name] = int(self._rng.choice(len(policy.logits), p=policy.probabilities))
            return self._axes[name][drawn[name]]

        return Trial(config=define_by_run(self._space, choose), handle=drawn)


class SoftmaxPolicy:
    """A softmax over some values, whose logits Adam moves.

    Args:
        rng: Draws the first logits.
        count: How many values.
        rate: Adam's learning rate.

    Attributes:
        logits: One for each value.
    """

    def __init__(self, rng: np.random.Generator, count: int, rate: float) -> None:
        self.logits: Floats = SPREAD * rng.standard_normal(count)
        self._rate, self._steps = rate, 0
        self._first, self._second = np.zeros(count), np.zeros(count)

    @property
    def probabilities(self) -> Floats:
        """The probability of each value; their sum is 1."""
        powers = np.exp(self.logits - self.logits.max())
        return np.asarray(powers / powers.sum())

    def gradient(self, chosen: int, advantage: float) -> Floats:
        """The derivative by the logits of the log-probability of a value, times an advantage."""
        return np.asarray(advantage * (np.eye(len(self.logits))[chosen] - self.probabilities))

    def learn(self, chosen: int, advantage: float) -> None:
        """Climb the gradient by a step of Adam."""
        gradient = self.gradient(chosen, advantage)
        self._steps += 1
        self._first = BETA1 * self._first + (1 - BETA1) * gradient
        self._second = BETA2 * self._second + (1 - BETA2) * gradient**2
        unbiased = math.sqrt(1 - BETA2**self._steps) / (1 - BETA1**self._steps)
        scale = np.sqrt(self._second) + EPSILON * math.sqrt(1 - BETA2**self._steps)
        self.logits = self.logits + self._rate * unbiased * self._first / scale


class Average:
    """An exponential moving average without the bias towards 0 of its first values."""

    def __init__(self, momentum: float) -> None:
        self._momentum = momentum
        self._sum = self._weight = 0.0

    def updated(self, value: float) -> float:
        """The average with one more value."""
        self._sum = self._momentum * self._sum + (1 - self._momentum) * value
        self._weight = self._momentum * self._weight + (1 - self._momentum)
        return self._sum / self._weight
