"""Merging folders is set union by run, whatever the order and whoever works on them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.run import Status
from hpobench.store import Store, encode
from hpobench.store.merge import merge
from hpobench.store.rows import decode
from tests.examples import examples
from tests.unit.results.conftest import Cli
from tests.unit.test_store import fill, record, run, trajectory

Attempt = tuple[int, bool, float]
"""Seed, whether it completed, and when it ended."""


def store_of(path: Path, attempts: Sequence[Attempt]) -> Store:
    """A folder with these attempts, one journal."""
    store = Store.create(path)
    rows = [row_of(*attempt) for attempt in attempts]
    if rows:
        from hpobench.store.shards import table, write_shard

        write_shard(path / "runs", table(rows))
    return store


def row_of(seed: int, completed: bool, finished: float) -> dict[str, Any]:
    status = Status.COMPLETED if completed else Status.FAILED
    made = trajectory(seed, trials=1, status=status, reason="" if completed else "x")
    return decode(encode(made, f"e{finished}")) | {"finished": finished}


def held(store: Store) -> set[Attempt]:
    rows = store.history(["run", "seed", "status", "finished"]).to_pylist()
    assert len({row["run"] for row in rows}) == len(rows)
    return {(row["seed"], row["status"] == "completed", row["finished"]) for row in rows}


def union(attempts: Sequence[Attempt]) -> set[Attempt]:
    """By the rule: of each run the completed attempt, then the one that ended last."""
    return {max((a for a in attempts if a[0] == s), key=lambda a: a[1:]) for s, _, _ in attempts}


ATTEMPTS = st.lists(
    st.tuples(st.integers(0, 3), st.booleans(), st.integers(1, 9).map(float)),
    max_size=4,
    unique_by=lambda attempt: attempt[0],
)


@pytest.mark.slow
@examples(8)
@given(st.lists(ATTEMPTS, min_size=3, max_size=3))
def test_any_order_of_merging_gives_the_union(parts: list[list[Attempt]]) -> None:
    with TemporaryDirectory() as name:
        stores = [store_of(Path(name) / f"s{i}", part) for i, part in enumerate(parts)]
        for i, order in enumerate(permutations(stores)):
            target = Store.create(Path(name) / f"t{i}")
            for source in order:
                merge(source, target)
            assert held(Store(target.path)) == union([a for part in parts for a in part])


def test_merging_again_changes_no_file(tmp_path: Path) -> None:
    source, target = fill(tmp_path / "a", trajectory(0), trajectory(1)), tmp_path / "b"
    first = merge(source, Store.create(target))
    files = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    second = merge(source, Store(target))
    assert (first.added, second.added, second.known) == (2, 0, 2)
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == files


def test_a_merged_run_has_every_value_it_had(tmp_path: Path) -> None:
    failed = record(1, values=(), failure="x")
    source = fill(tmp_path / "a", trajectory(records=[record(0), failed]))
    merge(source, Store.create(tmp_path / "b"))
    before, after = source.history().to_pylist(), Store(tmp_path / "b").history().to_pylist()
    assert repr(before) == repr(after)


def test_runs_of_older_definitions_are_merged_too(tmp_path: Path) -> None:
    older = trajectory(run=run(params={"a": 2}))
    source = fill(tmp_path / "a", older, trajectory())
    merge(source, Store.create(tmp_path / "b"))
    assert set(Store(tmp_path / "b").statuses()) == {older.run.id, run().id}


def test_both_folders_may_be_in_use(tmp_path: Path) -> None:
    source, target = Store.create(tmp_path / "a"), Store.create(tmp_path / "b")
    journals = [source.journal("x"), target.journal("y")]
    for seed, journal in enumerate(journals):
        journal.append(encode(trajectory(seed), "e"))
    merge(Store(source.path), target)
    journals[1].append(encode(trajectory(5), "e"))
    assert Store(target.path).history(["seed"]).num_rows == 3
    for journal in journals:
        journal.close()


def test_many_merges_into_one_folder_at_a_time_lose_nothing(tmp_path: Path) -> None:
    sources = [fill(tmp_path / f"s{i}", trajectory(i), trajectory(i + 1)) for i in range(6)]
    Store.create(tmp_path / "t")
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda source: merge(source, Store(tmp_path / "t")), sources))
    assert Store(tmp_path / "t").history(["seed"]).num_rows == 7


def test_manifests_come_along_and_an_ended_one_counts(tmp_path: Path) -> None:
    manifest = {"id": "e", "started": 1.0, "optimizers": ["o"], "tasks": ["c/t"], "seeds": [0, 1],
                "skipped": [], "ended": None}  # fmt: skip
    source, target = fill(tmp_path / "a", trajectory(0)), Store.create(tmp_path / "b")
    source.note_experiment(manifest)
    merge(source, target)
    assert target.missing() == [("o", "c/t", 1)]
    source.note_experiment(manifest | {"ended": 2.0})
    assert merge(source, target).experiments == 1
    source.note_experiment(manifest)
    assert merge(source, target).experiments == 0
    assert target.experiments()[0]["ended"] == 2.0


def test_damage_is_named_and_all_else_is_merged(tmp_path: Path, cli: Cli) -> None:
    source = fill(tmp_path / "a", trajectory(0), trajectory(1))
    journal = tmp_path / "a" / "journal" / "j.jsonl"
    journal.write_bytes(journal.read_bytes()[:-9])
    whole = fill(tmp_path / "b", trajectory(2))
    done = cli("results", "merge", source.path, whole.path, tmp_path / "t")
    assert done.code == 1
    assert "j.jsonl:2" in done.err
    assert Store(tmp_path / "t").runs(["seed"]).to_pydict() == {"seed": [0, 2]}


def test_nothing_is_made_if_a_source_is_refused(tmp_path: Path, cli: Cli) -> None:
    source = fill(tmp_path / "a", trajectory(0))
    done = cli("results", "merge", source.path, tmp_path / "nowhere", tmp_path / "t")
    assert done.code == 2
    assert "no such results folder" in done.err
    assert not (tmp_path / "t").exists()


def test_completed_runs_of_one_id_that_differ_are_named_and_both_kept(
    tmp_path: Path, cli: Cli
) -> None:
    one, other = fill(tmp_path / "a", trajectory(0), trajectory(1)), trajectory(0)
    records = [record._replace(values=(99.0, -1.5)) for record in other.records]
    second = fill(tmp_path / "b", replace(other, records=records))
    for _ in range(2):  # and again, as often as one merges
        done = cli("results", "merge", one.path, second.path, tmp_path / "c")
        assert done.code == 1
        assert f"run {other.run.id}" in done.err
    kept = Store(tmp_path / "c")._all(["run", "values"]).to_pylist()
    attempts = {tuple(row["values"]) for row in kept if row["run"] == other.run.id}
    assert attempts == {
        tuple(value for record in made for value in record.values)
        for made in (other.records, records)
    }


def test_the_same_run_made_twice_is_no_conflict(tmp_path: Path, cli: Cli) -> None:
    one, second = (fill(tmp_path / name, trajectory(0)) for name in "ab")
    assert cli("results", "merge", one.path, second.path, tmp_path / "c").code == 0
