"""Others' tables as small Parquet files that hold every value and say where it comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hpobench.benchmarks.recorded import source
from hpobench.benchmarks.recorded.embedded import Origin, embed_metadata
from hpobench.catalogue.reader import Node, read_yaml
from hpobench.catalogue.section import Section, members, text_value, texts
from hpobench.errors import FileError
from hpobench.recording.columns import narrow_column, smallest_parquet
from hpobench.store.files import write_atomically
from hpobench.system.folders import locate


@dataclass(frozen=True, slots=True, kw_only=True)
class Packing:
    """How one published table becomes a file of ours.

    Attributes:
        path: The Parquet file that is made.
        origin: Where it comes from.
        reader: `module:function` that reads the published file, or empty if its suffix tells.
        array: What the reader is told to take.
        beside: Checksums of further files that the reader takes from the same folder, by name.
        columns: Those that are kept; all if empty.
    """

    path: Path
    origin: Origin
    reader: str = ""
    array: str = ""
    beside: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What `pack` has made.

    Attributes:
        rows: Number of rows.
        columns: Number of columns.
        published: Bytes of the published file.
        bytes: Bytes of the file that was made.
    """

    rows: int
    columns: int
    published: int
    bytes: int


def read_packings(path: Path) -> list[Packing]:
    """The tables that a YAML file describes; they are made in its folder.

    Its fields are `package`, `version`, `copyright` and `licence`, and `tables` with, by the name
    of the Parquet file without its suffix, `file`, `sha256`, and `reader`, `array`, `beside` and
    `columns` as far as they are needed.

    Raises:
        FileError: With file and line, for any mistake in it.
    """
    root = Section(read_yaml(path))
    common = {name: root.take(name, text_value) for name in Origin.PACKAGE}
    found = [_packing(path, name, node, common) for name, node in _tables(root)]
    root.finish()
    return found


def _tables(root: Section) -> Iterator[tuple[str, Node]]:
    """Each table's name and what is said of it."""
    tables = root.take("tables", Section)
    if not tables.node.value:
        raise tables.error("no tables are named")
    for name, node in tables.node.value.items():
        if Path(name).name != name:
            raise node.error(f"{name!r} is no name of a file in this folder")
        yield name, node


def _packing(path: Path, name: str, node: Node, common: Mapping[str, str]) -> Packing:
    """One entry of `tables`."""
    fields = Section(node)
    origin = Origin(
        **common, file=fields.take("file", text_value), sha256=fields.take("sha256", text_value)
    )
    packing = Packing(
        path=path.with_name(f"{name}.parquet"),
        origin=origin,
        reader=fields.take("reader", text_value, ""),
        array=fields.take("array", text_value, ""),
        beside={
            name: text_value(each) for name, each in fields.take("beside", members, {}).items()
        },
        columns=tuple(fields.take("columns", texts, [])),
    )
    fields.finish()
    return packing


def pack(packing: Packing, packages: Path | None = None) -> Packed:
    """Make a table's file, and read it back: every value is the published one.

    Args:
        packing: What to make of what.
        packages: Folder into which the package was installed (`pip install --target`); by default
            the file is found as a task's file is, see `folders.locate`.

    Raises:
        UserError: The published file is not there, is another one, or has no such column; a
            column's values are of several types.
    """
    name = packing.origin.file
    published = packages / name if packages else locate(name)
    for path, expected in _expected(packing, published).items():
        if not path.is_file():
            raise FileError(path, "is not there")
        source.verify_checksum(path, expected)
    table = source.read_table(published, reader=packing.reader, array=packing.array)
    kept = {each: table.column(each) for each in packing.columns or table.columns}
    arrow = {each: narrow_column(published, each, values) for each, values in kept.items()}
    data = smallest_parquet(arrow, embed_metadata({"origin": asdict(packing.origin)}))
    write_atomically(packing.path, data)
    _compare(packing.path, kept)
    return Packed(
        rows=len(table.numbers),
        columns=len(kept),
        published=published.stat().st_size,
        bytes=len(data),
    )


def _expected(packing: Packing, published: Path) -> dict[Path, str]:
    """The checksums of all files that are read."""
    beside = {published.with_name(name): sha256 for name, sha256 in packing.beside.items()}
    return {published: packing.origin.sha256, **beside}


def _compare(path: Path, expected: Mapping[str, list[Any]]) -> None:
    """Read the file back.

    Raises:
        FileError: A value is not the one that was to be written.
    """
    written = source.read_table(path).columns
    for name, values in expected.items():
        if written[name] != values:
            row = next(i for i, value in enumerate(values) if written[name][i] != value)
            raise FileError(path, f"holds {written[name][row]!r} for {name} {values[row]!r}")
