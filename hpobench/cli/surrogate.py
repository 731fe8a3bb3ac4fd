"""`hpobench surrogate`: fit models to recorded tables."""

from pathlib import Path

import click

from hpobench.catalogue import Catalogue
from hpobench.catalogue.wants import SURROGATES, TABLES
from hpobench.cli.shared.options import open_catalogue, with_catalogue
from hpobench.cli.shared.table import render_table
from hpobench.errors import UserError
from hpobench.task import Task

_EXAMPLES = """
\b
Examples:
  hpobench surrogate fit scan-bench-surrogate
  hpobench surrogate fit scan-bench/tabpfn-nll
  hpobench surrogate fit mine/results --catalogue mine
"""


@click.group("surrogate", epilog=_EXAMPLES)
def command() -> None:
    """Fit models to recorded tables, and say how good they are."""


@command.command("fit", epilog=_EXAMPLES)
@click.argument("names", nargs=-1, required=True, metavar="TASK|COLLECTION...")
@with_catalogue
def fit_surrogates(*, names: tuple[str, ...], catalogues: tuple[Path, ...]) -> int:
    """Fit the surrogates of tasks, or what would be that of a recorded table.

    Each takes seconds to a minute, once: afterwards it lies in the cache ('hpobench data path'),
    where runs find it. R2 and Spearman's rho are those at full fidelity on configurations that a
    model was not fitted to. Exit code 1 if one is too bad to be used.
    """
    rows, refused = [], 0
    for task in _chosen(open_catalogue(catalogues), names):
        found, poor = _fitted(task)
        rows += found
        refused += poor
    click.echo(render_table(["task", "objective", "R2", "rho", "forest", ""], rows))
    return 1 if refused else 0


def _chosen(catalogue: Catalogue, names: tuple[str, ...]) -> list[Task]:
    """One task of each table; a collection stands for its tasks."""
    patterns = [name if "/" in name else f"{name}/*" for name in names]
    tasks = catalogue.select_tasks(patterns)
    for task in tasks:
        if task.benchmark not in (TABLES, SURROGATES):
            raise UserError(f"{task.id} has no recorded table, so there is nothing to fit")
        if obstacle := catalogue.lacking(task):
            raise UserError(obstacle)
    return list({str(task.params): task for task in reversed(tasks)}.values())[::-1]


def _fitted(task: Task) -> tuple[list[list[object]], bool]:
    """A row for each objective, and whether one is too bad."""
    from hpobench.benchmarks.surrogate.benchmark import fitted_forest, poor

    params = {name: value for name, value in task.params.items() if name != "lookup"}
    _, _, model = fitted_forest(params)
    bad = poor(model)
    rows: list[list[object]] = [
        [
            task.id,
            name,
            f"{quality['r2']:.3f}",
            f"{quality['rho']:.3f}",
            model.facts["digest"],
            "refused" if name in bad else "",
        ]
        for name, quality in model.facts["quality"].items()
    ]
    return rows, bool(bad)
