"""`hpobench record`: train once, and have a benchmark for ever."""

import re
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click

from hpobench.catalogue import Catalogue, lacking
from hpobench.catalogue.sets import parse_seeds
from hpobench.cli.shared.driving import ExecutionOptions, Wording, drive, execution_options
from hpobench.cli.shared.options import open_catalogue, receives, with_catalogue
from hpobench.dispatch.driver import Driver, resumable
from hpobench.dispatch.slot import Slot
from hpobench.errors import UserError
from hpobench.recording import read_trainings, recording_plan, table_path, write_recording
from hpobench.recording.table import FAILURE
from hpobench.store import Store
from hpobench.task import Task

INTERRUPTED = 130
"""Exit code of a command that Ctrl-C has ended."""
TRAININGS = Wording(variant="configuration", run="training", next_command="")
"""A recording's plan has a variant for each configuration; what it makes is named in the end."""

_EXAMPLES = """
\b
Examples:
  hpobench record learners/linear-digits --configurations 200 --seeds 0:3 --out mine
  hpobench record mine/network --catalogue mine --configurations 500 --out mine --jobs 8
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOptions(ExecutionOptions):
    """What `hpobench record` is told; the help of each option says what it means."""

    tasks: tuple[str, ...]
    configurations: int
    seeds: str
    levels: int
    results: Path
    out: Path
    collection: str
    catalogues: tuple[Path, ...]


@click.command("record", epilog=_EXAMPLES, context_settings={"show_default": True})
@click.argument("tasks", nargs=-1, required=True, metavar="TASK...")
@click.option(
    "--configurations",
    "-n",
    type=click.IntRange(min=2, max=1_000_000),
    default=200,
    metavar="N",
    help="How many: the space's default, and points of a Sobol sequence.",
)
@click.option(
    "--seeds",
    metavar="SPEC",
    default="0:3",
    help="Trainings of each configuration: FIRST:LAST (LAST excluded), N, or N,M,...",
)
@click.option(
    "--levels",
    type=click.IntRange(min=2, max=1000),
    default=10,
    metavar="N",
    help="At most how many fidelities of a training are noted.",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=Path("results/recordings"),
    metavar="DIR",
    help="Folder for the trainings; what is in it is not trained again.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="Catalogue folder for the tables, their YAML and a page on each.",
)
@click.option(
    "--collection",
    metavar="NAME",
    default="recorded",
    help="Collection of the new tasks: NAME/TASK and, for the other kinds, NAME/TASK-mf, "
    "NAME/TASK-mo and NAME/TASK-mfmo.",
)
@execution_options(TRAININGS)
@with_catalogue
@receives(RecordOptions)
def command(options: RecordOptions) -> int:
    """Train each TASK's model with many configurations and seeds, and write a table of it.

    One training gives the whole curve over the fidelity. It may be interrupted at any time: the
    same command goes on where it stopped, and where nothing is missing it only writes the table.
    Then DIR/tasks/tables/NAME holds a Parquet file of each task and a page that says how good a
    benchmark it is, and DIR/tasks/NAME.yaml the tasks of all kinds that the tables can serve:
    hpobench run --catalogue DIR --task 'NAME/*'
    """
    check_collection(options.collection)
    catalogue = open_catalogue(options.catalogues)
    for task in tasks_to_record(catalogue, options.tasks):
        if record(task, catalogue, options) == INTERRUPTED:
            return INTERRUPTED
    return 0


def check_collection(name: str) -> None:
    """Refuse what is no name of a collection, which is a file's too.

    Raises:
        UserError: It has other characters than names have.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", name):
        raise UserError(f"{name!a} is no name of a collection: letters, digits, '-', '_' and '.'")


def tasks_to_record(catalogue: Catalogue, names: tuple[str, ...]) -> list[Task]:
    """The tasks that are named, one for each benchmark behind them.

    Raises:
        UserError: A name is unknown, or a task needs what is not installed.
    """
    tasks = catalogue.select_tasks(names, ())
    if absent := [text for task in tasks if (text := lacking(task))]:
        raise UserError("; ".join(absent[:3]))
    first: dict[tuple[str, str], Task] = {}
    for task in tasks:
        first.setdefault((task.benchmark, repr(task.params)), task)
    return list(first.values())


def record(task: Task, catalogue: Catalogue, options: RecordOptions) -> int:
    """Train what is missing of one task, and write what there is.

    Returns:
        0, or `INTERRUPTED`; trainings that fail are part of what is recorded.

    Raises:
        UserError: The task cannot be recorded, or none of its trainings succeeded.
    """
    table_path(task, options.out, options.collection)  # before anything is trained
    plan = recording_plan(
        task,
        configurations=options.configurations,
        seeds=parse_seeds(options.seeds),
        most_levels=options.levels,
    )
    click.echo(f"{task.id}:")
    with closing(Slot()) as first, resumable():
        store = Store.create(options.results)
        driver = Driver(
            plan=plan,
            store=store,
            timeout=options.run_timeout,
            retry_failed=options.retry_failed,
            command=["hpobench", *sys.argv[1:]],
        )
        if drive(driver, first, options, TRAININGS) == INTERRUPTED:
            return INTERRUPTED
        table = read_trainings(store, plan, task)
        if table.final.empty:
            reason = table.rows[FAILURE].mode().get(0, "nothing was trained")
            raise UserError(f"{task.id}: no training succeeded ({reason}): no table is written")
        known = catalogue.tasks
        for path in write_recording(table, options.out, options.collection, known):
            click.echo(f"  {path}")
    return 0
