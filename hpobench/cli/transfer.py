"""`hpobench transfer`: evaluate on some tasks what was tuned on others."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hpobench.cli.shared.analysis_output import frame_records, number_or_null
from hpobench.cli.shared.options import as_json, open_catalogue, receives, with_catalogue
from hpobench.cli.shared.table import render_table

if TYPE_CHECKING:
    from hpobench.transfer import Transfer

_EXAMPLES = """
\b
Examples:
  hpobench run -o random -o dehb/de -t hpobench-mlp/car --seeds 0:10 --results r
  hpobench transfer r --to 'hpobench-mlp/*'
  hpobench transfer r --from hpobench-mlp/car --to hpobench-mlp/kc1 --output transfer --json
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOptions:
    """What `hpobench transfer` is told; the help of each option says what it means."""

    results: Path
    origins: tuple[str, ...]
    targets: tuple[str, ...]
    optimizers: tuple[str, ...]
    output: Path | None
    markdown: bool
    as_json: bool
    catalogues: tuple[Path, ...]


@click.command("transfer", epilog=_EXAMPLES, context_settings={"show_default": True})
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--from",
    "origins",
    multiple=True,
    metavar="GLOB",
    help="Stored tasks that were tuned on, repeatable.  [default: all]",
)
@click.option(
    "--to",
    "targets",
    multiple=True,
    required=True,
    metavar="NAME",
    help="Task or glob to evaluate on, repeatable; those that share no space are left out.",
)
@click.option(
    "--optimizer", "-o", "optimizers", multiple=True, metavar="GLOB", help="Only these; repeatable."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a page, Markdown and tables there.",
)
@click.option("--markdown", is_flag=True, help="Print Markdown.")
@as_json
@with_catalogue
@receives(TransferOptions)
def command(options: TransferOptions) -> int:
    """Tune here, evaluate there: rank optimizers by what their settings are worth elsewhere.

    The configuration that each stored run ended with is evaluated on other tasks that share its
    space (other data sets, larger models, longer trainings, other seeds of the environment).
    """
    from hpobench.scoring.constants import references_of
    from hpobench.store import Store
    from hpobench.system.deferred import import_configspace

    catalogue = open_catalogue(options.catalogues)
    store = Store(options.results)
    import_configspace()
    from hpobench.transfer import transfer
    from hpobench.transfer.page import as_markdown, write_transfer

    found = transfer(
        store,
        references_of(options.results, catalogue),
        catalogue,
        origins=options.origins,
        targets=options.targets,
        optimizers=options.optimizers,
    )
    page = write_transfer(found, options.output) if options.output else None
    if options.as_json:
        click.echo(json.dumps(_data(found), indent=1))
    else:
        click.echo(as_markdown(found) if options.markdown else _text(found))
    if page:
        click.echo(f"Page: {page}", err=options.as_json)
    return 0


def _text(found: "Transfer") -> str:
    """One screen for a person."""
    from hpobench.system.text import number
    from hpobench.transfer.page import agreement

    rows = [
        [number(each) if isinstance(each, float) else str(each) for each in row]
        for row in found.ranking.itertuples(index=False, name=None)
    ]
    table = render_table([name.replace("_", " ") for name in found.ranking.columns], rows)
    return "\n\n".join([*(f"Note: {note}." for note in found.notes), table, agreement(found)])


def _data(found: "Transfer") -> dict[str, Any]:
    """All of it for a machine; what is not a number is null."""
    numbers = {name: number_or_null(getattr(found, name)) for name in ("tau", "low", "high")}
    names = ("ranking", "pairs", "evaluations")
    return numbers | {"notes": found.notes} | {n: frame_records(getattr(found, n)) for n in names}
