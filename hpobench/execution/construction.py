"""From names to objects: the benchmark, the problem and the optimizer of a run."""

import math
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from inspect import signature
from typing import Any

from hpobench.benchmark import Benchmark
from hpobench.catalogue import FUNCTION, load, located
from hpobench.constraint import Constraint
from hpobench.environments import Isolated
from hpobench.errors import (
    UserError,
    nearest,
)
from hpobench.execution.masking import Mask, Masked
from hpobench.execution.sparing import Clipped, ToldFailed, Unasked, varies
from hpobench.execution.unfolding import Unfolded, in_box
from hpobench.optimizer import Capabilities, Optimizer, Stop, Variant
from hpobench.run import MOST_REASON
from hpobench.simplex import SimplexBox, simplexes
from hpobench.space import draw_configs, types
from hpobench.system.folder_contents import anchored
from hpobench.task import Problem, Task

DESCRIBED = ("space", "forbidden", "objectives", "fidelity")
"""Parameters of a function's task that are no business of the function."""


def build(task: Task) -> Benchmark:
    """The benchmark behind a task.

    Raises:
        UserError: Its module or class does not exist or needs a missing library, or its
            parameters are not what the class takes.
    """
    cls = load(task.benchmark, task.folder)
    if not (isinstance(cls, type) and issubclass(cls, Benchmark)):
        raise located(task, UserError(f"{task.benchmark} {misfit(cls, Benchmark)}"))
    try:
        benchmark: Benchmark = cls(**anchored(dict(task.params), task.folder))
    except (TypeError, UserError) as error:
        raise located(task, error) from error
    return benchmark


def check_parameters(tasks: Iterable[Task]) -> None:
    """Refuse functions' tasks that can be seen to be wrong without running the functions.

    Raises:
        UserError: With the file and line of what is wrong in a task's parameters.
    """
    seen: set[str] = set()
    for task in tasks:
        if task.benchmark == FUNCTION:
            parts = {n: v for n, v in task.params.items() if n in DESCRIBED}
            if (key := repr(parts)) not in seen:
                seen.add(key)
                try:
                    load(FUNCTION).check(parts)
                except UserError as error:
                    raise located(task, error) from error


def pose(task: Task, benchmark: Benchmark, seed: int = 0) -> Problem:
    """What an optimizer may know of the task.

    Args:
        task: The task.
        benchmark: Built for it.
        seed: Decides the initial design, if the task has one.

    Raises:
        UserError: The task's definition does not fit the benchmark.
    """
    known = {objective.name: objective for objective in benchmark.objectives}
    if unknown := [name for name in task.objectives if name not in known]:
        wrong = f"the benchmark has no objective {unknown[0]!r}{nearest(unknown[0], known)}"
        raise located(task, UserError(wrong))
    fidelity = benchmark.fidelity if task.fidelity else None
    if task.fidelity and (fidelity is None or fidelity.name != task.fidelity):
        name = f", it has {fidelity.name!r}" if fidelity else ""
        raise located(task, UserError(f"the benchmark has no fidelity {task.fidelity!r}{name}"))
    declared, found = (task.dimension, task.types), (len(benchmark.space), types(benchmark.space))
    if declared != found:
        raise located(task, UserError(f"it declares {declared}, its space has {found}"))
    if task.continues and not benchmark.continues:
        wrong = "it says 'continues: true', the benchmark cannot go on from another trial"
        raise located(task, UserError(wrong))
    watched = {*benchmark.signals, *_measurable(task, benchmark)}
    if lacking := [name for name in task.signals if name not in watched]:
        near = nearest(lacking[0], watched)
        raise located(task, UserError(f"the benchmark has no signal {lacking[0]!r}{near}"))
    if wrong := next(filter(None, (_unmeasured(c, benchmark) for c in task.constraints)), ""):
        raise located(task, UserError(wrong))
    return Problem(
        space=deepcopy(benchmark.space),
        objectives=tuple(known[name] for name in task.objectives),
        fidelity=fidelity,
        budget=task.budget,
        workers=task.workers,
        initial=draw_configs(deepcopy(benchmark.space), task.initial, seed) if task.initial else (),
        context=dict(benchmark.context),
        continues=task.continues,
        inherited=benchmark.inherited if task.continues else (),
        signals=task.signals,
        noise=task.settings.noise,
        masked=task.settings.masked,
        prior=task.prior,
        constraints=tuple(constraint.name for constraint in task.constraints),
        measures=task.measures,
    )


def _measurable(task: Task, benchmark: Benchmark) -> set[str]:
    """The objectives that a task's measures are of: minimised ones, which are told as they are.

    Raises:
        UserError: One is maximised, and so told with another sign than its range has.
    """
    kept = {objective.name: objective.maximize for objective in benchmark.objectives}
    named = [each.name for each in task.measures if each.name in kept]
    if maximised := [name for name in named if kept[name]]:
        wrong = f"the measure {maximised[0]!r} is an objective that is maximised"
        raise located(task, UserError(f"{wrong}: measures are of minimised ones, or of signals"))
    return set(named)


