"""Killed, or out of disk, at any call that changes the disk: nothing acknowledged is lost."""

import os
import subprocess
import sys
from collections import Counter
from itertools import product
from pathlib import Path

import pytest

from hpobench.store import Store
from tests.conftest import Often
from tests.torture.disk import FAULTS
from tests.torture.victim import RUNS
from tests.unit.test_store import run

CLOCKS = ("finished", "experiment")
ALL = {run(seed).id for seed in range(RUNS)}

pytestmark = pytest.mark.timeout(3600)


def victims(base: Path, *faults: str) -> None:
    subprocess.run([sys.executable, "-m", "tests.torture.victim", base, *faults], check=True)


def content(folder: Path) -> str:
    """All runs of a store, but for what real clocks say."""
    table = Store(folder).runs()
    return repr(table.drop_columns(list(CLOCKS)).to_pylist())


def acknowledged(folder: Path) -> list[str]:
    return (folder / "acked").read_text().split()


def calls(base: Path) -> int:
    """How many calls an undisturbed process needs."""
    victims(base, "none:0")
    return int((base / "none-0" / "calls").read_text())


def test_struck_at_any_call_a_store_keeps_what_was_acknowledged_and_can_be_filled(
    tmp_path: Path, often: Often
) -> None:
    last = calls(tmp_path)
    undisturbed = content(tmp_path / "none-0" / "r")
    assert last > 100
    chosen = list(product(("kill", "tear", *FAULTS), range(1, last + 1, often(last // 4, 1))))
    victims(tmp_path, *(f"{fault}:{at}" for fault, at in chosen))
    errors = [check_struck(tmp_path / f"{fault}-{at}", fault) for fault, at in chosen]
    assert sum(errors) > len(errors) / 3
    again = [f"none:{i}" for i in range(1, len(chosen) + 1)]
    for (fault, at), name in zip(chosen, again, strict=True):
        (tmp_path / f"{fault}-{at}").rename(tmp_path / name.replace(":", "-"))
    victims(tmp_path, *again)
    for (fault, at), name in zip(chosen, again, strict=True):
        folder = tmp_path / name.replace(":", "-")
        assert content(folder / "r") == undisturbed, f"{fault} at call {at}"
        assert set(acknowledged(folder)) == ALL


def check_struck(folder: Path, fault: str) -> bool:
    """What was acknowledged is stored, once; an error, if there was one, says what and where."""
    acked = acknowledged(folder)
    assert not (folder / "crash").exists(), (folder / "crash").read_text()
    assert max(Counter(acked).values(), default=1) == 1, folder
    if (folder / "r" / "hpobench-store.json").exists():
        stored = Store(folder / "r").runs(["run"]).column("run").to_pylist()
        assert len(stored) == len(set(stored)), folder
        assert set(acked) <= set(stored), folder
    else:
        assert not acked, folder
    if not (folder / "error").exists():
        return False
    error = (folder / "error").read_text()
    assert str(folder / "r") in error, error
    assert os.strerror(FAULTS[fault]) in error, error
    return True
