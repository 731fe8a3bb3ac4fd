"""Temporary folders go with their owner, or with the next driver where that was killed."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from hpobench.dispatch.folder import YOUNG, Folder, clear_leftovers

OWNER = """
import sys
from hpobench.dispatch.folder import Folder
print(Folder().path, flush=True)
sys.stdin.read()
"""
TRAINER = """
import sys
import tempfile
from hpobench.dispatch.folder import Folder
from hpobench.execution.checkpoints import Checkpoints
tempfile.tempdir = (folder := Folder()).path
checkpoints = Checkpoints()
checkpoints.write(0, b"weights")
print(folder.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def aged(path: Path) -> Path:
    """A folder with a file in it, as if it had been made long ago."""
    path.mkdir(exist_ok=True)
    (path / "file").touch()
    past = time.time() - 2 * YOUNG
    os.utime(path, (past, past))
    return path


def cleared(place: Path) -> list[str]:
    """What is left of a place after a new process has begun its work there."""
    clear_leftovers.cache_clear()
    clear_leftovers(str(place))
    return sorted(path.name for path in place.iterdir())


def test_a_folder_goes_with_its_context(place: Path) -> None:
    with Folder() as folder:
        (Path(folder.path) / "file").touch()
        assert [str(path) for path in place.iterdir()] == [folder.path]
    folder.remove()
    assert not list(place.iterdir())


@pytest.mark.parametrize("program", [OWNER, TRAINER])
def test_what_a_killed_process_left_goes_with_the_next(place: Path, program: str) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with owner:
        assert owner.stdout
        path = aged(Path(owner.stdout.readline().strip()))
        assert cleared(place) == [path.name], "its owner lives"
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        assert cleared(place) == []


def test_what_is_young_or_not_ours_stays(place: Path) -> None:
    young = Path(tempfile.mkdtemp(prefix="hpobench-temporary-"))
    results = aged(place / "hpobench-results")
    target = aged(place / "elsewhere")
    link = place / "hpobench-temporary-link"
    link.symlink_to(target)
    os.utime(target, (0, 0))
    assert cleared(place) == sorted([young.name, results.name, target.name, link.name])
    assert (target / "file").exists()
