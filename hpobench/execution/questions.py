"""One question to a task, as a person asks it: checked as an optimizer's would be."""

from collections.abc import Mapping
from typing import Any

from hpobench.errors import RunError, UserError
from hpobench.execution.loop import at_fidelity
from hpobench.space import plain_config, violation
from hpobench.task import Problem
from hpobench.trial import Trial, plain_value


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
        raise UserError(f"{option}: {wrong}")
    return config


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
