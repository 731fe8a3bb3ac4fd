"""Without a Unix kernel all that only reads or writes results works, and the rest says why not."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hpobench.dispatch.watch import CallWatch
from hpobench.store import Store
from tests.folders import CHECKOUT
from tests.unit.test_structure import PACKAGE, TREES

KERNEL = PACKAGE / "system" / "kernel.py"
ONLY_UNIX = {"fcntl", "grp", "pwd", "resource", "termios"}
ONLY_LINUX = {
    "O_CLOEXEC",
    "O_NOFOLLOW",
    "O_NONBLOCK",
    "memfd_create",
    "sched_getaffinity",
    "sysconf",
}
STAND_IN = str(CHECKOUT / "tests" / "without_posix.py")

NEEDED = {
    "run": ("run", "--optimizer", "random", "--task", "bbob/f01-d2-i1"),
    "record": ("record", "training/svm-diabetes-mf", "--out", "mine"),
    "verify": ("verify", "results"),
    "environments": ("environments", "make", "neps/priorband"),
}
"""Commands that start processes."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with `results` of several optimizers."""
    shutil.copytree(CHECKOUT / "results" / "baselines" / "ci", tmp_path / "results")
    return tmp_path


def hpobench(folder: Path, *arguments: str, without: bool = True) -> tuple[int, str, str]:
    """How a command ends in a folder, on a platform without a Unix kernel, and what it prints."""
    done = subprocess.run(
        [sys.executable, *([STAND_IN] if without else ["-m", "hpobench"]), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "HPOBENCH_CACHE_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("arguments", ["--help", "list tasks", "show dehb", "show bbob/f01-d2-i1"])
def test_what_there_is_can_be_looked_up(tmp_path: Path, arguments: str) -> None:
    there = hpobench(tmp_path, *arguments.split(), without=False)
    assert hpobench(tmp_path, *arguments.split()) == there
    assert there[0] == 0


@pytest.mark.slow
def test_an_analysis_is_the_same_everywhere(folder: Path) -> None:
    arguments = ("analyze", "results", "--json", "--output", "report", "--figures")
    code, out, err = hpobench(folder, *arguments)
    assert (code, err) == (0, "")
    assert out == hpobench(folder, *arguments, without=False)[1]
    assert (folder / "report" / "report.html").is_file()


@pytest.mark.slow
def test_results_go_out_and_in_and_together(folder: Path) -> None:
    for arguments in (
        "results export results --format csv --output runs.csv",
        "results import runs.csv --format csv --results past",
        "results merge past both",
        "results prune both --optimizer random --yes",
        "results merge results both",
    ):
        code, _, err = hpobench(folder, *arguments.split())
        assert code == 0, err
    first, last = (
        {row["run"]: row for row in Store(folder / name).runs().to_pylist()}
        for name in ("results", "both")
    )
    assert len(first) == 70
    assert first == last
    assert not list(folder.rglob(".tmp-*"))


@pytest.mark.slow
@pytest.mark.parametrize("command", NEEDED)
def test_what_starts_processes_says_in_a_sentence_why_it_cannot(folder: Path, command: str) -> None:
    code, _, err = hpobench(folder, *NEEDED[command])
    assert code == 2
    assert err.startswith("hpobench: runs and environments need ")
    assert len(err.splitlines()) == 1
    assert not (folder / "mine").exists()


def test_one_module_asks_what_the_platform_has() -> None:
    for path, tree in TREES.items():
        if path == KERNEL:
            continue
        for node in ast.walk(tree):
            match node:
                case ast.Import(names=names):
                    assert not {each.name for each in names} & ONLY_UNIX, path
                case ast.ImportFrom(module=str(name)):
                    assert name not in ONLY_UNIX, path
                case ast.Attribute(value=ast.Name(id="os"), attr=name):
                    assert name not in ONLY_LINUX, f"{path}:{node.lineno}"
                case _:
                    pass


def test_a_process_is_watched_where_memory_has_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "memfd_create")
    parent = CallWatch()
    child = CallWatch(os.dup(parent.descriptor), clock=lambda: 100.0)
    child.begin()
    assert parent.began == 100.0
    parent.close()
    child.close()
