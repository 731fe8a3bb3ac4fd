"""`hpobench constants`: compute what scores are normalised by."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpobench.catalogue import Catalogue, lacking
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
  hpobench constants --draw 'mine/*' --output tasks/constants
  hpobench constants results --draw 'mine/*' --renew --output tasks/constants
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantsOptions:
    """What `hpobench constants` is told; the help of each option says what it means."""

    results: Path | None
    patterns: tuple[str, ...]
    draws: int
    renew: bool
    improve: bool
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
    help="Work out from single random trials what random search ends with on these tasks; of "
    "RESULTS, if given, the best values count too. Tasks that the files in --output have already "
    "are left out.",
)
@click.option(
    "--draws",
    type=click.IntRange(min=1),
    default=100_000,
    metavar="N",
    help="So many trials are drawn from a space that cannot be gone through whole.",
)
@click.option("--renew", is_flag=True, help="Draw for tasks that the files have already, too.")
@click.option(
    "--improve",
    is_flag=True,
    help="Renew nothing but best known results that are not exact, where runs in RESULTS found "
    "better ones.",
)
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
    """Compute the constants that scores are normalised by, from runs of random search or draws.

    For each task: what random search ends with in the median, and the best known result, which is
    the benchmark's own knowledge, or else the best of all stored runs (of what is drawn, and of a
    large search).
    """
    catalogue = open_catalogue(options.catalogues)
    damage: list[str] = []
    parts = chosen_way(catalogue, options, damage)
    folder = options.folder
    for part in parts:
        write_constants(folder, part)
    for text in damage:
        click.echo(f"! {text}", err=True)
    return 1 if damage else 0


def chosen_way(
    catalogue: Catalogue, options: ConstantsOptions, damage: list[str]
) -> "Iterator[dict[str, Constants]]":
    """The constants of stored results or of draws, as the options say.

    Raises:
        UserError: They name neither, or what does not go together.
    """
    if options.improve:
        if options.patterns or not options.results:
            raise UserError("--improve wants a results folder, and no --draw")
        return improved_constants(catalogue, options.results, damage)
    if options.patterns:
        return drawn_constants(catalogue, options, damage)
    if options.results:
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


def improved_constants(
    catalogue: Catalogue, results: Path, damage: list[str]
) -> "Iterator[dict[str, Constants]]":
    """The constants of the tasks on which stored runs surpassed the best known."""
    from hpobench.normalisation.from_runs import best_seen, improved
    from hpobench.scoring.constants import references_of
    from hpobench.store import Store

    store = Store(results)
    known, seen = references_of(results, catalogue).tasks, best_seen(store)
    found = {task: improved(known[task], values) for task, values in seen.items() if task in known}
    damage += store.damage
    yield {task: constants for task, constants in found.items() if constants != known[task]}


def drawn_constants(
    catalogue: Catalogue, options: ConstantsOptions, damage: list[str]
) -> "Iterator[dict[str, Constants]]":
    """The constants of tasks from single random trials, a few at a time."""
    from hpobench.execution.construction import build
    from hpobench.normalisation.from_draws import Sampler, draw_constants
    from hpobench.normalisation.from_runs import best_seen
    from hpobench.scoring.constants import load_constants
    from hpobench.store import Store

    store = Store(options.results) if options.results else None
    seen = best_seen(store) if store else {}
    damage += store.damage if store else []
    known = {} if options.renew else load_constants([options.folder]).tasks
    sampler, done = Sampler(options.draws), dict[str, "Constants"]()
    for tasks in alike(catalogue.select_tasks(options.patterns), known):
        benchmark = build(tasks[0])
        certain = partial(exact, benchmark)
        done |= draw_constants(tasks, benchmark, certain, sampler, seen)
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

    def shared(task: "Task") -> tuple[str, str, str, str]:
        return task.collection, task.benchmark, repr(task.params), repr(task.constraints)

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

    known = catalogue.tasks.get(task.base_id)
    return exact(build(known), known) if known else Exact()


def exact(benchmark: "Benchmark", task: "Task") -> "Exact":
    """What a benchmark knows for certain of a task's objectives: nothing under a task's limits."""
    from hpobench.normalisation.from_runs import Exact

    if any(constraint.limit is not None for constraint in task.constraints):
        return Exact()
    names = task.objectives
    find = getattr(benchmark, "front", None) if len(names) > 1 else None
    known = Exact(best=benchmark.best, front=find(names) if find else None)
    if not benchmark.best_told:
        return known
    front = find(names, told=True) if find else None
    return replace(known, told=Exact(best=benchmark.best_told, front=front))


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
