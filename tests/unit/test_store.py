"""What is stored is all there, exactly, or is named as damaged."""

import json
import math
import multiprocessing
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.errors import UserError
from hpobench.optimizer import Capabilities, Variant
from hpobench.run import Run, Status, Trajectory
from hpobench.store import Store, configs, encode, rows
from hpobench.store import store as store_module
from hpobench.task import Budget, Overhead, Task
from hpobench.trial import Record, Value
from tests import PATIENCE

TASK = Task(
    id="c/t",
    collection="c",
    benchmark="m:C",
    params={"a": 1},
    objectives=("f", "g"),
    budget=Budget(5),
    dimension=2,
    types=("float",),
)
VARIANT = Variant(id="o", family="o", adapter="m:O", capabilities=Capabilities(types=frozenset()))


def run(seed: int = 0, **changes: Any) -> Run:
    return Run(task=replace(TASK, **changes), variant=VARIANT, seed=seed)


def record(number: int, **changes: Any) -> Record:
    fields: dict[str, Any] = {
        "number": number,
        "config": {"x": 0.1 * number, "k": "a"},
        "fidelity": None,
        "values": (float(number), -1.5),
        "test": (),
        "cost": 1.0,
        "start": float(number),
        "end": number + 1.0,
        "worker": 0,
        "ask_seconds": 0.25,
        "tell_seconds": 0.5,
        "spent": number + 1.0,
        "failure": "",
    }
    return Record(**{**fields, **changes})


def trajectory(seed: int = 0, trials: int = 3, **changes: Any) -> Trajectory:
    fields: dict[str, Any] = {
        "status": Status.COMPLETED,
        "records": [record(i) for i in range(trials)],
    }
    return Trajectory(**{"run": run(seed), **fields, **changes})


def fill(path: Path, *trajectories: Trajectory, name: str = "j") -> Store:
    store = Store.create(path)
    journal = store.journal(name)
    for found in trajectories:
        journal.append(encode(found, "e"))
    journal.close()
    return store


def compacted(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(store_module, "COMPACT_BYTES", 0)
    store.compact()
    assert not list((store.path / "journal").iterdir())
    assert list((store.path / "runs").glob("*.parquet"))
    return Store(store.path)


VALUES = st.one_of(
    st.floats(allow_nan=False), st.integers(-(2**70), 2**70), st.text(max_size=5), st.booleans()
)
CONFIGS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)


@given(st.lists(CONFIGS, min_size=1, max_size=5))
def test_configurations_survive_to_the_bit(found: list[Mapping[str, Value]]) -> None:
    records = [record(i, config=config) for i, config in enumerate(found)]
    line = encode(trajectory(records=records), "e")
    stored = list(configs(rows.decode(line)["configs"]))
    if any(found):
        assert stored == [dict(config) for config in found]
        assert [repr(sorted(c.items())) for c in stored] == [repr(sorted(c.items())) for c in found]


@given(st.lists(st.tuples(st.floats(), st.floats()), min_size=1, max_size=5))
def test_numbers_survive_nan_and_infinities_included(values: list[tuple[float, float]]) -> None:
    records = [record(i, values=pair, end=math.inf) for i, pair in enumerate(values)]
    row = rows.decode(encode(trajectory(records=records), "e"))
    assert repr(row["values"]) == repr([value for pair in values for value in pair])
    assert row["end"] == [math.inf] * len(values)


@pytest.mark.parametrize("compact", [False, True])
def test_a_row_reads_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, compact: bool
) -> None:
    failed = record(2, values=(), failure="diverged")
    whole = trajectory(records=[record(0), record(1), failed], stop_reason="c", seconds=1.5)
    store = fill(tmp_path / "r", whole, trajectory(1))
    store = compacted(store, monkeypatch) if compact else store
    row = store.runs().to_pylist()[0]
    assert row["run"] == run().id
    assert (row["optimizer"], row["task"], row["seed"]) == ("o", "c/t", 0)
    assert (row["status"], row["cut"], row["seconds"]) == ("completed", "c", 1.5)
    assert row["values"][:4] == [0.0, -1.5, 1.0, -1.5]
    assert all(map(math.isnan, row["values"][4:]))
    assert row["end"] == [1.0, 2.0, 3.0]
    assert row["fidelity"] is None
    assert json.loads(row["failures"]) == {"2": "diverged"}
    assert list(configs(row["configs"]))[1] == {"x": 0.1, "k": "a"}
    assert json.loads(row["task_info"])["objectives"][0] == {"name": "f", "maximize": False}


