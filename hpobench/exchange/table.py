"""Long tables, one row a trial: CSV for every program there is, and Parquet for large ones."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hpobench.errors import FileError
from hpobench.exchange.identity import refuse_false
from hpobench.exchange.output import created
from hpobench.exchange.trials import column_of, columns, fold, optional_fields, unfold
from hpobench.store.columns import INFOS, OPTIONAL, Type
from hpobench.store.shape import objectives
from hpobench.store.tables import ARROW
from hpobench.system.json_values import LARGEST

Cells = Mapping[str, Any]

RUNS_AT_A_TIME = 200
"""So many runs of a store are spread out as records at a time."""
RECORDS_AT_A_TIME = 10_000
MOST_COLUMNS = 10_000
"""Wider tables are refused: each row would take seconds, and nobody has so many settings."""
LARGEST_CELL = 1 << 30
FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
"""A text that begins so is a formula to a spreadsheet (or looks like one that we escaped)."""


def write_csv(found: pa.Table, path: Path) -> list[str]:
    """Write runs of the store as CSV (RFC 4180, UTF-8); every number reads back to the bit.

    Returns:
        What is left out: nothing.

    Raises:
        FileError: There is something at `path` already.
    """
    names = _names(found)
    with created(path) as place, place.open("x", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_text(name) for name in names)
        for row in _rows(found):
            writer.writerows([_cell(record.get(name)) for name in names] for record in unfold(row))
    return []


def write_runs_parquet(found: pa.Table, path: Path) -> list[str]:
    """Write runs of the store as Parquet with the same columns, typed.

    Returns:
        What is left out: nothing.

    Raises:
        FileError: There is something at `path` already.
    """
    schema = pa.schema([(name, _type(name)) for name in _names(found)])
    with created(path) as place, pq.ParquetWriter(place, schema, compression="zstd") as writer:
        for batch in found.to_batches(max_chunksize=RUNS_AT_A_TIME):
            records = [record for row in batch.to_pylist() for record in unfold(row)]
            writer.write_table(pa.Table.from_pylist(records, schema=schema))
    return []


def read_csv(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of any CSV file with a header as texts, each with its line.

    Raises:
        FileError: It is no CSV file in UTF-8, or a row has more or fewer cells than the header.
    """
    csv.field_size_limit(LARGEST_CELL)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            names = _header(path, next(reader, []))
            for cells in reader:
                if len(cells) != len(names):
                    message = f"has {len(cells)} cells, the header has {len(names)}"
                    raise FileError(path, message, line=reader.line_num)
                texts = map(_plain, cells)
                yield reader.line_num, dict(zip(names, texts, strict=True))
    except UnicodeDecodeError as error:
        raise FileError(path, f"is not UTF-8 text at byte {error.start}") from None
    except csv.Error as error:
        raise FileError(path, f"is no CSV: {error}", line=reader.line_num) from None


def read_runs_parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of any Parquet file, each with its number from 1.

    Raises:
        FileError: It is no Parquet file.
    """
    try:
        with pq.ParquetFile(path) as file:
            _refuse_columns(path, file.schema_arrow.names or [""])
            batches = (batch.to_pylist() for batch in file.iter_batches(RECORDS_AT_A_TIME))
            yield from enumerate(chain.from_iterable(batches), start=1)
    except (pa.ArrowException, ValueError, OverflowError) as error:
        message = f"cannot be read as Parquet: {error}".partition("\n")[0]
        raise FileError(path, message) from None


def is_ours(names: Iterable[str]) -> bool:
    """Whether a table with these columns is one that we wrote."""
    return {"run", *INFOS} <= {*names}


def restore(path: Path, records: Iterable[tuple[int, Cells]]) -> Iterator[dict[str, Any]]:
    """The rows of the store that a table of ours was written from.

    Raises:
        FileError: A cell is missing or malformed, the rows of a run do not stand together, or a
            run is not the one its id says.
    """
    seen: set[str] = set()
    for run, group in groupby(records, key=lambda item: str(item[1]["run"])):
        lines = list(group)
        line = lines[0][0]
        if run in seen:
            raise FileError(path, f"the rows of run {run} do not stand together", line=line)
        seen.add(run)
        yield _restored(path, lines)


def _restored(path: Path, lines: Sequence[tuple[int, Cells]]) -> dict[str, Any]:
    """One run from its lines."""
    records = []
    try:
        for line, cells in lines:  # noqa: B007 (the line is for the error)
            records.append({name: _value(name, cell) for name, cell in cells.items()})
        line = lines[0][0]
        row = fold(records)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise FileError(path, f"is not what an export has here: {error}", line=line) from None
    refuse_false(path, row, line=line)
    return row


def _value(name: str, cell: Any) -> Any:
    """A cell, a text in CSV and typed in Parquet, as what its column holds.

    Raises:
        ValueError: It is something else.
    """
    column = column_of(name)
    if column is None:
        return "" if cell is None else cell
    if cell in {None, ""}:
        return None
    whole = column.type in {Type.WHOLE, Type.LONG}
    try:
        number = int(cell) if whole else float(cell)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} is {cell!r}"[:80] + ", not a number") from None
    if whole and not 0 <= number <= LARGEST:
        raise ValueError(f"{name} is {number}, not in 0 to {LARGEST}")
    return number


def _names(found: pa.Table) -> list[str]:
    """The columns of an export of these runs."""
    infos = found.column("task_info")
    texts = dict.fromkeys(infos.to_pylist())
    uses = {
        name: list(dict.fromkeys(infos.filter(found.column(name).is_valid()).to_pylist()))
        for name in OPTIONAL
    }
    names = dict.fromkeys(name for text in texts for name in objectives(text))
    return columns(list(names), optional_fields(uses))


def _rows(found: pa.Table) -> Iterator[dict[str, Any]]:
    """The runs as plain rows, a few at a time in memory."""
    for batch in found.to_batches(max_chunksize=RUNS_AT_A_TIME):
        yield from batch.to_pylist()


def _header(path: Path, cells: Sequence[str]) -> list[str]:
    """The names of the columns, each of which stands once."""
    names = [_plain(cell) for cell in cells]
    if not names:
        raise FileError(path, "is empty: it has no header")
    _refuse_columns(path, names)
    return names


def _refuse_columns(path: Path, names: Sequence[str]) -> None:
    """Refuse a table whose columns are too many, or two of which have one name.

    Raises:
        FileError: It has such columns.
    """
    if len(names) > MOST_COLUMNS:
        raise FileError(path, f"has {len(names):,} columns, more than {MOST_COLUMNS:,}", line=1)
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise FileError(path, f"has two columns {name!r:.300}", line=1)


def _cell(value: object) -> str:
    """A value as a cell: numbers with all their digits, nothing as an empty cell."""
    if isinstance(value, str):
        return _text(value)
    return "" if value is None else repr(value)


def _text(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _plain(cell: str) -> str:
    """The text that `_text` made a cell of; a foreign apostrophe stays."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _type(name: str) -> pa.DataType:
    """The Parquet type of a column."""
    column = column_of(name)
    return ARROW[column.type] if column else pa.string()
