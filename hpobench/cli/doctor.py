"""`hpobench doctor`: what is installed and ready, and how to ready the rest."""

import json
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

from hpobench import __version__
from hpobench.catalogue import Catalogue, lacking, load
from hpobench.cli.options import as_json, open_catalogue, with_catalogue
from hpobench.cli.table import render
from hpobench.errors import UserError
from hpobench.task import Task

Check = tuple[str, str, bool, str]
OPTIONAL = "optional tasks"
"""Tasks whose data does not come with hpobench; to lack them is no fault."""

T = TypeVar("T")


@click.command("doctor", epilog="Exit code 0 if all is ready but for optional tasks, 1 if not.")
@as_json
@with_catalogue
def command(*, as_json: bool, catalogues: tuple[Path, ...]) -> int:
    """Try to load every optimizer and one task of every collection, and say what is missing."""
    catalogue = open_catalogue(catalogues)
    checks = [*_system(), *_optimizers(catalogue), *_collections(catalogue)]
    if as_json:
        names = ("what", "name", "ready", "detail")
        click.echo(json.dumps([dict(zip(names, check, strict=True)) for check in checks], indent=1))
    else:
        rows = [[what, name, _state(what, ready=ok), text] for what, name, ok, text in checks]
        click.echo(render(["what", "name", "state", "detail"], rows))
    return 0 if all(ready or what == OPTIONAL for what, _, ready, _ in checks) else 1


def _state(what: str, *, ready: bool) -> str:
    """A check's result in words."""
    if ready:
        return "ready"
    return "not here" if what == OPTIONAL else "NOT READY"


def _system() -> Iterator[Check]:
    """The ground everything stands on."""
    from hpobench.dispatch.backends import cores
    from hpobench.dispatch.cluster import available
    from hpobench.runner import library_version

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield "system", "hpobench", True, f"{__version__} in {Path(__file__).parents[1]}"
    yield "system", "python", True, f"{platform.python_version()} at {sys.executable}"
    yield "system", "machine", True, f"{cores()} cores, {memory:.0f} GiB, {platform.platform()}"
    yield "system", "ray", available(), library_version("ray") or "pip install ray"


def _optimizers(catalogue: Catalogue) -> Iterator[Check]:
    """Each optimizer's adapter is imported, and with it its library."""
    from hpobench.runner import library_version

    for variant in _progress(catalogue.variants.values()):
        error = lacking(variant) or _error(partial(load, variant.adapter))
        detail = f"{variant.library} {library_version(variant.library)}".strip() or "built in"
        yield "optimizer", variant.id, not error, error or detail


def _collections(catalogue: Catalogue) -> Iterator[Check]:
    """The first task of each collection is built, and with it its data loaded."""
    from hpobench.runner import build

    first: dict[str, Task] = {}
    for task in catalogue.tasks.values():
        first.setdefault(task.collection, task)
    for task in _progress(first.values()):
        absent = lacking(task)
        error = absent or _error(partial(build, task))
        number = sum(other.collection == task.collection for other in catalogue.tasks.values())
        yield (
            OPTIONAL if absent else "tasks",
            task.collection,
            not error,
            error or f"{number} tasks",
        )


def _error(attempt: Callable[[], object]) -> str:
    """Why an attempt fails, or empty."""
    try:
        attempt()
    except UserError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 (whatever a library does at import)
        return f"{type(error).__name__}: {error}"
    return ""


def _progress(items: Iterable[T]) -> Iterator[T]:
    """Say on a terminal that something is going on: imports take seconds."""
    for item in items:
        if sys.stderr.isatty():
            click.echo(".", nl=False, err=True)
        yield item
    if sys.stderr.isatty():
        click.echo(err=True)
