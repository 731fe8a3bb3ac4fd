"""When a difference counts, and what of a run is compared."""

from dataclasses import dataclass
from enum import StrEnum

SLOWER = 1.25
"""The smallest relevant ratio: shared machines differ by a tenth from run to run."""


class At(StrEnum):
    """Which part of a run counts."""

    END = "end"
    """The incumbent at the end of the budget."""
    ANYTIME = "anytime"
    """The mean over the whole budget, which also sees a change of pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a difference counts.

    Attributes:
        relevant: The smallest difference that matters, above 0.
        alpha: At most this chance that a change without effect is called worse anywhere.
        beta: At most this chance that a relevantly worse result is called equivalent.
    """

    relevant: float = 0.05
    alpha: float = 0.005
    beta: float = 0.05
