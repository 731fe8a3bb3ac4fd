"""Spaces and trials in words that a language model reads, and its words as configurations."""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from ConfigSpace import ConfigurationSpace
from ConfigSpace.hyperparameters import IntegerHyperparameter, OrdinalHyperparameter

from hpobench.adapters.shared.define_by_run import define_by_run
from hpobench.adapters.shared.vectors import choices
from hpobench.space import violation
from hpobench.task import Problem
from hpobench.trial import Config, Outcome, Value, plain_value

BRACES = 100
"""At so many braces of a reply an object is looked for; each costs up to the whole reply."""


def situation(problem: Problem) -> str:
    """What an optimizer knows before the first trial."""
    (objective,) = problem.objectives
    sense = "maximize (its negated values are shown)" if objective.maximize else "minimize"
    lines = [
        "You tune the hyperparameters of a machine learning system.",
        f"Objective: {sense} {objective.name}. Budget: {problem.budget}.",
        *(f"Known: {name} = {value}." for name, value in problem.context.items()),
        "Search space:",
        *describe_space(problem.space, masked=problem.masked),
    ]
    return "\n".join(lines)


def describe_space(space: ConfigurationSpace, *, masked: bool = False) -> Iterator[str]:
    """A line for each hyperparameter, condition and forbidden clause.

    Args:
        space: What is described.
        masked: Whether choices without an order are sorted by their names, which are neutral:
            their place among the others says something of the task.
    """
    for name, hyperparameter in space.items():
        yield f"- {name}: {_range(hyperparameter, masked=masked)}"
    yield from (f"- active only if: {condition}" for condition in space.conditions)
    yield from (f"- {clause}" for clause in space.forbidden_clauses)


def _range(hyperparameter: Any, *, masked: bool) -> str:
    """Which values one can take."""
    if listed := choices(hyperparameter):
        ordered = isinstance(hyperparameter, OrdinalHyperparameter)
        listed = sorted(listed, key=str) if masked and not ordered else listed
        return f"one of {json.dumps(listed)}" + (", in this order" if ordered else "")
    kind = "integer" if isinstance(hyperparameter, IntegerHyperparameter) else "float"
    scale = ", on a logarithmic scale" if hyperparameter.log else ""
    low, high = plain_value(hyperparameter.lower), plain_value(hyperparameter.upper)
    return f"{kind} in [{low}, {high}]{scale}"


def describe_trials(trials: Iterable[tuple[Config, Outcome]]) -> str:
    """A line for each trial: its configuration and its value in six digits, or that it failed."""
    return "\n".join(
        f"{config_line(config)} -> " + (f"{outcome.value:.6g}" if outcome.ok else "failed")
        for config, outcome in trials
    )


def config_line(config: Config) -> str:
    """A configuration as JSON on one line."""
    return json.dumps(dict(config))


def parsed(space: ConfigurationSpace, reply: str) -> dict[str, Value]:
    """The configuration in a reply: the first JSON object, whatever is said around it.

    Names of inactive hyperparameters, or of none, are passed over.

    Raises:
        ValueError: There is none, or it does not lie in the space; says why.
    """
    given = _object(reply)

    def choose(name: str) -> Value:
        if name not in given:
            raise ValueError(f"{name} is missing")
        return _converted(space[name], given[name])

    config = define_by_run(space, choose)
    if wrong := violation(space, config):
        raise ValueError(wrong)
    return config


def _object(reply: str) -> dict[str, Any]:
    """The first JSON object in a text."""
    decoder = json.JSONDecoder()
    for begin in islice(re.finditer("{", reply), BRACES):
        try:
            found, _ = decoder.raw_decode(reply, begin.start())
        except (ValueError, RecursionError):  # the second for one within another, without end
            continue
        return dict(found)
    raise ValueError(f"there is no JSON object at one of the first {BRACES} braces of the reply")


def _converted(hyperparameter: Any, given: Any) -> Value:
    """A value of the hyperparameter's own type where the given one means it.

    Raises:
        ValueError: It means none that is legal.
    """
    if listed := choices(hyperparameter):
        for each in listed:
            if str(given) == str(each) or (type(given) is not bool and given == each):
                return each
    elif isinstance(given, int | float) and not isinstance(given, bool):
        whole = isinstance(hyperparameter, IntegerHyperparameter)
        if hyperparameter.lower <= given <= hyperparameter.upper and not (whole and given % 1):
            return int(given) if whole else float(given)
    raise ValueError(f"{hyperparameter.name} cannot be {repr(given)[:100]}")
