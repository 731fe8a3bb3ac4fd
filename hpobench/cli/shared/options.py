"""Options that several subcommands share."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from hpobench.catalogue import Catalogue

F = TypeVar("F", bound=Callable[..., Any])
Options = TypeVar("Options")
R = TypeVar("R")

_catalogue = click.option(
    "--catalogue",
    "catalogues",
    multiple=True,
    metavar="DIR",
    envvar="HPOBENCH_CATALOGUE",
    type=click.Path(path_type=Path),
    help="Another folder with tasks/, optimizers/ and configs/; the Python modules in it can "
    "be named there. Repeatable. What it names is imported: use only folders you trust.",
)

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine to read.")


class OneOf(click.Choice[str]):
    """A member of an enumeration, which the user names by its value."""

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__([member.value for member in kind])
        self._kind = kind

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> StrEnum:
        """The member; what is none is refused as by every other choice."""
        return self._kind(super().convert(value, param, ctx))


def receives(kind: Callable[..., Options]) -> Callable[[Callable[[Options], R]], Callable[..., R]]:
    """Give a subcommand all its options as one object, whose fields have their names."""

    def decorate(function: Callable[[Options], R]) -> Callable[..., R]:
        @wraps(function)
        def call(**given: Any) -> R:
            return function(kind(**given))

        return call

    return decorate


def with_catalogue(function: F) -> F:
    """Let a subcommand take `--catalogue`; it gets the paths as `catalogues`."""
    return _catalogue(function)


def open_catalogue(paths: Sequence[Path]) -> Catalogue:
    """The catalogue with the user's folders."""
    return Catalogue([path.resolve() for path in paths])
