"""Rows as columns: Arrow tables, and the Parquet files that a store keeps them in."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hpobench.store.files import digest_bytes, index_path, read_regular, write_atomically
from hpobench.store.rows import DamagedError
from hpobench.store.salvage import index, intact_groups
from hpobench.store.shape import OPTIONAL
from hpobench.store.tables import SCHEMA, FileRows, parse

_REPEATED = ["optimizer", "task", "status", "reason", "cut", "experiment", "task_info"]
_ROWS = (16, 500)
"""Rows in a row group, at least and at most: damage costs the whole group, and many small ones
take more room."""
_GROUPS = 8
"""Between these limits, a file has so many groups."""


def table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """An Arrow table of rows."""
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def write_shard(folder: Path, found: pa.Table) -> Path:
    """Write a shard whose name is the digest of its bytes; either all of it is there or none.

    Sorted by task, so that what is equal lies together and compresses. Columns that no run uses
    are left out, so that a file does not change with what others may have.
    """
    unused = [name for name in OPTIONAL if found.column(name).null_count == found.num_rows]
    found = found.drop_columns(unused) if unused else found
    found = found.sort_by(
        [("task", "ascending"), ("optimizer", "ascending"), ("seed", "ascending")]
    )
    sink = pa.BufferOutputStream()
    pq.write_table(
        found,
        sink,
        compression="zstd",
        compression_level=6,
        row_group_size=min(max(_ROWS[0], found.num_rows // _GROUPS), _ROWS[1]),
        use_dictionary=[
            *_REPEATED,
            "variant_info",
            "failures",
            *_leaves("number", "worker", "fidelity"),
        ],
        use_byte_stream_split=_leaves("values", "start", "end", "ask_seconds", "tell_seconds"),
        column_encoding=None,
    )
    data = sink.getvalue().to_pybytes()
    path = folder / f"{digest_bytes(data)}.parquet"
    write_atomically(index_path(path), index(data))
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
    data, groups = intact_groups(read_regular(path), read_regular(index_path(path)))
    return parse(data, names, groups)


def newest(
    found: pa.Table, keys: Sequence[str] = ("optimizer", "task", "seed")
) -> tuple[pa.Table, int]:
    """One row for each value of the keys: completed before failed, then the newest.

    Returns:
        The rows sorted by the keys, and how many other runs were left out: by default those of
        an older definition of the same name.
    """
    order = [*((key, "ascending") for key in keys), ("status", "descending")]
    order += [("finished", "ascending"), ("experiment", "ascending")]
    compared = found.select([name for name, _ in order]).combine_chunks()
    indices = pc.sort_indices(compared, sort_keys=order)
    ends = _ends(compared.select(keys).take(indices))
    last = np.flatnonzero(ends)
    ids = found.column("run").take(indices)
    other = pc.sum(pc.not_equal(ids, ids.take(last[np.cumsum(ends) - ends]))).as_py() or 0
    return found.take(indices.take(last)), other


def distinct(found: pa.Table) -> pa.Table:
    """Each execution of a run once: one that was moved twice is in two shards."""
    names = ("run", "finished", "experiment")
    keys = zip(*(found.column(name).to_pylist() for name in names), strict=True)
    values = (repr(values) for values in found.column("values").to_pylist())
    first: dict[tuple[Any, str], int] = {}
    for i, key in enumerate(zip(keys, values, strict=True)):
        first.setdefault(key, i)
    return found.take(pa.array(list(first.values()), pa.int64()))


def _ends(ordered: pa.Table) -> npt.NDArray[np.bool_]:
    """Which rows are the last of those that equal one another."""
    changed = np.zeros(max(len(ordered) - 1, 0), dtype=np.bool_)
    for column in ordered.columns:
        changed |= np.asarray(pc.not_equal(column[1:], column[:-1]))
    return np.append(changed, True)[: len(ordered)]


def _leaves(*names: str) -> list[str]:
    """The paths of list columns' items inside a Parquet file."""
    return [f"{name}.list.element" for name in names]
