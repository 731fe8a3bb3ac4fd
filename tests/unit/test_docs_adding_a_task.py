"""The page on adding a task does what it says."""

import re
from pathlib import Path

import pytest

from hpobench.store import Store
from tests.folders import CHECKOUT
from tests.pages import Page, call, contract_tests

PAGE = Page.read("adding-a-task")
GUESSED = "mine/tasks/results.yaml"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's files but for the one that a command writes; surrogates are kept beside."""
    monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(tmp_path / "cache"))
    return PAGE.write_files(tmp_path, but=[GUESSED])


@pytest.mark.slow
def test_a_table_becomes_a_task_that_runs(folder: Path) -> None:
    new, show, run = PAGE.commands[:3]
    assert "check the lines" in call(new, folder)
    assert (folder / GUESSED).read_text() == PAGE.files[GUESSED]
    shown = call(show, folder)
    assert "multi-fidelity" in shown
    assert "exact, of recorded configurations" in shown
    call(run, folder)
    rows = Store(folder / "results").runs().to_pylist()
    assert {row["status"] for row in rows} == {"completed"}
    assert len(rows) == 3


@pytest.mark.slow
def test_a_function_becomes_a_task_that_runs(folder: Path) -> None:
    call(PAGE.commands[3], folder)
    rows = Store(folder / "results").runs().to_pylist()
    assert {row["optimizer"] for row in rows} == {"random", "optuna/nsga2"}
    assert {row["status"] for row in rows} == {"completed"}


@pytest.mark.slow
def test_a_function_is_read_into_a_task(folder: Path) -> None:
    (folder / "mine" / "tasks" / "fit.yaml").unlink(missing_ok=True)
    assert "check the lines" in call(PAGE.commands[4], folder)
    assert "fit/fit" in call("hpobench list tasks 'fit/*' --catalogue mine", folder)


@pytest.mark.slow
def test_the_examples_pass_the_contract_tests(folder: Path) -> None:
    (folder / GUESSED).write_text(PAGE.files[GUESSED])
    printed = call(
        contract_tests(PAGE.commands[5]), CHECKOUT, HPOBENCH_CATALOGUE=str(folder / "mine")
    )
    assert re.search(r"\d{2,} passed", printed)
