"""Many drivers on one folder at a time: each run is executed once."""

import subprocess
import sys
from pathlib import Path

import pytest

from hpobench.store import Store
from tests.conftest import Often

DRIVERS = 8
SEEDS = 25

pytestmark = pytest.mark.timeout(3600)


def test_eight_drivers_on_one_folder_execute_each_run_once(tmp_path: Path, often: Often) -> None:
    """Executions are counted by files that the benchmark makes, one for each.

    The drivers compact whenever they end, while others read and write.
    """
    for number in range(often(1, 50)):
        folder, marks = tmp_path / f"r{number}", tmp_path / f"marks{number}"
        marks.mkdir()
        parts = map(str, (folder, marks, DRIVERS, SEEDS))
        subprocess.run([sys.executable, "-m", "tests.torture.drivers", *parts], check=True)
        assert len(list(marks.iterdir())) == SEEDS, f"round {number}"
        store = Store(folder)
        stored = store.runs(["seed", "status"])
        assert stored.column("seed").to_pylist() == list(range(SEEDS)), f"round {number}"
        assert set(stored.column("status").to_pylist()) == {"completed"}
        assert store.damage == []
