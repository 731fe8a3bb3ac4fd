"""Read the columns of a CSV, Parquet or NPZ file as plain values."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from numbers import Real
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from hpobench.benchmarks.recorded.delimited import read_delimited
from hpobench.errors import FileError, UserError, nearest
from hpobench.fetch.checksums import checksum
from hpobench.system.loading import load

TEXTS = tuple(f".{kind}{packed}" for kind in ("csv", "tsv") for packed in ("", ".gz", ".zip"))
SUFFIXES = (*TEXTS, ".parquet", ".npz")

DURATION = re.compile(r"(-?\d+) days? \+?(\d\d):(\d\d):(\d\d(?:\.\d+)?)")
"""As pandas writes one: `0 days 00:00:30.250000`."""


@dataclass(frozen=True, slots=True)
class FileTable:
    """Rows of a file.

    Attributes:
        path: The file.
        columns: By name, a value for each row; None where there is none.
        numbers: For each row, its place in the file, counted from 1 without the header.
    """

    path: Path
    columns: Mapping[str, list[Any]]
    numbers: list[int]

    def column(self, name: str) -> list[Any]:
        """A column's values.

        Raises:
            FileError: There is no such column; names the nearest.
        """
        if name not in self.columns:
            raise self.error(f"no column {name!r}{nearest(name, self.columns)}")
        return self.columns[name]

    def floats(self, name: str) -> npt.NDArray[np.float64]:
        """A column of numbers, NaN where there is none.

        Raises:
            FileError: Something in it is not a number; names the row.
        """
        values = self.column(name)
        for row, value in enumerate(values):
            if not (value is None or isinstance(value, int | float)):
                raise self.error(
                    f"column {name!r} holds {value!r} in row {self.numbers[row]}, expected numbers"
                )
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64)

    def where(self, wanted: Mapping[str, Any]) -> "FileTable":
        """The rows whose columns have these values.

        Raises:
            FileError: There are none; names the nearest value.
        """
        table = self
        for name, value in wanted.items():
            column = table.column(name)
            kept = [row for row, found in enumerate(column) if found == value]
            if not kept:
                known = {str(found) for found in column}
                raise self.error(
                    f"column {name!r} never holds {value!r}{nearest(str(value), known)}"
                )
            table = table.take(kept)
        return table

    def take(self, rows: Iterable[int]) -> "FileTable":
        """Some rows, by position."""
        kept = list(rows)
        columns = {name: [values[r] for r in kept] for name, values in self.columns.items()}
        return FileTable(self.path, columns, [self.numbers[r] for r in kept])

    def error(self, message: str) -> FileError:
        """Complain about the file."""
        return FileError(self.path, message)


def read_table(
    path: Path,
    *,
    reader: str = "",
    array: str = "",
    names: Iterable[str] = (),
    missing: Iterable[Any] = (),
    delimiter: str = "",
    encoding: str = "",
) -> FileTable:
    """Read a file by its suffix.

    Args:
        path: One of `SUFFIXES`.
        reader: `module:function` that reads another format, given the path and `array`.
        array: Which of an NPZ file's two-dimensional arrays.
        names: Names of the columns, where the file has none (a CSV file then has no header);
            else `c0`, `c1`, ... for arrays.
        missing: Values that stand for no value, besides `delimited.MISSING`, NaN and null.
        delimiter: What separates a text file's cells, if not to be found out, see `read_delimited`.
        encoding: How a text file is encoded that is not UTF-8.

    Raises:
        FileError: It is no such file.
    """
    absent = set(missing)
    if reader:
        columns = _other(reader)(path, array)
    elif path.name.lower().endswith(TEXTS):
        table = read_delimited(
            path, names=list(names), missing=absent, delimiter=delimiter, encoding=encoding
        )
        columns = _arrow(path, table)
    elif path.name.lower().endswith(".parquet"):
        return read_parquet(path, {}, missing)
    elif path.name.lower().endswith(".npz"):
        columns = _npz(path, array, list(names))
    else:
        raise FileError(path, f"is not one of {', '.join(SUFFIXES)}")
    return _table(path, columns, absent)


def read_parquet(path: Path, where: Mapping[str, Any], missing: Iterable[Any] = ()) -> FileTable:
    """Read those rows of a Parquet file that `Table.where` may want.

    Args:
        path: The file.
        where: Texts by column; rows with others are left out if there are any with these.
        missing: As `read_table` has it.

    Raises:
        FileError: It is no such file.
    """
    from pyarrow import ArrowException, parquet

    try:
        table = parquet.read_table(path)
    except ArrowException as error:
        raise FileError(path, f"is not Parquet: {str(error).splitlines()[0]}") from None
    rows = _rows_with(table, where)
    if len(rows) < len(table):
        table = table.take(rows)
    return replace(_table(path, _arrow(path, table), set(missing)), numbers=(rows + 1).tolist())


def _table(path: Path, columns: Mapping[str, Any], absent: set[Any]) -> FileTable:
    """Columns of one length, of values that are plain."""
    plain = {name: _plain(values, absent) for name, values in columns.items()}
    lengths = {len(values) for values in plain.values()}
    if len(lengths) > 1:
        raise FileError(path, "has columns of different lengths")
    if lengths <= {0}:
        raise FileError(path, "holds no rows")
    return FileTable(path, plain, list(range(1, lengths.pop() + 1)))


def verify_checksum(path: Path, expected: str) -> None:
    """Compare a file's SHA-256 checksum with the expected one, if one is expected.

    Raises:
        FileError: They differ.
    """
    if expected and (found := checksum(path)) != expected:
        raise FileError(path, f"has the SHA-256 checksum {found}, the task was made for {expected}")


def _other(reader: str) -> Callable[[Path, str], dict[str, list[Any]]]:
    """A function that reads a publisher's own format."""
    try:
        found: Callable[[Path, str], dict[str, list[Any]]] = load(reader)
    except UserError as error:
        raise UserError(f"the reader {reader!r} does not exist: {error}") from None
    return found


