"""Gather what is finished into few files; whoever dies in the middle of it loses nothing."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpobench.store.files import file_size
from hpobench.store.journal import abandoned, rows
from hpobench.store.tombstones import exclusive

if TYPE_CHECKING:
    import pyarrow as pa

SMALL = 1 << 15
"""Bytes below which a shard is small. The others are left alone: memory for merging is bounded."""
PIECE = 2_500
"""At most so many runs, or the trials of so many times `TRIALS`, are compacted at a time."""
TRIALS = 20
"""A run's other columns take about as much memory as so many trials."""


def compact(folder: Path, *, least: int, many: int) -> list[str]:
    """Move the runs of abandoned journals into shards, and merge small shards that are many.

    What is new is on the disk before what is old is removed. Damaged files stay as they are:
    somebody may want to look at them. When another process works on the folder's files,
    nothing is done.

    Args:
        folder: The results folder.
        least: Bytes of journals from which it is worth it.
        many: Small shards are merged when they are more.

    Returns:
        What was found damaged, in words.
    """
    with suppress(BlockingIOError), exclusive(folder, wait=False):
        journals = [path for path in (folder / "journal").glob("*.jsonl") if abandoned(path)]
        if journals and sum(map(file_size, journals)) >= least:
            return _compact(folder / "runs", sorted(journals), many)
    return []


def _compact(folder: Path, journals: list[Path], many: int) -> list[str]:
    from hpobench.store.shards import distinct, table, write_shard

    damage: list[str] = []
    whole = [path for path in journals if _whole(path, damage)]
    for piece in _pieces(row for path in whole for row in rows(path, damage)):
        write_shard(folder, distinct(table(piece)))
    for path in whole:
        path.unlink()
    _merge(folder, many)
    return damage


def _whole(path: Path, damage: list[str]) -> bool:
    """Whether a journal can be read in full; what is damaged is named in `damage`."""
    before = len(damage)
    try:
        for _ in rows(path, damage):
            pass
    except OSError:  # whoever reads the results is told
        return False
    return len(damage) == before


def _pieces(found: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows, as many at a time as take a bounded memory."""
    piece: list[dict[str, Any]] = []
    weight = 0
    for row in found:
        piece.append(row)
        weight += TRIALS + len(row["number"])
        if weight >= PIECE * TRIALS:
            yield piece
            piece, weight = [], 0
    if piece:
        yield piece


def _merge(folder: Path, many: int) -> None:
    """Make one of the small shards, if there are many that are as they were written."""
    import pyarrow as pa

    from hpobench.store.shards import distinct, remove_shard, write_shard

    small = [path for path in sorted(folder.glob("*.parquet")) if 0 < file_size(path) < SMALL]
    shards = _readable(small) if len(small) > many else {}
    if not shards:
        return
    target = write_shard(folder, distinct(pa.concat_tables(shards.values())))
    for path in shards:
        if path != target:
            remove_shard(path)


def _readable(paths: Sequence[Path]) -> dict[Path, "pa.Table"]:
    """The shards that are as they were written, and hold nothing but sound rows."""
    from hpobench.store.shards import read_shard

    found = {}
    for path in paths:
        with suppress(OSError, ValueError):
            rows = read_shard(path)
            if not rows.flaws:
                found[path] = rows.table
    return found
