"""A recorded collection serves every objective that was judged on held-out data."""

from pathlib import Path

import pytest

from hpobench.catalogue import Catalogue
from hpobench.recording.collection import write_collection
from tests.folders import CHECKOUT

TASKS = Catalogue().tasks
TABLES = {task.params["file"] for task in TASKS.values() if task.collection == "curves"}


@pytest.mark.parametrize("table", sorted(TABLES))
def test_each_table_of_curves_serves_error_and_loss_in_all_four_kinds(table: str) -> None:
    found = {
        task.id.removeprefix("curves/").removeprefix(
            table.rpartition("/")[2][: -len(".parquet")]
        ): (
            *task.objectives,
            *([task.fidelity] if task.fidelity else []),
        )
        for task in TASKS.values()
        if task.collection == "curves" and task.params["file"] == table
    }
    fidelity = found["-mf"][-1]
    first, second = ("loss", "error") if "-error" in found else ("error", "loss")
    assert found == {
        "": (first,),
        "-mf": (first, fidelity),
        "-mo": (first, "size"),
        "-mfmo": (first, "size", fidelity),
        f"-{second}": (second,),
        f"-{second}-mf": (second, fidelity),
        f"-{second}-mo": (second, "size"),
        f"-{second}-mfmo": (second, "size", fidelity),
    }


def test_writing_a_collection_anew_keeps_what_was_added_at_its_top(tmp_path: Path) -> None:
    shipped = CHECKOUT / "tasks" / "curves.yaml"
    (tmp_path / "tasks").mkdir()
    copy = tmp_path / "tasks" / "curves.yaml"
    copy.write_bytes(shipped.read_bytes())
    (tmp_path / "tasks" / "tables").symlink_to(CHECKOUT / "tasks" / "tables")
    write_collection(tmp_path, "curves", TASKS)
    assert copy.read_text() == shipped.read_text()
