"""`hpobench constants`: compute what scores are normalised by."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpobench.catalogue import Catalogue, lacking
from hpobench.catalogue.sets import parse_seeds
from hpobench.cli.shared.options import open_catalogue, receives, with_catalogue
from hpobench.errors import UserError

if TYPE_CHECKING:
    from hpobench.benchmark import Benchmark
    from hpobench.normalisation.from_runs import Exact
    from hpobench.scoring.constants import Constants
    from hpobench.scoring.trials import TaskInfo
    from hpobench.task import Task

BATCH = 25
"""After so many tasks what was drawn is saved, so that little is lost by an interruption."""

_EXAMPLES = """
\b
Examples:
  hpobench run --optimizer random --seeds 0:20 --task 'mine/*' --results results
  hpobench constants results
  hpobench constants results --output tasks/constants
  hpobench constants --draw 'mine/*' --seeds 0:20 --output tasks/constants
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantsOptions:
    """What `hpobench constants` is told; the help of each option says what it means."""

    results: Path | None
    patterns: tuple[str, ...]
    seeds: str
    output: Path | None
    random: str
    catalogues: tuple[Path, ...]

    @property
    def folder(self) -> Path:
        """Where a file for each collection goes.

        Raises:
            UserError: Nothing says where.
        """
        if self.output:
            return self.output
        if not self.results:
            raise UserError("--draw needs --output")
        return self.results / "constants"


@click.command("constants", epilog=_EXAMPLES, context_settings={"show_default": True})
@click.argument("results", required=False, type=click.Path(path_type=Path))
@click.option(
    "--draw",
    "patterns",
    multiple=True,
    metavar="TASK",
    help="Instead of reading results, work out what random search finds on these tasks: the "
    "same values, sooner. Tasks that the files in --output have already are left out.",
)
@click.option("--seeds", default="0:20", metavar="SEEDS", help="Of what is drawn.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where to write a file for each collection.  [default: RESULTS/constants, which "
    "'hpobench analyze RESULTS' reads]",
)
@click.option("--random", "random", default="random", metavar="NAME", help="Id of random search.")
@with_catalogue
@receives(ConstantsOptions)
def command(options: ConstantsOptions) -> int:
    """Compute the constants that scores are normalised by, from runs of random search.

    For each task that random search completed: its median at the end of the budget, and the
    best known result, which is the benchmark's own knowledge or the best of all stored runs.
    """
    catalogue = open_catalogue(options.catalogues)
    damage: list[str] = []
    parts = chosen_way(catalogue, options, damage)
    for part in parts:
        write_constants(options.folder, part)
    for text in damage:
        click.echo(f"! {text}", err=True)
    return 1 if damage else 0


def chosen_way(
    catalogue: Catalogue, options: ConstantsOptions, damage: list[str]
) -> "Iterator[dict[str, Constants]]":
    """The constants of stored results or of draws, as the options say.

    Raises:
        UserError: They name both, or neither.
    """
    if options.patterns and not options.results:
        return drawn_constants(catalogue, options.folder, options)
    if options.results and not options.patterns:
        return stored_constants(catalogue, options.results, options.random, damage)
    raise UserError("name a results folder, or tasks by --draw")


def stored_constants(
    catalogue: Catalogue, results: Path, optimizer: str, damage: list[str]
) -> "Iterator[dict[str, Constants]]":
    """The constants of all tasks that have results; what of these is damaged is added."""
    from hpobench.normalisation.from_runs import derive
    from hpobench.store import Store

    store = Store(results)
    yield derive(store, lambda task: exactly_known(catalogue, task), optimizer=optimizer)
    damage += store.damage


def drawn_constants(
    catalogue: Catalogue, folder: Path, options: ConstantsOptions
) -> "Iterator[dict[str, Constants]]":
    """The constants of tasks that have none in the folder, a few at a time."""
    from hpobench.execution.construction import build
    from hpobench.normalisation.from_draws import draw_evidence
    from hpobench.normalisation.from_runs import constants
    from hpobench.scoring.constants import load_constants

    variant, seeds = catalogue.variant(options.random), parse_seeds(options.seeds)
    done: dict[str, Constants] = {}
    for tasks in alike(catalogue.select_tasks(options.patterns), load_constants([folder]).tasks):
        benchmark = build(tasks[0])
        for task in tasks:
            told = draw_evidence(task, benchmark, variant, seeds)
            done[task.id] = constants(told, exact(benchmark, task.objectives))
        if len(done) >= BATCH:
            yield done
            done = {}
    if done:
        yield done


def alike(tasks: "Sequence[Task]", known: "Any") -> "Iterator[list[Task]]":
    """Those that are not known yet, together where they share a benchmark.

    Raises:
        UserError: What a task needs is not on this machine.
    """

    def shared(task: "Task") -> tuple[str, str, str]:
        return task.collection, task.benchmark, repr(task.params)

    wanted = sorted((task for task in tasks if task.id not in known), key=shared)
    for _, group in groupby(wanted, shared):
        found = list(group)
        if absent := lacking(found[0]):
            raise UserError(absent)
        yield found


def exactly_known(catalogue: Catalogue, task: "TaskInfo") -> "Exact":
    """What the benchmark behind a task knows for certain; nothing if it is not in the catalogue."""
    from hpobench.execution.construction import build
    from hpobench.normalisation.from_runs import Exact

    if task.base_id not in catalogue.tasks:
        return Exact()
    names = [objective.name for objective in task.objectives]
    return exact(build(catalogue.tasks[task.base_id]), names)


def exact(benchmark: "Benchmark", names: Sequence[str]) -> "Exact":
    """What a benchmark knows for certain of some objectives."""
    from hpobench.normalisation.from_runs import Exact

    front = getattr(benchmark, "front", None)
    several = len(names) > 1
    return Exact(best=benchmark.best, front=front(names) if front and several else None)


def write_constants(folder: Path, found: "dict[str, Constants]") -> None:
    """Add constants to the files of their collections, and say so."""
    from hpobench.scoring.constants import save_constants
    from hpobench.system.text import count

    for collection, entries in by_collection(found).items():
        path = folder / f"{collection}.json"
        version = save_constants(path, entries)
        exact = sum(constants.source == "exact" for constants in entries.values())
        click.echo(f"{path}: {count(len(entries), 'task')} ({exact} exact), version {version}")


def by_collection(found: "dict[str, Constants]") -> "dict[str, dict[str, Constants]]":
    """The constants of each collection, by the task's base id."""
    result: defaultdict[str, dict[str, Constants]] = defaultdict(dict)
    for task, constants in found.items():
        result[task.partition("/")[0]][task] = constants
    return result
