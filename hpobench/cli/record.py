"""`hpobench record`: train once, and have a benchmark for ever."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from hpobench.catalogue import Catalogue, lacking
from hpobench.catalogue.sets import parse_seeds
from hpobench.cli.driving import drive
from hpobench.cli.options import open_catalogue, with_catalogue
from hpobench.cli.run import resumable
from hpobench.dispatch.backends import Backend
from hpobench.dispatch.driver import Driver
from hpobench.dispatch.slot import Slot
from hpobench.errors import UserError
from hpobench.recording import read_trainings, recording_plan, write_recording
from hpobench.store import Store
from hpobench.task import Task

_EXAMPLES = """
\b
Examples:
  hpobench record learners/linear-digits --configurations 200 --seeds 0:3 --out mine
  hpobench record mine/network --catalogue mine --configurations 500 --out mine --jobs 8
"""


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
@click.option("--jobs", "-j", type=click.IntRange(min=1), metavar="N", help="Trainings at a time.")
@click.option(
    "--backend",
    type=click.Choice([b.value for b in Backend]),
    default="auto",
    help="Where it is trained.",
)
@click.option("--address", envvar="RAY_ADDRESS", metavar="HOST:PORT", help="Ray cluster to use.")
@click.option(
    "--run-timeout",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="SECONDS",
    help="A training that takes longer is recorded as failed; 0 is no limit.",
)
@with_catalogue
def command(**options: Any) -> int:
    """Train each TASK's model with many configurations and seeds, and write a table of it.

    One training gives the whole curve over the fidelity. It may be interrupted at any time: the
    same command goes on where it stopped. Then DIR holds, for each task, a Parquet file, the
    YAML of tasks of all kinds that it can serve, and a page that says how good a benchmark it is.
    """
    catalogue = open_catalogue(options["catalogues"])
    code = 0
    for task in chosen_tasks(catalogue, options["tasks"]):
        code = record(task, catalogue, options)
        if code == 130:  # noqa: PLR2004 (interrupted)
            break
    return code


def chosen_tasks(catalogue: Catalogue, names: tuple[str, ...]) -> list[Task]:
    """The tasks that are named, one for each benchmark behind them.

    Raises:
        UserError: A name is unknown, or a task needs what is not installed.
    """
    tasks = catalogue.select_tasks(names, ())
    if absent := [text for task in tasks if (text := lacking(task))]:
        raise UserError("; ".join(absent[:3]))
    return list({(task.benchmark, repr(task.params)): task for task in reversed(tasks)}.values())[::-1]


def record(task: Task, catalogue: Catalogue, options: dict[str, Any]) -> int:
    """Train what is missing of one task, and write what there is; 130 if interrupted."""
    plan = recording_plan(
        task,
        configurations=options["configurations"],
        seeds=parse_seeds(options["seeds"]),
        most_levels=options["levels"],
    )
    click.echo(f"{task.id}: {options['configurations']} configurations")
    with closing(Slot(catalogue.roots[1:])) as first, resumable():
        store = Store.create(options["results"])
        driver = Driver(
            plan=plan,
            store=store,
            timeout=options["run_timeout"],
            command=["hpobench", *sys.argv[1:]],
        )
        code = drive(driver, first, options)
    if code == 130:  # noqa: PLR2004 (interrupted)
        return code
    table = read_trainings(store, plan, task)
    for path in write_recording(table, options["out"]):
        click.echo(f"  {path}")
    return 0
