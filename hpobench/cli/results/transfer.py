"""`hpobench results export` and `import`: results from and for other programs."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpobench.cli.results.options import selection, with_selection
from hpobench.errors import FileError, UserError
from hpobench.store import Store
from hpobench.system.text import count

if TYPE_CHECKING:
    import pyarrow as pa

TABLES = ("csv", "parquet")
BATCH = 2_000
"""So many runs are held in memory as plain data."""

REASONS = 3
"""So many reasons are given where nothing can be read."""

Write = Callable[["pa.Table", Path], list[str]]
Rows = Iterator[dict[str, Any]]


_EXPORT = """
\b
Examples:
  hpobench results export results --format csv --output trials.csv
  hpobench results export results --format coco --output coco --task 'bbob/*'
"""
_IMPORT = """
\b
Examples:
  hpobench results import trials.csv --format csv --results past
  hpobench results import carps-runs --format carps --results past
"""


@click.command("export", short_help="Write for another program.", epilog=_EXPORT)
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--format", "format_", type=click.Choice([*TABLES, "carps", "ioh", "coco"]), required=True
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="PATH",
    help="A file for a table, else a folder; must not exist.",
)
@with_selection
def export_command(**options: Any) -> int:
    """Write results for another program.

    csv and parquet: a row for each trial with all that is stored; an import gives the same
    runs. carps: the log folders of CARP-S. ioh: the format of IOHprofiler, for iohinspector.
    coco: that of COCO's bbob suite, for cocopp.

    What is damaged is named, all else is written, and the exit code is then 1.
    """
    import pyarrow as pa

    store = Store(options["results"])
    found = store.history() if options["format_"] in TABLES else store.runs()
    found = found.filter(pa.array(selection(options).mask(found), pa.bool_()))
    found = found.sort_by([(name, "ascending") for name in ("task", "optimizer", "seed")])
    if not found.num_rows:
        raise UserError(f"{options['results']}: there is no such run to export")
    notes = _writer(options["format_"])(found, options["output"])
    click.echo(f"{count(found.num_rows, 'run')} exported to {options['output']}.")
    for text in notes:
        click.echo(f"Note: {text}")
    for text in store.damage:
        click.echo(f"! {text}", err=True)
    return 1 if store.damage else 0


@click.command("import", short_help="Read from another program.", epilog=_IMPORT)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--format", "format_", type=click.Choice([*TABLES, "carps"]), required=True)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=Path("results"),
    metavar="DIR",
    show_default=True,
    help="Where to.",
)
@click.option(
    "--maximize",
    multiple=True,
    metavar="OBJECTIVE",
    help="In a table of your own: better when larger; repeatable.",
)
def import_command(path: Path, format_: str, results: Path, maximize: tuple[str, ...]) -> int:
    """Read results of another program, or an export of ours.

    A table of your own needs the columns optimizer, task, seed, trial, and value (or
    value.NAME for several objectives); it may have cost, fidelity, config (JSON) or
    config.NAME, test and failure. Its tasks are called imported/TASK.
    """
    from hpobench.exchange.carps_reader import Logs
    from hpobench.store.merge import add
    from hpobench.store.shards import table
    from hpobench.store.tombstones import exclusive

    damage: list[str] = []
    notes: list[str] = []
    if not path.exists():
        raise FileError(path, "there is no such file or folder")
    if format_ == "carps":
        rows = Logs(path, damage).rows()
    else:
        rows = _table(path, format_, frozenset(maximize), notes)
    tables = [table(batch) for batch in iter(lambda: list(islice(rows, BATCH)), [])]
    if not tables:
        raise FileError(path, "; ".join(["holds no run", *damage[:REASONS]]))
    added, known = 0, 0
    store = Store.create(results)
    with exclusive(store.path):
        for found in tables:
            gain = add(found, store)
            added, known = added + gain.added, known + gain.known + gain.replaced
            damage += map(str, gain.conflicts)
    click.echo(f"{count(added, 'run')} imported into {results}, {known:,} known already.")
    for text in notes:
        click.echo(f"Note: {text}")
    for text in damage:
        click.echo(f"! {text}", err=True)
    return 1 if damage else 0


def _writer(format_: str) -> Write:
    """What writes a format; only that one is imported."""
    match format_:
        case "csv":
            from hpobench.exchange.table import write_csv as write
        case "parquet":
            from hpobench.exchange.table import write_runs_parquet as write
        case "carps":
            from hpobench.exchange.carps_writer import write_carps as write
        case "ioh":
            from hpobench.exchange.ioh import write_ioh as write
        case _:
            from hpobench.exchange.coco import write_coco as write
    return write


def _table(path: Path, format_: str, maximize: frozenset[str], notes: list[str]) -> Rows:
    """The rows that a table makes, ours or another's."""
    from hpobench.exchange.foreign import ForeignTable
    from hpobench.exchange.table import is_ours, read_csv, read_runs_parquet, restore

    if path.is_dir():
        raise FileError(path, f"is a folder, not a {format_} file")
    records = read_csv(path) if format_ == "csv" else read_runs_parquet(path)
    first: Sequence[Any] = list(islice(records, 1))
    if first and is_ours(first[0][1]):
        return restore(path, chain(first, records))
    table = ForeignTable(origin=format_, maximize=maximize, notes=notes)
    return table.rows(path, chain(first, records))
