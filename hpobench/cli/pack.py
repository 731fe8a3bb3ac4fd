"""`hpobench data pack`: others' tables as small files that come with a catalogue folder."""

from pathlib import Path

import click

from hpobench.fetch.checksums import checksum

_EXAMPLES = """
\b
Examples:
  pip install --no-deps --target packages scan-bench==0.2.3
  hpobench data pack tasks/tables/scan-bench/source.yaml --packages packages
"""

KB = 1000


@click.command("pack", epilog=_EXAMPLES)
@click.argument(
    "descriptions",
    nargs=-1,
    required=True,
    metavar="SOURCE.yaml...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--packages",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the package was installed: pip install --no-deps --target DIR PACKAGE.",
)
def command(descriptions: tuple[Path, ...], packages: Path | None) -> None:
    """Pack the tables of a package that SOURCE.yaml describes, beside it, as Parquet.

    Kept are the columns that it names, in the encodings that take fewest bytes. Each file says
    where it comes from, which 'hpobench show TASK' repeats, and is read back and compared: it holds
    every value that was published. The checksum that is printed is for the tasks' YAML.

    See docs/data.md for what SOURCE.yaml says, and mind the licence: a copy has to keep it.
    """
    from hpobench.recording.packing import pack, read_packings

    for description in descriptions:
        for packing in read_packings(description):
            made = pack(packing, packages)
            sizes = f"{made.published / KB:,.0f} kB in {made.bytes / KB:,.0f}"
            click.echo(f"{packing.path}: {made.rows:,} rows, {made.columns} columns, {sizes}")
            click.echo(f"  sha256: {checksum(packing.path)}")
