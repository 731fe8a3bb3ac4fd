"""What a user's function returns, as an outcome: every kind of number that there is."""

from collections.abc import Mapping, Sequence
from math import isfinite, nan
from typing import Any

from hpobench.errors import quoted
from hpobench.system.catalogue_folder import without_package
from hpobench.trial import Outcome

QUOTED = 100
"""The number of characters that are quoted of what was returned."""


_LIMITED = "expected a mapping {'name': number}"


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
        measured = fields.pop("constraints", None)
        values = self._by_objective(fields if isinstance(answer, Mapping) else answer)
        charged = seconds if cost is None else as_number(cost)
        if charged is None or charged < 0:
            wrong = f"the function returned a cost of {_quoted(cost)}: expected seconds, at least 0"
            return Outcome(failure=wrong, cost=seconds)
        if values is None or any(value is None for value in values.values()):
            return Outcome(failure=self._complaint(answer), cost=charged)
        held_back = self._test_values(test)
        if held_back is None:
            wrong = f"the function returned a test value of {_quoted(test)}: {self._expected()}"
            return Outcome(failure=wrong, cost=charged)
        if (limited := _numbers(measured)) is None:
            wrong = f"the function returned constraints of {_quoted(measured)}: {_LIMITED}"
            return Outcome(failure=wrong, cost=charged)
        return Outcome(
            values={n: sign * values[n] for n, sign in self._signs.items()},  # type: ignore[operator]
            test={n: self._signs[n] * value for n, value in held_back.items()},
            cost=charged,
            constraints=limited,
        )

    def _by_objective(self, answer: Any) -> dict[str, float | None] | None:
        """Numbers by objective, None for what is none; None if the objectives are others."""
        fields = self._fields(answer)
        if set(fields) != set(self._signs):
            return None
        return {name: as_number(fields[name]) for name in self._signs}

    def _test_values(self, answer: Any) -> dict[str, float] | None:
        """Numbers by objective, without those that are not known; None if it is something else."""
        fields = {} if answer is None else self._fields(answer)
        known = {name: value for name, value in fields.items() if value is not None}
        numbers = {name: as_float(value) for name, value in known.items()}
        if not set(fields) <= set(self._signs) or None in numbers.values():
            return None
        return {n: value for n, value in numbers.items() if value is not None and isfinite(value)}

    def _fields(self, answer: Any) -> dict[Any, Any]:
        """By objective what stands for it; what has another number of items has one of no name."""
        if isinstance(answer, Mapping):
            return dict(answer)
        values = as_list(answer)
        whole = len(values) == len(self._signs)
        return dict(zip(self._signs, values, strict=True)) if whole else {None: values}

    def _complaint(self, answer: Any) -> str:
        """What an answer is, and what was expected in its place."""
        cure = " (is there a 'return'?)" if answer is None else ""
        return f"the function returned {_quoted(answer)}{cure}: {self._expected()}"

    def _expected(self) -> str:
        """What is right, in words."""
        names = ", ".join(map(str, self._signs))
        if len(self._signs) > 1:
            return f"expected finite numbers for {names}, as a mapping or in this order"
        return f"expected a finite number, or a mapping {{{names!r}: number}}"


def _numbers(measured: Any) -> dict[str, float] | None:
    """Numbers by name; None if it is something else."""
    if measured is None:
        return {}
    if not isinstance(measured, Mapping):
        return None
    numbers = {str(name): as_float(value) for name, value in measured.items()}
    known = {name: value for name, value in numbers.items() if value is not None}
    return known if len(known) == len(numbers) else None


def as_list(value: Any) -> list[Any]:
    """The items of a sequence or array; anything else, a text too, is one item."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return list(value)
    if getattr(value, "ndim", 0) == 1 and hasattr(value, "tolist"):
        return list(value.tolist())
    return [value]


def as_number(value: Any) -> float | None:
    """A finite float of a number of any library, or of an array of one; None of anything else."""
    number = as_float(value)
    return number if number is not None and isfinite(number) else None


def as_float(value: Any) -> float | None:
    """A float of a number of any library, or of an array of one; None of anything else."""
    if hasattr(value, "item") and getattr(value, "size", 1) is not None:
        try:
            bare = value.filled(nan) if hasattr(value, "filled") else value  # not masked
            value = bare.item()  # numpy's and torch's own way from one number to Python's
        except Exception:  # noqa: BLE001 (an array of several, or a look-alike)
            return None
    if isinstance(value, bool | str | bytes) or not hasattr(value, "__float__"):
        return None
    try:
        return float(value)
    except Exception:  # noqa: BLE001 (whatever it is)
        return None


def _quoted(answer: Any) -> str:
    """An answer as far as it can be quoted, with modules called as the YAML calls them."""
    return without_package(quoted(answer, QUOTED))
