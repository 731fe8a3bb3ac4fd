"""A user's own optimizers and tasks as the parts that names of the catalogue stand for."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from inspect import getsource
from typing import TYPE_CHECKING, Any

from hpobench.api.definitions import define, name_of
from hpobench.api.own_spaces import space_of
from hpobench.api.spaces import describe_mapping, is_configspace, serialized
from hpobench.callback import CallbackOptimizer
from hpobench.catalogue import FUNCTION
from hpobench.catalogue.derived import speaks_of_cost
from hpobench.catalogue.section import name_flaw
from hpobench.constraint import Constraint
from hpobench.errors import UserError, nearest
from hpobench.optimizer import Capabilities, Optimizer, Variant
from hpobench.system.deferred import import_configspace
from hpobench.task import FEATURES, Budget, Task

if TYPE_CHECKING:
    from ConfigSpace import ConfigurationSpace

COLLECTION = "session"
"""The collection of tasks that a session makes of its functions."""
CONFIGSPACE_FUNCTION = "hpobench.benchmarks.configspace_function:ConfigSpaceFunction"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Names, and the parts among them that no file holds."""

    names: tuple[str, ...]
    parts: tuple[Task | Variant, ...]


def as_optimizer(
    cls: type[Optimizer],
    *,
    name: str = "",
    options: Mapping[str, Any] | None = None,
    capabilities: Capabilities | Mapping[str, Any] | None = None,
) -> Variant:
    """Make a class an optimizer that can be run, with a name, options and limits of its own.

    Args:
        cls: A subclass of `hpobench.optimizer.Optimizer`; it may be defined in a notebook.
        name: What results call it; by default the class's name.
        options: Keyword arguments of its constructor, as JSON can hold them.
        capabilities: What it handles, with the fields of `Capabilities`. By default the class's
            attribute `capabilities`, and without one: spaces of any kind, one objective, no
            fidelity.

    Raises:
        UserError: It is no such class, or cannot be sent to other processes.
    """
    if not (isinstance(cls, type) and issubclass(cls, Optimizer)):
        raise UserError(f"{cls!r:.100} is no subclass of hpobench.optimizer.Optimizer")
    definition = define(cls)
    given = _as_json("options", options or {})
    return Variant(
        id=_checked(name or name_of(cls)),
        family=name or name_of(cls),
        adapter=definition.target,
        options=given,
        capabilities=_capabilities(cls, capabilities),
        folder=definition.folder,
        code=definition.code_with(definition.target, given),
        description=(cls.__doc__ or "").strip().partition("\n")[0],
    )


def as_task(  # noqa: PLR0913 (what is to be solved, and how much it may cost)
    function: Callable[..., Any],
    space: "ConfigurationSpace | Mapping[str, Any] | None" = None,
    *,
    name: str = "",
    objectives: Mapping[str, str] | None = None,
    fidelity: Mapping[str, Any] | None = None,
    trials: float = 50,
    params: Mapping[str, Any] | None = None,
    constraints: Sequence[str] = (),
) -> Task:
    """Make a function a task that optimizers can be compared on.

    The function is called with the active hyperparameters by name and returns a number; of
    several objectives a mapping or a sequence. What else it may return and ask for is in
    docs/adding-a-task.md.

    Args:
        function: Is called in other processes; it may be defined in a notebook.
        space: A ConfigSpace, or a mapping such as `{"x": (-5.0, 5.0), "kind": ["a", "b"]}`; by
            default what the function says of it, see `space_of`.
        name: The task is called `session/NAME`; by default the function's name.
        objectives: By name `minimize` or `maximize`; by default one `loss` to minimise.
        fidelity: Such as `{"name": "epochs", "low": 1, "high": 50, "integer": True}`: then
            optimizers may choose it, and the function is given `fidelity`.
        trials: The budget, in trials at full fidelity.
        params: Other arguments of the function, as JSON can hold them.
        constraints: Such as `("latency <= 20", "gap")`: limits of objectives or of what the
            function returns as `constraints`; of a bare name at most 0 is feasible.

    Raises:
        UserError: A part of the description is wrong, or the function does not take what it
            would be called with, or cannot be sent to other processes.
    """
    if not callable(function):
        raise UserError(f"a function that can be called is needed, not {function!r:.100}")
    definition = define(function)
    benchmark, described_space = _space(function, space)
    given = _as_json("params", params or {})
    given |= {"function": definition.target, **described_space}
    given |= _described("objectives", objectives, "{'loss': 'minimize'}")
    given |= _described("fidelity", fidelity, "{'name': 'epochs', 'low': 1, 'high': 50}")
    import_configspace()
    from hpobench.execution.construction import build
    from hpobench.space import types

    task = Task(
        id=_checked(f"{COLLECTION}/{name or name_of(function)}"),
        collection=COLLECTION,
        benchmark=benchmark,
        params=given,
        objectives=tuple(objectives or ("loss",)),
        fidelity=str(fidelity["name"]) if fidelity and "name" in fidelity else None,
        budget=budget_of(trials),
        constraints=tuple(map(Constraint.parse, constraints)),
        dimension=1,
        types=(),
        real_time=not _speaks_of_cost(function),
        description=(function.__doc__ or "").strip().partition("\n")[0],
        folder=definition.folder,
        code=definition.code_with(benchmark, given),
    )
    found = build(task).space
    return replace(task, dimension=len(found), types=types(found))


