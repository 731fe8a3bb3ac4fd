"""What is intact of a damaged shard, by an index beside it of what its parts were.

Parquet keeps the places of all its parts in one footer at the end of the file, so that a torn
file is lost as a whole, and a reader that believes a damaged one may do anything. The index
holds a second copy of the footer and the digest of every row group: no byte is parsed that was
not proved to be as it was written.
"""

import base64
import json
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from hpobench.store.files import digest_bytes
from hpobench.store.rows import DamagedError, seal, unseal

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
            [start, end, digest_bytes(data[start:end])]
            for start, end in pairwise([*starts, footer])
        ],
    }
    return seal(json.dumps(body))


def intact_groups(data: bytes, sealed_index: bytes) -> tuple[bytes, list[int]]:
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
