"""Drivers and workers killed at random: the experiment ends as if nothing had happened."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from hpobench.store import Store
from hpobench.system import process
from tests.conftest import Often
from tests.integration.commands import Hpobench, environment, rows

SEED = 77
STATED = ["run", "-o", "faulty", "-t", "faulty/slow", "-t", "faulty/none", "--jobs", "2", "--seeds"]
BETWEEN = 8
"""So many runs, of two at a time, are finished between two kills."""
NONE = ("No usable temporary directory",)
"""What Python says if it cannot write a file where temporary ones go."""
TEMPORARY = (f"/{process.TEMPORARY}", *NONE)

pytestmark = pytest.mark.timeout(3600)


def start(
    folder: Path, *arguments: object, fault: str = "none", at: int = 0
) -> "subprocess.Popen[str]":
    """The command line, which notes in `acked` what was acknowledged."""
    parts = [folder / "acked", fault, at, *STATED, *arguments, "--results", folder / "r"]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.torture.struck", *map(str, parts)],
        env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def acknowledged(folder: Path) -> list[str]:
    return (folder / "acked").read_text().split() if (folder / "acked").exists() else []


def check(folder: Path, context: str) -> int:
    """Every acknowledged run is stored, and none is there twice."""
    acked = acknowledged(folder)
    assert max(Counter(acked).values(), default=1) == 1, context
    if not (folder / "r" / "hpobench-store.json").exists():
        assert not acked, context
        return 0
    stored = Store(folder / "r").runs(["run"]).column("run").to_pylist()
    assert len(stored) == len(set(stored)), context
    assert set(acked) <= set(stored), context
    return len(stored)


def undisturbed(folder: Path, *arguments: object) -> str:
    (folder / "undisturbed").mkdir()
    start(folder / "undisturbed", *arguments).communicate()
    return repr(rows(folder / "undisturbed" / "r"))


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in path.read_text().split()]
        except OSError:
            continue
    return found


def test_a_driver_killed_at_random_moments_loses_nothing(tmp_path: Path, often: Often) -> None:
    kills, runs = often(2, 70), often(12, 700)
    rng = random.Random(SEED)
    expected = undisturbed(tmp_path, f"0:{runs}")
    done = 0
    for number in range(kills):
        began = time.monotonic()
        pause = rng.choice([rng.uniform(0, 0.5), rng.uniform(0.5, 3)])
        process = start(tmp_path, f"0:{runs}")
        wait_for(tmp_path, pause, process)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        done = check(tmp_path, f"seed {SEED}, kill {number}, {time.monotonic() - began:.3f} s")
    process = start(tmp_path, f"0:{runs}")
    out, error = process.communicate()
    assert process.returncode == 0, error
    assert f"{done} already stored" in out
    assert repr(rows(tmp_path / "r")) == expected


def wait_for(folder: Path, pause: float, process: "subprocess.Popen[str]") -> None:
    """Let a driver come to work, or not, and then work for a while."""
    journals = len(list((folder / "r" / "journal").glob("*.jsonl")))
    limit = time.monotonic() + 20
    while pause > 0.5 and process.poll() is None and time.monotonic() < limit:
        if len(list((folder / "r" / "journal").glob("*.jsonl"))) > journals:
            break
        time.sleep(0.02)
    time.sleep(pause)


@pytest.mark.parametrize("fault", ["kill", "tear"])
def test_a_driver_killed_at_chosen_calls_loses_nothing(
    tmp_path: Path, often: Often, fault: str
) -> None:
    kills = often(0, 20)
    rng = random.Random(SEED)
    expected = undisturbed(tmp_path, "0:40")
    for number in range(kills):
        at = rng.randrange(1, 60)
        process = start(tmp_path, "0:40", fault=fault, at=at)
        process.communicate()
        check(tmp_path, f"seed {SEED}, kill {number}, at call {at}")
    process = start(tmp_path, "0:40")
    _, error = process.communicate()
    assert process.returncode == 0, error
    assert repr(rows(tmp_path / "r")) == expected


@pytest.mark.parametrize("fault", ["ENOSPC", "EIO"])
def test_a_full_or_broken_disk_is_named_and_the_same_command_goes_on(
    tmp_path: Path, hpobench: Hpobench, often: Often, fault: str
) -> None:
    strikes = often(0, 25)
    rng = random.Random(SEED)
    expected = undisturbed(tmp_path, "0:10")
    for number in range(strikes):
        at = rng.randrange(1, 30)
        process = start(tmp_path, "0:10", fault=fault, at=at)
        _, error = process.communicate()
        context = f"seed {SEED}, fault {number}, at call {at}: {error}"
        assert "Traceback" not in error, context
        assert process.returncode == (2 if error else 0), context
        if error:
            assert any(place in error for place in (str(tmp_path / "r"), *TEMPORARY)), context
            assert any(word in error for word in ("No space left", "Input/output error", *NONE)), (
                context
            )
            assert "the same command goes on" in error or not acknowledged(tmp_path), context
        check(tmp_path, context)
    process = start(tmp_path, "0:10")
    _, error = process.communicate()
    assert process.returncode == 0, error
    assert repr(rows(tmp_path / "r")) == expected


def test_workers_killed_at_random_moments_cost_nothing(tmp_path: Path, often: Often) -> None:
    """Each time some runs are finished in between, so that no run is killed at every attempt."""
    kills = often(0, 90)
    rng = random.Random(SEED)
    arguments = (f"0:{10 * kills}",)
    expected = undisturbed(tmp_path, *arguments)
    process = start(tmp_path, *arguments)
    killed = wanted = 0
    while process.poll() is None and killed < kills:
        time.sleep(rng.uniform(0.2, 1))
        if len(acknowledged(tmp_path)) >= wanted and (found := children(process.pid)):
            os.kill(min(found), signal.SIGKILL)  # the older, so that the other comes to work
            killed += 1
            wanted = len(acknowledged(tmp_path)) + BETWEEN
    out, error = process.communicate()
    assert process.returncode == 0, out + error
    assert killed >= kills / 2
    check(tmp_path, f"seed {SEED}, {killed} kills")
    assert repr(rows(tmp_path / "r")) == expected