def _described(name: str, given: Any, example: str) -> dict[str, dict[str, Any]]:
    """A parameter that is a mapping, if it is given.

    Raises:
        UserError: It is something else.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise UserError(f"{name}: such as {example}, not {given!r:.100}")
    return {name: dict(given)}


def budget_of(trials: Any) -> Budget:
    """A budget from a number of trials, or a text such as `seconds=3600`.

    Raises:
        UserError: It is neither.
    """
    trials = trials.item() if hasattr(trials, "item") else trials  # numpy's numbers count too
    if isinstance(trials, bool) or not isinstance(trials, int | float | str):
        raise UserError(f"a budget is a number of trials, or such as 'seconds=60', not {trials!r}")
    return Budget.parse(str(trials))


def chosen_optimizers(given: Any) -> Chosen:
    """Names and parts of what stands for optimizers: names, globs, classes, and lists of these.

    Raises:
        UserError: Something is none of these.
    """
    parts: list[str | Variant] = []
    for each in _listed(given):
        if isinstance(each, str | Variant):
            parts.append(each)
        elif isinstance(each, type):
            parts.append(as_optimizer(each))
        else:
            raise UserError(f"an optimizer is a name, a glob or a class, not {each!r:.100}")
    return _chosen("optimizers", parts)


def chosen_tasks(given: Any) -> Chosen:
    """Names and parts of what stands for tasks: names, globs, tasks, functions, and lists.

    Raises:
        UserError: Something is none of these.
    """
    parts: list[str | Task] = []
    for each in _listed(given):
        if isinstance(each, str | Task):
            parts.append(each)
        elif callable(each):
            parts.append(as_task(each))
        else:
            raise UserError(f"a task is a name, a glob, a task or a function, not {each!r:.100}")
    return _chosen("tasks", parts)


def _chosen(nouns: str, found: Collection[Any]) -> Chosen:
    """The names of all, and what is no name.

    Raises:
        UserError: There is nothing.
    """
    if not found:
        raise UserError(f"which {nouns}? name some; 'hpobench list {nouns}' shows all")
    names, parts = [], []
    for each in found:
        names.append(each if isinstance(each, str) else each.id)
        parts += [] if isinstance(each, str) else [each]
    return Chosen(tuple(names), tuple(parts))


def _listed(given: Any) -> Sequence[Any]:
    """One thing, or several."""
    if isinstance(given, Iterable) and not isinstance(given, str | type | Mapping):
        return list(given)
    return [given]


def _space(function: Callable[..., Any], space: Any) -> tuple[str, dict[str, Any]]:
    """The benchmark that knows the kind of space, and the space as its parameter."""
    if is_configspace(space):
        return CONFIGSPACE_FUNCTION, {"configspace": serialized(space)}
    described = space_of(function) if space is None else space
    return FUNCTION, {"space": describe_mapping(described)}


def _capabilities(cls: type[Optimizer], given: Any) -> Capabilities:
    """What an optimizer handles, as it is given or as its class says."""
    capabilities = getattr(cls, "capabilities", None) if given is None else given
    if isinstance(capabilities, Capabilities):
        return capabilities
    # Who waits for a function's value in a library's loop has one trial pending at a time.
    one = {"workers": 1} if issubclass(cls, CallbackOptimizer) else {}
    known = [field.name for field in fields(Capabilities)]
    if capabilities is not None and not isinstance(capabilities, Mapping):
        raise UserError(
            f"capabilities are fields such as {{'objectives': 2}}, not {capabilities!r:.100}"
        )
    _check_known("field", capabilities or (), known)
    stated: dict[str, Any] = {"types": FEATURES, **one, **(capabilities or {})}
    _check_known("type", stated["types"], FEATURES)
    stated["types"] = frozenset(stated["types"])
    if "collections" in stated:
        stated["collections"] = tuple(stated["collections"])
    return Capabilities(**stated)


def _check_known(noun: str, names: Iterable[Any], known: Collection[str]) -> None:
    """Refuse a name that is none of those known.

    Raises:
        UserError: Names the nearest one.
    """
    for name in names:
        if name not in known:
            raise UserError(f"capabilities: no {noun} {name!r}{nearest(str(name), known)}")


def _checked(name: str) -> str:
    """The name, if it is one.

    Raises:
        UserError: It is none.
    """
    if flaw := name_flaw(name):
        raise UserError(flaw)
    return name


def _as_json(what: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Values that are the same once JSON has held them.

    Raises:
        UserError: They are not.
    """
    try:
        data: dict[str, Any] = json.loads(json.dumps(dict(given)))
    except (TypeError, ValueError) as error:
        raise UserError(f"{what} are texts, numbers, flags, lists and mappings: {error}") from None
    return data


def _speaks_of_cost(function: Callable[..., Any]) -> bool:
    """Whether a function seems to state the cost of its trials, so that none is measured."""
    try:
        return speaks_of_cost(getsource(function))
    except (OSError, TypeError):
        return False
