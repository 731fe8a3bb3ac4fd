"""What is intact of a damaged shard, by an index beside it of what its parts were.

Parquet keeps the places of all its parts in one footer at the end of the file, so that a torn
file is lost as a whole, and a reader that believes a damaged one may do anything. The index
holds a second copy of the footer and the digest of every row group: no byte is parsed that was
not proved to be as it was written.
"""

import base64
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hpobench.store.codec import DamagedError, seal, unseal
from hpobench.store.files import digest, index_path

_TAIL = 8
"""Bytes behind the footer of a Parquet file: its length, and `PAR1`."""


def index(data: bytes) -> bytes:
    """The index of a Parquet file."""
    footer = len(data) - _TAIL - int.from_bytes(data[-_TAIL:][:4], "little")
    metadata = pq.ParquetFile(pa.BufferReader(data)).metadata
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    starts = [_start(group) for group in groups]
    body = {
        "footer": base64.b64encode(data[footer:]).decode(),
        "groups": [
            [start, end, digest(data[start:end])] for start, end in pairwise([*starts, footer])
        ],
    }
    return seal(json.dumps(body))


def salvage(shard: Path, names: Sequence[str] | None) -> tuple[pa.Table, int]:
    """The rows of the row groups that are intact, and how many rows there were.

    Raises:
        OSError: The shard or its index cannot be read.
        ValueError: The index is damaged too.
    """
    try:
        body = unseal(index_path(shard).read_bytes())
    except DamagedError as error:
        raise ValueError(f"its index is {error}") from None
    data, groups = shard.read_bytes(), body["groups"]
    kept = [i for i, (start, end, wanted) in enumerate(groups) if digest(data[start:end]) == wanted]
    end = max((end for _, end, _ in groups), default=0)
    whole = data[:end].ljust(end, b"\0") + base64.b64decode(body["footer"])
    file = pq.ParquetFile(pa.BufferReader(whole))
    return file.read_row_groups(kept, columns=list(names) if names else None), (
        file.metadata.num_rows
    )


def _start(group: Any) -> int:
    """The offset of a row group: that of its first column's first page."""
    column = group.column(0)
    start: int = column.dictionary_page_offset or column.data_page_offset
    return start
