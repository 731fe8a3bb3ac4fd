"""Options that several subcommands of `hpobench results` share, and `hpobench verify`."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hpobench.catalogue.sets import parse_seeds
from hpobench.store.selection import RunSelection

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--optimizer",
        "-o",
        "optimizers",
        multiple=True,
        metavar="GLOB",
        help="Of these optimizers.",
    ),
    click.option("--task", "-t", "tasks", multiple=True, metavar="GLOB", help="On these tasks."),
    click.option(
        "--seeds",
        metavar="SPEC",
        help="With these seeds: FIRST:LAST (LAST excluded), N, or N,M,...",
    ),
)


def with_selection(function: F) -> F:
    """Let a subcommand choose runs by optimizer, task and seed."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def selection(options: dict[str, Any], **conditions: bool) -> RunSelection:
    """The choice that the options make."""
    seeds = parse_seeds(options["seeds"]) if options["seeds"] else ()
    return RunSelection(
        optimizers=options["optimizers"], tasks=options["tasks"], seeds=seeds, **conditions
    )
