"""Configuration spaces written down in a task's YAML."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ConfigSpace import (
    AndConjunction,
    CategoricalHyperparameter,
    ConfigurationSpace,
    Constant,
    EqualsCondition,
    Float,
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
    ForbiddenInClause,
    GreaterThanCondition,
    InCondition,
    Integer,
    LessThanCondition,
    OrdinalHyperparameter,
)
from ConfigSpace.hyperparameters import IntegerHyperparameter

from hpobench.errors import UnknownNameError, UserError
from hpobench.space import plain

RANGES = ("float", "integer")
LISTS = ("ordinal", "categorical", "constant")
FIELDS = ("type", "low", "high", "log", "values", "column", "if")
BOUNDS = ("above", "below")

Description = Mapping[str, Any]
"""Of one hyperparameter: `type`, then `low`, `high` and `log`, or `values`; and `if`."""


def described_space(
    hyperparameters: Mapping[str, Description], forbidden: Sequence[Mapping[str, Any]] = ()
) -> ConfigurationSpace:
    """Build the space that a task's YAML describes.

    Args:
        hyperparameters: By name, `{type: float, low: 1e-5, high: 1, log: true}`, the same with
            `integer`, or `{type: ordinal, values: [1, 2, 4]}`, the same with `categorical` and
            `constant`. `if: {parent: value}` makes one active only where the parent has that
            value, one of a list of values, or lies `{above: low, below: high}`; of several
            parents all must agree.
        forbidden: Each a mapping of names to a value or a list of them: configurations in which
            all of these hold together are forbidden.

    Raises:
        UserError: A description is not like that; names the hyperparameter and the field.
    """
    for name, described in hyperparameters.items():
        check(name, described, hyperparameters)
    space = ConfigurationSpace()
    try:
        space.add([_hyperparameter(name, each) for name, each in hyperparameters.items()])
        space.add([_condition(space, n, d["if"]) for n, d in hyperparameters.items() if "if" in d])
        space.add([_clause(space, clause) for clause in forbidden])
    except (ValueError, TypeError) as error:
        raise UserError(f"the space is not valid: {str(error).splitlines()[0]}") from error
    return space


def describe_space(space: ConfigurationSpace) -> dict[str, dict[str, Any]]:
    """The description that `described_space` reads, of a space without forbidden clauses.

    Raises:
        UserError: It has forbidden clauses, or conditions that a description cannot say.
    """
    if space.forbidden_clauses:
        raise UserError("a space with forbidden clauses cannot be described")
    described = {name: _describe(hyperparameter) for name, hyperparameter in space.items()}
    for condition in space.conditions:
        parts = condition.components if isinstance(condition, AndConjunction) else [condition]
        for part in parts:
            rules = described[part.child.name].setdefault("if", {})
            rules[part.parent.name] = _describe_rule(part, rules.get(part.parent.name))
    return described


def _describe(hyperparameter: Any) -> dict[str, Any]:
    """Type, and bounds or values."""
    match hyperparameter:
        case CategoricalHyperparameter():
            return {"type": "categorical", "values": [plain(v) for v in hyperparameter.choices]}
        case OrdinalHyperparameter():
            return {"type": "ordinal", "values": [plain(v) for v in hyperparameter.sequence]}
        case Constant():
            return {"type": "constant", "values": [plain(hyperparameter.value)]}
        case _:
            kind = "integer" if isinstance(hyperparameter, IntegerHyperparameter) else "float"
            low, high = plain(hyperparameter.lower), plain(hyperparameter.upper)
            scale = {"log": True} if hyperparameter.log else {}
            return {"type": kind, "low": low, "high": high, **scale}


def _describe_rule(part: Any, before: Any) -> Any:
    """What a condition asks of its parent, beside what another one asked."""
    match part:
        case EqualsCondition():
            return plain(part.value)
        case InCondition():
            return [plain(value) for value in part.values]
        case GreaterThanCondition():
            return {**(before or {}), "above": plain(part.value)}
        case LessThanCondition():
            return {**(before or {}), "below": plain(part.value)}
        case _:
            raise UserError(f"the condition {part} cannot be described")


def check(name: str, described: Description, known: Iterable[str]) -> None:
    """Refuse a description with wrong or unknown fields.

    Raises:
        UserError: With the hyperparameter, the field and the nearest valid name.
    """
    place = f"hyperparameter {name!r}"
    if not isinstance(described, Mapping):
        raise UserError(f"{place}: expected fields such as {{type: float}}, not {described!r}")
    for field in described:
        if field not in FIELDS:
            raise UserError(f"{place}: {UnknownNameError('field', field, FIELDS)}")
    if described.get("type") not in RANGES + LISTS:
        kind = str(described.get("type", ""))
        raise UserError(f"{place}: {UnknownNameError('type', kind, RANGES + LISTS)}")
    _check_values(place, described)
    for parent in described.get("if", {}):
        if parent not in known:
            raise UserError(f"{place}: {UnknownNameError('hyperparameter', parent, known)}")


def _check_values(place: str, described: Description) -> None:
    """Refuse bounds that are no numbers and values that are no list."""
    for field in ("low", "high"):
        bound = described.get(field, 0)
        if isinstance(bound, bool) or not isinstance(bound, int | float):
            raise UserError(f"{place}: {field!r} is a number, not {bound!r}")
    values = described.get("values", [0])
    if not isinstance(values, list) or not values:
        raise UserError(f"{place}: 'values' is a list of one or more values, not {values!r}")


def _hyperparameter(name: str, described: Description) -> Any:
    """The ConfigSpace hyperparameter, all of whose values are known by now."""
    if described["type"] not in LISTS:
        low, high = (_need(name, described, field) for field in ("low", "high"))
        log = bool(described.get("log", False))
        if described["type"] == "integer":
            return Integer(name, (int(low), int(high)), log=log)
        return Float(name, (float(low), float(high)), log=log)
    values = _need(name, described, "values")
    match described["type"]:
        case "ordinal":
            return OrdinalHyperparameter(name, values)
        case "categorical":
            return CategoricalHyperparameter(name, values)
        case _:
            return Constant(name, values[0])


def _need(name: str, described: Description, field: str) -> Any:
    """A field that must be there."""
    if field not in described:
        raise UserError(f"hyperparameter {name!r}: the field {field!r} is missing")
    return described[field]


def _condition(space: ConfigurationSpace, name: str, parents: Mapping[str, Any]) -> Any:
    """When a hyperparameter is active."""
    parts = [part for parent, rule in parents.items() for part in _rule(space, name, parent, rule)]
    return parts[0] if len(parts) == 1 else AndConjunction(*parts)


def _rule(space: ConfigurationSpace, name: str, parent: str, rule: Any) -> list[Any]:
    """What one parent asks for."""
    child, above = space[name], space[parent]
    match rule:
        case dict() if rule and set(rule) <= set(BOUNDS):
            kinds = {"above": GreaterThanCondition, "below": LessThanCondition}
            return [kinds[bound](child, above, value) for bound, value in rule.items()]
        case list():
            return [InCondition(child, above, rule)]
        case _:
            return [EqualsCondition(child, above, rule)]


def _clause(space: ConfigurationSpace, clause: Mapping[str, Any]) -> Any:
    """What must not hold together."""
    for name in clause:
        if name not in space:
            raise UserError(f"forbidden: {UnknownNameError('hyperparameter', name, space)}")
    parts = [
        ForbiddenInClause(space[name], value)
        if isinstance(value, list)
        else ForbiddenEqualsClause(space[name], value)
        for name, value in clause.items()
    ]
    return parts[0] if len(parts) == 1 else ForbiddenAndConjunction(*parts)
