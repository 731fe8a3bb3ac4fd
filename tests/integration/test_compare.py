"""`hpobench compare`: from real runs to verdicts, reports and exit codes."""

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pytest

from hpobench.cli import main
from hpobench.store import Store
from hpobench.store.shards import table, write_shard
from tests.integration.commands import command, environment

RUN = ("run", "--backend", "serial", "--budget", 10, "--results")
TASKS = ("--task", "bbob/f01-d2-i1", "--task", "bbob/f24-d5-i1", "--task", "mfh/hartmann3-good")
SEEDS = 8

Row = dict[str, Any]


class Done(NamedTuple):
    """What a command printed."""

    stdout: str
    stderr: str


Hpobench = Callable[..., Done]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random search and a better optimizer on three tasks."""
    folder = tmp_path_factory.mktemp("stored")
    names = ("--optimizer", "random", "--optimizer", "optuna/tpe")
    call = command(*RUN, "a", *names, "--seeds", f"0:{SEEDS}", *TASKS)
    subprocess.run(call, cwd=folder, env=environment(), capture_output=True, check=True)
    return folder / "a"


@pytest.fixture
def baseline(stored: Path, tmp_path: Path) -> Path:
    """A copy of it in the folder of the test."""
    return Path(shutil.copytree(stored, tmp_path / "a"))


@pytest.fixture
def hpobench(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Hpobench:
    """`hpobench(*arguments)` in an empty folder and in this process, to save the imports."""

    def call(*arguments: object, code: int = 0) -> Done:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["hpobench", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        done = Done(*capsys.readouterr())
        assert ended.value.code == code, done
        return done

    return call


@pytest.fixture
def changed(baseline: Path, tmp_path: Path) -> Callable[[Callable[[Row], Row | None]], Path]:
    """`changed(edit)` is a folder `b` with the same runs, each edited, or dropped for None."""

    def edited(edit: Callable[[Row], Row | None]) -> Path:
        rows = [edit(row) for row in Store(baseline).runs().to_pylist()]
        store = Store.create(tmp_path / "b")
        write_shard(store.path / "runs", table([row for row in rows if row]))
        for manifest in Store(baseline).experiments():
            store.note_experiment(manifest)
        return store.path

    return edited


def verdicts(done: Done) -> dict[str, str]:
    """By optimizer the verdict over all tasks."""
    found = json.loads(done.stdout)["optimizers"]
    return {each["optimizer"]: each["overall"]["verdict"] for each in found}


def test_a_refactoring_is_equivalent_and_identical(
    hpobench: Hpobench, baseline: Path, changed: Any
) -> None:
    assert baseline.exists()
    changed(lambda row: row | {"seconds": 9.0, "finished": 0.0, "ask_seconds": [1.0] * 10})
    assert set(verdicts(hpobench("compare", "a", "b", "--json")).values()) == {"equivalent"}
    done = hpobench("compare", "a", "b", "--identical")
    assert done.stdout.startswith("### hpobench: identical: 48 runs")


def test_a_worse_optimizer_ends_with_code_one_and_the_verdict_first(
    hpobench: Hpobench, baseline: Path, changed: Any, tmp_path: Path
) -> None:
    assert baseline.exists()
    changed(lambda row: row | {"values": [max(row["values"])] * 10})  # it never improves
    files = ("--junit", "j.xml", "--json-file", "j.json")
    done = hpobench("compare", "a@optuna/tpe", "b@random", *files, code=1)
    assert done.stdout.startswith("### hpobench: optuna/tpe → random is worse")
    data = json.loads((tmp_path / "j.json").read_text())
    assert data["verdict"] == "worse"
    assert {"optimizer": "optuna/tpe → random", "task": None} in data["regressions"]
    suites = ET.parse(tmp_path / "j.xml").getroot()
    assert [suite.get("tests") for suite in suites] == ["4"]
    assert len(suites.findall(".//testcase")) == 4
    assert len(suites.findall(".//failure")) == int(suites[0].get("failures", "")) > 0
    assert verdicts(hpobench("compare", "b", "a", "--json")) == {
        "optuna/tpe": "better",
        "random": "better",
    }


def test_a_run_that_fails_only_in_the_candidate_is_a_regression(
    hpobench: Hpobench, baseline: Path, changed: Any
) -> None:
    assert baseline.exists()
    broken = ("random", "bbob/f01-d2-i1@trials=10", 3)

    def edit(row: Row) -> Row:
        fails = (row["optimizer"], row["task"], row["seed"]) == broken
        return row | {"status": "failed", "reason": "boom"} if fails else row

    changed(edit)
    done = hpobench("compare", "a", "b", "--json", code=1)
    assert verdicts(done) == {"random": "worse", "optuna/tpe": "equivalent"}
    text = hpobench("compare", "a", "b", code=1).stdout
    assert "1 of 24 runs fails that did not" in text
    assert text.index("random: worse") < text.index("<details>")


def test_what_is_missing_or_defined_otherwise_is_said_before_the_verdicts(
    hpobench: Hpobench, baseline: Path, changed: Any
) -> None:
    assert baseline.exists()

    def edit(row: Row) -> Row | None:
        info = json.loads(row["task_info"])
        if row["task"].startswith("mfh"):
            info["definition"]["params"] = {"other": 1}
        if row["task"].startswith("bbob/f01"):
            info["overhead"] = "measured"
        variant = json.loads(row["variant_info"]) | {"version": "99.0"}
        last = row["seed"] == SEEDS - 1 and row["optimizer"] == "random"
        texts = {"task_info": json.dumps(info), "variant_info": json.dumps(variant)}
        return None if last else row | texts

    changed(edit)
    text = hpobench("compare", "a", "b", code=0).stdout
    first = text[: text.index("- **")]
    assert "3 runs of 48 missing in the candidate" in first
    assert "random on bbob/f24-d5-i1@trials=10: 7" in first
    assert "Tasks are defined otherwise in the candidate" in first
    assert "params" in first
    assert "overhead none is now measured" in first
    assert "is now 99.0" in text


def test_other_budgets_do_not_compare(hpobench: Hpobench, baseline: Path) -> None:
    assert baseline.exists()
    task = ("--optimizer", "random", "--task", "bbob/f01-d2-i1")
    hpobench("run", "--backend", "serial", "--budget", 11, "--results", "c", *task)
    done = hpobench("compare", "a", "c", code=2)
    assert "different budgets" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    ("field", "trial", "edit", "named"),
    [
        ("values", 4, lambda v: math.nextafter(v, math.inf), "values"),
        ("end", 2, lambda v: v + 1e-9, "end"),
        ("worker", 7, lambda v: v + 1, "worker"),
    ],
)
def test_the_first_difference_is_named_to_the_last_bit(
    hpobench: Hpobench, changed: Any, field: str, trial: int, edit: Any, named: str
) -> None:
    def damage(row: Row) -> Row:
        if row["optimizer"] == "random" and row["seed"] >= 5 and row["task"].startswith("bbob/f01"):
            row[field] = [edit(v) if i >= trial else v for i, v in enumerate(row[field])]
        return row

    changed(damage)
    done = hpobench("compare", "a", "b", "--identical", code=1)
    assert "of 48 runs 3 differ" in done.stdout
    first = f"random on bbob/f01-d2-i1@trials=10, seed 5, trial {trial}: {named} was "
    assert f"- {first}" in done.stdout
    data = json.loads(hpobench("compare", "a", "b", "--identical", "--json", code=1).stdout)
    assert [found["trial"] for found in data["divergences"]] == [trial] * 3


def test_a_changed_configuration_or_a_missing_run_is_not_identical(
    hpobench: Hpobench, changed: Any
) -> None:
    def damage(row: Row) -> Row | None:
        if row["seed"] == 1:
            columns = json.loads(row["configs"])
            name = next(iter(columns))
            columns[name][6] += 1e-13
            row["configs"] = json.dumps(columns)
        return None if row["seed"] == 2 else row

    changed(damage)
    done = hpobench(
        "compare", "a", "b", "--identical", "-t", "bbob/f01*", "--junit", "j.xml", code=1
    )
    assert "of 16 runs 2 differ and 2 are missing" in done.stdout
    assert "trial 6: hyperparameter x0 was" in done.stdout


def test_the_sequential_mode_runs_what_it_needs_and_stops_when_it_is_decided(
    hpobench: Hpobench, baseline: Path, tmp_path: Path, changed: Any
) -> None:
    assert baseline.exists()
    changed(lambda row: row if row["seed"] < 2 and row["optimizer"] == "random" else None)
    options = ("--sequential", "--max-seeds", 8, "-o", "random")
    waiting = hpobench("compare", "a", "b", *options)
    assert "Look 1 of 4" in waiting.stdout
    last = waiting.stdout.rstrip().removesuffix("```").rstrip().splitlines()[-1]
    assert last.startswith(
        "hpobench run --results b --seeds 2:4 --optimizer random --task bbob/f01"
    )
    call = command("compare", "a", "b", *options, "--run", "--json")
    ran = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, check=True)
    done = Done(ran.stdout, ran.stderr)
    assert verdicts(done) == {"random": "equivalent"}
    data = json.loads(done.stdout)
    assert (data["settled"], data["next"], data["looks"]) == (True, [], [2, 4, 6, 8])
    stored = Store(tmp_path / "b").runs(["seed"]).column(0).to_pylist()
    assert max(stored) + 1 == data["optimizers"][0]["seeds"] < 8
    same = hpobench("compare", "b", "a", "--identical", "-o", "random")
    assert "identical" in same.stdout


@pytest.mark.parametrize("sides", [("a", "b"), ("a@random", "b@random")])
def test_the_baseline_is_never_run_by_code_that_may_not_be_its_own(
    hpobench: Hpobench, tmp_path: Path, changed: Any, sides: tuple[str, str]
) -> None:
    changed(lambda row: row if row["seed"] < 2 else None)
    options = ("--sequential", "--max-seeds", 40, "--run", "-t", "bbob/f01*")
    done = hpobench("compare", *sides, *options)
    assert "hpobench run --results a --seeds 8:10 " in done.stdout
    assert "hpobench run --results b --seeds 2:10 " in done.stdout
    assert max(Store(tmp_path / "b").runs(["seed"]).column(0).to_pylist()) == 1


def test_undecided_is_a_failure_only_if_asked_for(hpobench: Hpobench, baseline: Path) -> None:
    assert baseline.exists()
    call = ("compare", "a@optuna/tpe", "a@random", "-t", "bbob/f01*", "--json")
    data = json.loads(hpobench(*call).stdout)
    assert data["verdict"] == "undecided"
    assert data["optimizers"][0]["overall"]["seeds"] > SEEDS
    hpobench(*call, "--strict", code=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a", "nowhere"), "no such results folder"),
        (("a@randon", "a"), "did you mean 'random'"),
        (("a", "a", "-t", "bbob/f02*"), "bbob/f02*"),
        (("a", "a", "--alpha", "0.9"), "alpha"),
        (("a", "a", "--run"), "--sequential"),
        (("a", "a", "--identical", "--sequential"), "--identical"),
        (("a", "empty"), "no runs"),
    ],
)
def test_mistakes_are_explained_in_one_line(
    hpobench: Hpobench, baseline: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert baseline.exists()
    Store.create(tmp_path / "empty")
    done = hpobench("compare", *arguments, code=2)
    assert message in done.stderr
    assert not done.stdout


def test_a_slower_optimizer_is_reported_and_stops_only_if_asked_to(
    hpobench: Hpobench, changed: Any
) -> None:
    def slow(row: Row) -> Row:
        return row | {"ask_seconds": [10 * s for s in row["ask_seconds"]]}

    other = changed(slow)
    call = ("compare", "a", "b", "-o", "optuna/tpe")
    assert "its own time: slower" in hpobench(*call).stdout
    hpobench(*call, "--gate-overhead", code=1)
    hpobench("compare", "a", "b", "-o", "optuna/tpe", "--gate-overhead", "--slower", 1e6)
    store = Store(other)
    store.note_experiment({**store.experiments()[0], "host": "elsewhere"})
    assert "was not measured on one machine" in hpobench(*call, "--gate-overhead").stdout
