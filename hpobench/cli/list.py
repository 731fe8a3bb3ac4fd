"""`hpobench list`: what can be named on the command line."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click

from hpobench.catalogue import Catalogue
from hpobench.cli.collections import collection_as_data, collections, collections_page
from hpobench.cli.shared.options import OneOf, as_json, open_catalogue, receives, with_catalogue
from hpobench.cli.shared.table import render_table
from hpobench.errors import UserError
from hpobench.optimizer import Variant
from hpobench.task import Kind, Task

MANY = 60
"""More tasks than this are counted by collection instead of listed."""

_EXAMPLES = """
\b
Examples:
  hpobench list tasks
  hpobench list tasks 'bbob/*-d2-i1' --kind blackbox
  hpobench list optimizers
  hpobench list collections
  hpobench list task-sets --json
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions:
    """What `hpobench list` is told; the help of each option says what it means."""

    what: str
    patterns: tuple[str, ...]
    kind: Kind | None
    collection: str | None
    dimension: int | None
    markdown: bool
    every: bool
    as_json: bool
    catalogues: tuple[Path, ...]


@click.command("list", epilog=_EXAMPLES)
@click.argument("what", type=click.Choice(["tasks", "collections", "optimizers", "task-sets"]))
@click.argument("patterns", nargs=-1, metavar="[PATTERN]...")
@click.option("--kind", type=OneOf(Kind), help="Tasks of a kind.")
@click.option("--collection", metavar="NAME", help="Tasks of a collection.")
@click.option("--dimension", type=click.IntRange(min=1), help="Tasks with so many hyperparameters.")
@click.option("--markdown", is_flag=True, help="Collections as the page docs/tasks.md.")
@click.option("--all", "every", is_flag=True, help="List every task, however many there are.")
@as_json
@with_catalogue
@receives(ListOptions)
def command(options: ListOptions) -> None:
    """List tasks, their collections, optimizers or task sets, filtered by patterns and options.

    Many tasks are counted by collection and kind; patterns, filters or --all list them.
    """
    catalogue = open_catalogue(options.catalogues)
    match options.what:
        case "tasks":
            list_tasks(filtered(catalogue, options), options)
        case "collections":
            list_collections(catalogue, options)
        case "optimizers":
            patterns = options.patterns or ["*"]
            list_variants(catalogue.select_variants(patterns), options)
        case _:
            list_sets(catalogue, options)


def filtered(catalogue: Catalogue, options: ListOptions) -> list[Task]:
    """The tasks that fit the patterns and the filters."""
    collections = {task.collection for task in catalogue.tasks.values()}
    if options.collection and options.collection not in collections:
        known = ", ".join(sorted(collections))
        raise UserError(f"no collection {options.collection!r}: choose from {known}")
    filters = {name: getattr(options, name) for name in ("kind", "collection", "dimension")}
    tasks = catalogue.select_tasks(options.patterns or ["*"])
    wanted = {name: value for name, value in filters.items() if value}
    return [t for t in tasks if all(getattr(t, name) == value for name, value in wanted.items())]


def list_tasks(tasks: Sequence[Task], options: ListOptions) -> None:
    """A line a task, or counts where they are many."""
    if options.as_json:
        click.echo(json.dumps([_task(task) for task in tasks], indent=1))
    elif len(tasks) > MANY and not options.every:
        click.echo(counts(tasks))
        click.echo(
            "\nName a pattern or a filter to list them, such as: "
            f"hpobench list tasks '{tasks[0].collection}/*'  (or --all)"
        )
    else:
        rows = [[t.id, t.kind, t.dimension, " ".join(t.types), t.budget] for t in tasks]
        click.echo(render_table(["task", "kind", "dimension", "types", "budget"], rows))


def counts(tasks: Sequence[Task]) -> str:
    """How many tasks there are of each collection and kind."""
    number = Counter((task.collection, task.kind) for task in tasks)
    collections = list(dict.fromkeys(task.collection for task in tasks))
    rows: list[list[object]] = [
        [name, *(number[name, kind] or "-" for kind in Kind), sum(number[name, k] for k in Kind)]
        for name in collections
    ]
    totals = [sum(number[name, kind] for name in collections) for kind in Kind]
    rows.append(["all", *totals, len(tasks)])
    return render_table(["collection", *Kind, "all"], rows)


def list_collections(catalogue: Catalogue, options: ListOptions) -> None:
    """A line a collection, or the page of all that is known of them."""
    found = collections(filtered(catalogue, options))
    if options.as_json:
        click.echo(json.dumps([collection_as_data(each) for each in found], indent=1))
    elif options.markdown:
        from hpobench.scoring.constants import load_constants

        folders = [root / "tasks" / "constants" for root in catalogue.roots]
        click.echo(collections_page(found, load_constants(folders).tasks))
    else:
        head = ["collection", "tasks", "kinds", "comes"]
        rows = [
            [c.name, len(c.tasks), ", ".join(sorted(c.kinds)), c.command or c.way] for c in found
        ]
        click.echo(render_table(head, rows))


def list_variants(variants: Sequence[Variant], options: ListOptions) -> None:
    """A line a variant."""
    if options.as_json:
        click.echo(json.dumps([_variant(variant) for variant in variants], indent=1))
        return
    rows = [
        [
            v.id,
            v.capabilities.objectives or "any",
            "yes" if v.capabilities.fidelity else "-",
            v.library or "-",
            v.description,
        ]
        for v in variants
    ]
    click.echo(
        render_table(["optimizer", "objectives", "fidelity", "library", "description"], rows)
    )


def list_sets(catalogue: Catalogue, options: ListOptions) -> None:
    """A line a task set."""
    patterns = options.patterns or ["*"]
    sets = [
        (found, catalogue.select_tasks(found.patterns))
        for name, found in catalogue.task_sets.items()
        if any(fnmatchcase(name, pattern) for pattern in patterns)
    ]
    if options.as_json:
        data = [
            {
                "name": s.name,
                "description": s.description,
                "provenance": s.provenance,
                "tasks": [task.id for task in tasks],
            }
            for s, tasks in sets
        ]
        click.echo(json.dumps(data, indent=1))
    else:
        rows = [[s.name, len(tasks), s.description] for s, tasks in sets]
        click.echo(render_table(["task set", "tasks", "description"], rows))


def _task(task: Task) -> dict[str, Any]:
    """A task for a machine."""
    return {
        **task.definition(),
        "kind": task.kind,
        "collection": task.collection,
        "dimension": task.dimension,
        "types": task.types,
        "constraints": [*map(str, task.constraints)],
        "origin": task.origin,
        "real": task.real,
        "noisy": task.noisy,
        "family": task.family,
        "description": task.description,
        "source": task.source,
        "licence": task.licence,
        "extra": task.extra,
        "dataset": task.dataset,
    }


def _variant(variant: Variant) -> dict[str, Any]:
    """A variant for a machine."""
    limits = variant.capabilities
    return {
        **variant.definition(),
        "capabilities": {
            "objectives": limits.objectives,
            "fidelity": limits.fidelity,
            "types": sorted(limits.types),
            "workers": limits.workers,
            "initial": limits.initial,
            "collections": list(limits.collections),
            "magnitude": limits.magnitude if math.isfinite(limits.magnitude) else None,
            "continues": limits.continues,
            "signals": list(limits.signals),
            "constraints": limits.constraints,
            "knowledge": list(limits.knowledge),
            "uninformed": limits.uninformed,
        },
        "library": variant.library,
        "extra": variant.extra,
        "variables": list(variant.variables),
        "description": variant.description,
        "source": variant.source,
        "paper": variant.paper,
    }
