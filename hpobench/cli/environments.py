"""`hpobench environments`: see, make and remove what some optimizers run in by themselves."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from hpobench.catalogue import Catalogue
from hpobench.cli.shared.options import as_json, open_catalogue, with_catalogue
from hpobench.cli.shared.table import render_table
from hpobench.environments import Installation, make, orphans, remove_environment
from hpobench.optimizer import Environment, Variant

_EXAMPLES = """
\b
Examples:
  hpobench environments
  hpobench environments make hebo
  hpobench environments remove hebo
  hpobench environments prune

They are in $HPOBENCH_CACHE_DIR/environments, by default below ~/.cache/hpobench.
"""


@click.command("environments", epilog=_EXAMPLES)
@click.argument("action", type=click.Choice(["list", "make", "remove", "prune"]), default="list")
@click.argument("optimizers", nargs=-1, metavar="[OPTIMIZER]...")
@as_json
@with_catalogue
def command(
    action: str, optimizers: tuple[str, ...], catalogues: tuple[Path, ...], *, as_json: bool
) -> int:
    """List, make or remove the environments of optimizers that cannot live beside the others.

    `make` makes ahead what a run would make when it needs it, for the optimizers or globs
    named, else for all. `remove` removes those of the optimizers named. `prune` removes what no
    optimizer of the catalogue uses, such as those of earlier versions.
    """
    catalogue = open_catalogue(catalogues)
    variants = [v for v in catalogue.select_variants(optimizers or ["*"]) if v.environment]
    match action:
        case "make":
            make_missing(variants)
        case "remove":
            if not optimizers:
                raise click.UsageError("which optimizers' environments? name some, or '*'")
            return remove_environments(folder for folder in dict.fromkeys(map(_folder, variants)))
        case "prune":
            known = [v.environment for v in catalogue.variants.values() if v.environment]
            return remove_environments(orphans(known))
        case _:
            show(catalogue, variants, as_json=as_json)
    return 0


def make_missing(variants: Iterable[Variant]) -> None:
    """Make the environments of the variants, each once, and say so on standard error."""
    for environment in dict.fromkeys(v.environment for v in variants if v.environment):
        make(environment, partial(click.echo, err=True))


def environments_to_make(variants: Iterable[Variant]) -> Iterator[str]:
    """A line for each environment that a run of the variants would make first."""
    for variant in variants:
        if variant.environment and not Installation.of(variant.environment).ready:
            yield f"The environment of {variant.id} would be made{disk_size(variant.environment)}."


def disk_size(environment: Environment) -> str:
    """About what it takes on disk, where that is known."""
    return f", about {environment.megabytes:.0f} MB" if environment.megabytes else ""


def remove_environments(folders: Iterable[Path]) -> int:
    """Remove environments; the exit code is 1 if one is in use."""
    code = 0
    for folder in folders:
        if not folder.exists():
            continue
        gone = remove_environment(folder)
        click.echo(f"{'Removed' if gone else 'In use, left alone:'} {folder}")
        code = code if gone else 1
    return code


def show(catalogue: Catalogue, variants: Sequence[Variant], *, as_json: bool) -> None:
    """A line for each optimizer's environment, and for each that none uses."""
    known = [v.environment for v in catalogue.variants.values() if v.environment]
    found = [_row(variant.id, variant.environment) for variant in variants if variant.environment]
    found += [
        {"optimizer": "", "state": "unused", "megabytes": None, "folder": str(folder)}
        for folder in orphans(known)
    ]
    if as_json:
        click.echo(json.dumps(found, indent=1))
    else:
        click.echo(
            render_table(
                ["optimizer", "state", "MB", "folder"],
                [[row["optimizer"] or "-", row["state"], row["megabytes"] or "-", row["folder"]]
                 for row in found],
            )
        )  # fmt: skip


def _row(name: str, environment: Environment) -> dict[str, Any]:
    """One optimizer's environment for a machine."""
    place = Installation.of(environment)
    return {
        "optimizer": name,
        "state": str(place.state),
        "megabytes": round(place.size / 1e6) if place.ready else None,
        "folder": str(place.folder),
        **environment.definition(),
        "packages": place.packages,
    }


def _folder(variant: Variant) -> Path:
    """Where a variant's environment is or would be."""
    return Installation.of(variant.environment or Environment()).folder
