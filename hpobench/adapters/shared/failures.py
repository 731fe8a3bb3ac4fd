"""What a failed trial counts as, for libraries that need a number of every trial."""

import sys

from hpobench.trial import Outcome, Trial

LAST = sys.float_info.max
"""Worse than all values and yet finite, for libraries that only rank."""


class Failures:
    """Failed trials and what they count as: the worst value so far, unless told otherwise.

    That lies on the scale of the values, and so does not bend a model of them. Before the first
    success there is no scale and nothing to compare with, and 0 does as well as any number; the
    first success then puts that right.

    Args:
        worst: What they count as from the start, such as `LAST`.
        objectives: How many values a trial has.

    Attributes:
        vector: What they count as by now, a value for each objective.
        scaled: Whether there is a scale yet.
    """

    def __init__(self, worst: float | None = None, *, objectives: int = 1) -> None:
        self.vector = (worst or 0.0,) * objectives
        self.scaled = worst is not None
        self._early: list[Trial] = []

    @property
    def worst(self) -> float:
        """What they count as by now, where there is one objective."""
        (worst,) = self.vector
        return worst

    def due(self, trial: Trial, outcome: Outcome) -> list[Trial]:
        """Note how a trial ended, and hand over those to be told now, or again, as `worst`."""
        if not outcome.ok:
            self._early += [] if self.scaled else [trial]
            return [trial]
        self.vector = (
            tuple(map(max, self.vector, outcome.vector)) if self.scaled else outcome.vector
        )
        self.scaled = True
        early, self._early = self._early, []
        return early
