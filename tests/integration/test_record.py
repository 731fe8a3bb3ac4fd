"""`hpobench record`: a user's own training becomes a benchmark that can be run and analysed."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from hpobench.adapters.native.design import design_point
from hpobench.catalogue import Catalogue
from hpobench.execution.construction import build
from hpobench.trial import Trial
from tests import PATIENCE
from tests.integration.commands import Hpobench, command, environment, rows, wait_until

FUNCTIONS = '''
"""Trainings that take no time."""

import os
import time


def train(seconds: float, kind: str, units: int = 0, *, fidelity: int, seed: int) -> dict:
    """Fails in one of its kinds from a fidelity on; `seconds` is a hyperparameter like others."""
    if kind == "broken" and fidelity > 2:
        raise ArithmeticError("diverged")
    score = seconds + units / 100 + seed % 97 / 1e4 - 1 / fidelity
    held_back = {"score": score + 0.5, "size": float(units)}
    return {"score": score, "size": float(units), "cost": 2.0 * fidelity, "test": held_back}


def flat(x: float, *, seed: int) -> float:
    """Without a fidelity."""
    return (x - 0.25) ** 2 + seed % 7 / 1000


def slow(x: float) -> float:
    """Takes its time."""
    time.sleep(0.05)
    return x


def dead(x: float) -> float:
    """Ends its process for some."""
    if x > 0.5:
        os._exit(3)
    return x
'''

TASKS = """
benchmark: hpobench.benchmarks.function:Function
budget: {trials: 5}
source: "this test"
licence: CC0-1.0
tasks:
  - id: train
    description: "made up: score"
    objectives: [score]
    params:
      function: trainings:train
      space:
        seconds: {type: float, low: 0.01, high: 1, log: true}
        kind: {type: categorical, values: [fine, wide, broken]}
        units: {type: integer, low: 1, high: 9, if: {kind: wide}}
      objectives: {size: minimize, score: maximize}
      fidelity: {name: epochs, low: 1, high: 8, integer: true, continuable: true}
  - id: flat
    objectives: [loss]
    params: {function: "trainings:flat", space: {x: {type: float, low: 0, high: 1}}}
  - id: slow
    objectives: [loss]
    params: {function: "trainings:slow", space: {x: {type: float, low: 0, high: 1}}}
  - id: dead
    objectives: [loss]
    params: {function: "trainings:dead", space: {x: {type: float, low: 0, high: 1}}}
  - id: mixed
    objectives: [loss]
    params: {function: "trainings:slow", space: {x: {type: categorical, values: [1, auto]}}}
"""

SERIAL = ("--backend", "serial", "--results", "trained", "--out", "out", "--catalogue", "mine")


@pytest.fixture(autouse=True)
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue folder with trainings."""
    monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "mine"
    (folder / "tasks").mkdir(parents=True)
    (folder / "trainings.py").write_text(FUNCTIONS)
    (folder / "tasks" / "own.yaml").write_text(TASKS)
    return folder


