"""`hpobench priors`: work out what somebody might believe of tasks, well or badly."""

from dataclasses import dataclass
from pathlib import Path

import click

from hpobench.cli.shared.options import open_catalogue, receives, with_catalogue
from hpobench.errors import UserError

_EXAMPLES = """
\b
Examples:
  hpobench priors 'mine/*' --catalogue mine --output mine/tasks/priors
  hpobench priors 'hpobench-mlp/*' --output tasks/priors
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorsOptions:
    """What `hpobench priors` is told; the help of each option says what it means."""

    patterns: tuple[str, ...]
    draws: int
    output: Path
    catalogues: tuple[Path, ...]


@click.command("priors", epilog=_EXAMPLES, context_settings={"show_default": True})
@click.argument("patterns", nargs=-1, required=True, metavar="TASK...")
@click.option(
    "--draws",
    type=click.IntRange(min=100),
    default=1000,
    metavar="N",
    help="So many random configurations of each task are ranked.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="Where to write a file for each collection; 'hpobench run --prior' reads those in the "
    "folder tasks/priors of a catalogue.",
)
@with_catalogue
@receives(PriorsOptions)
def command(options: PriorsOptions) -> int:
    """Work out a good, a medium and a bad prior of tasks from random trials.

    Each is a default and a width for every hyperparameter, taken from the best percent of the
    trials, from those between the best tenth and the best quarter, and from the worst percent.
    The same command gives the same priors. Tasks with several objectives are left out where
    a glob alone stands for them.
    """
    from hpobench.catalogue.priors import Qualities, save_priors
    from hpobench.execution.construction import build
    from hpobench.normalisation.priors import draw_priors
    from hpobench.system.text import count

    catalogue = open_catalogue(options.catalogues)
    found: dict[str, dict[str, Qualities]] = {}
    for task in catalogue.select_tasks(options.patterns):
        named = task.id in options.patterns
        if len(task.objectives) > 1 and not named:
            continue
        if absent := catalogue.lacking(task):
            raise UserError(absent)
        drawn = draw_priors(task, build(task), options.draws)
        found.setdefault(task.collection, {})[task.base_id] = drawn
    for collection, tasks in found.items():
        path = options.output / f"{collection}.json"
        save_priors(path, tasks)
        click.echo(f"{path}: {count(len(tasks), 'task')}")
    return 0
