"""What a failed trial counts as, for libraries that need a number of every trial."""

import math
import sys

from hpobench.trial import Outcome, Trial

LAST = sys.float_info.max
"""Worse than all values and yet finite, for libraries that only rank."""


class Failures:
    """Failed trials and what they count as: the worst value so far, unless told otherwise.

    That lies on the scale of the values and so does not bend a model of them. Before the first
    success there is no scale, and failures are held back; to the library they still run.

    Args:
        worst: What they count as from the start, such as `LAST`.

    Attributes:
        worst: What they count as by now; minus infinity if there is no value yet.
    """

    def __init__(self, worst: float = -math.inf) -> None:
        self.worst = worst
        self._held: list[Trial] = []

    def due(self, trial: Trial, outcome: Outcome) -> list[Trial]:
        """Note how a trial ended, and hand over the failed ones to be told now as `worst`."""
        if outcome.ok:
            self.worst = max(self.worst, outcome.value)
        else:
            self._held.append(trial)
        if self.worst == -math.inf:
            return []
        due, self._held = self._held, []
        return due
