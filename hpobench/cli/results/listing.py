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
    summary = contents(Store(results))
    click.echo(contents_as_data(summary) if as_json else contents_as_text(summary, by))
    return 1 if summary.damage else 0


def contents_as_text(summary: Contents, by: str) -> str:
    """The contents on one screen."""
    parts = [
        *(f"! {text}" for text in summary.damage),
        _headline(summary),
        _counts(summary.kinds if by == "kind" else summary.collections) if summary.runs else "",
        _pairs("failed", summary.failed),
        _pairs("planned and missing", summary.missing),
    ]
    return "\n\n".join(part for part in parts if part)


def contents_as_data(summary: Contents) -> str:
    """All of it for a machine."""
    data = {
        "runs": summary.runs,
        "imported": summary.imported,
        "outdated": summary.outdated,
        "by_kind": _listed(summary.kinds, "optimizer", "kind"),
        "by_collection": _listed(summary.collections, "optimizer", "collection"),
        "seeds": summary.seeds,
        "failed": _listed(summary.failed, "optimizer", "reason"),
        "missing": _listed(summary.missing, "optimizer", "task"),
        "experiments": {
            "all": summary.experiments,
            "running": summary.running,
            "interrupted": summary.interrupted,
        },
        "bytes": summary.bytes,
        "damage": summary.damage,
    }
    return json.dumps(data, indent=1)


def seed_ranges(numbers: Sequence[int]) -> str:
    """Sorted numbers as `0-4, 7`."""
    runs = groupby(enumerate(numbers), key=lambda item: item[1] - item[0])
    spans = ([number for _, number in run] for _, run in runs)
    return ", ".join(f"{span[0]}-{span[-1]}" if span[1:] else str(span[0]) for span in spans)


def _headline(summary: Contents) -> str:
    """The most important numbers in words."""
    return "\n".join(_facts(summary))


def _facts(summary: Contents) -> Iterator[str]:
    failed, missing = sum(summary.failed.values()), sum(summary.missing.values())
    planned = f"{missing:,} planned {are(missing)} missing"
    yield f"{count(summary.runs, 'run')}, {failed:,} of them failed; {planned}."
    if summary.seeds:
        yield f"Seeds: {seed_ranges(summary.seeds)}."
    if summary.imported:
        yield f"{count(summary.imported, 'run')} {are(summary.imported)} imported."
    if summary.outdated:
        older = summary.outdated
        yield f"{older:,} more {are(older)} of older definitions of the same names."
    yield (
        f"{count(summary.experiments, 'experiment')}, {summary.running} running now, "
        f"{summary.interrupted} interrupted; {summary.bytes / 1e6:,.1f} MB."
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
