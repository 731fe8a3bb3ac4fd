"""One question to a task, as a person asks it: checked as an optimizer's would be."""

from collections.abc import Mapping
from typing import Any

from ConfigSpace import ConfigurationSpace

from hpobench.errors import MAX_LISTED, RunError, UserError, nearest, quoted
from hpobench.execution.loop import at_fidelity
from hpobench.space import listed_values, plain_config, violation
from hpobench.task import Problem
from hpobench.trial import Trial, Value, plain_value


def default_or_legal(
    given: Mapping[str, Any] | None, problem: Problem, option: str
) -> dict[str, Any]:
    """The configuration that was given, or the space's default one.

    Args:
        given: Hyperparameters by name, or None.
        problem: Has the space.
        option: What the user calls it, for the message.

    Raises:
        UserError: It is not in the space.
    """
    if given is None:
        return plain_config(problem.space.get_default_configuration())
    config = {name: plain_value(value) for name, value in given.items()}
    if wrong := violation(problem.space, config):
        raise UserError(f"{option}: {_what_to_mend(problem.space, config) or wrong}")
    return config


def _what_to_mend(space: ConfigurationSpace, config: Mapping[str, Value]) -> str:
    """Which hyperparameter is unknown, lacks a value or has a wrong one; empty if none does."""
    for name, value in config.items():
        if name not in space:
            return f"no hyperparameter {name!r}{nearest(name, space)}"
        if not space[name].legal_value(value):
            return f"{name} is {quoted(value)}, not {_legal_values(space[name])}"
    for name in space:
        conditions = space.parent_conditions_of[name]
        if name not in config and all(each.satisfied_by_value(dict(config)) for each in conditions):
            return f"{name} has no value: it is {_legal_values(space[name])}"
    return ""


def _legal_values(hyperparameter: Any) -> str:
    """Which values a hyperparameter takes, in words."""
    if values := listed_values(hyperparameter):
        shown = ", ".join(map(quoted, values[:MAX_LISTED]))
        return f"one of {shown}" + ", ..." * (len(values) > MAX_LISTED)
    low, high = hyperparameter.lower, hyperparameter.upper
    noun = "whole number" if isinstance(low, int) else "number"
    return f"a {noun} from {low:g} to {high:g}"


def legal_fidelity(given: float | None, problem: Problem, option: str) -> float | None:
    """A fidelity that the task takes, None being the highest.

    Args:
        given: The fidelity, or None.
        problem: Has the range.
        option: What the user calls it, for the message.

    Raises:
        UserError: The task has none, or the value is not in its range.
    """
    try:
        return at_fidelity(Trial(config={}, fidelity=given), problem.fidelity).fidelity
    except RunError as error:
        raise UserError(f"{option}: {str(error).replace('the optimizer', 'you')}") from None
