"""Columns of Parquet files in the fewest bytes that hold every value."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hpobench.errors import FileError

LEVEL = 19
"""Level of Zstandard: the slowest that needs no more memory to read."""

DICTIONARY, PLAIN, SPLIT = "DICTIONARY", "PLAIN", "BYTE_STREAM_SPLIT"


def narrow_column(path: Path, name: str, values: list[Any]) -> Any:
    """A column of the narrowest numbers that hold all of its values, or of what they are.

    Args:
        path: Where they come from, for complaints.
        name: The column's name, for complaints.
        values: One a row; None where there is none.

    Raises:
        FileError: They are of several types.
    """
    import pyarrow as pa

    try:
        array = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        raise FileError(path, f"column {name!r} holds values of several types") from None
    for kind in _narrower(pa, array.type):
        try:
            narrow = array.cast(kind)
        except pa.ArrowInvalid:
            continue
        if narrow.cast(array.type).equals(array):
            return narrow
    return array


def _narrower(pa: Any, kind: Any) -> list[Any]:
    """The types of fewer bytes that may hold numbers of this one."""
    if pa.types.is_integer(kind):
        return [pa.int8(), pa.int16(), pa.int32()]
    return [pa.float32()] if pa.types.is_floating(kind) else []


def smallest_parquet(columns: Mapping[str, Any], metadata: Mapping[bytes, bytes]) -> bytes:
    """A Parquet file of one group of rows, each column in the encoding that takes fewest bytes.

    Args:
        columns: By name, arrays of Arrow of one length.
        metadata: What the file says of itself.
    """
    import pyarrow as pa

    encodings = {name: _smallest_encoding(pa, array) for name, array in columns.items()}
    return _written(pa, columns, encodings, metadata)


def _smallest_encoding(pa: Any, array: Any) -> str:
    """The encoding in which a file of this column alone is smallest."""
    possible = [DICTIONARY, PLAIN, *([SPLIT] if pa.types.is_floating(array.type) else [])]
    return min(possible, key=lambda each: len(_written(pa, {"x": array}, {"x": each}, {})))


def _written(
    pa: Any,
    columns: Mapping[str, Any],
    encodings: Mapping[str, str],
    metadata: Mapping[bytes, bytes],
) -> bytes:
    """The bytes of a file."""
    import pyarrow.parquet as pq

    table, stream = pa.table(dict(columns)), pa.BufferOutputStream()
    with pq.ParquetWriter(
        stream,
        table.schema,
        compression="zstd",
        compression_level=LEVEL,
        write_statistics=False,
        store_schema=False,
        use_dictionary=[name for name, each in encodings.items() if each == DICTIONARY],
        column_encoding={name: each for name, each in encodings.items() if each != DICTIONARY},
    ) as writer:
        writer.write_table(table, row_group_size=max(len(table), 1))
        writer.add_key_value_metadata(metadata)
    data: bytes = stream.getvalue().to_pybytes()
    return data
