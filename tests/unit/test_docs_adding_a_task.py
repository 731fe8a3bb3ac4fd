"""The page on adding a task does what it says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from hpobench.store import Store

CHECKOUT = Path(__file__).parents[2]
PAGE = (CHECKOUT / "docs" / "adding-a-task.md").read_text(encoding="utf-8")
FILES: dict[str, str] = dict(re.findall(r"`([\w./-]+)`:\n\n```\w+\n(.*?)```", PAGE, re.DOTALL))
COMMANDS: list[str] = re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE)
GUESSED = "mine/tasks/results.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The page's files but for the one that a command writes."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name != GUESSED:
            path.write_text(text, encoding="utf-8")
    return tmp_path


def call(command: str, folder: Path, cwd: Path | None = None, **environment: str) -> str:
    """What one of the page's commands prints, run in the folder."""
    program, *arguments = shlex.split(command)
    done = subprocess.run(
        [sys.executable, "-m", program, *arguments],
        cwd=cwd or folder,
        env={
            **os.environ,
            "PYTHONPATH": str(CHECKOUT),
            "HPOBENCH_CACHE_DIR": str(folder / "cache"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_table_becomes_a_task_that_runs(folder: Path) -> None:
    new, show, run = COMMANDS[:3]
    assert "check the lines" in call(new, folder)
    assert (folder / GUESSED).read_text() == FILES[GUESSED]
    shown = call(show, folder)
    assert "multi-fidelity" in shown
    assert "exact, of recorded configurations" in shown
    call(run, folder)
    rows = Store(folder / "results").runs().to_pylist()
    assert {row["status"] for row in rows} == {"completed"}
    assert len(rows) == 3


def test_a_function_becomes_a_task_that_runs(folder: Path) -> None:
    call(COMMANDS[3], folder)
    rows = Store(folder / "results").runs().to_pylist()
    assert {row["optimizer"] for row in rows} == {"random", "optuna/nsga2"}
    assert {row["status"] for row in rows} == {"completed"}


def test_a_function_is_read_into_a_task(folder: Path) -> None:
    (folder / "mine" / "tasks" / "fit.yaml").unlink(missing_ok=True)
    assert "check the lines" in call(COMMANDS[4], folder)
    assert "fit/fit" in call("hpobench list tasks 'fit/*' --catalogue mine", folder)


@pytest.mark.slow
@pytest.mark.slow
def test_the_examples_pass_the_contract_tests(folder: Path) -> None:
    (folder / GUESSED).write_text(FILES[GUESSED])
    environment, command = COMMANDS[5].split(" ", maxsplit=1)
    assert environment == "HPOBENCH_CATALOGUE=mine"
    chosen = f"{command} -q -p no:cacheprovider -p no:randomly -p no:xdist --rootdir {CHECKOUT}"
    chosen = chosen.replace("tests/contract", str(CHECKOUT / "tests/contract"))
    printed = call(chosen, folder, CHECKOUT, HPOBENCH_CATALOGUE=str(folder / "mine"))
    assert re.search(r"\d{2,} passed", printed)