def recorded(tmp_path: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(tmp_path / "out" / "tasks" / "tables" / "recorded" / f"{name}.parquet")


def test_a_function_is_recorded_and_then_run_and_analysed(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    hpobench("record", "own/train", "-n", 24, "--seeds", "0:2", "--levels", 4, *SERIAL)
    ids = {"train": [None, 1], "train-mf": ["epochs", 1], "train-mo": [None, 2]}
    ids |= {"train-mfmo": ["epochs", 2]}
    described = yaml.safe_load((tmp_path / "out" / "tasks" / "recorded.yaml").read_text())
    found = {e["id"]: [e.get("fidelity"), len(e["objectives"])] for e in described["tasks"]}
    assert found == ids
    assert (described["source"], described["licence"]) == ("this test", "CC0-1.0")
    hpobench(
        *("run", "-o", "random", "-o", "asha", "-t", "recorded/train*", "--seeds", "0:2"),
        *("--budget", "trials=4", "--catalogue", "out", "--results", "r", "--backend", "serial"),
    )
    assert {row["status"] for row in rows(tmp_path / "r").values()} == {"completed"}
    hpobench("analyze", "r", "--output", "page", "--catalogue", "out")
    page = (tmp_path / "out" / "tasks" / "tables" / "recorded" / "train.md").read_text()
    assert "24 configurations, 2 seeds each" in page
    assert "times: trainings.py" in page or "times: ArithmeticError: diverged" in page


def test_each_row_is_what_the_function_answers(hpobench: Hpobench, tmp_path: Path) -> None:
    hpobench("record", "own/train", "-n", 16, "--seeds", "0:2", "--levels", 4, *SERIAL)
    table = recorded(tmp_path, "train")
    benchmark = build(Catalogue([tmp_path / "mine"]).task("own/train"))
    assert benchmark.fidelity
    assert set(table["epochs"]) == {1, 2, 4, 8}
    broken = 0
    for number, rows_of_one in table.groupby("configuration"):
        config = design_point(benchmark.space, int(str(number)))
        levels = [1, 2, 4] if config["kind"] == "broken" else [1, 2, 4, 8]
        broken += config["kind"] == "broken"
        assert len(rows_of_one) == 2 * len(levels)
        for row in rows_of_one.to_dict("records"):
            assert row["config.seconds"] == config["seconds"]
            assert row["kind"] == config["kind"]
            assert pd.isna(row["units"]) or row["units"] == config["units"]
            failed = config["kind"] == "broken" and row["epochs"] > 2
            assert ("diverged" in row["failure"]) == pd.isna(row["value.score"]) == failed
            if not failed:
                plain = float(str(config["seconds"])) + float(str(config.get("units", 0))) / 100
                noise = row["value.score"] - plain + 1 / row["epochs"]
                assert -1e-3 <= noise <= 97e-4 + 1e-3
                assert row["test.score"] == pytest.approx(row["value.score"] + 0.5, abs=2e-3)
                assert row["seconds"] == pytest.approx(2.0 * row["epochs"])
    assert broken
    assert "test.size" not in table  # it is always the value


def test_what_was_recorded_is_what_is_answered(hpobench: Hpobench, tmp_path: Path) -> None:
    hpobench("record", "own/train", "-n", 16, "--seeds", "0:2", "--levels", 4, *SERIAL)
    table = recorded(tmp_path, "train")
    benchmark = build(Catalogue([tmp_path / "out"]).task("recorded/train-mf"))
    original = build(Catalogue([tmp_path / "mine"]).task("own/train"))
    names = {"config.seconds": "seconds", "kind": "kind", "units": "units"}
    for _, same in table.groupby(["configuration", "epochs"]):
        row = same.iloc[0]
        config = {new: row[old] for old, new in names.items() if not pd.isna(row[old])}
        config |= {"units": int(config["units"])} if "units" in config else {}
        answers = [
            benchmark.evaluate(Trial(config=config, fidelity=float(row["epochs"])), seed)
            for seed in range(8)
        ]
        if row["failure"]:
            assert {answer.failure for answer in answers} == {"failed when it was recorded"}
        else:
            told = {-answer.values["score"] for answer in answers}  # noqa: PD011 (no frame)
            assert told <= set(same["value.score"])
    assert benchmark.fidelity == original.fidelity
    assert list(benchmark.space) == list(original.space)


def test_a_function_without_a_fidelity(hpobench: Hpobench, tmp_path: Path) -> None:
    hpobench("record", "own/flat", "-n", 10, *SERIAL)
    table = recorded(tmp_path, "flat")
    assert len(table) == 30
    assert table.groupby("configuration")["x"].nunique().max() == 1
    assert list(table) == ["configuration", "x", "seed", "value.loss", "seconds"]
    assert (table["value.loss"] - (table["x"] - 0.25) ** 2).between(-1e-4, 7e-3).all()
    done = hpobench("list", "tasks", "recorded/*", "--catalogue", "out")
    assert "recorded/flat" in done.stdout
    assert "recorded/flat-" not in done.stdout


def test_the_same_command_trains_nothing_anew_and_more_adds_to_it(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    hpobench("record", "own/flat", "-n", 6, *SERIAL)
    before = recorded(tmp_path, "flat")
    again = hpobench("record", "own/flat", "-n", 6, *SERIAL)
    plan = "6 configurations x 1 task x 3 seeds: 18 trainings, 18 already stored, 0 to do."
    assert plan in again.stdout
    assert "0 trainings completed" in again.stdout
    assert "optimizer" not in again.stdout
    assert "nalyse" not in again.stdout
    pd.testing.assert_frame_equal(recorded(tmp_path, "flat"), before)
    more = hpobench("record", "own/flat", "-n", 8, *SERIAL)
    assert "18 already stored, 6 to do" in more.stdout
    after = recorded(tmp_path, "flat")
    pd.testing.assert_frame_equal(after[after["configuration"] < 6].reset_index(drop=True), before)


def test_a_killed_recording_goes_on_and_equals_an_undisturbed_one(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    arguments = ("record", "own/slow", "-n", 12, "--seeds", "0:2")
    process = subprocess.Popen(
        command(*arguments, *SERIAL), cwd=tmp_path, env=environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    store = tmp_path / "trained"
    wait_until(lambda: (store / "hpobench-store.json").exists() and len(rows(store)) >= 3)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)
    stopped = len(rows(store))
    assert not (tmp_path / "out" / "tasks" / "recorded.yaml").exists()
    resumed = hpobench(*arguments, *SERIAL)
    assert f"{stopped} already stored" in resumed.stdout
    elsewhere = tuple({"trained": "other", "out": "beside"}.get(each, each) for each in SERIAL)
    hpobench(*arguments, *elsewhere)
    undisturbed = pd.read_parquet(tmp_path / "beside/tasks/tables/recorded/slow.parquet")
    pd.testing.assert_frame_equal(
        recorded(tmp_path, "slow").drop(columns="seconds"), undisturbed.drop(columns="seconds")
    )


def test_trainings_that_end_their_process_are_failures_with_their_reason(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    arguments = [*SERIAL]
    arguments[1] = "local"
    hpobench("record", "own/dead", "-n", 8, "--seeds", "0:2", "-j", 1, *arguments)
    table = recorded(tmp_path, "dead")
    assert len(table) == 16
    assert ((table["x"] > 0.5) == (table["failure"].fillna("") != "")).all()
    assert table["value.loss"].isna().equals(table["x"] > 0.5)
    assert set(table.loc[table["x"] > 0.5, "failure"]) == {"its process ended with exit code 3"}


def test_several_tasks_make_one_collection(hpobench: Hpobench, tmp_path: Path) -> None:
    named = ("--collection", "mine")
    hpobench("record", "own/train", "own/flat", "-n", 4, "--seeds", 1, *named, *SERIAL)
    found = Catalogue([tmp_path / "out"]).tasks
    assert {task for task in found if task.startswith("mine/")} == {
        "mine/train", "mine/train-mf", "mine/train-mo", "mine/train-mfmo", "mine/flat",
    }  # fmt: skip
    for name in ("mine/train-mfmo", "mine/flat"):
        done = hpobench("show", name, "--catalogue", "out")
        assert "recorded" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["own/mixed"], "the values of 'x' are of several types"),
        (["own/flt"], "own/flat"),
        (["own/flat", "--collection", "../up"], "is no name of a collection"),
    ],
)
def test_what_cannot_be_recorded_is_refused_before_anything_is_trained(
    arguments: list[str], expected: str, hpobench: Hpobench, tmp_path: Path
) -> None:
    done = hpobench("record", *arguments, "-n", 4, *SERIAL, code=2)
    assert expected in done.stderr
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "trained" / "runs").exists()


def test_a_table_of_another_task_is_not_replaced(hpobench: Hpobench, tmp_path: Path) -> None:
    hpobench("record", "own/flat", "-n", 4, *SERIAL)
    before = recorded(tmp_path, "flat")
    other: dict[str, Any] = yaml.safe_load(TASKS)
    other["tasks"] = [entry for entry in other["tasks"] if entry["id"] == "flat"]
    (tmp_path / "mine" / "tasks" / "second.yaml").write_text(json.dumps(other))
    done = hpobench("record", "second/flat", "-n", 5, *SERIAL, code=2)
    assert "was recorded from own/flat" in done.stderr
    pd.testing.assert_frame_equal(recorded(tmp_path, "flat"), before)
