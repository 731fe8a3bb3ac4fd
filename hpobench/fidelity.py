"""How thoroughly a configuration may be evaluated: the range of a fidelity."""

from dataclasses import dataclass
from typing import Any

from hpobench.errors import ParameterError

MOST_FIDELITY = 1e15
"""Up to here a float tells whole numbers apart."""
CURVE = {f"curve-{quarter}/4": quarter / 4 for quarter in (1, 2, 3)}
"""Signals of what lies between the levels that are asked for: the error that a training had at
these parts of the highest fidelity, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fidelity:
    """How thoroughly a configuration is evaluated: epochs, trees, a share of the data.

    Attributes:
        name: What the benchmark calls it.
        low: The least that can be asked for, above 0.
        high: The full fidelity.
        integer: Whether only whole numbers are allowed.
        continuable: Whether a configuration can go on from a lower to a higher fidelity,
            paying only the difference.
    """

    name: str
    low: float
    high: float
    integer: bool = False
    continuable: bool = False

    def __post_init__(self) -> None:
        """Refuse a range that no optimizer can choose from.

        Raises:
            ParameterError: A bound is no finite number above 0, or a fraction of what takes
                whole numbers; or the bounds are not in their order.
        """
        if not isinstance(self.name, str) or not self.name:
            raise _mistake("name", f"a text that is not empty, not {self.name!r}")
        for flag in ("integer", "continuable"):
            if not isinstance(getattr(self, flag), bool):
                raise _mistake(flag, f"true or false, not {getattr(self, flag)!r}")
        for bound in ("low", "high"):
            if wrong := _wrong_bound(getattr(self, bound), whole=self.integer):
                raise _mistake(bound, wrong)
        if not self.low < self.high:
            raise _mistake("low", f"below 'high', but {self.low!r} is not below {self.high!r}")

    def level(self, asked: float | None) -> float:
        """What a benchmark is to evaluate at: the highest by default; an int where all are whole.

        Args:
            asked: A trial's fidelity.
        """
        value = self.high if asked is None else asked
        return int(value) if self.integer else float(value)

    @property
    def curve_levels(self) -> dict[str, float]:
        """Where the signals of `CURVE` are read off, by name."""
        return {name: self.level(share * self.high) for name, share in CURVE.items()}

    @property
    def full_from(self) -> float:
        """The least level that counts as full: some are rounded quotients of the highest."""
        return self.high * (1 - 1e-9)


def _wrong_bound(value: Any, *, whole: bool) -> str:
    """What a bound of a fidelity should be, if it is not; or empty."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"a number, not {value!r}"
    if not 0 < value < MOST_FIDELITY:
        return f"above 0 and below {MOST_FIDELITY:g}, not {value!r}"
    return f"a whole number (it says 'integer: true'), not {value!r}" if whole and value % 1 else ""


def _mistake(bound: str, expected: str) -> ParameterError:
    return ParameterError(f"fidelity: {bound!r} is {expected}", "fidelity", bound)
