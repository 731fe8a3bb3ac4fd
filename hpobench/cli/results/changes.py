"""`hpobench results merge` and `prune`: what changes a results folder."""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpobench.cli.results.options import SelectionOptions, with_selection
from hpobench.cli.shared.options import receives
from hpobench.errors import UserError
from hpobench.store import Store
from hpobench.store.conflicts import Conflict
from hpobench.store.merge import merge
from hpobench.store.prune import prune, selected_runs
from hpobench.system.text import count

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN = 20
"""So many pairs of optimizer and task are listed."""


_MERGE = """
\b
Examples:
  hpobench results merge /mnt/node1/results /mnt/node2/results results
  hpobench results merge results published --thin
"""
_PRUNE = """
\b
Examples:
  hpobench results prune results --failed --dry-run
  hpobench results prune results --optimizer 'optuna/*' --task 'bbob/*' --seeds 5:10 --yes
"""


@click.command("merge", short_help="Bring folders together into one.", epilog=_MERGE)
@click.argument(
    "sources", nargs=-1, required=True, metavar="SOURCE...", type=click.Path(path_type=Path)
)
@click.argument("into", type=click.Path(path_type=Path))
@click.option("--thin", is_flag=True, help="Bring of each run only what its analysis needs.")
def merge_command(sources: tuple[Path, ...], into: Path, *, thin: bool) -> int:
    """Bring the runs of several results folders together INTO one, made if need be.

    Each run is there once in the end, in whatever order folders are merged; all of them may
    be in use. The sources are left as they are.

    With --thin a run comes with those trials only that improved on all before them and its last
    one, without configurations: a tenth of the room or less, and analysed to the same figures.
    Runs with trials side by side keep all trials.

    Two completed attempts at one run are equal. If they are not, the conflict is named, both are
    kept, the one that ended last counts, and the exit code is 1.
    """
    stores = [Store(source) for source in sources]  # refuse before anything is made
    target = Store.create(into)
    found: list[Conflict] = []
    for store in stores:
        gain = merge(store, target, thin=thin)
        found += gain.conflicts
        click.echo(
            f"{store.path}: {count(gain.added, 'run')} added, {gain.replaced:,} replaced by a "
            f"better attempt, {gain.known:,} known; {count(gain.experiments, 'experiment')}."
        )
    damage = dict.fromkeys(text for store in (*stores, target) for text in store.damage)
    for text in damage:
        click.echo(f"! {text}", err=True)
    for conflict in list(dict.fromkeys(found))[:SHOWN]:
        click.echo(f"! {conflict}", err=True)
    if len(found) > SHOWN:
        click.echo(f"! ... {len(found):,} conflicts in all", err=True)
    return 1 if damage or found else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneOptions(SelectionOptions):
    """What `hpobench results prune` is told; the help of each option says what it means."""

    results: Path
    failed: bool
    outdated: bool
    yes: bool
    dry_run: bool


@click.command("prune", short_help="Remove runs.", epilog=_PRUNE)
@click.argument("results", type=click.Path(path_type=Path))
@with_selection
@click.option("--failed", is_flag=True, help="Only failed runs.")
@click.option("--outdated", is_flag=True, help="Only runs of older definitions.")
@click.option("--yes", is_flag=True, help="Remove without asking.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and do not ask.")
@receives(PruneOptions)
def prune_command(options: PruneOptions) -> int:
    """Remove runs that meet all the conditions.

    Says what would go, and asks on a terminal; elsewhere it needs --yes. What is removed counts
    as missing from its experiment, and the same 'hpobench run' makes it again.
    """
    conditions = options.selection(failed=options.failed, outdated=options.outdated)
    if not conditions:
        raise UserError(
            "which runs? name them by --optimizer, --task, --seeds, --failed, --outdated"
        )
    store = Store(options.results)
    found = selected_runs(store, conditions)
    click.echo(_summary(found))
    for text in store.damage:
        click.echo(f"! {text}", err=True)
    if found.num_rows and not options.dry_run and (options.yes or _user_agrees()):
        click.echo(f"{count(prune(store, conditions), 'run')} removed.")
    else:
        click.echo("Nothing was removed.")
    return 1 if store.damage else 0


def _user_agrees() -> bool:
    """Whether somebody is there, and says yes."""
    if not sys.stdin.isatty():
        click.echo("Add --yes to remove them.")
        return False
    return click.confirm("Remove them?")


def _summary(found: "pa.Table") -> str:
    """What would go, by optimizer and task."""
    names = zip(*(found.column(name).to_pylist() for name in ("optimizer", "task")), strict=True)
    pairs = Counter(names)
    lines = [f"{count(found.num_rows, 'run')}:"]
    lines += [f"  {n:,} of {name} on {task}" for (name, task), n in pairs.most_common(SHOWN)]
    lines += [f"  ... on {count(len(pairs) - SHOWN, 'other pair')}"] if len(pairs) > SHOWN else []
    return "\n".join(lines)
