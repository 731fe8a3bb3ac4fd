"""Where a task belongs among the numbered functions of the formats of IOHprofiler and COCO."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count

from hpobench.trial import Config

_BBOB = re.compile(r"bbob/f(?P<function>\d+)-d(?P<dimension>\d+)-i(?P<instance>\d+)")
"""How our BBOB tasks are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a task belongs among functions, dimensions and instances.

    Attributes:
        suite: The collection.
        function: The function's number.
        name: The function's name.
        dimension: Number of hyperparameters.
        instance: The function's instance.
        optimum: The smallest value of a BBOB function; 0 elsewhere.
    """

    suite: str
    function: int
    name: str
    dimension: int
    instance: int = 1
    optimum: float = 0.0


def place(task: str, number: int, dimension: int) -> Place:
    """Where any task belongs: a function of its own."""
    suite = slug(task.partition("/")[0])
    return Place(suite=suite, function=number, name=slug(task), dimension=dimension)


def bbob(task: str) -> Place | None:
    """Where a BBOB task belongs, None if it is none."""
    found = _BBOB.fullmatch(task.partition("@")[0])
    if not found:
        return None
    import ioh

    function, dimension, instance = (int(number) for number in found.groups())
    problem = ioh.get_problem(function, instance, dimension, ioh.ProblemClass.BBOB)
    return Place(
        suite="bbob",
        function=function,
        name=problem.meta_data.name,
        dimension=dimension,
        instance=instance,
        optimum=problem.optimum.y,
    )


def function_task(suite: str, number: int, name: str, dimension: int, instance: int) -> str:
    """The name of a function's task: a BBOB function's is ours, so that both can be compared."""
    if suite.casefold() == "bbob":
        return f"bbob/f{number:02}-d{dimension}-i{instance}"
    return f"{suite}/{name}-d{dimension}-i{instance}"


def coordinates(config: Config) -> list[float]:
    """The numbers of a configuration; these formats have no place for others."""
    return [x for x in config.values() if isinstance(x, int | float)]


def folder_names(names: Iterable[str], part: Callable[[str], str]) -> dict[str, str]:
    """For each name a part of a path of its own, also where case is not told apart.

    Args:
        names: In any order, also more than once.
        part: Makes one of a name, perhaps the same of two: the later gets a number.
    """
    made: dict[str, str] = {}
    taken: set[str] = set()
    for name in sorted(set(names)):
        base = part(name)
        forms = (base if n == 1 else f"{base}-{n}" for n in count(1))
        made[name] = next(form for form in forms if form.casefold() not in taken)
        taken.add(made[name].casefold())
    return made


def slug(name: str) -> str:
    """A name as part of a path."""
    return re.sub(r"[^A-Za-z0-9.+-]+", "_", name)
