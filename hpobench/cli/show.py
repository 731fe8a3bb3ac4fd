"""`hpobench show`: all about one thing of the catalogue."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from hpobench.catalogue import Catalogue, TaskSet
from hpobench.cli.shared.options import open_catalogue, with_catalogue
from hpobench.cli.shared.table import render_table
from hpobench.errors import AbsentError, UnknownNameError, UserError
from hpobench.optimizer import Capabilities, Stop, Variant
from hpobench.task import Problem, Task

WIDTH = len("pending trials")

_EXAMPLES = """
\b
Examples:
  hpobench show bbob/f01-d2-i1
  hpobench show optuna/tpe
  hpobench show core
  hpobench show bbob/f01-d2-i1 --space
"""


@click.command("show", epilog=_EXAMPLES)
@click.argument("name")
@click.option("--space", is_flag=True, help="Of a task: only its space, as ConfigSpace's JSON.")
@with_catalogue
def command(name: str, catalogues: tuple[Path, ...], *, space: bool) -> None:
    """Show all about a task, an optimizer or a task set.

    Of a task: space, objectives, fidelity, budget and source. Of an optimizer: capabilities,
    options and source. Of a task set: its tasks and how they were selected.
    """
    catalogue = open_catalogue(catalogues)
    if space:
        show_space(catalogue, name)
    elif name.partition("@")[0] in catalogue.tasks:
        show_task(task := catalogue.task(name), catalogue.lacking(task))
    elif name.partition("@")[0] in catalogue.variants:
        show_variant(catalogue.variant(name))
    elif name in catalogue.task_sets:
        show_set(catalogue, catalogue.task_sets[name])
    else:
        known = {**catalogue.tasks, **catalogue.variants, **catalogue.task_sets}
        raise UnknownNameError("task, optimizer or task set", name, known)


def show_space(catalogue: Catalogue, name: str) -> None:
    """A task's space as the JSON that `ConfigurationSpace.from_json` reads.

    Raises:
        UserError: It is no task, or its benchmark cannot be built here.
    """
    if name in catalogue.variants or name in catalogue.task_sets:
        raise UserError(f"{name!r} has no space: only a task has one")
    task = catalogue.task(name)
    if absent := catalogue.lacking(task):
        raise AbsentError(absent)
    from hpobench.system.deferred import import_configspace

    import_configspace()
    from hpobench.execution.construction import build, pose

    space = pose(task, build(task)).space
    click.echo(json.dumps(space.to_serialized_dict(), default=json_value))


def json_value(value: Any) -> Any:
    """What numpy's scalar stands for; JSON knows none of them."""
    return value.item()


def show_task(task: Task, absent: str = "") -> None:
    """A task's definition, and what the benchmark behind it says, if that is here."""
    _echo(
        {
            "task": task.id,
            "description": task.description,
            "kind": task.kind,
            "origin": f"{task.origin} ({'real' if task.real else 'synthetic'})",
            "family": task.family,
            "budget": task.budget,
            "workers": task.workers,
            "initial design": f"{task.initial} shared trials" if task.initial else "each its own",
            "settings": ", ".join(task.settings.texts().values()),
            "history": f"of {task.history.group} but {task.history.dataset}"
            if task.history
            else "",
            "costs": "measured" if task.real_time else "recorded, virtual",
            "continuing": "a trial may go on from another's state" if task.continues else "",
            "signals": ", ".join(task.signals),
            "constraints": ", ".join(map(str, task.constraints)),
            "about": task.about,
            "quality": task.quality,
            "benchmark": task.benchmark,
            "parameters": dict(task.params),
            "source": task.source,
            "licence": task.licence,
        }
    )
    if absent:
        _echo({"objectives": ", ".join(task.objectives), "fidelity": task.fidelity})
        click.echo(f"\n{absent}")
    else:
        show_benchmark(task)


