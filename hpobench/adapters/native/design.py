"""One configuration of a fixed design, at each of some fidelities: what recordings are made of."""

from collections.abc import Sequence
from typing import Any

from ConfigSpace import ConfigurationSpace
from scipy.stats.qmc import Sobol

from hpobench.adapters.shared.vectors import Vectors
from hpobench.optimizer import Optimizer, Signal
from hpobench.space import plain_config, violation
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Trial

SCRAMBLE = 20261130
"""Seed of the design's scrambling: the same configurations whoever records a space."""

TRIES = 1000
"""Points in a row that may break a forbidden clause before the design ends."""


class Design(Optimizer):
    """Ask for the configuration of one number, from the lowest to the highest level.

    After a failure it asks for no more: what cannot be trained for an hour cannot be trained for
    two. No randomness: the seed is ignored.

    Args:
        number: Position in the design of the space, see `design_point`.
        levels: Fidelities in ascending order; none where the task has no fidelity.
    """

    def __init__(
        self,
        problem: Problem,
        seed: int,  # noqa: ARG002 (the same for all)
        *,
        number: int,
        levels: Sequence[float] = (),
        **_: Any,
    ) -> None:
        config = design_point(problem.space, number)
        ascending: Sequence[float | None] = levels or [None]
        self._trials = [Trial(config=config, fidelity=level) for level in reversed(ascending)]

    def ask(self) -> Trial | Signal:
        """The next higher level."""
        return self._trials.pop() if self._trials else Signal.EXHAUSTED

    def tell(self, trial: Trial, outcome: Outcome) -> None:  # noqa: ARG002 (there is but one)
        """Stop at a failure."""
        if not outcome.ok:
            self._trials.clear()


def design_point(space: ConfigurationSpace, number: int) -> Config:
    """A configuration of the design of a space.

    Args:
        space: Any space.
        number: 0 is the space's default configuration, every other one a point of a scrambled
            Sobol sequence, without those that a forbidden clause excludes.

    Raises:
        ValueError: Hardly any point is allowed.
    """
    if number == 0:
        return plain_config(space.get_default_configuration())
    vectors = Vectors(space)
    points, left, misses = Sobol(vectors.dimension, rng=SCRAMBLE), number, 0
    while misses < TRIES:
        for point in points.random(64):
            config = vectors.config(point)
            if violation(space, config):
                misses += 1
                continue
            misses, left = 0, left - 1
            if not left:
                return config
    raise ValueError("the space's forbidden clauses leave hardly any configuration")