def test_compaction_changes_nothing_and_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = fill(tmp_path / "r", *(trajectory(seed) for seed in (2, 0, 1)))
    before = store.runs().to_pylist()
    after = compacted(store, monkeypatch)
    fill(store.path, trajectory(3), name="k")
    again = compacted(after, monkeypatch)
    assert repr(after.runs().to_pylist()[:3]) == repr(before)
    assert again.runs(["seed"]).to_pydict() == {"seed": [0, 1, 2, 3]}


def test_many_shards_become_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(store_module.MANY_SHARDS + 1):
        store = compacted(fill(tmp_path / "r", trajectory(seed), name=f"j{seed}"), monkeypatch)
    assert len(list((store.path / "runs").glob("*.parquet"))) == 1
    assert len(list((store.path / "runs").glob("*.index"))) == 1
    assert store.runs(["seed"]).num_rows == store_module.MANY_SHARDS + 1


def test_the_statuses_follow_what_other_drivers_append(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "r")
    assert dict(store.statuses()) == {}
    journal = Store(store.path).journal("other")
    line = encode(trajectory(7), "e")
    os.write(os.open(journal.path, os.O_WRONLY | os.O_APPEND), line[:50])
    assert dict(store.statuses()) == {}
    os.write(os.open(journal.path, os.O_WRONLY | os.O_APPEND), line[50:])
    assert dict(store.statuses()) == {run(7).id: "completed"}
    journal.append(encode(trajectory(8, status=Status.FAILED, reason="x"), "e"))
    assert store.statuses()[run(8).id] == "failed"
    journal.close()


@pytest.mark.slow
def test_a_line_torn_or_altered_at_any_byte_is_named_and_the_others_are_read(
    tmp_path: Path,
) -> None:
    store = fill(tmp_path / "r", *(trajectory(seed, trials=1) for seed in range(3)))
    path = store.path / "journal" / "j.jsonl"
    whole = path.read_bytes()
    ends = [len(line) for line in whole.splitlines(keepends=True)]
    middle = range(ends[0], ends[0] + ends[1])
    for position in middle:
        torn = bytearray(whole)
        torn[position] ^= 1 << (position % 8)
        path.write_bytes(bytes(torn))
        found = Store(store.path)
        seeds = found.runs(["seed"]).column("seed").to_pylist()
        assert seeds == [0, 2] or (position == middle[-1] and seeds == [0])
        assert any("j.jsonl:2" in text for text in found.damage)
        assert run(1).id not in found.statuses()
    for length in range(ends[0] + ends[1] + 1, len(whole)):
        path.write_bytes(whole[:length])
        found = Store(store.path)
        assert found.runs(["seed"]).column("seed").to_pylist() == [0, 1]
        assert found.damage


def test_an_altered_shard_is_named_and_what_cannot_be_proved_intact_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = compacted(fill(tmp_path / "r", trajectory(0)), monkeypatch)
    compacted(fill(store.path, trajectory(1), name="k"), monkeypatch)
    shard = next((store.path / "runs").glob("*.parquet"))
    whole = shard.read_bytes()
    for position in range(0, len(whole), 97):
        altered = bytearray(whole)
        altered[position] ^= 4
        shard.write_bytes(bytes(altered))
        found = Store(store.path)
        pages = 4 <= position < len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
        assert found.runs(["seed"]).num_rows == (1 if pages else 2)
        assert len(found.statuses()) == (1 if pages else 2)
        assert f"{shard.name}: cannot be read (altered" in found.damage[0]


def test_a_damaged_journal_is_never_compacted_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = fill(tmp_path / "r", trajectory(0), trajectory(1))
    path = store.path / "journal" / "j.jsonl"
    path.write_bytes(path.read_bytes()[:-5])
    monkeypatch.setattr(store_module, "COMPACT_BYTES", 0)
    Store(store.path).compact()
    assert path.exists()


