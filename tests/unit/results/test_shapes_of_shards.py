"""A wrong row amid thousands of sound ones in a shard is refused as it is in a journal."""

import json
import math
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hpobench.store import Store
from hpobench.store.files import digest_bytes
from hpobench.store.rows import trajectory_row
from hpobench.store.shape import row_flaw
from hpobench.store.tables import SCHEMA
from tests.unit.test_store import trajectory

INFO = json.loads(trajectory_row(trajectory(), "e")["task_info"])
WRONG: list[dict[str, Any]] = [
    {"run": "a" * 31},
    {"run": "a" * 33},
    {"run": "A" * 32},
    {"run": "a" * 32 + "\n"},
    {"run": "\n" + "a" * 32},
    {"run": None},
    {"optimizer": ""},
    {"task": None},
    {"status": "odd"},
    {"reason": None},
    {"seed": -1},
    {"seed": None},
    {"seconds": math.nan},
    {"seconds": None},
    {"finished": math.inf},
    {"task_info": "{}"},
    {"task_info": json.dumps({**INFO, "objectives": [{"name": "f", "maximize": False}] * 2})},
    {"task_info": json.dumps({**INFO, "objectives": [{"name": "f", "maximize": False}]})},
    {"variant_info": "[]"},
    {"number": None},
    {"number": [0, 1]},
    {"worker": [0]},
    {"cost": [1.0] * 4},
    {"end": []},
    {"fidelity": [1.0] * 2},
    {"values": [1.0] * 5},
    {"test": [1.0] * 3},
    {"failures": "[]"},
    {"failures": '{"0": 1}'},
    {"configs": '{"x": [0.1, 0.2]}'},
    {"configs": '{"x": [0.1, 0.2, {}]}'},
    {"configs": "{"},
]


def shard(path: Path, rows: list[dict[str, Any]]) -> Store:
    """A store whose only runs are in one shard."""
    store = Store.create(path)
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), sink, row_group_size=7)
    data = sink.getvalue().to_pybytes()
    (path / "runs" / f"{digest_bytes(data)}.parquet").write_bytes(data)
    return store


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: str(wrong)[:40])
def test_a_wrong_row_amid_sound_ones_is_refused_with_its_reason(
    tmp_path: Path, wrong: dict[str, Any]
) -> None:
    rows = [trajectory_row(trajectory(seed), "e") for seed in range(20)]
    sound = {each["run"] for each in rows[:13] + rows[14:]}
    rows[13] |= wrong
    store = shard(tmp_path / "r", rows)
    assert {*store.history()["run"].to_pylist()} == sound
    assert "1 of its 20 runs" in store.damage[0]
    assert "row 14: " in store.damage[0]
    assert row_flaw({**trajectory_row(trajectory(13), "e"), **wrong}) in store.damage[0]


def test_all_rows_of_a_sound_shard_are_read_whatever_their_lengths(tmp_path: Path) -> None:
    rows = [trajectory_row(trajectory(seed, trials=seed % 5), "e") for seed in range(40)]
    store = shard(tmp_path / "r", rows)
    assert store.history().sort_by("seed").to_pylist() == sorted(
        pa.Table.from_pylist(rows, schema=SCHEMA).to_pylist(), key=lambda each: each["seed"]
    )
    assert not store.damage


def test_a_store_that_is_made_up_for_benchmarks_has_sound_rows_alone(tmp_path: Path) -> None:
    synthetic = import_module("tests.benchmarks.synthetic")
    synthetic.make(tmp_path / "r", synthetic.Size(optimizers=2, tasks=4, seeds=2, trials=3))
    store = Store(tmp_path / "r")
    assert len(store.runs()) == 16
    assert not store.damage
    assert not store.missing()