def show_benchmark(task: Task) -> None:
    """What only the benchmark knows: objectives, fidelity, facts and space."""
    from hpobench.system.deferred import import_configspace

    import_configspace()
    from hpobench.execution.construction import build, pose
    from hpobench.simplex import simplexes

    benchmark = build(task)
    problem = pose(task, benchmark)
    _echo(
        {
            "objectives": ", ".join(
                f"{o.name} ({'maximise' if o.maximize else 'minimise'})" for o in problem.objectives
            ),
            "fidelity": describe_fidelity(problem),
            "weights": "; ".join(
                f"{' + '.join(names)} = 1" for names in simplexes(problem.space).values()
            ),
            **benchmark.facts,
        }
    )
    click.echo(f"\n{problem.space}")


def describe_fidelity(problem: Problem) -> str:
    """A fidelity's range in words."""
    fidelity = problem.fidelity
    if fidelity is None:
        return "none"
    numbers = "whole numbers" if fidelity.integer else "numbers"
    going_on = ", can be continued" if fidelity.continuable else ""
    return f"{fidelity.name}: {numbers} from {fidelity.low:g} to {fidelity.high:g}{going_on}"


def show_variant(variant: Variant) -> None:
    """An optimizer's definition and capabilities."""
    from hpobench.environments import library_version

    limits = variant.capabilities
    version = library_version(variant.library, variant.environment)
    _echo(
        {
            "optimizer": variant.id,
            "description": variant.description,
            "objectives": limits.objectives or "any number",
            "fidelity": "chooses it; needs a task that has one"
            if limits.fidelity
            else "the highest",
            "spaces with": ", ".join(sorted(limits.types)),
            "pending trials": limits.workers or "any number",
            "values told": f"up to {limits.magnitude:g} in size"
            if math.isfinite(limits.magnitude)
            else "any",
            "initial design": "can be given" if limits.initial else "its own",
            "adapter": variant.adapter,
            "options": dict(variant.options),
            "environment": describe_environment(variant),
            "library": f"{variant.library} {version}".strip() or "our own",
            "needs": ", ".join([*variant.needs, *variant.variables]),
            "made for": ", ".join(limits.collections),
            "stopped": f"by {variant.stop}, on tasks with a fidelity and one objective"
            if variant.stop is not Stop.NONE
            else "",
            "continuing": "needs trials that go on from others" if limits.continues else "",
            "signals": ", ".join(limits.signals),
            "constraints": "is told how far they are violated" if limits.constraints else "",
            "told before": knowledge_text(limits),
            "source": variant.source,
            "paper": variant.paper,
        }
    )


def knowledge_text(limits: Capabilities) -> str:
    """What it uses of what is told before the first trial, and whether it needs it."""
    if not limits.knowledge:
        return ""
    needed = "used where it is told" if limits.uninformed else "needed"
    return f"{' and '.join(limits.knowledge)}, {needed}"


def describe_environment(variant: Variant) -> str:
    """What is installed for it apart from the others, and how far that is; or nothing."""
    from hpobench.environments import Installation

    own = variant.environment
    if own is None:
        return ""
    parts = [*own.requirements, *(f"{name} (without its dependencies)" for name in own.no_deps)]
    parts += [f"Python {own.python}"] if own.python else []
    place = Installation.of(own)
    return f"{', '.join(parts)}; {place.state}, {place.folder}"


def show_set(catalogue: Catalogue, found: TaskSet) -> None:
    """A task set's tasks and how they were selected."""
    how = found.provenance
    selected = {"selected": how} if isinstance(how, str) else dict(_flat(how))
    _echo({"task set": found.name, "description": found.description, **selected})
    rows = [[t.id, t.kind, t.dimension, t.budget] for t in catalogue.select_tasks(found.patterns)]
    click.echo("\n" + render_table(["task", "kind", "dimension", "budget"], rows))


def _flat(fields: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Nested fields one by one, such as `blackbox data`."""
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name} ")
        else:
            yield (
                f"{above}{name}",
                ", ".join(map(str, value)) if isinstance(value, list) else str(value),
            )


def _echo(fields: Mapping[str, object]) -> None:
    """One field a line, without those that are empty."""
    for name, value in fields.items():
        if value not in ("", None, {}):
            click.echo(f"{name.ljust(WIDTH)}  {value}")
