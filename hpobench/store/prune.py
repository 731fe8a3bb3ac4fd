"""Remove runs from a results folder, so that a reader sees it as before or as after."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hpobench.errors import FileError, UserError
from hpobench.store.journal import abandoned, rows
from hpobench.store.selection import COLUMNS, RunSelection
from hpobench.store.store import Store
from hpobench.store.tombstones import exclusive, read_tombstones, retire

if TYPE_CHECKING:
    import pyarrow as pa


def selected_runs(store: Store, selection: RunSelection) -> "pa.Table":
    """The runs that are meant, each once, with the columns of a selection."""
    import pyarrow as pa

    found = store.history(COLUMNS)
    return found.filter(pa.array(selection.mask(found), pa.bool_()))


def prune(store: Store, selection: RunSelection) -> int:
    """Remove the runs that are meant; the manifests of their experiments stay.

    What is to be kept of the files concerned is written to a new shard first; then all of these
    files cease to count in one moment. A process that dies in between leaves the folder as it
    was, or as it is to be.

    Returns:
        How many runs were removed.

    Raises:
        UserError: A driver writes to the folder, or a file concerned is damaged.
    """
    try:
        with exclusive(store.path, wait=False):
            _refuse_driver(store)
            removed = set(selected_runs(store, selection).column("run").to_pylist())
            _remove(store, removed)
    except BlockingIOError:
        raise UserError(f"{store.path}: another process works on its files; try again") from None
    return len(removed)


def _refuse_driver(store: Store) -> None:
    """A living driver may be adding the very runs."""
    if any(not abandoned(path) for path in _files(store, "journal")):
        raise UserError(f"{store.path}: a driver writes to it; let it end, or interrupt it, first")


def _remove(store: Store, removed: set[str]) -> None:
    """Replace the files that hold any of these runs by one shard with their other runs."""
    import pyarrow as pa

    from hpobench.store.shards import write_shard
    from hpobench.store.tables import SCHEMA

    kept, replaced = [SCHEMA.empty_table()], []
    for path, found in _tables(store):
        keep = [run not in removed for run in found.column("run").to_pylist()]
        if not all(keep):
            kept.append(found.filter(pa.array(keep, pa.bool_())))
            replaced.append(path)
    rest = pa.concat_tables(kept)
    target = write_shard(store.path / "runs", rest) if rest.num_rows else None
    if gone := [path for path in replaced if path != target]:
        retire(store.path, gone)


def _tables(store: Store) -> Iterator[tuple[Path, "pa.Table"]]:
    """Each file with its runs; what cannot be read holds none that could be meant.

    Raises:
        FileError: A file is damaged: rewriting it would lose what somebody may want to mend.
    """
    from hpobench.store.shards import read_shard, table

    for path in _files(store, "journal"):
        damage: list[str] = []
        yield path, table(list(rows(path, damage)))
        _refuse_damaged(path, damage)
    for path in _files(store, "runs"):
        try:
            found = read_shard(path)
        except (OSError, ValueError):
            continue
        yield path, found.table
        _refuse_damaged(path, found.flaws)


def _refuse_damaged(path: Path, damage: Sequence[str]) -> None:
    if damage:
        raise FileError(path, f"is damaged; move it elsewhere before pruning ({damage[0]})")


def _files(store: Store, folder: str) -> list[Path]:
    """The files of a folder that count."""
    pattern = {"journal": "*.jsonl", "runs": "*.parquet"}[folder]
    return sorted({*(store.path / folder).glob(pattern)} - read_tombstones(store.path))
