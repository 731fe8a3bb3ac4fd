"""Random configuration spaces of given features, for property-based tests."""

from collections.abc import Callable
from typing import Any

from ConfigSpace import (
    AndConjunction,
    Categorical,
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
    NotEqualsCondition,
    OrConjunction,
    OrdinalHyperparameter,
)
from ConfigSpace.hyperparameters import CategoricalHyperparameter, IntegerHyperparameter
from hypothesis import strategies as st

from hpobench.task import FEATURES

NAMES = ["lr", "Depth", "b2", "model:kind", "x_0", "momentum", "z", "a"]

MAKE: dict[str, list[Callable[[str], Any]]] = {
    "float": [
        lambda name: Float(name, (-5.0, 5.0)),
        lambda name: Float(name, (0.0, 1.0), default=0.25),
        lambda name: Float(name, (1e-6, 0.1), log=True),
    ],
    "integer": [
        lambda name: Integer(name, (-3, 3)),
        lambda name: Integer(name, (0, 1)),
        lambda name: Integer(name, (1, 4096), log=True),
    ],
    "categorical": [
        lambda name: Categorical(name, ["adam", "sgd", "rms prop"]),
        lambda name: Categorical(name, [True, False]),
        lambda name: Categorical(name, [32, 0.5, "auto"]),
        lambda name: Categorical(name, ["only"]),
    ],
    "ordinal": [
        lambda name: OrdinalHyperparameter(name, [1, 2, 4, 8], default_value=4),
        lambda name: OrdinalHyperparameter(name, ["small", "medium", "large"]),
        lambda name: OrdinalHyperparameter(name, [0.1, 0.01]),
        lambda name: OrdinalHyperparameter(name, [7]),
    ],
    "constant": [lambda name: Constant(name, 3), lambda name: Constant(name, "fixed")],
}


@st.composite
def spaces(draw: st.DrawFn, types: frozenset[str] = frozenset(FEATURES)) -> ConfigurationSpace:
    """A space of up to eight hyperparameters with none but the given features.

    At least one hyperparameter can vary. Conditions may be nested and joined.
    """
    kinds = sorted(types & MAKE.keys())
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=len(NAMES)))
    names = draw(st.permutations(NAMES))
    root = next(kind for kind in ("categorical", "integer", "ordinal", "float") if kind in types)
    made = [MAKE[root][0](names[0])]
    made += [
        draw(st.sampled_from(MAKE[kind]))(name)
        for kind, name in zip(chosen[1:], names[1:], strict=False)
    ]
    space = ConfigurationSpace()
    space.add(*made)
    if "condition" in types and values(made[0]):
        space.add(*draw(conditions(made)))
    if "forbidden" in types:
        space.add(*draw(clauses(made)))
    return space


@st.composite
def conditions(draw: st.DrawFn, made: list[Any]) -> list[Any]:
    """For some hyperparameters, conditions on those before them, which may be conditional too.

    One at the most is a conjunction, and it and "not equal" are on parents that are always
    active: in other cases ConfigSpace 1.2's own defaults and samples break the conditions.
    """
    found, always = [], [made[0]]
    parents = always.copy()
    for child in made[1:]:
        if draw(st.booleans()):
            always.append(child)
        elif child is made[-1] and len(able(always)) > 1:
            two = draw(st.permutations(able(always)))[:2]
            join = draw(st.sampled_from([AndConjunction, OrConjunction]))
            found.append(join(*(draw(condition(child, [hp], NotEqualsCondition)) for hp in two)))
        else:
            found.append(draw(condition(child, parents)))
        parents.append(child)
    return found


@st.composite
def condition(draw: st.DrawFn, child: Any, parents: list[Any], *kinds: Any) -> Any:
    """A condition on one of the parents, of the given kinds or those for any parent."""
    parent = draw(st.sampled_from(able(parents)))
    known = values(parent)
    if draw(st.booleans()):
        return InCondition(child, parent, draw(st.permutations(known))[: len(known) - 1])
    orders = (GreaterThanCondition, LessThanCondition) if parent.ORDERABLE else ()
    kind: Any = draw(st.sampled_from([EqualsCondition, *orders, *kinds]))
    return kind(child, parent, draw(st.sampled_from(known)))


@st.composite
def clauses(draw: st.DrawFn, made: list[Any]) -> list[Any]:
    """Up to two forbidden pairs of values, neither of which forbids the default."""
    found = []
    for _ in range(draw(st.integers(0, 2)) if len(able(made)) > 1 else 0):
        one, other = draw(st.permutations(able(made)))[:2]
        value = draw(st.sampled_from([v for v in values(one) if v != one.default_value]))
        rest = ForbiddenInClause(other, values(other)[:-1])
        found.append(ForbiddenAndConjunction(ForbiddenEqualsClause(one, value), rest))
    return found


def able(hyperparameters: list[Any]) -> list[Any]:
    """Those on which others can depend."""
    return [hp for hp in hyperparameters if len(values(hp)) > 1]


def values(hyperparameter: Any) -> list[Any]:
    """Some of its different values; of a float none."""
    match hyperparameter:
        case OrdinalHyperparameter():
            return list(hyperparameter.sequence)
        case CategoricalHyperparameter():
            return list(hyperparameter.choices)
        case IntegerHyperparameter():
            known = (hyperparameter.lower, hyperparameter.default_value, hyperparameter.upper)
            return list(dict.fromkeys(known))
    return []
