"""Pruning removes what is meant and nothing else, and is seen as a whole or not at all."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hpobench.errors import UserError
from hpobench.run import Status, Trajectory
from hpobench.scoring.frame import read as read_frame
from hpobench.store import Store, encode
from hpobench.store import tombstones as retired_module
from hpobench.store.merge import merge
from hpobench.store.prune import prune
from hpobench.store.rows import decode
from hpobench.store.selection import RunSelection
from hpobench.store.shards import read_shard, table, write_shard
from hpobench.store.tombstones import RETIRED
from tests.unit.results.conftest import Cli
from tests.unit.test_store import TASK, VARIANT, fill, run, trajectory


def named(optimizer: str, task: str, seed: int, **changes: Any) -> Trajectory:
    made = run(seed, id=task)
    return trajectory(run=replace(made, variant=replace(VARIANT, id=optimizer)), **changes)


def triples(path: Path) -> set[tuple[str, str, int]]:
    rows = Store(path).history(["optimizer", "task", "seed"]).to_pylist()
    return {(row["optimizer"], row["task"], row["seed"]) for row in rows}


ALL = {
    (o, t, s) for o in ("o/a", "o/b", "p") for t in ("c/t", "c/t@trials=9", "d/u") for s in (0, 1)
}


@pytest.fixture
def full(tmp_path: Path, compact: Callable[[Path], None]) -> Path:
    """All runs, spread over two shards and two journals."""
    path, runs = tmp_path / "r", sorted(ALL)
    for i in range(4):
        fill(path, *(named(*key) for key in runs[i::4]), name=f"j{i}")
        if i < 2:
            compact(path)
    return path


@pytest.mark.parametrize(
    ("selection", "goes"),
    [
        (RunSelection(optimizers=["o/*"]), lambda o, t, s: o != "p"),
        (RunSelection(tasks=["c/t"]), lambda o, t, s: t != "d/u"),
        (RunSelection(tasks=["*@trials=9"]), lambda o, t, s: "@" in t),
        (RunSelection(optimizers=["p"], seeds=[1]), lambda o, t, s: o == "p" and s == 1),
        (RunSelection(optimizers=["nobody"]), lambda o, t, s: False),
        (RunSelection(seeds=[0, 1]), lambda o, t, s: True),
    ],
)
def test_exactly_what_is_meant_is_removed(
    full: Path, selection: RunSelection, goes: Callable[[str, str, int], bool]
) -> None:
    expected = {key for key in ALL if not goes(*key)}
    assert prune(Store(full), selection) == len(ALL) - len(expected)
    assert triples(full) == expected
    for shard in (full / "runs").glob("*.parquet"):
        assert shard.stem == hashlib.blake2b(shard.read_bytes(), digest_size=16).hexdigest()
    assert not Store(full).damage


def test_what_is_kept_is_as_it_was(full: Path) -> None:
    before = {row["run"]: repr(row) for row in Store(full).history().to_pylist()}
    prune(Store(full), RunSelection(seeds=[0]))
    after = {row["run"]: repr(row) for row in Store(full).history().to_pylist()}
    assert len(after) == 9
    assert after.items() <= before.items()


class KilledError(Exception):
    """Stands for the end of the process at this moment."""


def test_a_prune_killed_at_any_step_leaves_the_old_or_the_new_and_is_completed_later(
    full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = {key for key in ALL if key[2] != 0}
    states = []
    for steps in range(20):
        left = [steps]

        def step(function: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
            def counted(*args: Any, **kwargs: Any) -> Any:
                if not left[0]:
                    raise KilledError
                left[0] -= 1
                return function(*args, **kwargs)

            return counted

        with monkeypatch.context() as patched:
            patched.setattr(Path, "unlink", step(Path.unlink, left))
            patched.setattr(Path, "replace", step(Path.replace, left))
            try:
                prune(Store(full), RunSelection(seeds=[0]))
            except KilledError:
                states.append(triples(full))
                assert states[-1] in (ALL, new)
            else:
                break
    assert ALL in states
    assert new in states
    assert triples(full) == new
    assert not (full / RETIRED).exists()
    assert all(
        set(read_shard(path).table.column("seed").to_pylist()) == {1}
        for path in full.glob("runs/*.parquet")
    )


def test_the_next_change_of_files_completes_a_killed_prune(
    full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(retired_module, "_remove", lambda folder: None)
        prune(Store(full), RunSelection(seeds=[0]))
    assert (full / RETIRED).exists()
    gone = triples(full)
    merge(Store(full), Store(full))
    assert not (full / RETIRED).exists()
    assert triples(full) == gone == {key for key in ALL if key[2] != 0}


def test_the_list_of_retired_files_cannot_lead_out_of_the_folder(full: Path) -> None:
    outside = full.parent / "thesis.tex"
    outside.write_text("x")
    names = ["../thesis.tex", str(outside), "runs/../../thesis.tex", "hpobench-store.json"]
    (full / RETIRED).write_text(json.dumps({"files": names}))
    prune(Store(full), RunSelection(seeds=[0]))
    assert outside.exists()
    assert (full / "hpobench-store.json").exists()


def test_a_folder_that_a_driver_writes_to_is_refused(full: Path, cli: Cli) -> None:
    journal = Store(full).journal("alive")
    journal.append(encode(trajectory(7), "e"))
    done = cli("results", "prune", full, "--seeds", 0, "--yes")
    assert done.code == 2
    assert "a driver writes to it" in done.err
    assert triples(full) > ALL
    journal.close()


def test_a_damaged_journal_is_never_rewritten(full: Path) -> None:
    path = full / "journal" / "j3.jsonl"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(UserError, match=r"j3.jsonl: is damaged; move it elsewhere"):
        prune(Store(full), RunSelection(seeds=[0]))
    assert path.exists()


def test_failed_and_outdated_runs_can_be_named(tmp_path: Path) -> None:
    failed = trajectory(1, status=Status.FAILED, reason="x")
    older = trajectory(run=run(params={"a": 2}))
    other = trajectory(run=replace(run(3), task=replace(TASK, params={"a": 2})))
    path = Store.create(tmp_path / "r").path
    made = [older, other, failed, trajectory(0)]
    rows = [decode(encode(found, "e")) | {"finished": float(i)} for i, found in enumerate(made)]
    write_shard(path / "runs", table(rows))
    assert prune(Store(path), RunSelection(failed=True)) == 1
    assert prune(Store(path), RunSelection(outdated=True)) == 2
    assert set(Store(path).statuses()) == {run(0).id}


@pytest.mark.parametrize(
    "changes",
    [{"options": {"start": 2}}, {"adapter": "other:Other"}, {"code": "0" * 32}],
)
def test_two_optimizers_of_one_name_are_told_apart_whatever_the_seeds(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    """Two people's folders, merged: each has seeds of its own."""
    other = replace(run(0).variant, **changes)
    older = [trajectory(run=replace(run(seed), variant=other)) for seed in (3, 4)]
    path = Store.create(tmp_path / "r").path
    made = [*older, trajectory(0), trajectory(1)]
    rows = [decode(encode(found, "e")) | {"finished": float(i)} for i, found in enumerate(made)]
    write_shard(path / "runs", table(rows))
    frame = read_frame(Store(path))
    assert (list(frame.runs["seed"]), frame.outdated) == ([0, 1], 2)
    assert prune(Store(path), RunSelection(outdated=True)) == 2
    assert set(Store(path).statuses()) == {run(0).id, run(1).id}


def test_nothing_goes_without_a_yes(full: Path, cli: Cli) -> None:
    for flags in ([], ["--dry-run"], ["--dry-run", "--yes"]):
        done = cli("results", "prune", full, "-o", "o/*", *flags)
        assert done.code == 0
        assert "12 runs:" in done.out
        assert "2 of o/a on c/t" in done.out
        assert "Nothing was removed" in done.out
        assert triples(full) == ALL
    assert "12 runs removed" in cli("results", "prune", full, "-o", "o/*", "--yes").out
    assert triples(full) == {key for key in ALL if key[0] == "p"}


def test_a_prune_without_a_condition_is_refused(full: Path, cli: Cli) -> None:
    done = cli("results", "prune", full, "--yes")
    assert done.code == 2
    assert "which runs?" in done.err
    assert triples(full) == ALL
