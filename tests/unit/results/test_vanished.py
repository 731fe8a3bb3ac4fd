"""What goes under a driver's feet is said, and what killed commands left goes in the end."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hpobench.errors import FileError
from hpobench.store import Store, encode
from hpobench.store import files as files_module
from hpobench.store.files import TEMPORARY, write_atomically
from hpobench.store.merge import merge
from tests.unit.results.conftest import Cli
from tests.unit.test_store import fill, trajectory


def emptied(store: Store) -> None:
    (store.path / "journal" / "j.jsonl").unlink()


def removed(store: Store) -> None:
    shutil.rmtree(store.path)


def moved(store: Store) -> None:
    store.path.rename(store.path.with_name("moved"))


def replaced(store: Store) -> None:
    moved(store)
    Store.create(store.path)


def rewritten(store: Store) -> None:
    path = store.path / "journal" / "j.jsonl"
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data)


def cut(store: Store) -> None:
    os.truncate(store.path / "journal" / "j.jsonl", 100)


Strike = Callable[[Store], None]
STRIKES = [emptied, removed, moved, replaced, rewritten, cut]


@pytest.mark.parametrize("strike", STRIKES)
def test_a_journal_that_vanishes_is_an_error_at_the_next_run(
    tmp_path: Path, strike: Strike
) -> None:
    store = Store.create(tmp_path / "r")
    journal = store.journal("j")
    journal.append(encode(trajectory(0), "e"))
    strike(store)
    with pytest.raises(FileError, match="vanished while runs were written"):
        journal.append(encode(trajectory(1), "e"))
    with pytest.raises(FileError, match="vanished while runs were written"):
        journal.close()


@pytest.mark.parametrize("strike", STRIKES)
def test_a_journal_that_vanishes_after_the_last_run_is_an_error(
    tmp_path: Path, strike: Strike
) -> None:
    store = Store.create(tmp_path / "r")
    journal = store.journal("j")
    journal.append(encode(trajectory(0), "e"))
    strike(store)
    with pytest.raises(FileError, match="vanished while runs were written"):
        journal.close()


def test_nothing_is_called_completed_that_is_not_stored(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    closing = os.fsync

    def lose(descriptor: int) -> None:
        closing(descriptor)
        for path in (tmp_path / "r" / "journal").glob("*.jsonl"):
            if path.stat().st_size:
                path.unlink()

    monkeypatch.setattr("hpobench.store.journal.os.fsync", lose)
    done = cli(
        *("run", "-o", "random", "-t", "bbob/f01-d2-i1", "--budget", 3, "--seeds", "0:2"),
        *("--backend", "serial", "--results", tmp_path / "r"),
    )
    assert done.code == 2
    assert "vanished while runs were written" in done.err
    assert "completed" not in done.out


def test_unfinished_files_of_killed_commands_go_at_the_next_success(tmp_path: Path) -> None:
    store = fill(tmp_path / "r", trajectory(0))
    folders = [store.path / name for name in (".", "journal", "runs", "experiments")]
    left = [folder / f"{TEMPORARY}left" for folder in folders]
    for path in left:
        path.write_bytes(b"x")
    merge(fill(tmp_path / "s", trajectory(1)), store)
    assert not any(path.exists() for path in left)


def test_an_unfinished_file_that_somebody_writes_stays(tmp_path: Path) -> None:
    store = fill(tmp_path / "r", trajectory(0))
    path = store.path / "runs" / f"{TEMPORARY}held"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    merge(fill(tmp_path / "s", trajectory(1)), store)
    assert path.exists()
    os.close(descriptor)
    merge(Store(tmp_path / "s"), store)
    assert not path.exists()


def test_a_file_that_is_removed_before_it_is_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = fcntl.flock
    struck: list[bool] = []

    def lock(descriptor: int, operation: int) -> None:
        if not struck:
            struck.append(True)
            files_module.remove_abandoned(tmp_path)
        locked(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", lock)
    write_atomically(tmp_path / "x", b"data")
    assert (tmp_path / "x").read_bytes() == b"data"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


WITHOUT_LOCKS = """
import errno, fcntl
def refuse(*_): raise OSError(errno.ENOLCK, "No locks available")
fcntl.flock = fcntl.lockf = refuse
import sys
from hpobench.cli import main
sys.argv = ["hpobench", *sys.argv[1:]]
main()
"""


def without_locks(*arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_LOCKS, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "command", [("results", "list"), ("results", "prune", "--dry-run", "--failed")]
)
def test_a_folder_on_a_disk_without_locks_can_be_read(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    store = fill(tmp_path / "r", trajectory(0))
    done = without_locks(*command, store.path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_folder_on_a_disk_without_locks_is_not_written_and_that_is_said(tmp_path: Path) -> None:
    store = fill(tmp_path / "r", trajectory(0))
    done = without_locks("results", "merge", store.path, tmp_path / "new")
    assert done.returncode == 2
    assert "No locks available" in done.stderr
    assert str(tmp_path / "new") in done.stderr
    assert "Traceback" not in done.stderr
