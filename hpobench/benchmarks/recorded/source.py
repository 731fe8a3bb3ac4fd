"""Read the columns of a CSV, Parquet or NPZ file as plain values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from hpobench.errors import FileError, UserError, nearest
from hpobench.fetch.checksums import checksum

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL")
"""Texts in a CSV file that stand for no value."""

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", ".npz")


@dataclass(frozen=True, slots=True)
class Table:
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

    def where(self, wanted: Mapping[str, Any]) -> "Table":
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

    def take(self, rows: Iterable[int]) -> "Table":
        """Some rows, by position."""
        kept = list(rows)
        columns = {name: [values[r] for r in kept] for name, values in self.columns.items()}
        return Table(self.path, columns, [self.numbers[r] for r in kept])

    def error(self, message: str) -> FileError:
        """Complain about the file."""
        return FileError(self.path, message)


def read(
    path: Path,
    *,
    reader: str = "",
    array: str = "",
    names: Iterable[str] = (),
    missing: Iterable[Any] = (),
) -> Table:
    """Read a file by its suffix.

    Args:
        path: One of `SUFFIXES`.
        reader: `module:function` that reads another format, given the path and `array`.
        array: Of an NPZ file with two-dimensional arrays, which one.
        names: Of the columns, where the file has none (a CSV file then has no header);
            else `c0`, `c1`, ... for arrays.
        missing: Values that stand for no value, besides `MISSING`, NaN and null.

    Raises:
        FileError: It is no such file.
    """
    columns = _other(reader)(path, array) if reader else _reader(path)(path, array, list(names))
    absent = set(missing)
    plain = {name: _plain(values, absent) for name, values in columns.items()}
    lengths = {len(values) for values in plain.values()}
    if len(lengths) > 1:
        raise FileError(path, "has columns of different lengths")
    if lengths <= {0}:
        raise FileError(path, "holds no rows")
    return Table(path, plain, list(range(1, lengths.pop() + 1)))


def verify(path: Path, expected: str) -> None:
    """Compare a file's SHA-256 checksum with the expected one, if one is expected.

    Raises:
        FileError: They differ.
    """
    if expected and (found := checksum(path)) != expected:
        raise FileError(path, f"has the SHA-256 checksum {found}, the task was made for {expected}")


def _other(reader: str) -> Callable[[Path, str], dict[str, list[Any]]]:
    """A function that reads a publisher's own format."""
    module, _, name = reader.partition(":")
    try:
        found: Callable[[Path, str], dict[str, list[Any]]] = getattr(import_module(module), name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise UserError(f"the reader {reader!r} does not exist: {error}") from None
    return found


def _reader(path: Path) -> Callable[[Path, str, list[str]], dict[str, Any]]:
    """What reads a file of this suffix."""
    name = path.name.lower()
    if name.endswith((".csv", ".csv.gz", ".tsv", ".tsv.gz")):
        return _csv
    if name.endswith(".parquet"):
        return _parquet
    if name.endswith(".npz"):
        return _npz
    raise FileError(path, f"is not one of {', '.join(SUFFIXES)}")


def _csv(path: Path, _: str, names: list[str]) -> dict[str, Any]:
    """Types are inferred from the whole file: one block."""
    from pyarrow import ArrowException, csv  # which a table that was converted before needs not

    size = max(path.stat().st_size * (20 if path.suffix == ".gz" else 1), 1)
    try:
        table = csv.read_csv(
            path,
            csv.ReadOptions(block_size=min(size, 2**31 - 1), column_names=names or None),
            csv.ParseOptions(delimiter="\t" if ".tsv" in path.name.lower() else ","),
            csv.ConvertOptions(null_values=list(MISSING), strings_can_be_null=True),
        )
    except (ArrowException, UnicodeDecodeError) as error:
        raise FileError(path, f"is not such a table: {str(error).splitlines()[0]}") from None
    return _arrow(path, table)


def _parquet(path: Path, _: str, __: list[str]) -> dict[str, Any]:
    from pyarrow import ArrowException, parquet

    try:
        return _arrow(path, parquet.read_table(path))
    except ArrowException as error:
        raise FileError(path, f"is not Parquet: {str(error).splitlines()[0]}") from None


def _arrow(path: Path, table: Any) -> dict[str, Any]:
    """Columns of numbers, flags and texts; anything else becomes a text."""
    if len(set(table.column_names)) < len(table.column_names):
        raise FileError(path, "has two columns of one name")
    return {
        name: column.to_pylist() for name, column in zip(table.column_names, table, strict=True)
    }


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
    """None for what stands for no value; texts for what is neither number nor flag."""
    return [_value(value, missing) for value in values]


def _value(value: Any, missing: set[Any]) -> Any:
    if value is None or value != value or value in missing:  # noqa: PLR0124 (NaN)
        return None
    return value if isinstance(value, bool | int | float | str) else str(value)
