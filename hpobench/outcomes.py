"""What a benchmark answers, checked: the finite objectives of a trial, or why it failed."""

import math
from collections.abc import Mapping
from dataclasses import replace
from numbers import Real

from hpobench.constraint import Constraint
from hpobench.errors import RunError, legible
from hpobench.trial import Outcome

REASON = 200
"""A benchmark's words about one trial are cut to so many characters."""


def judge_outcome(
    outcome: Outcome,
    objectives: tuple[str, ...],
    signals: tuple[str, ...] = (),
    constraints: tuple[Constraint, ...] = (),
) -> Outcome:
    """A benchmark's raw outcome, reduced to what a task has of it in its order, and checked.

    What is missing, not a number or not finite makes a failed trial with a reason; so does a
    cost that is no finite number of at least 0, which is then counted as 0. A test value or one
    without noise that is none is left out, since no optimizer sees it, and so is a signal that is
    not finite. Of constraints at most 0 is feasible; those of a failed trial are kept if they are
    all known, since it may have failed for what they say.

    Raises:
        RunError: It is no outcome at all.
    """
    if not isinstance(outcome, Outcome):
        raise RunError(f"the benchmark answered {outcome!r}"[:REASON] + ", not an Outcome")
    judged = _reduced(outcome, objectives, signals)
    return _constrained(judged, outcome, constraints) if constraints else judged


def _constrained(judged: Outcome, outcome: Outcome, constraints: tuple[Constraint, ...]) -> Outcome:
    """The judged outcome with how far it is beyond each limit."""
    excesses: dict[str, float] = {}
    for constraint in constraints:
        excess = constraint.excess(_measured(outcome, constraint))
        if not is_finite(excess):
            reason = judged.failure or f"the constraint {constraint} is {excess!r}"[:REASON]
            return Outcome(cost=judged.cost, failure=reason)
        excesses[constraint.name] = float(excess)
    return replace(judged, constraints=excesses)


def _measured(outcome: Outcome, constraint: Constraint) -> float:
    """The quantity that a constraint is of, in the direction people read; NaN if it is no number.

    An objective that has to be at least so much is one that is maximised, and so was negated.
    """
    value = _find(outcome.constraints, constraint.name)
    if is_finite(value):
        return float(value)
    value = finite_value(outcome.values, constraint.name)
    return -value if constraint.at_least else value


def _reduced(outcome: Outcome, objectives: tuple[str, ...], signals: tuple[str, ...]) -> Outcome:
    """The outcome with these objectives and signals alone, or a failure, without constraints."""
    if _sound(outcome, objectives):
        if outcome.signals == {} and outcome.constraints == {} and not signals:
            return outcome
        return replace(outcome, signals=_watched(outcome, signals), constraints={})
    cost = outcome.cost
    if not is_finite(cost) or cost < 0:
        return Outcome(
            cost=0.0, failure=f"the cost is {cost!r}"[:REASON] + ", not a number of at least 0"
        )
    if outcome.failure:
        return Outcome(cost=float(cost), failure=legible(str(outcome.failure)[:REASON]))
    values: dict[str, float] = {}
    for name in objectives:
        value = _find(outcome.values, name)
        if not is_finite(value):
            return Outcome(cost=float(cost), failure=f"{name} is {value!r}"[:REASON])
        values[name] = float(value)
    return Outcome(
        values=values,
        cost=float(cost),
        test=outcome.test if isinstance(outcome.test, Mapping) else {},
        signals=_watched(outcome, signals),
        noiseless=outcome.noiseless if isinstance(outcome.noiseless, Mapping) else {},
    )


def _watched(outcome: Outcome, signals: tuple[str, ...]) -> dict[str, float]:
    """The signals with these names that are finite; a measure may be of an objective."""
    found: dict[str, float] = {}
    for name in signals:
        value = _find(outcome.signals, name)
        value = value if is_finite(value) else _find(outcome.values, name)
        if is_finite(value):
            found[name] = float(value)
    return found


def _sound(outcome: Outcome, objectives: tuple[str, ...]) -> bool:
    """Whether nothing about an outcome needs a closer look: nearly always so."""
    values, cost = outcome.values, outcome.cost
    if type(values) is not dict or type(cost) is not float or not 0 <= cost < math.inf:
        return False
    if outcome.failure or tuple(values) != objectives:
        return False
    if type(outcome.test) is not dict or type(outcome.noiseless) is not dict:
        return False
    for value in values.values():  # quicker than a generator, and this is asked of every trial
        if type(value) is not float or not -math.inf < value < math.inf:
            return False
    return True


def finite_value(values: Mapping[str, float], name: str) -> float:
    """The finite value of an objective, or NaN."""
    value = _find(values, name)
    return float(value) if is_finite(value) else math.nan


def _find(values: Mapping[str, float], name: str) -> float:
    """The value of an objective; NaN where a faulty benchmark gives none."""
    return values.get(name, math.nan) if isinstance(values, Mapping) else math.nan


def is_finite(value: object) -> bool:
    """Whether it is a real number that a float can hold, and finite."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
