"""Whatever a benchmark answers has a defined status, and is read as it was stored."""

import json
import math
import struct
from pathlib import Path
from typing import Any

import pytest

from hpobench.execution.runner import execute
from hpobench.optimizer import Capabilities, Variant
from hpobench.run import Run, Status, Trajectory
from hpobench.store import Store, encode
from hpobench.task import Budget, Task
from tests.torture.odd import NUMBERS, OTHERS
from tests.unit.test_store import compacted, fill

TRIALS = 3
FINITE = sorted(NUMBERS)
ODD = sorted(OTHERS)


def executed(place: str, what: str) -> Trajectory:
    """A run of three trials, all of whose outcomes hold the odd thing in that place."""
    task = Task(
        id="odd/t",
        collection="odd",
        benchmark="tests.torture.odd:Odd",
        params={"place": place, "what": what},
        objectives=("loss",),
        budget=Budget(TRIALS),
        dimension=1,
        types=("float",),
    )
    variant = Variant(
        id="random",
        family="random",
        adapter="hpobench.adapters.random_search:RandomSearch",
        capabilities=Capabilities(types=frozenset({"float"})),
    )
    return execute(Run(task=task, variant=variant, seed=0))


def stored(folder: Path, trajectory: Trajectory, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The row that comes back, from the journal and from Parquet the same."""
    store = fill(folder / "r", trajectory)
    first: dict[str, Any]
    (first,) = store.runs().to_pylist()
    (second,) = compacted(store, monkeypatch).runs().to_pylist()
    assert repr(first) == repr(second)
    assert store.damage == []
    return first


def bits(numbers: list[float]) -> bytes:
    return struct.pack(f"{len(numbers)}d", *numbers)


@pytest.mark.parametrize("what", FINITE)
def test_a_finite_number_is_a_value_and_survives_to_the_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    found = executed("value", what)
    assert found.status is Status.COMPLETED, found.reason
    row = stored(tmp_path, found, monkeypatch)
    assert bits(row["values"]) == bits([float(NUMBERS[what])] * TRIALS)


@pytest.mark.parametrize("what", ODD)
def test_another_value_is_a_failed_trial_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    row = stored(tmp_path, executed("value", what), monkeypatch)
    assert row["status"] == "failed"
    assert row["reason"].startswith("every trial failed: loss is ")
    assert len(row["reason"]) < 300
    assert all(map(math.isnan, row["values"]))
    assert list(json.loads(row["failures"])) == ["0", "1", "2"]


@pytest.mark.parametrize("what", FINITE)
def test_a_finite_cost_is_charged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    row = stored(tmp_path, executed("cost", what), monkeypatch)
    assert (row["status"], row["values"]) == ("completed", [0.5] * TRIALS)
    assert row["cost"] == [float(NUMBERS[what])] * TRIALS
    assert row["end"][0] == float(NUMBERS[what])


@pytest.mark.parametrize("what", ODD)
def test_another_cost_is_a_failed_trial_that_cost_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    row = stored(tmp_path, executed("cost", what), monkeypatch)
    assert row["status"] == "failed"
    assert row["reason"].startswith("every trial failed: the cost is ")
    assert "not a number of at least 0" in row["reason"]
    assert row["cost"] == [0.0] * TRIALS


@pytest.mark.parametrize("what", FINITE + ODD)
def test_a_test_value_that_is_no_finite_number_is_left_out_and_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    row = stored(tmp_path, executed("test", what), monkeypatch)
    assert (row["status"], row["values"]) == ("completed", [0.5] * TRIALS)
    if what in NUMBERS:
        assert bits(row["test"]) == bits([float(NUMBERS[what])] * TRIALS)
    else:
        assert all(map(math.isnan, row["test"]))


@pytest.mark.parametrize("what", ODD)
def test_what_is_no_mapping_of_values_is_a_failed_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    row = stored(tmp_path, executed("values", what), monkeypatch)
    assert row["status"] == ("completed" if what == "mapping" else "failed")
    assert row["reason"] in {"", "every trial failed: loss is nan"}


@pytest.mark.parametrize("what", ODD)
def test_what_is_no_mapping_of_test_values_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    row = stored(tmp_path, executed("tests", what), monkeypatch)
    assert (row["status"], row["values"]) == ("completed", [0.5] * TRIALS)
    assert row["test"] == ([0.5] * TRIALS if what == "mapping" else [])


@pytest.mark.parametrize("what", ["text", "bytes", "true", "list", "long text", "surrogate"])
def test_any_word_for_a_failure_is_kept_in_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    row = stored(tmp_path, executed("failure", what), monkeypatch)
    assert row["status"] == "failed"
    reason = json.loads(row["failures"])["0"]
    assert reason == str(OTHERS[what])[:200].encode(errors="backslashreplace").decode()


@pytest.mark.parametrize("what", FINITE + ODD)
def test_what_is_no_outcome_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    row = stored(tmp_path, executed("outcome", what), monkeypatch)
    assert row["status"] == "failed"
    assert row["reason"].startswith("the benchmark answered ")
    assert row["reason"].endswith(", not an Outcome")
    assert encode(executed("outcome", what), "e")
    assert Store(tmp_path / "r").damage == []
