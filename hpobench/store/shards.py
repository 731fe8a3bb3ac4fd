"""Rows as columns: Arrow tables, and the Parquet files that a store keeps them in.

Parquet keeps the places of all its parts in one footer at the end of the file, so that a torn
file is lost as a whole, and a reader that believes a damaged one may do anything. An index beside
each holds a second copy of the footer and the digest of every row group: no byte of a damaged file
is parsed that was not proved to be as it was written.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hpobench.store.columns import COLUMNS, OPTIONAL, Encoding
from hpobench.store.files import digest_bytes, index_path, read_regular, write_atomically
from hpobench.store.rows import DamagedError, seal, unseal
from hpobench.store.tables import SCHEMA, FileRows, parse

_ROWS = (16, 500)
"""Rows in a row group, at least and at most: damage costs the whole group, and many small ones
take more room."""
_GROUPS = 8
"""Between these limits, a file has so many groups."""
_TAIL = 8
"""Bytes behind the footer of a Parquet file: its length, and `PAR1`."""


def table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """An Arrow table of rows."""
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def write_shard(folder: Path, runs: pa.Table) -> Path:
    """Write a shard whose name is the digest of its bytes; either all of it is there or none.

    Sorted by task, so that what is equal lies together and compresses. Columns that no run uses
    are left out, so that a file does not change with what others may have.
    """
    unused = [name for name in OPTIONAL if runs.column(name).null_count == runs.num_rows]
    runs = runs.drop_columns(unused) if unused else runs
    runs = runs.sort_by([("task", "ascending"), ("optimizer", "ascending"), ("seed", "ascending")])
    sink = pa.BufferOutputStream()
    pq.write_table(
        runs,
        sink,
        compression="zstd",
        compression_level=6,
        row_group_size=min(max(_ROWS[0], runs.num_rows // _GROUPS), _ROWS[1]),
        use_dictionary=_paths(Encoding.DICTIONARY),
        use_byte_stream_split=_paths(Encoding.SPLIT),
        column_encoding=None,
    )
    data = sink.getvalue().to_pybytes()
    path = folder / f"{digest_bytes(data)}.parquet"
    write_atomically(index_path(path), _index(data))
    write_atomically(path, data)
    return path


def remove_shard(path: Path) -> None:
    """Remove a shard and its index."""
    path.unlink(missing_ok=True)
    index_path(path).unlink(missing_ok=True)


def read_shard(path: Path, names: Sequence[str] = SCHEMA.names) -> FileRows:
    """The rows of a shard, after its bytes were checked against its name.

    Raises:
        OSError: It cannot be read.
        DamagedError: They do not match, or are of another shape.
    """
    data = read_regular(path)  # a mapped file on a broken disk would end the process
    if digest_bytes(data) != path.stem:
        raise DamagedError("altered since it was written")
    return parse(data, names)


def salvage(path: Path, names: Sequence[str] = SCHEMA.names) -> FileRows:
    """The rows of the parts of a damaged shard that are proved to be intact.

    Raises:
        OSError: The shard or its index cannot be read.
        DamagedError: The index is damaged too, or what is intact is of another shape.
    """
    data, groups = _intact_groups(read_regular(path), read_regular(index_path(path)))
    return parse(data, names, groups)


def _index(data: bytes) -> bytes:
    """The index of a Parquet file."""
    footer = len(data) - _TAIL - int.from_bytes(data[-_TAIL:][:4], "little")
    metadata = pq.ParquetFile(pa.BufferReader(data)).metadata
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    starts = [_start(group) for group in groups]
    body = {
        "footer": base64.b64encode(data[footer:]).decode(),
        "groups": [
            [start, end, digest_bytes(data[start:end])]
            for start, end in pairwise([*starts, footer])
        ],
    }
    return seal(json.dumps(body))


def _intact_groups(data: bytes, sealed_index: bytes) -> tuple[bytes, list[int]]:
    """A Parquet file of which only the row groups may be read that are given.

    Args:
        data: Bytes of the damaged file.
        sealed_index: Bytes of the index beside it.

    Returns:
        The bytes with the footer that they had, and the places of the intact row groups.

    Raises:
        DamagedError: The index is damaged too.
    """
    try:
        body = unseal(sealed_index)
        groups = [(int(start), int(end), wanted) for start, end, wanted in body["groups"]]
        footer = base64.b64decode(body["footer"])
    except DamagedError as error:
        raise DamagedError(f"its index is {error}") from None
    except (KeyError, TypeError, ValueError, OverflowError):
        raise DamagedError("its index is none") from None
    kept = [
        i
        for i, (start, end, wanted) in enumerate(groups)
        if digest_bytes(data[start:end]) == wanted
    ]
    end = max((groups[i][1] for i in kept), default=0)
    return data[:end] + footer, kept


def _start(group: Any) -> int:
    """The offset of a row group: that of its first column's first page."""
    column = group.column(0)
    start: int = column.dictionary_page_offset or column.data_page_offset
    return start


def newest(
    runs: pa.Table, keys: Sequence[str] = ("optimizer", "task", "seed")
) -> tuple[pa.Table, int]:
    """One row for each value of the keys: completed before failed, then the newest.

    Returns:
        The rows sorted by the keys, and how many other runs were left out: by default those of
        an older definition of the same name.
    """
    order = [*((key, "ascending") for key in keys), ("status", "descending")]
    order += [("finished", "ascending"), ("experiment", "ascending")]
    compared = runs.select([name for name, _ in order]).combine_chunks()
    indices = pc.sort_indices(compared, sort_keys=order)
    ends = _ends(compared.select(keys).take(indices))
    last = np.flatnonzero(ends)
    ids = runs.column("run").take(indices)
    other = pc.sum(pc.not_equal(ids, ids.take(last[np.cumsum(ends) - ends]))).as_py() or 0
    return runs.take(indices.take(last)), other


def distinct(runs: pa.Table) -> pa.Table:
    """Each execution of a run once: one that was moved twice is in two shards."""
    names = ("run", "finished", "experiment")
    keys = zip(*(runs.column(name).to_pylist() for name in names), strict=True)
    values = (repr(values) for values in runs.column("values").to_pylist())
    first: dict[tuple[Any, str], int] = {}
    for i, key in enumerate(zip(keys, values, strict=True)):
        first.setdefault(key, i)
    return runs.take(pa.array(list(first.values()), pa.int64()))


def _ends(ordered: pa.Table) -> npt.NDArray[np.bool_]:
    """Which rows are the last of those that equal one another."""
    changed = np.zeros(max(len(ordered) - 1, 0), dtype=np.bool_)
    for column in ordered.columns:
        changed |= np.asarray(pc.not_equal(column[1:], column[:-1]))
    return np.append(changed, True)[: len(ordered)]


def _paths(encoding: Encoding) -> list[str]:
    """The columns that are written so, as Parquet names them: by the items of their lists."""
    chosen = [column for column in COLUMNS if column.encoding is encoding]
    return [f"{c.name}.list.element" if c.is_list else c.name for c in chosen]
