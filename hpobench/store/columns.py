"""Rows as columns: Arrow tables, and the Parquet files that a store keeps them in."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hpobench.store.files import write_atomically

_TEXTS = ("run", "optimizer", "task", "status", "reason", "cut", "experiment", "task_info")
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in (*_TEXTS, "variant_info")),
        ("seed", pa.int64()),
        ("seconds", pa.float64()),
        ("finished", pa.float64()),
        ("number", pa.list_(pa.int32())),
        ("worker", pa.list_(pa.int32())),
        *((name, pa.list_(pa.float64())) for name in ("fidelity", "values", "test")),
        *((name, pa.list_(pa.float64())) for name in ("cost", "start", "end", "spent")),
        *((name, pa.list_(pa.float32())) for name in ("ask_seconds", "tell_seconds")),
        ("failures", pa.string()),
        ("configs", pa.string()),
    ]
)
_REPEATED = ["optimizer", "task", "status", "reason", "cut", "experiment", "task_info"]
_ROWS = 2_000


def table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """An Arrow table of rows."""
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def write(folder: Path, found: pa.Table) -> Path:
    """Write a shard whose name is the digest of its bytes; either all of it is there or none.

    Sorted by task, so that what is equal lies together and compresses.
    """
    found = found.sort_by(
        [("task", "ascending"), ("optimizer", "ascending"), ("seed", "ascending")]
    )
    sink = pa.BufferOutputStream()
    pq.write_table(
        found,
        sink,
        compression="zstd",
        compression_level=6,
        row_group_size=_ROWS,
        use_dictionary=[
            *_REPEATED,
            "variant_info",
            "failures",
            *_leaves("number", "worker", "fidelity"),
        ],
        use_byte_stream_split=_leaves("values", "start", "end", "ask_seconds", "tell_seconds"),
        column_encoding=None,
    )
    data = sink.getvalue()
    path = folder / f"{hashlib.blake2b(data, digest_size=16).hexdigest()}.parquet"
    write_atomically(path, data)
    return path


def read(path: Path, names: Sequence[str] | None = None) -> pa.Table:
    """The rows of a shard, after its bytes were checked against its name.

    Raises:
        ValueError: They do not match, or are no Parquet file.
    """
    data = pa.memory_map(str(path)).read_buffer()
    if hashlib.blake2b(data, digest_size=16).hexdigest() != path.stem:
        raise ValueError("altered since it was written")
    found: pa.Table = pq.read_table(pa.BufferReader(data), columns=list(names) if names else None)
    return found


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
    names = [name for name, _ in order]
    indices = pc.sort_indices(found.select(names), sort_keys=order).to_pylist()
    columns = [found.column(name).to_pylist() for name in keys]
    ids = found.column("run").to_pylist()
    last = {tuple(column[i] for column in columns): i for i in indices}
    other = sum(ids[i] != ids[last[tuple(c[i] for c in columns)]] for i in range(len(ids)))
    return found.take(pa.array(list(last.values()), pa.int64())), other


def _leaves(*names: str) -> list[str]:
    """The paths of list columns' items inside a Parquet file."""
    return [f"{name}.list.element" for name in names]
