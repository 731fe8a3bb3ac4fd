"""Torn and altered files of a store: named, never a crash, and all that is intact is read."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from hpobench.errors import UserError
from hpobench.store import Store
from tests.conftest import Often
from tests.integration.commands import Hpobench, rows
from tests.unit.test_store import compacted, fill, trajectory

ROWS = 100
SEED = 20260

pytestmark = pytest.mark.timeout(3600)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal of a hundred rows."""
    store = fill(tmp_path / "r", *(trajectory(seed, trials=1) for seed in range(ROWS)))
    return store.path / "journal" / "j.jsonl"


@pytest.fixture
def shard(journal: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Parquet file of a hundred rows."""
    store = compacted(Store(journal.parents[1]), monkeypatch)
    (path,) = (store.path / "runs").glob("*.parquet")
    return path


def seeds(store: Store) -> set[int]:
    return set(store.runs(["seed"]).column("seed").to_pylist())


def line_ends(journal: Path) -> list[int]:
    return list(accumulate(map(len, journal.read_bytes().splitlines(keepends=True))))


def group_ends(shard: Path) -> list[tuple[int, int]]:
    """For each row group where its bytes end, and how many rows there are up to it."""
    metadata = pq.ParquetFile(shard).metadata
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    columns = [[group.column(i) for i in range(group.num_columns)] for group in groups]
    starts = [min(c.dictionary_page_offset or c.data_page_offset for c in each) for each in columns]
    sizes = [sum(column.total_compressed_size for column in each) for each in columns]
    ends = [start + size for start, size in zip(starts, sizes, strict=True)]
    return list(zip(ends, accumulate(group.num_rows for group in groups), strict=True))


def test_a_journal_torn_at_any_byte_keeps_the_lines_before(journal: Path, often: Often) -> None:
    whole, ends = journal.read_bytes(), line_ends(journal)
    for length in range(0, len(whole), often(997, 1)):
        journal.write_bytes(whole[:length])
        store = Store(journal.parents[1])
        complete = sum(end <= length for end in ends)
        assert len(store.statuses()) == complete, length
        if length not in {0, *ends}:
            (text,) = store.damage
            assert f"j.jsonl:{complete + 1}: " in text, length
        if length % 97 == 0:
            assert seeds(Store(store.path)) == set(range(complete)), length


def test_a_shard_torn_at_any_byte_keeps_the_row_groups_before(shard: Path, often: Often) -> None:
    whole, ends = shard.read_bytes(), group_ends(shard)
    assert ends[-1][1] == ROWS
    assert len(ends) > 5
    for length in range(0, len(whole), often(997, 1)):
        shard.write_bytes(whole[:length])
        store = Store(shard.parents[1])
        intact = max((count for end, count in ends if end <= length), default=0)
        assert len(store.statuses()) == intact, length
        (text,) = store.damage
        assert shard.name in text
        assert f"{ROWS - intact} of its {ROWS} runs counted as missing" in text, length


def flips(data: bytes, number: int) -> Iterator[tuple[int, bytes]]:
    """So many copies of data, each with one bit turned."""
    rng = random.Random(SEED)
    for _ in range(number):
        position = rng.randrange(len(data))
        altered = bytearray(data)
        altered[position] ^= 1 << rng.randrange(8)
        yield position, bytes(altered)


def check_flips(path: Path, number: int, lost: Callable[[int], set[int]]) -> None:
    """Every altered copy is named, and all rows but those that are lost are as they were."""
    whole, folder = path.read_bytes(), path.parents[1]
    before = by_seed(Store(folder))
    for position, altered in flips(whole, number):
        path.write_bytes(altered)
        store = Store(folder)
        found = by_seed(store)
        assert store.damage, position
        assert all(path.name in text for text in store.damage), position
        assert found.items() <= before.items(), position
        assert before.keys() - found.keys() == lost(position), position
        assert len(Store(folder).statuses()) == len(found), position
    path.write_bytes(whole)


def by_seed(store: Store) -> dict[int, str]:
    return {row["seed"]: repr(row) for row in store.runs().to_pylist()}


def test_a_flipped_bit_in_a_journal_costs_one_run_at_most(journal: Path, often: Often) -> None:
    ends = line_ends(journal)

    def lost(position: int) -> set[int]:
        return {sum(end <= position for end in ends)}

    check_flips(journal, often(20, 1000), lost)


def test_a_flipped_bit_in_a_shard_costs_its_row_group_at_most(shard: Path, often: Often) -> None:
    order = pq.read_table(shard, columns=["seed"]).column("seed").to_pylist()
    ends = group_ends(shard)

    def lost(position: int) -> set[int]:
        last = min((count for end, count in ends if position < end), default=0)
        first = max((count for end, count in ends if end <= position), default=0)
        return set(order[first:last]) if position >= 4 else set()

    check_flips(shard, often(20, 1000), lost)


def test_without_its_index_or_with_a_damaged_one_a_damaged_shard_is_refused_whole(
    shard: Path, often: Often
) -> None:
    index = shard.with_suffix(".index")
    whole = index.read_bytes()
    shard.write_bytes(shard.read_bytes()[:-1])
    for _, altered in flips(whole, often(10, 300)):
        index.write_bytes(altered)
        store = Store(shard.parents[1])
        assert store.runs().num_rows == 0
        assert f"{shard.name}: cannot be read (altered" in store.damage[0]
    index.unlink()
    assert Store(shard.parents[1]).runs().num_rows == 0


def test_an_index_is_of_no_consequence_while_its_shard_is_whole(shard: Path) -> None:
    shard.with_suffix(".index").write_bytes(b"nonsense")
    store = Store(shard.parents[1])
    assert (store.runs().num_rows, store.damage) == (ROWS, [])


def test_an_altered_manifest_is_named_and_costs_no_run(tmp_path: Path, often: Often) -> None:
    store = fill(tmp_path / "r", trajectory())
    plan: dict[str, Any] = {"optimizers": ["o"], "tasks": ["c/t"], "seeds": [0, 1]}
    store.note_experiment({"id": "e", "started": 1.0, "skipped": [], **plan})
    (path,) = (store.path / "experiments").iterdir()
    whole = path.read_bytes()
    for position, altered in flips(whole, often(50, 1000)):
        path.write_bytes(altered)
        store = Store(store.path)
        found = (store.experiments(), store.missing())
        if found != ([{"id": "e", "started": 1.0, "skipped": [], **plan}], [("o", "c/t", 1)]):
            assert found == ([], []), position
            assert path.name in store.damage[0]
        assert store.runs().num_rows == 1
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        store = Store(store.path)
        assert store.experiments() == []
        assert store.damage


def test_an_altered_marker_is_refused_or_means_the_same(tmp_path: Path, often: Often) -> None:
    store = fill(tmp_path / "r", trajectory())
    path = store.path / "hpobench-store.json"
    for position, altered in flips(path.read_bytes(), often(100, 1000)):
        path.write_bytes(altered)
        with suppress(UserError):
            assert Store(store.path).runs().num_rows == 1, position


def test_damage_is_shown_by_every_command_and_its_runs_are_made_again(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    run = ("run", "-o", "faulty", "-t", "faulty/none", "--seeds", "0:40", "--results", "r")
    hpobench(*run)
    undisturbed = rows(tmp_path / "r")
    (path,) = (tmp_path / "r" / "journal").glob("*.jsonl")
    whole = path.read_bytes()
    ends = line_ends(path)
    altered = bytearray(whole[: ends[30] + 100])
    altered[ends[3] + 50] ^= 1
    path.write_bytes(bytes(altered))
    done = hpobench("analyze", "r", "--no-figures", code=1)
    assert f"{path.name}:5" in done.stdout
    assert f"{path.name}:32" in done.stdout
    again = hpobench(*run)
    assert "30 already stored, 10 to do" in again.stdout
    assert f"{path.name}:5" in again.stdout
    assert rows(tmp_path / "r") == undisturbed
