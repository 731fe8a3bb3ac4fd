"""Options that several subcommands of `hpobench results` share, and `hpobench verify`."""

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionOptions:
    """What a command is told of the runs that are meant.

    Attributes:
        optimizers: Globs of optimizers; none for all.
        tasks: Globs of tasks; none for all.
        seeds: The seeds, as `parse_seeds` reads them, or None for all.
    """

    optimizers: tuple[str, ...]
    tasks: tuple[str, ...]
    seeds: str | None

    def selection(self, **conditions: bool) -> RunSelection:
        """The runs that meet these and further conditions of `RunSelection`."""
        return RunSelection(
            optimizers=self.optimizers,
            tasks=self.tasks,
            seeds=parse_seeds(self.seeds) if self.seeds else (),
            **conditions,
        )
