"""`hpobench data`: the data sets that are fetched from their publishers."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from hpobench.cli import pack
from hpobench.cli.shared.options import as_json, open_catalogue, with_catalogue
from hpobench.cli.shared.streams import redraw
from hpobench.cli.shared.table import render_table
from hpobench.errors import UnknownNameError, UserError, legible
from hpobench.fetch.copies import take
from hpobench.fetch.dataset import Dataset
from hpobench.fetch.place import damage, fetch, files_present, missing_files
from hpobench.system.folders import cache_dir, data_dir
from hpobench.system.text import are, count

_EXAMPLES = """
\b
Examples:
  hpobench data list
  hpobench data fetch arlbench
  hpobench data fetch yahpo --from ~/clones/yahpo_data
  hpobench data verify
  HPOBENCH_DATA_DIR=/shared/data hpobench data fetch --all --yes
"""

MIB = 1 << 20


@click.group("data", epilog=_EXAMPLES)
def command() -> None:
    """Fetch data sets from their publishers, and look after them.

    They lie in HPOBENCH_DATA_DIR, or in the platform's folder for data; 'data path' says where.
    """


command.add_command(pack.command)


@command.command("list")
@as_json
@with_catalogue
def list_(*, as_json: bool, catalogues: tuple[Path, ...]) -> None:
    """List the data sets, their licences, and whether they are here."""
    datasets = list(open_catalogue(catalogues).datasets.values())
    if as_json:
        click.echo(json.dumps([_facts(each) for each in datasets], indent=1))
        return
    rows = [
        [d.name, _state(d), f"{d.size / MIB:.1f}" if d.size else "?", d.licence, d.description]
        for d in datasets
    ]
    click.echo(render_table(["data set", "state", "MiB", "licence", "description"], rows))


@command.command("fetch", epilog=_EXAMPLES)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "every", is_flag=True, help="All data sets.")
@click.option("--yes", is_flag=True, help="Agree to licences that restrict the use of the data.")
@click.option(
    "--from",
    "copy",
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH",
    help="Take the files from a clone, folder or archive (zip, tar) of the publisher's repository.",
)
@with_catalogue
def fetch_(
    *,
    names: tuple[str, ...],
    every: bool,
    yes: bool,
    copy: Path | None,
    catalogues: tuple[Path, ...],
) -> int:
    """Fetch data sets: checked, resumed after interruptions, and all of one or nothing of it.

    The licence is shown before. Where it restricts the use of the data, or there is none, you are
    asked whether you agree.

    With --from, what is right in the copy comes into place, and every file that is missing there
    or differs is named; the exit code is 1 if there is one.
    """
    chosen = _chosen(open_catalogue(catalogues).datasets, names, every=every)
    wrong = 0
    for dataset in chosen:
        if not copy and not missing_files(dataset):
            click.echo(f"{dataset.name}: is here already, in {dataset.folder}")
            continue
        _agree(dataset, yes=yes)
        if copy:
            wrong += _take(dataset, copy)
        else:
            _fetch(dataset)
    return 1 if wrong else 0


@command.command("verify")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@with_catalogue
def verify_files(*, names: tuple[str, ...], catalogues: tuple[Path, ...]) -> int:
    """Compare every byte of fetched data sets with their checksums; exit code 1 if one differs."""
    datasets = open_catalogue(catalogues).datasets
    here = [name for name, each in datasets.items() if each.folder.exists()]
    faults = 0
    for dataset in _chosen(datasets, names or here, every=False) if names or here else []:
        found = damage(dataset)
        faults += len(found)
        files = len(dataset.files)
        right = f"{dataset.name}: {count(files, 'file')} {are(files)} right"
        click.echo("\n".join(found) or right)
    return 1 if faults else 0


@command.command("path")
def say_folders() -> None:
    """Say where data sets lie, and what can be made again."""
    click.echo(f"data   {data_dir()}")
    click.echo(f"cache  {cache_dir()}")


def _chosen(known: "dict[str, Dataset]", names: Sequence[str], *, every: bool) -> list[Dataset]:
    """The data sets that are named."""
    for name in names:
        if name not in known:
            raise UnknownNameError("data set", name, known)
    if not names and not every:
        raise UserError(f"which data set? one of {', '.join(known)}, or --all")
    return list(known.values()) if every else [known[name] for name in names]


def _agree(dataset: Dataset, *, yes: bool) -> None:
    """Show the licence, and ask where it is not free."""
    click.echo(f"{dataset.name}: {dataset.description}")
    click.echo(f"  {_size(dataset)} from {dataset.source}")
    click.echo(f"  licence: {dataset.licence}")
    if dataset.free or yes:
        return
    if not sys.stdin.isatty():
        raise UserError(f"the licence of {dataset.name} restricts its use: agree with --yes")
    click.confirm("  It restricts the use of the data. Do you agree?", abort=True)


def _size(dataset: Dataset) -> str:
    """Its size as far as its publisher states it."""
    if not dataset.size:
        return "of a size that is not stated,"
    least = "" if all(remote.size for remote in dataset.files.values()) else "at least "
    return f"{least}{dataset.size / MIB:.1f} MiB"


def _fetch(dataset: Dataset) -> None:
    """Fetch, and say on a terminal how far it has come."""
    shown = sys.stderr.isatty()

    def progress(path: str, came: int) -> None:
        if shown:
            size = dataset.files[path].size
            far = f"{came / size:4.0%}" if size else f"{came / MIB:.1f} MiB"
            redraw(f"  {path} {far}")

    fetch(dataset, progress)
    if shown:
        redraw("")
    click.echo(f"  now in {dataset.folder}")


def _take(dataset: Dataset, copy: Path) -> int:
    """Take what is right from a copy, and name all that is not; how much that is."""
    taken = take(dataset, copy)
    for path in dataset.files:
        if path in taken.wrong:
            click.echo(legible(f"  {path}: {taken.wrong[path]}"))
    here = len(taken.here) + len(taken.copied)
    files = count(len(dataset.files), "file")
    click.echo(f"  {here} of {files} {are(here)} right, {len(taken.copied)} of them copied now")
    click.echo(f"  {'now' if here else 'nothing'} in {dataset.folder}")
    if taken.wrong:
        click.echo(f"  the others are fetched by: hpobench data fetch {dataset.name}")
    return len(taken.wrong)


def _state(dataset: Dataset) -> str:
    """Whether it is here."""
    absent = missing_files(dataset)
    if not absent:
        return "here"
    return "-" if len(absent) == len(dataset.files) else files_present(dataset, list(dataset.files))


def _facts(dataset: Dataset) -> dict[str, object]:
    """A data set for a machine."""
    return {
        "name": dataset.name,
        "description": dataset.description,
        "source": dataset.source,
        "licence": dataset.licence,
        "free": dataset.free,
        "bytes": dataset.size,
        "files": len(dataset.files),
        "missing": len(missing_files(dataset)),
        "folder": str(dataset.folder),
    }
