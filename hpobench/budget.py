"""When a run ends: an amount of trials, evaluations or virtual seconds."""

from dataclasses import dataclass
from enum import StrEnum

from hpobench.errors import UserError


class Unit(StrEnum):
    """What a budget counts."""

    TRIALS = "trials"
    """Full-fidelity-equivalent trials: a trial at a third of the fidelity counts a third."""
    EVALUATIONS = "evaluations"
    SECONDS = "seconds"
    """Virtual seconds: what the trials would have taken on the simulated workers."""


@dataclass(frozen=True, slots=True)
class Budget:
    """When a run ends: after `amount` of `unit`."""

    amount: float
    unit: Unit = Unit.TRIALS

    @classmethod
    def parse(cls, text: str) -> "Budget":
        """Read `50`, `trials=50`, `evaluations=200` or `seconds=3600`.

        Raises:
            UserError: The unit is unknown, or the amount is not a finite number above zero.
        """
        unit, _, amount = text.rpartition("=")
        if unit and unit not in list(Unit):
            units = ", ".join(f"{known}=N" for known in Unit)
            raise UserError(f"a budget is N or one of {units}, not {text!r}")
        try:
            number = float(amount)
        except ValueError:
            number = 0.0
        if not 0 < number < float("inf"):
            raise UserError(f"a budget's amount is a number above 0, not {amount!r}")
        return cls(number, Unit(unit or "trials"))

    def __str__(self) -> str:
        """Write it as `parse` reads it."""
        return f"{self.unit}={self.amount:.12g}"


class Overhead(StrEnum):
    """Whether the optimizer's own time counts."""

    NONE = "none"
    """It does not: the virtual clock is exact and the same every time."""
    MEASURED = "measured"
    """Real seconds of ask and tell advance the virtual clock: not reproducible."""