def _rows_with(table: Any, texts: Mapping[str, Any]) -> npt.NDArray[np.int64]:
    """The rows with these texts, before 90,000 others become values of Python; all if none has."""
    from pyarrow import compute, types

    kept = np.ones(len(table), dtype=np.bool_)
    for name, wanted in texts.items():
        column = table[name] if table.column_names.count(name) == 1 else None
        if not (isinstance(wanted, str) and column is not None and types.is_string(column.type)):
            break  # what comes behind it must not change what `Table.where` complains about
        kept &= compute.equal(column, wanted).fill_null(False).to_numpy()
    return np.flatnonzero(kept if kept.any() else ~kept)


def _arrow(path: Path, table: Any) -> dict[str, Any]:
    """Columns by name; a structure's fields are columns `name.field` of their own."""
    from pyarrow import types

    while any(types.is_struct(column.type) for column in table.columns):
        table = table.flatten()
    names = table.column_names
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise FileError(
            path, f"has two columns of one name, {twice!r} (a frame with two rows of headers?)"
        )
    return {name: _exactly(column).to_pylist() for name, column in zip(names, table, strict=True)}


def _exactly(column: Any) -> Any:
    """A column whose values Python has types for: it knows no nanoseconds."""
    from pyarrow import duration, timestamp, types

    if types.is_duration(column.type):
        return column.cast(duration("us"), safe=False)
    if types.is_timestamp(column.type):
        return column.cast(timestamp("us"), safe=False)
    return column


def _npz(path: Path, array: str, names: list[str]) -> dict[str, Any]:
    """One two-dimensional array, or all arrays as columns."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if array and array not in arrays.files:
                raise FileError(path, f"no array {array!r}{nearest(array, arrays.files)}")
            found = {name: arrays[name] for name in ([array] if array else arrays.files)}
    except (EOFError, OSError, ValueError, BadZipFile) as error:
        reason = (str(error).splitlines() or [""])[0]
        raise FileError(path, f"cannot be read: {reason}") from None
    if not array:
        return {name: _flat(path, name, values) for name, values in found.items()}
    matrix = found[array]
    if matrix.ndim != 2:  # noqa: PLR2004
        raise FileError(path, f"the array {array!r} has {matrix.ndim} dimensions, expected 2")
    names = names or [f"c{i}" for i in range(matrix.shape[1])]
    if len(names) != matrix.shape[1]:
        raise FileError(path, f"{array!r} has {matrix.shape[1]} columns, {len(names)} are named")
    return {name: matrix[:, i].tolist() for i, name in enumerate(names)}


def _flat(path: Path, name: str, values: npt.NDArray[Any]) -> list[Any]:
    """An array that is a column."""
    if values.ndim != 1:
        raise FileError(path, f"the array {name!r} is no column: name it as 'array'")
    column: list[Any] = values.tolist()
    return column


def _plain(values: list[Any], missing: set[Any]) -> list[Any]:
    """None for what stands for no value; durations in seconds; texts for what is no number."""
    plain = [_value(value, missing) for value in values]
    first = next((value for value in plain if value is not None), None)
    if not isinstance(first, str) or not DURATION.fullmatch(first):
        return plain
    parts = [value if value is None else DURATION.fullmatch(str(value)) for value in plain]
    if any(part is None and value is not None for part, value in zip(parts, plain, strict=True)):
        return plain
    return [None if part is None else _seconds_of_duration(part) for part in parts]


def _seconds_of_duration(duration: Any) -> float:
    """Seconds of a duration such as `-1 days +23:59:59.5`."""
    days, hours, minutes, seconds = (float(part) for part in duration.groups())
    return days * 86_400 + hours * 3_600 + minutes * 60 + seconds


def _value(value: Any, missing: set[Any]) -> Any:
    """A cell as a plain value."""
    if value is None or value != value or (value.__hash__ and value in missing):  # noqa: PLR0124 (NaN)
        return None
    return value if isinstance(value, bool | int | float | str) else _converted(value)


def _converted(value: Any) -> Any:
    """What stands for a value of another type."""
    match value:
        case timedelta():
            return value.total_seconds()
        case Decimal() if value.is_finite() and value == value.to_integral_value():
            return int(value)
        case Decimal() | Real():  # of numpy
            return float(value)
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case _:
            return str(value)
