"""The order in which conditions of hyperparameters can be decided, where there is one in time."""

from collections.abc import Iterable, Mapping

from hpobench.descriptions import MOST, Description, mistake


def parents_first(hyperparameters: Mapping[str, Description]) -> list[str]:
    """The names in an order in which conditions can be decided.

    Raises:
        ParameterError: The conditions go round in a circle.
    """
    order: dict[str, None] = {}
    waiting = dict.fromkeys(hyperparameters)
    while waiting:
        ready = [n for n in waiting if _parents(hyperparameters[n]).isdisjoint(waiting)]
        if not ready:
            name = min(waiting, key=list(hyperparameters).index)
            circle = [n for n in waiting if not _parents(hyperparameters[n]).isdisjoint(waiting)]
            raise mistake(
                name,
                "if",
                f"the conditions of {', '.join(map(repr, circle[:5]))} go round in a circle",
            )
        for name in ready:
            order[name] = waiting.pop(name)
    return list(order)


def _parents(described: Description) -> set[str]:
    """Whose values decide whether a hyperparameter is active."""
    return set(described.get("if", ()))


MOST_STEPS = 500_000
"""Most steps of ConfigSpace's ordering of conditions: about half a second."""


def check_depth(hyperparameters: Mapping[str, Description], order: Iterable[str]) -> None:
    """Refuse conditions under conditions that ConfigSpace would order for hours.

    It sorts a list anew at each way through the conditions above another, whose number doubles
    with each level: ten levels take 0.02 seconds, 14 take 5, and 16 more than a minute.

    Args:
        hyperparameters: Descriptions by name, in which nothing goes round in a circle.
        order: Their names, parents first.

    Raises:
        ParameterError: Names the hyperparameter at which it gets too much.
    """
    above: dict[str, frozenset[str]] = {}
    ways: dict[str, int] = {}
    seen: dict[str, int] = {}
    steps = 0
    for name in order:
        rules = hyperparameters[name].get("if")
        if not rules:
            continue
        direct = [parent for parent in rules if parent in above]
        above[name] = frozenset(direct).union(*(above[parent] for parent in direct))
        key = repr(sorted(rules.items()))
        if key in seen:  # one condition for all that have the same
            continue
        ways[name] = sum(ways.get(each, 0) for each in above[name]) or 1
        seen[key] = ways[name]
        steps += (len(rules) * ways[name]) ** 2
        if steps > MOST_STEPS or len(seen) > MOST:
            raise mistake(
                name,
                "if",
                f"ConfigSpace cannot order so many conditions under conditions ({len(above[name])}"
                " above this one) in bounded time: flatten them",
            )