def test_a_living_drivers_journal_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.create(tmp_path / "r")
    journal = store.journal("alive")
    journal.append(encode(trajectory(), "e"))
    monkeypatch.setattr(store_module, "COMPACT_BYTES", 0)
    Store(store.path).compact()
    assert journal.path.exists()
    journal.close()
    compacted(store, monkeypatch)


def test_a_completed_run_outlives_a_failed_attempt(tmp_path: Path) -> None:
    failed = trajectory(status=Status.FAILED, reason="x")
    for order in ([failed, trajectory()], [trajectory(), failed]):
        store = fill(tmp_path / f"{order[0].status}", *order)
        assert store.statuses()[run().id] == "completed"
        assert store.runs(["status"]).to_pydict() == {"status": ["completed"]}


def test_of_two_definitions_of_one_name_the_newest_counts_and_that_is_said(tmp_path: Path) -> None:
    older = trajectory(run=run(params={"a": 2}))
    store = fill(tmp_path / "r", older, trajectory())
    assert older.run.id != run().id
    assert store.runs(["run"]).num_rows == 1
    assert store.notes == ["1 run of an older definition of the same name is left out"]


def test_what_is_planned_and_not_stored_is_missing(tmp_path: Path) -> None:
    store = fill(tmp_path / "r", trajectory(0))
    manifest = {
        "id": "e",
        "started": 1.0,
        "optimizers": ["o", "p"],
        "tasks": ["c/t"],
        "seeds": [0, 1],
        "skipped": [{"optimizer": "p", "task": "c/t", "reason": "cannot"}],
    }
    store.note_experiment(manifest)
    assert store.missing() == [("o", "c/t", 1)]
    assert store.experiments() == [manifest]


def test_the_identity_of_a_run_is_what_defines_it() -> None:
    same = Run(task=replace(TASK, description="other words"), variant=VARIANT, seed=0)
    assert same.id == run().id
    others = [
        run(1),
        run(params={"a": 2}),
        run(budget=Budget(6)),
        run(workers=2),
        run(objectives=("f",)),
        Run(task=TASK, variant=replace(VARIANT, options={"b": 1}), seed=0),
        Run(task=TASK, variant=VARIANT, seed=0, overhead=Overhead.MEASURED),
    ]
    assert len({other.id for other in others} | {run().id}) == len(others) + 1


def test_seeds_differ_by_purpose_and_noise_is_shared_by_optimizers() -> None:
    other = Run(task=TASK, variant=replace(VARIANT, id="p"), seed=0)
    assert run().seed_for("optimizer") != other.seed_for("optimizer")
    assert run().seed_for("evaluation") == other.seed_for("evaluation")
    assert run().seed_for("evaluation") != run(1).seed_for("evaluation")
    assert 0 <= run().seed_for("optimizer") < 2**31


def test_a_foreign_folder_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(UserError, match=r"holds 'thesis.tex'"):
        Store.create(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(UserError, match="is no results folder"):
        Store(tmp_path)
    with pytest.raises(UserError, match="no such results folder"):
        Store(tmp_path / "nowhere")


def test_a_store_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "r")
    (store.path / "hpobench-store.json").write_text('{"format": "hpobench-store", "version": 99}')
    with pytest.raises(UserError, match="newer hpobench"):
        Store(store.path)
    with pytest.raises(UserError, match="newer hpobench"):
        Store.create(store.path)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    with pytest.raises(UserError, match="cannot be a results folder"):
        Store.create(tmp_path / "f")


def _take(path: Path, run_id: str, answers: Any) -> None:
    with Store(path).claims() as claims:
        answers.put(claims.take(run_id))
        answers.close()
        answers.join_thread()
        os._exit(0)  # without letting go


def test_a_claim_excludes_other_processes_and_ends_with_its_own(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "r")
    context = multiprocessing.get_context("spawn")
    answers: Any = context.Queue()
    with store.claims() as claims:
        assert claims.take(run().id)
        for run_id, expected in ((run().id, False), (run(1).id, True)):
            process = context.Process(target=_take, args=(store.path, run_id, answers))
            process.start()
            assert answers.get(timeout=PATIENCE) is expected
            process.join()
        assert claims.take(run(1).id)