def _unmeasured(constraint: Constraint, benchmark: Benchmark) -> str:
    """Why a benchmark does not say whether a configuration keeps a constraint, or empty."""
    if benchmark.constraints is None or constraint.name in benchmark.constraints:
        return ""
    objectives = {objective.name: objective for objective in benchmark.objectives}
    if constraint.name not in objectives:
        near = nearest(constraint.name, [*benchmark.constraints, *objectives])
        return f"the benchmark has no constraint or objective {constraint.name!r}{near}"
    maximised = objectives[constraint.name].maximize
    if constraint.limit is None or constraint.at_least != maximised:
        right = f"{constraint.name} {'>=' if maximised else '<='} 1"
        return f"{constraint.name!r} is an objective: its limit is such as {right!r}"
    return ""


def start(variant: Variant, problem: Problem, seed: int, *, generators: int) -> Optimizer:
    """The variant's optimizer, in this process or in an environment of its own.

    It is told no more than it bears, of what is infeasible that it failed unless it knows
    constraints, and a library is not asked where nothing varies.

    Args:
        variant: Names the adapter, its options and perhaps an environment.
        problem: What it is to solve.
        seed: Its only source of randomness.
        generators: Seed of the global generators in another process; here they are as they are.

    Raises:
        UserError: The adapter cannot be loaded, or its environment cannot be made.
    """
    if problem.masked:
        return _masked(variant, problem, seed, generators=generators)
    return _started(variant, problem, seed, generators=generators)


def _masked(variant: Variant, problem: Problem, seed: int, *, generators: int) -> Optimizer:
    """The variant's optimizer behind neutral names."""
    mask = Mask.of(problem.space, seed)
    hidden = mask.problem(problem)
    inner = _started(variant, hidden, seed, generators=generators)
    return Masked(inner, mask, [objective.name for objective in hidden.objectives])


def _started(variant: Variant, problem: Problem, seed: int, *, generators: int) -> Optimizer:
    """The variant's optimizer with what spares it, and what stops its trials."""
    if simplexes(problem.space):
        box = SimplexBox(problem.space)
        inner = _started(variant, in_box(problem, box), seed, generators=generators)
        return Unfolded(inner, box)
    able = variant.capabilities
    limited, problem = bool(problem.constraints), known_of(problem, able)
    if variant.library and not varies(problem.space):
        return Unasked(problem)
    optimizer = (
        Isolated(problem, seed, variant=variant, generators=generators)
        if variant.environment
        else _construct(variant, problem, seed)
    )
    if able.magnitude < math.inf:
        optimizer = Clipped(optimizer, able.magnitude)
    optimizer = stopping(optimizer, problem, variant.stop)
    return ToldFailed(optimizer) if limited and not problem.constraints else optimizer


def known_of(problem: Problem, able: Capabilities) -> Problem:
    """The problem without constraints for an optimizer that is not told of them."""
    return problem if able.constraints else replace(problem, constraints=())


def stopping(optimizer: Optimizer, problem: Problem, stop: Stop) -> Optimizer:
    """The optimizer, with its trials stopped on the way if a rule says so."""
    if stop is Stop.NONE:
        return optimizer
    from hpobench.execution.stopping import Stopping

    return Stopping(optimizer, problem, stop)


def _construct(variant: Variant, problem: Problem, seed: int) -> Optimizer:
    """The variant's optimizer in this process.

    Raises:
        UserError: Its adapter is no optimizer, or does not take its options.
    """
    cls = load(variant.adapter, variant.folder)
    if not (isinstance(cls, type) and issubclass(cls, Optimizer)):
        raise UserError(f"{variant.adapter} {misfit(cls, Optimizer)}")
    if lacks := sorted(getattr(cls, "__abstractmethods__", ())):
        raise UserError(f"{variant.adapter} has no method {' and no '.join(map(repr, lacks))}")
    options = anchored(dict(variant.options), variant.folder)
    if wrong := unfit(cls, problem, seed, **options):
        raise UserError(
            f"{variant.adapter} cannot be called as (problem, seed, **options) with the options "
            f"{dict(variant.options)}: {wrong}"
        )
    optimizer: Optimizer = cls(problem, seed, **options)
    return optimizer


def misfit(cls: Any, base: type) -> str:
    """What a class, or what stands in its place, is instead of a subclass of `base`."""
    expected = f"is no subclass of {base.__module__}.{base.__qualname__}"
    if not isinstance(cls, type):
        return f"{expected} but {cls!r}"[:MOST_REASON]
    bases = " and ".join(f"{each.__module__}.{each.__qualname__}" for each in cls.__bases__)
    return f"{expected}; its base is {bases}" if cls.__bases__ != (object,) else expected


def unfit(call: Any, *args: Any, **kwargs: Any) -> str:
    """Why something cannot be called with these arguments; or empty."""
    try:
        signature(call).bind(*args, **kwargs)
    except (TypeError, ValueError) as error:
        return str(error) if isinstance(error, TypeError) else ""
    return ""
