"""What a user's function returns, as an outcome: every kind of number that there is."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hpobench.catalogue_folder import without_package
from hpobench.errors import quoted
from hpobench.trial import Outcome
from hpobench.workers import is_finite

QUOTED = 100
"""Of what was returned so many characters are quoted."""


class Answers:
    """Reads what a function returns.

    Args:
        signs: By objective in their order, -1 where it is maximised, else 1.
    """

    def __init__(self, signs: Mapping[str, float]) -> None:
        self._signs = signs

    def outcome(self, answer: Any, seconds: float) -> Outcome:
        """An answer as an outcome; a failure that says what was expected if it is none.

        Args:
            answer: A number, a sequence of them, or a mapping.
            seconds: Measured, for an answer without a cost.
        """
        fields = dict(answer) if isinstance(answer, Mapping) else {}
        test, cost = fields.pop("test", None), fields.pop("cost", None)
        values = self._by_objective(fields if isinstance(answer, Mapping) else answer)
        charged = seconds if cost is None else as_number(cost)
        if charged is None or charged < 0:
            wrong = f"the function returned a cost of {_quoted(cost)}: expected seconds, at least 0"
            return Outcome(failure=wrong, cost=seconds)
        if values is None or any(value is None for value in values.values()):
            return Outcome(failure=self._complaint(answer), cost=charged)
        held_back = self._by_objective(test, partial=True) or {}
        return Outcome(
            values={n: sign * values[n] for n, sign in self._signs.items()},  # type: ignore[operator]
            test={n: self._signs[n] * v for n, v in held_back.items() if v is not None},
            cost=charged,
        )

    def _by_objective(
        self, answer: Any, *, partial: bool = False
    ) -> dict[str, float | None] | None:
        """Numbers by objective, None for what is none; None if the objectives are others."""
        if isinstance(answer, Mapping):
            if not partial and set(answer) != set(self._signs):
                return None
            return {n: as_number(answer[n]) for n in self._signs if n in answer}
        values = as_list(answer)
        if len(values) != len(self._signs):
            return None
        return dict(zip(self._signs, map(as_number, values), strict=True))

    def _complaint(self, answer: Any) -> str:
        """What was expected in the place of an answer."""
        names = ", ".join(map(str, self._signs))
        several = len(self._signs) > 1
        expected = (
            f"finite numbers for {names}, as a mapping or in this order"
            if several
            else f"a finite number, or a mapping {{{names!r}: number}}"
        )
        cure = " (is there a 'return'?)" if answer is None else ""
        return f"the function returned {_quoted(answer)}{cure}: expected {expected}"


def as_list(value: Any) -> list[Any]:
    """The items of a sequence or array; anything else, a text too, is one item."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return list(value)
    if getattr(value, "ndim", 0) == 1 and hasattr(value, "tolist"):
        return list(value.tolist())
    return [value]


def as_number(value: Any) -> float | None:
    """A finite float of a number of any library, or of an array of one; None of anything else."""
    if hasattr(value, "item") and getattr(value, "size", 1) is not None:
        try:
            bare = value.filled(math.nan) if hasattr(value, "filled") else value  # not masked
            value = bare.item()  # numpy's and torch's own way from one number to Python's
        except Exception:  # noqa: BLE001 (an array of several, or a look-alike)
            return None
    if is_finite(value):
        return float(value)
    if isinstance(value, bool | str | bytes) or not hasattr(value, "__float__"):
        return None
    try:
        number = float(value)
    except Exception:  # noqa: BLE001 (whatever it is)
        return None
    return number if is_finite(number) else None


def _quoted(answer: Any) -> str:
    """An answer as far as it can be quoted, with modules called as the YAML calls them."""
    return without_package(quoted(answer, QUOTED))
