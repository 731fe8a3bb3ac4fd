"""Configuration spaces written down in a task's YAML."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any

from ConfigSpace import (
    AndConjunction,
    CategoricalHyperparameter,
    ConfigurationSpace,
    Constant,
    EqualsCondition,
    ForbiddenAndConjunction,
    ForbiddenEqualsClause,
    ForbiddenInClause,
    GreaterThanCondition,
    InCondition,
    Integer,
    LessThanCondition,
    OrdinalHyperparameter,
)

from hpobench.condition_order import check_depth, parents_first
from hpobench.descriptions import (
    LISTS,
    WEIGHT,
    Description,
    check_forbidden,
    check_hyperparameters,
    mistake,
    weights_of,
)
from hpobench.errors import ParameterError
from hpobench.simplex import weight, with_simplexes
from hpobench.space import float_range, listed_values

MOST_DEFAULTS = 10_000
"""So many combinations of values are looked through for one that no clause forbids."""

BOUND_CONDITIONS: Mapping[str, type] = {"above": GreaterThanCondition, "below": LessThanCondition}
"""By what a rule says of a parent with an order, the condition that it is."""

Clause = Mapping[str, Any]


def described_space(
    hyperparameters: Mapping[str, Description], forbidden: Sequence[Clause] = ()
) -> ConfigurationSpace:
    """Build the space that a task's YAML describes.

    Args:
        hyperparameters: By name, `{type: float, low: 1e-5, high: 1, log: true}`, the same with
            `integer`, or `{type: ordinal, values: [1, 2, 4]}`, the same with `categorical` and
            `constant`. Those of `{type: simplex, group: NAME}` are weights in [0, 1] that sum to
            one with the others of their group. `if: {parent: value}` makes one active only
            where the parent has that value, one of a list of values, or lies
            `{above: low, below: high}`; of several parents all must agree.
        forbidden: Each a mapping of names to a value or a list of them: configurations in which
            all of these hold together are forbidden.

    Raises:
        ParameterError: A description is not like that, or asks for what ConfigSpace cannot do;
            names the hyperparameter and the field.
    """
    check_hyperparameters(hyperparameters)
    check_forbidden(forbidden, hyperparameters)
    check_depth(hyperparameters, parents_first(hyperparameters))
    weights = _weights(hyperparameters)
    made = weights | {
        name: _hyperparameter(name, each)
        for name, each in hyperparameters.items()
        if name not in weights
    }
    for name, value in _legal_defaults(made, forbidden).items():
        made[name] = _hyperparameter(name, hyperparameters[name], default=value)
    space = ConfigurationSpace()
    try:
        space.add([made[name] for name in hyperparameters])
        space.add([_condition(space, n, d["if"]) for n, d in hyperparameters.items() if "if" in d])
        space.add([_clause(space, clause) for clause in forbidden])
    except Exception as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise ParameterError(f"the space is not valid: {reason}") from error
    return with_simplexes(space)


def _weights(hyperparameters: Mapping[str, Description]) -> dict[str, Any]:
    """The hyperparameters that are weights of a simplex."""
    groups = {n: weights_of(each) for n, each in hyperparameters.items() if each["type"] == WEIGHT}
    count = Counter(groups.values())
    return {name: weight(name, group, count[group]) for name, group in groups.items()}


def _hyperparameter(name: str, described: Description, default: Any = None) -> Any:
    """The ConfigSpace hyperparameter, all of whose values are known by now."""
    if described["type"] not in LISTS:
        low, high = (_need(name, described, field) for field in ("low", "high"))
        log = described.get("log", False)
        if described["type"] == "integer":
            return Integer(name, (int(low), int(high)), log=log, default=default)
        return float_range(name, float(low), float(high), log=log, default=default)
    values = _need(name, described, "values")
    chosen = {} if default is None else {"default_value": default}
    match described["type"]:
        case "ordinal":
            return OrdinalHyperparameter(name, values, **chosen)
        case "categorical":
            return CategoricalHyperparameter(name, values, **chosen)
        case _:
            return Constant(name, values[0])


def _need(name: str, described: Description, field: str) -> Any:
    """A field that must be there."""
    if field not in described:
        raise mistake(name, field, f"the field {field!r} is missing")
    return described[field]


def _legal_defaults(made: Mapping[str, Any], forbidden: Sequence[Clause]) -> dict[str, Any]:
    """Other defaults, where clauses forbid the first ones: ConfigSpace needs a legal default.

    Raises:
        ParameterError: No combination of the values looked at is allowed.
    """
    defaults = {name: hyperparameter.default_value for name, hyperparameter in made.items()}
    if not _matching(defaults, forbidden):
        return {}
    names = list(dict.fromkeys(name for clause in forbidden for name in clause))
    choices = product(*(list(_values(made[name])) for name in names))
    for chosen in islice(choices, MOST_DEFAULTS):
        others = dict(zip(names, chosen, strict=True))
        if not _matching({**defaults, **others}, forbidden):
            return {name: each for name, each in others.items() if each != defaults[name]}
    raise ParameterError("forbidden: the clauses leave no configuration to begin with", "forbidden")


def _values(hyperparameter: Any) -> Iterator[Any]:
    """Values that may be a default, the present one first."""
    yield hyperparameter.default_value
    listed = listed_values(hyperparameter)
    yield from listed or (hyperparameter.lower, hyperparameter.upper)


def _matching(values: Mapping[str, Any], forbidden: Sequence[Clause]) -> bool:
    """Whether a clause forbids these values."""
    return any(
        all(values[n] in (v if isinstance(v, list) else [v]) for n, v in clause.items())
        for clause in forbidden
    )


def _condition(space: ConfigurationSpace, name: str, parents: Mapping[str, Any]) -> Any:
    """When a hyperparameter is active."""
    parts = [part for parent, rule in parents.items() for part in _rule(space, name, parent, rule)]
    return parts[0] if len(parts) == 1 else AndConjunction(*parts)


def _rule(space: ConfigurationSpace, name: str, parent: str, rule: Any) -> list[Any]:
    """What one parent asks for."""
    child, above = space[name], space[parent]
    match rule:
        case dict():
            return [BOUND_CONDITIONS[bound](child, above, value) for bound, value in rule.items()]
        case list():
            return [InCondition(child, above, rule)]
        case _:
            return [EqualsCondition(child, above, rule)]


def _clause(space: ConfigurationSpace, clause: Clause) -> Any:
    """What must not hold together."""
    parts = [
        ForbiddenInClause(space[name], value)
        if isinstance(value, list)
        else ForbiddenEqualsClause(space[name], value)
        for name, value in clause.items()
    ]
    return parts[0] if len(parts) == 1 else ForbiddenAndConjunction(*parts)
