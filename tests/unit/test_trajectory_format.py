"""A reader written from docs/trajectory-format.md alone reads what the program stores."""

import hashlib
import json
import zlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hpobench.store import store as store_module
from tests.unit.test_store import compacted, fill, run, trajectory


def test_the_page_suffices_to_read_a_journal(tmp_path: Path) -> None:
    fill(tmp_path / "r", trajectory(3))
    assert json.loads((tmp_path / "r" / "hpobench-store.json").read_text()) == {
        "format": "hpobench-store",
        "version": 1,
    }
    (line,) = (tmp_path / "r" / "journal" / "j.jsonl").read_bytes().splitlines()
    before, _, after = line.rpartition(b',"crc32"')
    assert int(json.loads(b"{" + b'"crc32"' + after)["crc32"], 16) == zlib.crc32(before)
    row = json.loads(line)
    assert (row["optimizer"], row["task"], row["seed"], row["status"]) == (
        "o",
        "c/t",
        3,
        "completed",
    )
    objectives = json.loads(row["task_info"])["objectives"]
    trials = len(row["number"])
    assert len(row["values"]) == trials * len(objectives)
    columns = json.loads(row["configs"])
    assert columns == {"x": [0.0, 0.1, 0.2], "k": ["a", "a", "a"]}


def test_the_page_suffices_to_read_a_parquet_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = fill(tmp_path / "r", trajectory(3))
    compacted(store, monkeypatch)
    (path,) = (tmp_path / "r" / "runs").glob("*.parquet")
    assert hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest() == path.stem
    (row,) = pq.read_table(path).to_pylist()
    assert row["end"] == [1.0, 2.0, 3.0]
    assert row["run"] == run(3).id


def test_the_page_suffices_to_compute_an_identity() -> None:
    definition = {
        "schema": 1,
        "seed": 3,
        "overhead": "none",
        "task": {
            "id": "c/t",
            "benchmark": "m:C",
            "params": {"a": 1},
            "objectives": ["f", "g"],
            "fidelity": None,
            "budget": "trials=5",
            "workers": 1,
        },
        "optimizer": {"id": "o", "adapter": "m:O", "options": {}},
    }
    text = json.dumps(definition, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.blake2b(text.encode(), digest_size=16).hexdigest() == run(3).id


def test_the_page_names_every_column() -> None:
    from hpobench.store.tables import SCHEMA

    page = (Path(store_module.__file__).parents[2] / "docs" / "trajectory-format.md").read_text()
    assert [name for name in SCHEMA.names if f"`{name}`" not in page] == []
