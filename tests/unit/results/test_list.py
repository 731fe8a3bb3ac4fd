"""What a folder is said to hold is what it holds."""

import json
from dataclasses import replace
from pathlib import Path

from hpobench.run import Status
from hpobench.store import Store, encode
from hpobench.task import Budget
from tests.unit.results.conftest import Cli
from tests.unit.test_store import VARIANT, fill, run, trajectory

MANIFEST = {
    "id": "e",
    "started": 1.0,
    "ended": None,
    "optimizers": ["o", "p"],
    "tasks": ["c/t"],
    "seeds": [0, 1, 2, 4],
    "skipped": [{"optimizer": "p", "task": "c/t", "reason": "cannot"}],
}


def folder(path: Path) -> Path:
    other = replace(
        run(0, id="d/u", collection="d", fidelity="epochs"), variant=replace(VARIANT, id="p")
    )
    store = fill(
        path,
        trajectory(0),
        trajectory(1),
        trajectory(4, status=Status.FAILED, reason="=boom"),
        trajectory(run=other),
        trajectory(run=run(0, budget=Budget(4))),
    )  # fmt: skip
    store.note_experiment(MANIFEST)
    return path


def test_everything_is_counted(tmp_path: Path, cli: Cli) -> None:
    found = json.loads(cli("results", "list", folder(tmp_path / "r"), "--json").out)
    assert (found["runs"], found["outdated"], found["imported"]) == (4, 1, 0)
    assert found["seeds"] == [0, 1, 4]
    assert found["by_kind"] == [
        {"optimizer": "o", "kind": "multi-objective", "runs": 3},
        {"optimizer": "p", "kind": "multi-fidelity-multi-objective", "runs": 1},
    ]
    assert [row["collection"] for row in found["by_collection"]] == ["c", "d"]
    assert found["failed"] == [{"optimizer": "o", "reason": "=boom", "runs": 1}]
    assert found["missing"] == [{"optimizer": "o", "task": "c/t", "runs": 1}]
    assert found["experiments"] == {"all": 1, "running": 0, "interrupted": 1}
    journal, manifest = (tmp_path / "r").glob("*/*.json*")
    assert found["bytes"] == len(journal.read_bytes()) + len(manifest.read_bytes())


def test_people_read_the_same(tmp_path: Path, cli: Cli) -> None:
    out = cli("results", "list", folder(tmp_path / "r"), "--by", "collection").out
    assert "4 runs, 1 of them failed; 1 planned is missing." in out
    assert "Seeds: 0-1, 4." in out
    assert "optimizer  c  d\no          3  -\np          -  1" in out
    assert "1 failed: o: =boom" in out


def test_a_living_driver_is_told_from_an_interrupted_one(tmp_path: Path, cli: Cli) -> None:
    store = Store.create(tmp_path / "r")
    store.note_experiment(MANIFEST)
    journal = store.journal("e")
    journal.append(encode(trajectory(), "e"))
    found = json.loads(cli("results", "list", store.path, "--json").out)["experiments"]
    assert found == {"all": 1, "running": 1, "interrupted": 0}
    journal.close()


def test_damage_is_named_and_the_rest_is_listed(tmp_path: Path, cli: Cli) -> None:
    journal = folder(tmp_path / "r") / "journal" / "j.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b"boom", b"BOOM"))
    done = cli("results", "list", tmp_path / "r")
    assert done.code == 1
    assert "! " in done.out
    assert "j.jsonl:3" in done.out
    assert "3 runs, 0 of them failed" in done.out


def test_an_empty_folder_is_listed(tmp_path: Path, cli: Cli) -> None:
    Store.create(tmp_path / "r")
    assert "0 runs" in cli("results", "list", tmp_path / "r").out
