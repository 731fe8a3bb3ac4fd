"""Parents and signals are stored where runs have them, and change nothing where they have not."""

import json
import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hpobench.exchange import table as exchange
from hpobench.run import Run, Trajectory
from hpobench.store import Store, encode, trials
from hpobench.store.columns import OPTIONAL
from hpobench.store.conflicts import conflicts, first_difference
from hpobench.store.rows import decode
from hpobench.store.shape import row_flaw
from hpobench.store.shards import read_shard, table, write_shard
from hpobench.store.tables import parse
from hpobench.store.thin import thin, thinned
from tests.unit.test_store import compacted, fill, record, run, trajectory

BASELINES = Path(__file__).parents[3] / "results" / "baselines"
SHIPPED = [
    path for name in ("core", "reference") for path in (BASELINES / name).glob("runs/*.parquet")
]


def posed(seed: int, **changes: Any) -> Run:
    return run(seed, continues=True, signals=("loss", "norm"), **changes)


def continued(seed: int = 0, **changes: Any) -> Trajectory:
    """Three trials, of which the second goes on from the first; its signals are not all there."""
    records = [
        record(0, signals=(0.5, 2.0)),
        record(1, parent=0, signals=(math.nan, -0.0)),
        record(2, values=(), failure="diverged", signals=(math.nan, math.nan)),
    ]
    return trajectory(seed, **{"run": posed(seed), "records": records, **changes})


def columns(path: Path) -> set[str]:
    return set(pq.read_schema(path).names)


def shards(store: Store) -> list[Path]:
    return sorted((store.path / "runs").glob("*.parquet"))


def exported_and_restored(runs: pa.Table, path: Path, form: str) -> tuple[set[str], pa.Table]:
    """The columns of the first trial in an exported table, and the runs that come back of it."""
    write, read = {
        "csv": (exchange.write_csv, exchange.read_csv),
        "parquet": (exchange.write_runs_parquet, exchange.read_runs_parquet),
    }[form]
    write(runs, path)
    _, first = next(iter(read(path)))
    return {*first}, table(list(exchange.restore(path, read(path))))


def test_a_run_without_them_has_no_such_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not {*OPTIONAL} & decode(encode(trajectory(), "e")).keys()
    store = compacted(fill(tmp_path / "a", trajectory()), monkeypatch)
    (shard,) = shards(store)
    assert not {*OPTIONAL} & columns(shard)
    (row,) = store.runs().to_pylist()
    assert (row["parent"], row["signals"]) == (None, None)


def test_the_definition_says_them_only_where_there_are_any() -> None:
    assert not {"continues", "signals"} & run().task.definition().keys()
    assert posed(0).task.definition()["continues"] is True
    assert posed(0).task.definition()["signals"] == ["loss", "norm"]
    assert len({each.id for each in (run(), posed(0), run(continues=True))}) == 3


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem[:8])
def test_shipped_shards_are_written_again_to_the_same_bytes(path: Path, tmp_path: Path) -> None:
    again = write_shard(tmp_path, read_shard(path).table)
    assert {*OPTIONAL} & columns(again) == {*OPTIONAL} & columns(path)
    assert again.name == path.name


@pytest.mark.parametrize("compact", [False, True])
def test_they_survive_beside_runs_that_have_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, compact: bool
) -> None:
    store = fill(tmp_path / "a", continued(0), trajectory(1))
    store = compacted(store, monkeypatch) if compact else store
    assert not store.damage
    first, second = store.history().sort_by("seed").to_pylist()
    assert first["parent"] == [-1, 0, -1]
    nan = math.nan
    assert repr(first["signals"]) == repr([0.5, 2.0, nan, -0.0, nan, nan])
    assert json.loads(first["task_info"])["signals"] == ["loss", "norm"]
    assert (second["parent"], second["signals"]) == (None, None)
    assert [trial["parent"] for trial in trials(first, ("parent", "signals"))] == [-1, 0, -1]


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"parent": [0]}, "parent has 1 numbers for 3 trials"),
        ({"parent": [-2, 0, 0]}, "its parent is"),
        ({"parent": [0.0, 0.0, 0.0]}, "its parent is"),
        ({"signals": [1.0]}, "signals has 1 numbers for 3 trials of 2 signals"),
        ({"signals": ["1"] * 6}, "its signals is"),
        ({"signals": {}}, "its signals is"),
    ],
)
def test_what_does_not_fit_is_no_row(changes: dict[str, Any], flaw: str) -> None:
    row = decode(encode(continued(), "e"))
    assert not row_flaw(row)
    assert flaw in row_flaw({**row, **changes})


def test_signals_that_no_task_names_are_no_row() -> None:
    row = decode(encode(trajectory(), "e"))
    assert "of 0 signals" in row_flaw({**row, "signals": [1.0]})


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_they_are_exported_by_name_and_come_back(tmp_path: Path, form: str) -> None:
    before = fill(tmp_path / "a", continued(0), trajectory(1)).history()
    names, after = exported_and_restored(before, tmp_path / "t", form)
    assert {"parent", "signal.loss", "signal.norm"} <= names
    assert repr(after.sort_by("seed").to_pylist()) == repr(before.sort_by("seed").to_pylist())


def test_an_export_without_them_has_no_such_columns(tmp_path: Path) -> None:
    exchange.write_csv(fill(tmp_path / "a", trajectory(1)).history(), tmp_path / "t")
    _, cells = next(exchange.read_csv(tmp_path / "t"))
    assert not [name for name in cells if name == "parent" or name.startswith("signal.")]


def test_another_lineage_or_another_signal_is_a_difference() -> None:
    row = decode(encode(continued(), "e"))
    assert first_difference(row, row) is None
    for field, i, value in (("parent", 2, 1), ("signals", 1, 3.0)):
        changed = {**row, field: [*row[field][:i], value, *row[field][i + 1 :]]}
        found = first_difference(row, changed)
        assert found is not None
        assert found.field == field
        assert conflicts(table([row]), table([changed]))
    assert not conflicts(table([row]), table([row]))


def test_a_thin_run_has_signals_and_no_lineage() -> None:
    row = decode(encode(continued(), "e"))
    slim = thin(row)
    assert slim["parent"] is None
    assert len(slim["signals"]) == 2 * len(slim["number"])
    assert not row_flaw(slim)
    assert thinned(table([row])).column("parent").null_count == 1


def test_a_fresh_column_of_nothing_is_read_as_absent(tmp_path: Path) -> None:
    """Another writer may have the columns where no run uses them."""
    whole = table([decode(encode(trajectory(), "e"))])
    pq.write_table(whole, tmp_path / "t.parquet")
    found = parse((tmp_path / "t.parquet").read_bytes(), whole.schema.names)
    assert not found.flaws
    assert found.table.column("parent").null_count == 1
