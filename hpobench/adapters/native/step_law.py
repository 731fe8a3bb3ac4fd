"""Step Law: learning rate and batch size of a language model, from its size and its data."""

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from ConfigSpace.hyperparameters import IntegerHyperparameter

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.rejection_sampling import propose_legal
from hpobench.adapters.shared.vectors import choices, value_at
from hpobench.errors import UserError
from hpobench.optimizer import Optimizer, Signal
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial, Value

STEP = 0.5
"""Neighbours in a range lie this many octaves apart, as on the paper's grid of learning rates."""

REACH = 20
"""So many of them are tried to each side."""


class StepLaw(Optimizer):
    """Try what the law predicts, and then its neighbours in order of their distance.

    Only the first trial is the paper's. Distances are Euclidean, of logarithms. All other
    hyperparameters are drawn at random, each time anew. Nothing is learned from outcomes.

    Args:
        lr: Name of the peak learning rate.
        bs: Name of the batch size, in sequences.
        length: Tokens in a sequence.
        parameters: N, of a task whose context does not say `N`: parameters without embeddings.
        names: What the task's context calls N and D; without the second the highest fidelity is
            taken to be D, the tokens trained on.

    Raises:
        UserError: Nothing says N and D.

    Source: Li et al. (2025), Predictable Scale: Part I, arXiv:2503.04715, its equations for the
    optimal learning rate and batch size; sequences of its tables have 2048 tokens.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,
        *,
        lr: str = "lr",
        bs: str = "bs",
        length: int = 2048,
        parameters: float = 0.0,
        names: tuple[str, str] = ("N", "D"),
    ) -> None:
        self._space, self._rng = problem.space, np.random.default_rng(seed)
        size, tokens = known_sizes(problem, names, parameters)
        self._length = length
        ideal = dict(zip((lr, bs), self.predicted(size, tokens), strict=True))
        ideal = {name: value for name, value in ideal.items() if name in self._space}
        self._points = self._order(ideal)

    def predicted(self, size: float, tokens: float) -> tuple[float, float]:
        """The learning rate, and the sequences in a batch.

        Args:
            size: Parameters without embeddings.
            tokens: Tokens trained on.
        """
        return learning_rate(size, tokens), batch_tokens(tokens) / self._length

    def ask(self) -> Trial | Signal:
        """The nearest point to the law that was not tried yet."""
        return propose_legal(self._space, self._propose, self.tell)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Ignore the outcome: this search learns nothing."""

    def _propose(self) -> Trial | Signal:
        point = next(self._points, None)
        return Signal.EXHAUSTED if point is None else Trial(config=self._completed(point))

    def _order(self, ideal: Mapping[str, float]) -> Iterator[dict[str, Value]]:
        """Points by their distance; again and again, if there is something else to draw."""
        axes = {name: _axis(self._space[name], value) for name, value in ideal.items()}
        points = [
            dict(zip(axes, point, strict=True)) for point in itertools.product(*axes.values())
        ]
        points.sort(key=lambda point: sum(octaves(v, ideal[n]) ** 2 for n, v in point.items()))
        others = any(hp.size != 1 for name, hp in self._space.items() if name not in ideal)
        return itertools.cycle(points) if others else iter(points)

    def _completed(self, point: Mapping[str, Value]) -> Config:
        """The point, and what else is active drawn at random."""
        space, rng = self._space, self._rng
        return define_by_run(
            space,
            lambda name: point[name] if name in point else value_at(space[name], rng.random()),
        )


def learning_rate(parameters: float, tokens: float) -> float:
    """The optimal peak learning rate of a model of N parameters on D tokens."""
    return float(1.79 * parameters**-0.713 * tokens**0.307)


def batch_tokens(tokens: float) -> float:
    """The optimal number of tokens in a batch, with D tokens in all."""
    return float(0.58 * tokens**0.571)


def known_sizes(problem: Problem, names: tuple[str, str], parameters: float) -> tuple[float, float]:
    """N and D of a problem."""
    size, tokens = (problem.context.get(name) for name in names)
    if tokens is None and problem.fidelity:
        tokens = problem.fidelity.high
    size = size or parameters
    if not isinstance(size, int | float) or not isinstance(tokens, int | float) or not size:
        raise UserError(f"the task does not say {' and '.join(names)}, so the law predicts nothing")
    return size, tokens


def octaves(found: Value, ideal: float) -> float:
    """How far a value is from the ideal one, in factors of 2; infinitely, if it can be none."""
    if isinstance(found, str) or found <= 0:
        return math.inf
    return abs(math.log2(found / ideal))


def _axis(hyperparameter: Any, ideal: float) -> list[Value]:
    """The values of one that lists them; of a range those that are steps from the ideal one."""
    if listed := choices(hyperparameter):
        return listed
    low, high = float(hyperparameter.lower), float(hyperparameter.upper)
    if high <= 0:
        return [value_at(hyperparameter, 1.0)]
    begin = min(max(ideal, low), high)
    steps = (begin * 2 ** (STEP * step) for step in range(-REACH, REACH + 1))
    found = (step for step in steps if low <= step <= high)
    whole = isinstance(hyperparameter, IntegerHyperparameter)
    return list(dict.fromkeys(round(each) if whole else each for each in found))
