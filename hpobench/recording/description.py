"""Write a configuration space down as a task's YAML has it."""

from collections.abc import Mapping, Sequence
from typing import Any

from ConfigSpace import (
    AndConjunction,
    ConfigurationSpace,
    EqualsCondition,
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
    ForbiddenInClause,
    InCondition,
)
from ConfigSpace.conditions import Conjunction

from hpobench.benchmarks.space_from_yaml import BOUND_CONDITIONS
from hpobench.errors import UserError
from hpobench.simplex import group_of
from hpobench.space import exact_bounds, listed_values, type_of
from hpobench.trial import plain_value

BOUNDS_BY_CONDITION = {condition: bound for bound, condition in BOUND_CONDITIONS.items()}


def describe_hyperparameters(space: ConfigurationSpace) -> dict[str, dict[str, Any]]:
    """The descriptions from which `described_space` makes this space again, but for defaults.

    Raises:
        UserError: It has a condition that a description cannot say.
    """
    described = {name: _describe(hyperparameter) for name, hyperparameter in space.items()}
    for name, (low, high) in exact_bounds(space).items():
        described[name] |= {"low": low, "high": high}
    conditions: Sequence[Any] = space.conditions
    for condition in conditions:
        joined = isinstance(condition, AndConjunction)
        parts: Sequence[Any] = condition.components if joined else [condition]
        for part in parts:
            if isinstance(part, Conjunction):
                raise UserError(f"a table's YAML cannot say the condition {condition}")
            rules = described[part.child.name].setdefault("if", {})
            rules[part.parent.name] = _describe_rule(part, rules.get(part.parent.name))
    return described


def describe_forbidden(space: ConfigurationSpace) -> list[dict[str, Any]]:
    """The forbidden clauses, each a mapping of names to a value or a list of them.

    Raises:
        UserError: A clause relates hyperparameters to each other, which no description can say.
    """
    return [_describe_clause(clause) for clause in space.forbidden_clauses]


def _describe(hyperparameter: Any) -> dict[str, Any]:
    """Type, and bounds or values."""
    kind = type_of(hyperparameter)
    if group := group_of(hyperparameter):
        return {"type": kind, "group": group}
    if listed := listed_values(hyperparameter):
        return {"type": kind, "values": listed}
    low, high = plain_value(hyperparameter.lower), plain_value(hyperparameter.upper)
    scale = {"log": True} if hyperparameter.log else {}
    return {"type": kind, "low": low, "high": high, **scale}


def _describe_rule(part: Any, before: Any) -> Any:
    """What a condition asks of its parent, beside what another one asked of it."""
    match part:
        case EqualsCondition() if before is None:
            return plain_value(part.value)
        case InCondition() if before is None:
            return [plain_value(value) for value in part.values]
        case _ if type(part) in BOUNDS_BY_CONDITION and (
            before is None or isinstance(before, Mapping)
        ):
            return {**(before or {}), BOUNDS_BY_CONDITION[type(part)]: plain_value(part.value)}
        case _:
            raise UserError(f"a table's YAML cannot say the condition {part}")


def _describe_clause(clause: Any) -> dict[str, Any]:
    """What must not hold together."""
    parts = clause.components if isinstance(clause, ForbiddenAndConjunction) else [clause]
    said: dict[str, Any] = {}
    for part in parts:
        match part:
            case ForbiddenEqualsClause() if part.hyperparameter.name not in said:
                said[part.hyperparameter.name] = plain_value(part.value)
            case ForbiddenInClause() if part.hyperparameter.name not in said:
                said[part.hyperparameter.name] = [plain_value(value) for value in part.values]
            case _:
                raise UserError(f"a table's YAML cannot say the forbidden clause {clause}")
    return said
