"""What a description of hyperparameters may say: looked at before any of them is made."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hpobench.errors import ParameterError, nearest

RANGES = ("float", "integer")
LISTS = ("ordinal", "categorical", "constant")
WEIGHT = "simplex"
"""The type of hyperparameters that sum to one with the others of their `group`."""
FIELDS = ("type", "low", "high", "log", "values", "column", "empty", "if", "group")
BOUNDS = ("above", "below")
TYPES = (*RANGES, *LISTS, WEIGHT)
NOT_FOR = {
    **dict.fromkeys(RANGES, ("values", "group")),
    WEIGHT: ("low", "high", "log", "values", "if", "empty"),
}
"""Fields that a type does not have; those that list values have none of a range."""
Description = Mapping[str, Any]
"""What describes a hyperparameter: `type`, then `low`, `high` and `log`, or `values`; and `if`."""
MOST = 1000
"""More hyperparameters than this take ConfigSpace seconds."""
MOST_INTEGER = 2**53
"""Above, whole numbers are not told apart by the floats that ConfigSpace computes with."""
MOST_FLOAT = 1e290
"""ConfigSpace multiplies by 1e13 to round, which overflows above."""
MOST_VALUE = 2**63
DECIMALS = 13
"""ConfigSpace rounds every float to so many."""
LEAST_SPAN = 1e-9
LEAST_LOG = 1e-10
"""From here on at least three digits of a value are left by that rounding."""
LEAST_RELATIVE = 1e-12
"""A range so narrow beside its bounds holds too few floats."""


def check_hyperparameters(hyperparameters: Any) -> None:
    """Refuse descriptions that are not what `described_space` takes.

    Raises:
        ParameterError: Names the hyperparameter and the field, and the nearest valid name.
    """
    if not isinstance(hyperparameters, Mapping) or not hyperparameters:
        raise ParameterError(
            "the space is a mapping of hyperparameters such as "
            f"{{rate: {{type: float, low: 0, high: 1}}}}, not {_short(hyperparameters)}"
        )
    if len(hyperparameters) > MOST:
        raise ParameterError(f"the space has more than {MOST} hyperparameters")
    for name, described in hyperparameters.items():
        check_description(name, described, hyperparameters)
    check_groups(hyperparameters)


def check_description(name: str, described: Description, known: Mapping[str, Any]) -> None:
    """Refuse a description with wrong or unknown fields.

    Args:
        name: The hyperparameter's name.
        described: Its fields; values and bounds may be missing, where a table says them.
        known: All descriptions by name, of which some are parents.

    Raises:
        ParameterError: With the hyperparameter, the field and the nearest valid name.
    """
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise ParameterError(f"{name!a} is no name of a hyperparameter", name)
    if not isinstance(described, Mapping):
        raise mistake(name, "", f"expected fields such as {{type: float}}, not {_short(described)}")
    _check_fields(name, described)
    kind = described["type"]
    if kind != WEIGHT:
        (_check_range if kind in RANGES else _check_values)(name, described)
    if "if" in described:
        _check_parents(name, described["if"], known)


def _check_fields(name: str, described: Description) -> None:
    """Refuse unknown fields and types, and fields that are not for the type."""
    for field in described:
        if field not in FIELDS:
            raise mistake(name, field, f"no field {field!r}{nearest(str(field), FIELDS)}")
    kind = described.get("type")
    if kind not in TYPES:
        text = str(kind or "")[:100]
        raise mistake(name, "type", f"no type {text!r}{nearest(text, TYPES)}")
    for field in NOT_FOR.get(kind, ("low", "high", "log", "group")):
        if field in described:
            raise mistake(name, field, f"the field {field!r} is not for type {kind!r}")
    if not isinstance(described.get("column", ""), str | int):
        raise mistake(name, "column", f"'column' is a name, not {_short(described['column'])}")


def check_groups(hyperparameters: Mapping[str, Description]) -> None:
    """Refuse a weight that has nothing to sum to one with, by a `ParameterError`."""
    weights = {n: weights_of(d) for n, d in hyperparameters.items() if d["type"] == WEIGHT}
    for name, group in weights.items():
        if list(weights.values()).count(group) == 1:
            raise mistake(name, "type", f"it is the only weight of {group!r}, always 1")


def weights_of(described: Description) -> str:
    """The group of a weight."""
    return str(described.get("group", "weights"))


def check_forbidden(forbidden: Any, known: Mapping[str, Description]) -> None:
    """Refuse clauses that are not a list of mappings from names to values.

    Raises:
        ParameterError: With the hyperparameter.
    """
    if not isinstance(forbidden, Sequence) or isinstance(forbidden, str):
        raise ParameterError(
            f"forbidden: expected a list such as [{{a: 1, b: [x, y]}}], not {_short(forbidden)}",
            "forbidden",
        )
    for number, clause in enumerate(forbidden):
        if not isinstance(clause, Mapping) or not clause:
            raise ParameterError(
                f"forbidden: a clause is a mapping such as {{a: 1}}, not {_short(clause)}",
                "forbidden",
                number,
            )
        for name, value in clause.items():
            place = ("forbidden", number, name)
            if name not in known:
                near = nearest(str(name), known)
                raise ParameterError(f"forbidden: no hyperparameter {name!r}{near}", *place)
            if wrong := _illegal(value, known[name]):
                raise ParameterError(f"forbidden: hyperparameter {name!r} {wrong}", *place)


def mistake(name: str, field: str, message: str) -> ParameterError:
    """A complaint about a field of a hyperparameter."""
    return ParameterError(f"hyperparameter {name!r}: {message}", name, *filter(None, [field]))


def features(hyperparameters: Any, forbidden: Any = ()) -> tuple[str, ...]:
    """The features of the described space, sorted as a task names them.

    What is wrong in a description is passed over: it is refused when the space is made.
    """
    described = [each for each in hyperparameters.values() if isinstance(each, Mapping)]
    kinds = {str(each.get("type")) for each in described} & set(TYPES)
    kinds |= {"condition"} if any("if" in each for each in described) else set()
    return tuple(sorted(kinds | ({"forbidden"} if forbidden else set())))


def _check_range(name: str, described: Description) -> None:
    """Refuse bounds that are no numbers, or between which there is nothing to choose."""
    log = described.get("log", False)
    if not isinstance(log, bool):
        raise mistake(name, "log", f"'log' is true or false, not {_short(log)}")
    for field in ("low", "high"):
        if field in described:
            _check_bound(name, field, described)
    if "low" not in described or "high" not in described:
        return
    low, high = described["low"], described["high"]
    if low >= high:
        one = ": of one value, say {type: constant, values: [...]}" if low == high else ""
        raise mistake(name, "low", f"'low' is below 'high', but {low!r} is not below {high!r}{one}")
    if described["type"] == "float" and (lost := _lost(low, high, log=log)):
        raise mistake(
            name, "low", f"ConfigSpace rounds to {DECIMALS} decimals and {lost}: use another unit"
        )


def _check_bound(name: str, field: str, described: Description) -> None:
    """Refuse what is no bound of its type."""
    bound, whole = described[field], described["type"] == "integer"
    if isinstance(bound, bool) or not isinstance(bound, int | float) or math.isnan(bound):
        raise mistake(name, field, f"{field!r} is a number, not {_short(bound)}")
    most = MOST_INTEGER if whole else MOST_FLOAT
    if abs(bound) > most:
        limit = "2**53, up to which floats hold them" if whole else f"{MOST_FLOAT:g}"
        raise mistake(name, field, f"{field!r} is at most {limit}; it is {_short(bound)}")
    if whole and bound % 1:
        raise mistake(name, field, f"{field!r} is a whole number, not {bound!r}")
    if described.get("log") and bound <= 0:
        raise mistake(name, field, f"{field!r} is above 0 with 'log: true', not {bound!r}")


def _lost(low: float, high: float, *, log: bool) -> str:
    """What rounding would destroy of a range of floats; or empty."""
    if log and low < LEAST_LOG:
        return f"leaves few digits of {low!r} (below {LEAST_LOG:g})"
    if high - low < LEAST_SPAN:
        return f"leaves few values from {low!r} to {high!r} (closer than {LEAST_SPAN:g})"
    if high - low < LEAST_RELATIVE * max(abs(low), abs(high)):
        return f"a float tells few values from {low!r} to {high!r} apart"
    return ""


def _check_values(name: str, described: Description) -> None:
    """Refuse values that are no list of different texts, numbers and flags."""
    if "values" not in described:
        return
    values = described["values"]
    if not isinstance(values, list) or not values:
        raise mistake(
            name, "values", f"'values' is a list of one or more values, not {_short(values)}"
        )
    if described["type"] == "constant" and len(values) > 1:
        raise mistake(name, "values", f"a constant has one value, not {len(values)}")
    seen: dict[Any, Any] = {}
    for value in values:
        if not _is_value(value):
            cure = ": give each a text or a number" if isinstance(value, list | dict) else ""
            raise mistake(
                name, "values", f"a value is a text, number or flag, not {_short(value)}{cure}"
            )
        if value in seen:
            raise mistake(name, "values", f"{seen[value]!r} and {value!r} are the same value")
        seen[value] = value


def _is_value(value: Any) -> bool:
    """Whether it can be stored, and compared with itself."""
    if isinstance(value, int) and not -MOST_VALUE <= value < MOST_VALUE:
        return False
    return isinstance(value, bool | int | float | str) and value == value  # noqa: PLR0124 (NaN)


def _check_parents(name: str, rules: Any, known: Mapping[str, Any]) -> None:
    """Refuse what does not say for which values of its parents a child is active."""
    if not isinstance(rules, Mapping) or not rules:
        raise mistake(
            name, "if", f"'if' is a mapping such as {{PARENT: VALUE}}, not {_short(rules)}"
        )
    for parent, rule in rules.items():
        if parent not in known:
            raise mistake(name, "if", f"no hyperparameter {parent!r}{nearest(str(parent), known)}")
        if parent == name:
            raise mistake(name, "if", "it cannot depend on itself")
        described = known[parent]
        if isinstance(described, Mapping) and described.get("type") == WEIGHT:
            raise mistake(name, "if", f"{parent!r} is a weight, on which nothing can depend")
        wrong = _wrong_rule(rule, described) if isinstance(described, Mapping) else ""
        if wrong:
            raise mistake(name, "if", f"its parent {parent!r} {wrong}")


def _wrong_rule(rule: Any, parent: Description) -> str:
    """What is wrong with the values of a parent for which its child is active; or empty."""
    if not isinstance(rule, Mapping):
        return _illegal(rule, parent)
    if not rule or not set(rule) <= set(BOUNDS):
        return f"takes a value, a list of values or {{above: A, below: B}}, not {_short(rule)}"
    if parent.get("type") not in (*RANGES, "ordinal"):
        return "has no order, so that nothing is above or below: list its values"
    if wrong := _illegal(list(rule.values()), parent):
        return wrong
    if len(rule) > 1 and not isinstance(rule["above"], str) and rule["above"] >= rule["below"]:
        return f"is never above {rule['above']!r} and below {rule['below']!r}"
    return ""


def _illegal(value: Any, described: Description) -> str:
    """Why a value, or one of a list of them, is none of a hyperparameter's; or empty."""
    if isinstance(value, list) and not value:
        return "needs one or more values, the list is empty"
    if described.get("type") == WEIGHT:
        return "is a weight of a simplex, of which no value can be forbidden"
    for each in value if isinstance(value, list) else [value]:
        if not _is_value(each) or not _may_be(each, described):
            return f"has no value {_short(each)}{_choices(each, described)}"
    return ""


def _may_be(value: Any, described: Description) -> bool:
    """Whether a hyperparameter has a value, as far as its description says."""
    if described.get("type") in LISTS:
        values = described.get("values")
        return not isinstance(values, list) or value in values
    if isinstance(value, bool | str) or (described.get("type") == "integer" and value % 1):
        return False
    low, high = described.get("low", value), described.get("high", value)
    numbers = isinstance(low, int | float) and isinstance(high, int | float)
    return not numbers or low <= value <= high


def _choices(value: Any, described: Description) -> str:
    """Which values there are."""
    if described.get("type") in LISTS:
        values = described.get("values")
        return nearest(str(value)[:100], map(str, values)) if isinstance(values, list) else ""
    return f", it goes from {described.get('low', '?')} to {described.get('high', '?')}"


def _short(value: Any) -> str:
    """A value as it is quoted: what a file says may be long."""
    try:
        text = repr(value)
    except ValueError:  # an integer of thousands of digits
        return "so large a number"
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004
