"""`hpobench doctor`: what is installed and ready, and how to ready the rest."""

import json
import platform
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import click

from hpobench import __version__
from hpobench.catalogue import Catalogue, lacking, load
from hpobench.cli.shared.options import as_json, open_catalogue, with_catalogue
from hpobench.cli.shared.table import render_table
from hpobench.errors import UserError
from hpobench.optimizer import Environment, Variant
from hpobench.system.kernel import UNIX, cores, memory_bytes, require_unix
from hpobench.system.text import count
from hpobench.task import Task

Check = tuple[str, str, str, str]
READY, LATER, ABSENT, NOT_READY = "ready", "on demand", "not here", "NOT READY"
"""Absent are tasks whose data does not come with hpobench, and optimizers of extras: to lack them
is no fault."""

T = TypeVar("T")


@click.command("doctor", epilog="Exit code 1 if something is NOT READY, else 0.")
@as_json
@with_catalogue
def command(*, as_json: bool, catalogues: tuple[Path, ...]) -> int:
    """Try to load every optimizer and one task of every collection, and say what is missing."""
    catalogue = open_catalogue(catalogues)
    checks = [*_system(), *_optimizers(catalogue), *_collections(catalogue)]
    if as_json:
        names = ("what", "name", "state", "detail")
        found = [dict(zip(names, check, strict=True)) for check in checks]
        click.echo(json.dumps([{**f, "ready": f["state"] == READY} for f in found], indent=1))
    else:
        click.echo(render_table(["what", "name", "state", "detail"], checks))
    return 1 if any(state == NOT_READY for _, _, state, _ in checks) else 0


def _system() -> Iterator[Check]:
    """The ground everything stands on."""
    from hpobench.dispatch.cluster import available
    from hpobench.environments import library_version

    yield "system", "hpobench", READY, f"{__version__} in {Path(__file__).parents[1]}"
    yield "system", "python", READY, f"{platform.python_version()} at {sys.executable}"
    memory = f"{memory_bytes() / 2**30:.0f} GiB"
    yield "system", "machine", READY, f"{cores()} cores, {memory}, {platform.platform()}"
    yield "system", "runs", _state(not UNIX), "" if UNIX else _error(require_unix)
    version = library_version("ray")
    yield "system", "ray", _state(not available()), version or "pip install ray"
    for folder in _namesakes():
        detail = f"{folder} is another package of this name (automl/HPOBench?): keep them apart"
        yield "system", "hpobench", NOT_READY, detail


def _namesakes() -> list[Path]:
    """Folders on the path of imports with another package of our name; copies of ours are none."""
    here = Path(__file__).resolve()
    place = here.relative_to(here.parents[2])
    folders = [Path(entry) for entry in sys.path]
    found = [folder / place.parts[0] for folder in folders if not (folder / place).is_file()]
    return list(dict.fromkeys(each.resolve() for each in found if (each / "__init__.py").is_file()))


def _optimizers(catalogue: Catalogue) -> Iterator[Check]:
    """Each optimizer's adapter is imported where it runs, and with it its library."""
    from hpobench.environments import library_version

    for variant in _progress(catalogue.variants.values()):
        if variant.environment:
            yield isolated(variant, variant.environment)
            continue
        absent = catalogue.lacking(variant) or variant.unset
        error = absent or _error(partial(load, variant.adapter))
        detail = f"{variant.library} {library_version(variant.library)}".strip() or "built in"
        state = ABSENT if absent and (variant.extra or variant.unset) else _state(error)
        yield "optimizer", variant.id, state, error or detail


def isolated(variant: Variant, environment: Environment) -> Check:
    """An optimizer in an environment of its own: that is used if it is there, and not made."""
    from hpobench.environments import Installation, InstallationState, library_version, obstacle

    place = Installation.of(environment)
    cure = f"hpobench environments make {variant.id}"
    if place.state is InstallationState.ABSENT:
        return "optimizer", variant.id, LATER, f"its environment is not made yet: {cure}"
    if place.state is InstallationState.BROKEN:
        detail = f"the Python of its environment is gone, {place.folder}: {cure}"
        return "optimizer", variant.id, NOT_READY, detail
    error = lacking(variant) or obstacle(variant)
    name = f"{variant.library} {library_version(variant.library, environment)}".strip()
    detail = f"{name}, in an environment of {place.size / 1e6:.0f} MB: {place.folder}"
    return "optimizer", variant.id, _state(error), error or detail


def _collections(catalogue: Catalogue) -> Iterator[Check]:
    """The first task of each collection is built, and with it its data loaded."""
    from hpobench.execution.construction import build

    first: dict[str, Task] = {}
    for task in catalogue.tasks.values():
        first.setdefault(task.collection, task)
    for task in _progress(first.values()):
        absent = catalogue.lacking(task)
        error = absent or _error(partial(build, task))
        number = sum(other.collection == task.collection for other in catalogue.tasks.values())
        state = ABSENT if absent else _state(error)
        yield "tasks", task.collection, state, error or count(number, "task")


def _state(obstacle: object) -> str:
    """Ready, if there is no obstacle."""
    return NOT_READY if obstacle else READY


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
