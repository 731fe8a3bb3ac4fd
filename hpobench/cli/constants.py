"""`hpobench constants`: compute what scores are normalised by."""

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpobench.catalogue import Catalogue
from hpobench.cli.options import open_catalogue, with_catalogue

if TYPE_CHECKING:
    from hpobench.analysis.constants import Constants
    from hpobench.analysis.derive import Exact
    from hpobench.analysis.trials import TaskInfo

_EXAMPLES = """
\b
Examples:
  hpobench run --optimizer random --seeds 0:20 --task 'mine/*' --results results
  hpobench constants results
  hpobench constants results --output tasks/constants
"""


@click.command("constants", epilog=_EXAMPLES, context_settings={"show_default": True})
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where to write a file for each collection.  [default: RESULTS/constants, which "
    "'hpobench analyze RESULTS' reads]",
)
@click.option("--random", "random", default="random", metavar="NAME", help="Id of random search.")
@with_catalogue
def command(**options: Any) -> None:
    """Compute the constants that scores are normalised by, from runs of random search.

    For each task that random search completed: its median at the end of the budget, and the
    best known result, which is the benchmark's own knowledge or the best of all stored runs.
    """
    from hpobench.analysis.constants import save
    from hpobench.analysis.derive import derive
    from hpobench.analysis.text import count
    from hpobench.store import Store

    catalogue = open_catalogue(options["catalogues"])
    found = derive(
        Store(options["results"]),
        lambda task: known(catalogue, task),
        optimizer=options["random"],
    )
    folder = options["output"] or options["results"] / "constants"
    for collection, entries in by_collection(found).items():
        path = folder / f"{collection}.json"
        version = save(path, entries)
        exact = sum(constants.source == "exact" for constants in entries.values())
        click.echo(f"{path}: {count(len(entries), 'task')} ({exact} exact), version {version}")


def known(catalogue: Catalogue, task: "TaskInfo") -> "Exact":
    """What the benchmark behind a task knows for certain; nothing if it is not in the catalogue."""
    from hpobench.analysis.derive import Exact
    from hpobench.runner import build

    if task.base_id not in catalogue.tasks:
        return Exact()
    benchmark = build(catalogue.tasks[task.base_id])
    front = getattr(benchmark, "front", None)
    names = [objective.name for objective in task.objectives]
    return Exact(best=benchmark.best, front=front(names) if front else None)


def by_collection(found: "dict[str, Constants]") -> "dict[str, dict[str, Constants]]":
    """The constants of each collection, by the task's base id."""
    result: defaultdict[str, dict[str, Constants]] = defaultdict(dict)
    for task, constants in found.items():
        result[task.partition("/")[0]][task] = constants
    return result
