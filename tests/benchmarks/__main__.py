"""Run the benchmarks side by side, print one table, and write all values as JSON."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import adapters
import click
import cluster
import forest
import gate
import intervals
import loop
import peer
import planned
import report as analysis
import significance
import store
import subset
import tables
import trips
import yahpo
from contenders import CACHE
from measure import HEAD, Figure, machine

FIGURES: dict[str, Callable[[int], list[Figure]]] = {
    "startup": peer.startup,
    "marginal": peer.marginal,
    "hundred": peer.hundred,
    "events": loop.events,
    "overhead": loop.overhead,
    "adapters": adapters.figures,
    "store": store.figures,
    "tables": tables.figures,
    "yahpo": yahpo.evaluations,
    "forest": forest.evaluations,
    "planned": planned.figures,
    "cluster": cluster.figures,
    "gate": gate.figures,
    "report": analysis.figures,
    "trips": trips.figures,
    "significance": significance.figures,
    "intervals": intervals.figures,
    "subset": subset.figures,
}


def chosen(_context: click.Context, _parameter: click.Parameter, value: str) -> list[str]:
    """The names in a list with commas, in the order of `FIGURES`."""
    names = {name.strip() for name in value.split(",")}
    if unknown := names - set(FIGURES):
        raise click.BadParameter(f"{unknown.pop()!r} is none of {', '.join(FIGURES)}")
    return [name for name in FIGURES if name in names]


@click.command()
@click.option("--only", callback=chosen, default=",".join(FIGURES), help="Which, with commas.")
@click.option("--repeat", type=click.IntRange(1), default=5, help="Repetitions of each.")
@click.option("--quick", is_flag=True, help="Two repetitions; the longest ones once.")
@click.option(
    "--json",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=CACHE / "latest.json",
    help="Where all values go; .cache/benchmarks/latest.json by default.",
)
def main(*, only: list[str], repeat: int, quick: bool, path: Path) -> None:
    """Measure hpobench against CARP-S 1.1.0 and against plain Python, in turns."""
    about = machine()
    found = [figure for name in only for figure in FIGURES[name](2 if quick else repeat)]
    click.echo(report(about.items(), found))
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {"machine": about, "figures": [figure.data() for figure in found]}
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def report(about: Iterable[tuple[str, str]], figures: Iterable[Figure]) -> str:
    """The table in Markdown, and on which machine it was measured."""
    facts = ", ".join(f"{name} {value}" for name, value in about)
    return "\n".join(
        ["", HEAD, *(figure.row() for figure in figures), "", f"Measured on: {facts}."]
    )


if __name__ == "__main__":
    main()
