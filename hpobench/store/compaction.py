"""Gather what is finished into few files; whoever dies in the middle of it loses nothing."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hpobench.store.files import TEMPORARY, exclusive
from hpobench.store.journal import abandoned, rows

if TYPE_CHECKING:
    import pyarrow as pa


def compact(folder: Path, marker: str, *, least: int, many: int) -> list[str]:
    """Move the runs of abandoned journals into one shard, and merge shards that are many.

    What is new is on the disk before what is old is removed. Damaged files stay as they are:
    somebody may want to look at them.

    Args:
        folder: The results folder.
        marker: The file in it that is locked, so that one process does it at a time; when
            another is at it, nothing is done.
        least: Bytes of journals from which it is worth it.
        many: So many shards are merged.

    Returns:
        What was found damaged, in words.
    """
    with exclusive(folder / marker) as alone:
        journals = [path for path in sorted((folder / "journal").glob("*.jsonl")) if alone]
        journals = [path for path in journals if abandoned(path)]
        if not journals or sum(path.stat().st_size for path in journals) < least:
            return []
        return _compact(folder / "runs", journals, many)


def _compact(folder: Path, journals: list[Path], many: int) -> list[str]:
    import pyarrow as pa

    from hpobench.store.columns import SCHEMA, distinct, remove, table, write

    damage: list[str] = []
    for path in folder.glob(f"{TEMPORARY}*"):
        path.unlink()  # of a process that was killed at this
    moved = {path: found for path in journals if (found := _rows(path, damage)) is not None}
    shards = _shards(folder, many)
    tables = [table([row for found in moved.values() for row in found]), *shards.values()]
    whole = distinct(pa.concat_tables([SCHEMA.empty_table(), *tables]))
    target = write(folder, whole) if len(whole) else None
    for path in moved:
        path.unlink()
    for path in shards:
        if path != target:
            remove(path)
    return damage


def _rows(path: Path, damage: list[str]) -> list[dict[str, Any]] | None:
    """The rows of a journal, or None if it is damaged."""
    before = len(damage)
    try:
        found = list(rows(path, damage))
    except OSError:  # whoever reads the results is told
        return None
    return found if len(damage) == before else None


def _shards(folder: Path, many: int) -> dict[Path, "pa.Table"]:
    """The shards to be merged: those that are as they were written, if there are many."""
    from hpobench.store.columns import read

    paths = sorted(folder.glob("*.parquet"))
    found = {}
    for path in paths if len(paths) >= many else []:
        with suppress(OSError, ValueError):
            found[path] = read(path)
    return found
