"""`hpobench results list`: what a results folder holds."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import click

from hpobench.cli.shared.options import as_json
from hpobench.cli.shared.table import render_table
from hpobench.store import Store
from hpobench.store.contents import Contents, Pair, contents
from hpobench.system.text import are, count

SHOWN = 8
"""So many reasons or pairs are listed; `--json` has all."""
LENGTH = 160
"""A reason is cut to so many characters; `--json` has all of it."""


_EXAMPLES = """
\b
Examples:
  hpobench results list results
  hpobench results list results --by collection --json
"""


@click.command("list", short_help="What is there, failed, missing, damaged.", epilog=_EXAMPLES)
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--by", type=click.Choice(["kind", "collection"]), default="kind", show_default=True)
@as_json
def list_command(results: Path, by: str, *, as_json: bool) -> int:
    """List what is there: runs, failures, what is missing, size and damage.

    The exit code is 1 if something is damaged.
    """
    found = contents(Store(results))
    click.echo(contents_as_data(found) if as_json else contents_as_text(found, by))
    return 1 if found.damage else 0


def contents_as_text(found: Contents, by: str) -> str:
    """The contents on one screen."""
    parts = [
        *(f"! {text}" for text in found.damage),
        _headline(found),
        _counts(found.kinds if by == "kind" else found.collections) if found.runs else "",
        _pairs("failed", found.failed),
        _pairs("planned and missing", found.missing),
    ]
    return "\n\n".join(part for part in parts if part)


def contents_as_data(found: Contents) -> str:
    """All of it for a machine."""
    data = {
        "runs": found.runs,
        "imported": found.imported,
        "outdated": found.outdated,
        "by_kind": _listed(found.kinds, "optimizer", "kind"),
        "by_collection": _listed(found.collections, "optimizer", "collection"),
        "seeds": found.seeds,
        "failed": _listed(found.failed, "optimizer", "reason"),
        "missing": _listed(found.missing, "optimizer", "task"),
        "experiments": {
            "all": found.experiments,
            "running": found.running,
            "interrupted": found.interrupted,
        },
        "bytes": found.bytes,
        "damage": found.damage,
    }
    return json.dumps(data, indent=1)


def seed_ranges(numbers: Sequence[int]) -> str:
    """Sorted numbers as `0-4, 7`."""
    runs = groupby(enumerate(numbers), key=lambda item: item[1] - item[0])
    spans = ([number for _, number in run] for _, run in runs)
    return ", ".join(f"{span[0]}-{span[-1]}" if span[1:] else str(span[0]) for span in spans)


def _headline(found: Contents) -> str:
    """The most important numbers in words."""
    return "\n".join(_facts(found))


def _facts(found: Contents) -> Iterator[str]:
    failed, missing = sum(found.failed.values()), sum(found.missing.values())
    planned = f"{missing:,} planned {are(missing)} missing"
    yield f"{count(found.runs, 'run')}, {failed:,} of them failed; {planned}."
    if found.seeds:
        yield f"Seeds: {seed_ranges(found.seeds)}."
    if found.imported:
        yield f"{count(found.imported, 'run')} {are(found.imported)} imported."
    if found.outdated:
        older = found.outdated
        yield f"{older:,} more {are(older)} of older definitions of the same names."
    yield (
        f"{count(found.experiments, 'experiment')}, {found.running} running now, "
        f"{found.interrupted} interrupted; {found.bytes / 1e6:,.1f} MB."
    )


def _counts(counts: Mapping[Pair, int]) -> str:
    """A line for each optimizer, a column for each kind or collection."""
    columns = sorted({column for _, column in counts})
    rows: list[list[object]] = [
        [name, *(counts.get((name, column), "-") for column in columns)]
        for name in dict.fromkeys(name for name, _ in counts)
    ]
    return render_table(["optimizer", *columns], rows)


def _pairs(what: str, counts: Mapping[Pair, int]) -> str:
    """The most frequent pairs."""
    first = sorted(counts.items(), key=lambda item: -item[1])
    lines = [
        f"{number:,} {what}: {name}: {text[:LENGTH]}" for (name, text), number in first[:SHOWN]
    ]
    lines += (
        [f"... and {count(len(first) - SHOWN, 'other line')}; --json has all"]
        if first[SHOWN:]
        else []
    )
    return "\n".join(lines)


def _listed(counts: Mapping[Pair, int], *names: str) -> list[dict[str, object]]:
    """The counts as JSON-ready records."""
    return [dict(zip(names, pair, strict=True)) | {"runs": n} for pair, n in counts.items()]
