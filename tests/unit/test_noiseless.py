"""Values without noise are recorded untold, stored where runs have them, and change no run."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from hpobench.execution.loop import Loop
from hpobench.execution.workers import Simulated
from hpobench.gate.identity import divergence
from hpobench.run import Trajectory
from hpobench.store import encode
from hpobench.store.conflicts import conflicts, first_difference
from hpobench.store.rows import decode
from hpobench.store.shape import row_flaw
from hpobench.store.shards import table
from hpobench.store.thin import thin
from hpobench.task import Budget, Unit
from hpobench.trial import Outcome, Trial
from tests.unit.results.test_lineage_columns import exported_and_restored
from tests.unit.test_continuing import Reader, problem
from tests.unit.test_store import compacted, fill, record, trajectory


def valued(seed: int = 0) -> Trajectory:
    """Three trials, of which the last fails and has no values."""
    records = [
        record(0, noiseless=(0.5, -0.0)),
        record(1, values=(-1.0, -2.0), noiseless=(0.25, math.nan)),
        record(2, values=(), failure="diverged"),
    ]
    return trajectory(seed, records=records)


class Listener(Reader):
    """Keeps all that it is told."""

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        del trial
        self.outcome = outcome


@pytest.mark.parametrize(
    ("noiseless", "recorded"),
    [
        ({"f": 2.0, "g": 1.0}, (2.0,)),
        ({"f": 2}, (2.0,)),
        ({}, ()),
        (None, ()),
        ({"f": "2"}, (math.nan,)),
        ({"f": math.inf}, (math.nan,)),
        ({"f": 10**400}, (math.nan,)),
    ],
)
def test_it_is_recorded_and_not_told(noiseless: Any, recorded: tuple[float, ...]) -> None:
    optimizer = Listener()
    workers = Simulated(lambda _: Outcome(values={"f": 3.0}, noiseless=noiseless), ("f",))
    posed = problem(continues=False, signals=(), budget=Budget(1, Unit.EVALUATIONS))
    (found,) = Loop(optimizer, workers, posed).records()
    assert repr(found.noiseless) == repr(recorded)
    assert (optimizer.outcome.value, optimizer.outcome.noiseless) == (3.0, {})


@pytest.mark.parametrize("compact", [False, True])
def test_the_column_is_there_only_in_runs_that_have_such_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, compact: bool
) -> None:
    assert "noiseless" not in decode(encode(trajectory(), "e"))
    store = fill(tmp_path / "a", valued(0), trajectory(1))
    store = compacted(store, monkeypatch) if compact else store
    assert not store.damage
    first, second = store.history().sort_by("seed").to_pylist()
    nan = math.nan
    assert repr(first["noiseless"]) == repr([0.5, -0.0, 0.25, nan, nan, nan])
    assert second["noiseless"] is None
    bare = compacted(fill(tmp_path / "b", trajectory(1)), monkeypatch)
    (shard,) = (bare.path / "runs").glob("*.parquet")
    assert "noiseless" not in pq.read_schema(shard).names


@pytest.mark.parametrize(
    ("column", "flaw"),
    [
        ([1.0], "noiseless has 1 numbers for 3 trials of 2 objectives"),
        (["1"] * 6, "its noiseless is"),
        ({}, "its noiseless is"),
    ],
)
def test_what_does_not_fit_is_no_row(column: Any, flaw: str) -> None:
    row = decode(encode(valued(), "e"))
    assert not row_flaw(row)
    assert flaw in row_flaw({**row, "noiseless": column})


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_it_is_exported_by_objective_and_comes_back(tmp_path: Path, form: str) -> None:
    before = fill(tmp_path / "a", valued(0), trajectory(1)).history()
    names, after = exported_and_restored(before, tmp_path / "t", form)
    assert {"noiseless.f", "noiseless.g"} <= names
    assert repr(after.sort_by("seed").to_pylist()) == repr(before.sort_by("seed").to_pylist())


def test_a_thin_run_keeps_it_for_the_trials_it_keeps() -> None:
    row = decode(encode(valued(), "e"))
    found = thin(row)
    assert found["number"] == [0, 1, 2]
    assert repr(found["noiseless"]) == repr(row["noiseless"])
    fewer = [replace_values(1, (5.0, 5.0)), *valued().records[2:]]
    kept = thin(decode(encode(trajectory(records=[valued().records[0], *fewer]), "e")))
    assert kept["number"] == [0, 2]
    assert repr(kept["noiseless"]) == repr([0.5, -0.0, math.nan, math.nan])
    assert thin(decode(encode(trajectory(), "e"))).get("noiseless") is None


def replace_values(number: int, values: tuple[float, ...]) -> Any:
    return record(number, values=values, noiseless=(0.0, 0.0))


def test_a_run_stored_before_there_was_the_column_is_the_same_run(tmp_path: Path) -> None:
    run = valued()
    before = replace(run, records=[each._replace(noiseless=()) for each in run.records])
    old, new = (decode(encode(each, "e")) for each in (before, run))
    other = decode(
        encode(replace(run, records=[record(0, noiseless=(0.5, 9.0)), *run.records[1:]]), "e")
    )
    assert first_difference(old, new) is None
    assert divergence(("o", "c/t", 0), old, new) is None
    assert not conflicts(table([old]), table([new]))
    assert first_difference(new, other) is not None
    assert divergence(("o", "c/t", 0), new, other) is not None
    assert conflicts(table([new]), table([other]))
    assert old["run"] == new["run"]
    assert json.loads(old["task_info"]) == json.loads(new["task_info"])
    fill(tmp_path / "r", before, run)
