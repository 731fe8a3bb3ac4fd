"""`hpobench results export` and `import`: results from and for other programs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpobench.cli.results.options import SelectionOptions, with_selection
from hpobench.cli.shared.options import receives
from hpobench.errors import FileError, UserError
from hpobench.store import Store
from hpobench.system.text import count

if TYPE_CHECKING:
    import pyarrow as pa

    from hpobench.exchange.tools.runs import Naming, ToolRun

TABLES = ("csv", "parquet")
TOOLS = ("optuna", "smac", "ray", "syne-tune", "nevergrad", "ioh", "coco")
BATCH = 2_000
"""So many runs are held in memory as plain data."""

LARGEST_SEED = 2**31 - 1
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
  hpobench results import study.db --format optuna --optimizer tpe --task cifar --results past
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions(SelectionOptions):
    """What `hpobench results export` is told; the help of each option says what it means."""

    results: Path
    format_: str
    output: Path


@click.command("export", short_help="Write for another program.", epilog=_EXPORT)
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice([*TABLES, "carps", "ioh", "coco", "optuna", "mlflow"]),
    required=True,
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="PATH",
    help="A file for a table or optuna, else a folder; must not exist.",
)
@with_selection
@receives(ExportOptions)
def export_command(options: ExportOptions) -> int:
    """Write results for another program.

    csv and parquet: a row for each trial with all that is stored; an import gives the same
    runs. carps: the log folders of CARP-S. ioh: the format of IOHprofiler, for iohinspector.
    coco: that of COCO's bbob suite, for cocopp. optuna: a journal, for optuna-dashboard. mlflow:
    a file store, for mlflow ui.

    What is damaged is named, all else is written, and the exit code is then 1.
    """
    import pyarrow as pa

    store = Store(options.results)
    found = store.history() if options.format_ in TABLES else store.runs()
    found = found.filter(pa.array(options.selection().mask(found), pa.bool_()))
    found = found.sort_by([(name, "ascending") for name in ("task", "optimizer", "seed")])
    if not found.num_rows:
        raise UserError(f"{options.results}: there is no such run to export")
    notes = _writer(options.format_)(found, options.output)
    click.echo(f"{count(found.num_rows, 'run')} exported to {options.output}.")
    for text in notes:
        click.echo(f"Note: {text}")
    for text in store.damage:
        click.echo(f"! {text}", err=True)
    return 1 if store.damage else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What `hpobench results import` is told; the help of each option says what it means."""

    path: Path
    format_: str
    results: Path
    maximize: tuple[str, ...]
    optimizer: str
    task: str
    seed: int | None
    objectives: tuple[str, ...]


@click.command("import", short_help="Read from another program.", epilog=_IMPORT)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--format", "format_", type=click.Choice([*TABLES, "carps", *TOOLS]), required=True)
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
    help="In a table of your own, and in ray: better when larger; repeatable.",
)
@click.option("--optimizer", default="", metavar="NAME", help="Of a tool's runs: who made them.")
@click.option("--task", default="", metavar="NAME", help="Of a tool's runs: what was tuned.")
@click.option(
    "--seed",
    type=click.IntRange(0, LARGEST_SEED),
    help="Of a tool's first run, those after it count up; by default what the files say, else 0.",
)
@click.option(
    "--objective",
    "objectives",
    multiple=True,
    metavar="METRIC",
    help="In ray: which metrics count; repeatable.",
)
@receives(ImportOptions)
def import_command(options: ImportOptions) -> int:
    """Read results of another program, or an export of ours.

    A table of your own needs the columns optimizer, task, seed, trial, and value (or
    value.NAME for several objectives); it may have cost, fidelity, config (JSON) or
    config.NAME, test and failure. Its tasks are called imported/TASK.

    Tools: optuna reads an SQLite or journal file, nevergrad the file of ParametersLogger; the
    others a folder. What their files do not name is named by --optimizer and --task.
    """
    from hpobench.store.merge import add
    from hpobench.store.shards import table
    from hpobench.store.tombstones import exclusive

    damage: list[str] = []
    notes: list[str] = []
    if not options.path.exists():
        raise FileError(options.path, "there is no such file or folder")
    rows = _rows(options, notes, damage)
    tables = [table(batch) for batch in iter(lambda: list(islice(rows, BATCH)), [])]
    if not tables:
        raise FileError(options.path, "; ".join(["holds no run", *damage[:REASONS]]))
    added, known = 0, 0
    store = Store.create(options.results)
    with exclusive(store.path):
        for found in tables:
            gain = add(found, store)
            added, known = added + gain.added, known + gain.known + gain.replaced
            damage += map(str, gain.conflicts)
    click.echo(f"{count(added, 'run')} imported into {options.results}, {known:,} known already.")
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
        case "optuna":
            from hpobench.exchange.tools.optuna_writer import write_optuna as write
        case "mlflow":
            from hpobench.exchange.tools.mlflow_writer import write_mlflow as write
        case _:
            from hpobench.exchange.coco import write_coco as write
    return write


def _rows(options: ImportOptions, notes: list[str], damage: list[str]) -> Rows:
    """The rows that a file or folder makes.

    Raises:
        UserError: An option has no meaning for the format.
    """
    path, format_, maximize = options.path, options.format_, frozenset(options.maximize)
    named = options.optimizer or options.task or options.seed is not None
    if named and format_ not in TOOLS:
        raise UserError("--optimizer, --task and --seed are for tools' formats")
    if maximize and format_ not in {*TABLES, "ray"}:
        raise UserError(f"--maximize: {format_} says itself what is maximised")
    if options.objectives and format_ != "ray":
        raise UserError(f"--objective: {format_} says itself which objectives there are")
    if format_ in TABLES:
        return _table(path, format_, maximize, notes)
    if format_ in TOOLS:
        from hpobench.exchange.tools.runs import Naming, rows_of_tool

        naming = Naming(
            optimizer=options.optimizer,
            task=options.task,
            seed=options.seed,
            objectives=options.objectives,
            maximize=maximize,
        )
        return rows_of_tool(format_, _tool(path, format_, naming, notes), naming, notes)
    from hpobench.exchange.carps_reader import Logs

    return Logs(path, damage).rows()


def _tool(path: Path, format_: str, naming: "Naming", notes: list[str]) -> "Iterator[ToolRun]":
    """What the files of a tool tell; only its reader is imported."""
    match format_:
        case "optuna":
            from hpobench.exchange.tools.optuna_reader import read_optuna

            runs = read_optuna(path, notes)
        case "smac":
            from hpobench.exchange.tools.smac_reader import read_smac

            runs = read_smac(path)
        case "ray":
            from hpobench.exchange.tools.ray_reader import read_ray

            runs = read_ray(path, naming, notes)
        case "syne-tune":
            from hpobench.exchange.tools.syne_tune_reader import read_syne_tune

            runs = read_syne_tune(path, notes)
        case "nevergrad":
            from hpobench.exchange.tools.nevergrad_reader import read_nevergrad

            runs = read_nevergrad(path, notes)
        case "ioh":
            from hpobench.exchange.tools.ioh_reader import read_ioh

            runs = read_ioh(path)
        case _:
            from hpobench.exchange.tools.coco_reader import read_coco

            runs = read_coco(path)
    return runs


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
