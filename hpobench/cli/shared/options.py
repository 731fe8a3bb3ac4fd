"""Options that several subcommands share."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from hpobench.catalogue import Catalogue

F = TypeVar("F", bound=Callable[..., Any])

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


def with_catalogue(function: F) -> F:
    """Let a subcommand take `--catalogue`; it gets the paths as `catalogues`."""
    return _catalogue(function)


def open_catalogue(paths: Sequence[Path]) -> Catalogue:
    """The catalogue with the user's folders."""
    return Catalogue([path.resolve() for path in paths])
