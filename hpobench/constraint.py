"""What a configuration must keep to be of use: a number that is feasible at most at 0."""

import math
import re
from dataclasses import dataclass

from hpobench.errors import ParameterError

_FORMULA = re.compile(r"(?P<name>[^\s<>=]+)(\s*(?P<sign><=|>=)\s*(?P<limit>\S+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """A quantity that a benchmark measures, and up to where a configuration is feasible.

    An objective is limited from the side on which it is worse: one that is minimised from above.

    Attributes:
        name: What the benchmark calls it: one of its constraints, or of its objectives.
        limit: The most that is feasible, or the least where it says `at_least`; None if the
            benchmark answers with a number of which at most 0 is feasible.
        at_least: Whether more than the limit is feasible, and not less.
    """

    name: str
    limit: float | None = None
    at_least: bool = False

    @classmethod
    def parse(cls, text: str) -> "Constraint":
        """Read `latency <= 20`, `accuracy >= 0.9`, or the name of a benchmark's own constraint.

        Raises:
            ParameterError: It is none of these.
        """
        found = _FORMULA.fullmatch(text.strip())
        limit = None if found is None or found["limit"] is None else _number(found["limit"])
        if found is None or (limit is not None and not math.isfinite(limit)):
            raise ParameterError(
                f"a constraint is a name, or a limit such as 'latency <= 20', not {text!r}",
                "constraints",
            )
        return cls(name=found["name"], limit=limit, at_least=found["sign"] == ">=")

    def __str__(self) -> str:
        """As it is written in YAML."""
        if self.limit is None:
            return self.name
        sign = ">=" if self.at_least else "<="
        return f"{self.name} {sign} {self.limit!r}".removesuffix(".0")

    def excess(self, measured: float) -> float:
        """By how much a measurement is beyond the limit, in its unit; at most 0 is feasible."""
        if self.limit is None:
            return measured
        return self.limit - measured if self.at_least else measured - self.limit


def _number(text: str) -> float:
    """The number that a text is; NaN if it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
