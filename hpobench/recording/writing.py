"""A recording as files of a catalogue folder: the table, the YAML of its collection, a page."""

from collections.abc import Mapping
from pathlib import Path

from hpobench.benchmarks.recorded.embedded import read_embedded
from hpobench.errors import UserError
from hpobench.recording.collection import tables_folder, write_collection
from hpobench.recording.page import write_page
from hpobench.recording.parquet import write_parquet
from hpobench.recording.table import RecordedTable
from hpobench.task import Task


def write_recording(
    table: RecordedTable, folder: Path, collection: str, known: Mapping[str, Task]
) -> list[Path]:
    """Write a recording into a catalogue folder.

    Args:
        table: What was recorded.
        folder: The catalogue folder.
        collection: Name of the collection to which its tasks belong.
        known: All tasks by id.

    Returns:
        The files: Parquet, page, YAML.
    """
    parquet = table_path(table.task, folder, collection)
    parquet.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(table, parquet)
    page = parquet.with_suffix(".md")
    write_page(table, page)
    return [parquet, page, write_collection(folder, collection, known)]


def table_path(task: Task, folder: Path, collection: str) -> Path:
    """Where a task's table belongs: it is named as the task, without what says the kind.

    Raises:
        UserError: The table of another task is there.
    """
    name = task.base_id.partition("/")[2] or task.base_id
    for end in ("-mfmo", "-mf", "-mo"):
        name = name.removesuffix(end)
    path = tables_folder(folder, collection) / f"{name.replace('/', '-')}.parquet"
    before = read_embedded(path).get("recorded", {}).get("task") if path.exists() else None
    if before not in (None, task.id):
        raise UserError(f"{path} was recorded from {before}: choose another --collection")
    return path
