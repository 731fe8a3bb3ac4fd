"""A run that cannot start for want of something is no result: it is not stored."""

import subprocess
from pathlib import Path

from hpobench.store import Store
from tests.integration.commands import command

CHECKOUT = Path(__file__).parents[2]

TASK = """
benchmark: hpobench.benchmarks.function:Function
tasks:
  - id: want
    dimension: 1
    types: [float]
    objectives: [loss]
    budget: {trials: 3}
    params: {function: "wanting:loss", space: {x: {type: float, low: 0, high: 1}}}
"""
FUNCTION = """
import {module}

def loss(x):
    return x
"""


def run(folder: Path) -> "subprocess.CompletedProcess[str]":
    arguments = ["run", "-o", "random", "-t", "want/want", "--catalogue", str(folder)]
    return subprocess.run(
        command(*arguments, "--results", str(folder / "results")),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_run_without_its_module_is_stored_nowhere_and_runs_once_that_is_there(
    tmp_path: Path,
) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/want.yaml").write_text(TASK)
    (tmp_path / "wanting.py").write_text(FUNCTION.format(module="no_such_module_anywhere"))
    failed = run(tmp_path)
    assert failed.returncode == 1, failed.stderr
    assert "there is no module 'no_such_module_anywhere'" in failed.stdout
    assert Store(tmp_path / "results").runs().num_rows == 0
    (tmp_path / "wanting.py").write_text(FUNCTION.format(module="math"))
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "0 already stored, 1 to do" in done.stdout
    assert Store(tmp_path / "results").runs().num_rows == 1
