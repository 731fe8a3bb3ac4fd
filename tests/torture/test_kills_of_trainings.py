"""Trainings that go on, killed half way: begun again they end as if nothing had happened."""

import os
import random
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from hpobench.dispatch.folder import YOUNG
from tests.conftest import Often
from tests.integration.commands import chained_parts, command, environment, rows, wait_until
from tests.torture.test_kills import children

SEED = 18
KINDS = ("worker", "driver", "all")
"""What is killed: a process that executes runs, the one that was called, or all of them at once."""
OWNED = "hpobench-temporary-"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    return place


def start(results: Path, seeds: int) -> "subprocess.Popen[str]":
    arguments = ["-o", "pbt", "-t", "resting/chain", "--seeds", f"0:{seeds}", "--jobs", "2"]
    return subprocess.Popen(
        command("run", *arguments, "--backend", "local", "--results", results),
        env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def checkpoints(place: Path) -> list[str]:
    """All that lie below a place."""
    walked = os.walk(place)
    return [name for at, _, names in walked if "hpobench-checkpoints-" in at for name in names]


def wait_for(place: Path, least: int) -> None:
    """Until a run has so many checkpoints, and so is under way."""
    wait_until(lambda: len(checkpoints(place)) >= least)


def descendants(pid: int) -> Iterator[int]:
    for child in children(pid):
        yield child
        yield from descendants(child)


def kill(process: "subprocess.Popen[str]", kind: str) -> None:
    """Kill what a kind says; of all at once nobody is left who could tidy up after another."""
    below = list(descendants(process.pid))
    struck = {"worker": below[-1:], "driver": [process.pid], "all": [process.pid, *below]}[kind]
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in struck:
            os.kill(pid, number)
    if kind != "worker":
        process.communicate()


def age(place: Path) -> list[Path]:
    """Let folders that nobody tidied away look as if left long ago, and say which."""
    left = list(place.glob(f"{OWNED}*"))
    for path in left:
        past = path.stat().st_mtime - 2 * YOUNG
        os.utime(path, (past, past))
    return left


def gone(left: list[Path]) -> bool:
    """Whether none of these is there any more."""
    return not any(path.exists() for path in left)


def test_trainings_killed_half_way_end_as_if_they_had_not_been(
    tmp_path: Path, place: Path, often: Often
) -> None:
    kills, seeds = often(3, 60), often(8, 90)
    rng, results = random.Random(SEED), tmp_path / "killed"
    start(tmp_path / "undisturbed", seeds).communicate()
    assert not list(place.iterdir())
    process = start(results, seeds)
    for number in range(kills):
        kind, wanted = KINDS[number % len(KINDS)], rng.randint(1, 6)
        wait_for(place, wanted)
        assert process.poll() is None, f"seed {SEED}: no run is under way at kill {number}"
        kill(process, kind)
        if kind == "driver":
            wait_until(lambda: not checkpoints(place))
        if kind != "worker":
            left = age(place)
            process = start(results, seeds)
            wait_until(partial(gone, left))
    _, error = process.communicate()
    assert process.returncode == 0, error
    assert not list(place.iterdir())
    found = rows(results)
    assert repr(found) == repr(rows(tmp_path / "undisturbed"))
    assert len(found) == seeds
    assert all(len(chained_parts(row)) == 30 for row in found.values())
    assert any(parent >= 0 for row in found.values() for parent in row["parent"])
