"""How integration tests call the program and read what it stored."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hpobench.store import Store
from tests import PATIENCE

FAULTS = Path(__file__).parent / "faults"
CLOCKS = {"seconds", "finished", "experiment", "ask_seconds", "tell_seconds"}
"""What differs between two executions of one run: real clocks, and who asked for it."""

Hpobench = Callable[..., "subprocess.CompletedProcess[str]"]


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "hpobench", *map(str, arguments)]


def environment() -> dict[str, str]:
    return {**os.environ, "HPOBENCH_CATALOGUE": str(FAULTS)}


def rows(path: Path) -> dict[str, dict[str, Any]]:
    """A store's runs by id, without what real clocks say."""
    found = Store(path).runs().to_pylist()
    return {row["run"]: {k: v for k, v in row.items() if k not in CLOCKS} for row in found}


def chained_parts(row: dict[str, Any]) -> dict[int, list[list[float]]]:
    """What was trained behind each trial of `Chained`, by the lineage, which its value shows too.

    Each part is the hyperparameter and the step up to which it was trained with that.
    """
    behind: dict[int, list[list[float]]] = {-1: []}
    xs = json.loads(row["configs"])["x"]
    found = zip(*(row[n] for n in ("number", "parent", "fidelity", "values")), xs, strict=True)
    for number, parent, fidelity, value, x in sorted(found):
        behind[number] = [*behind[parent], [x, int(fidelity)]]
        begins = [0.0, *(end for _, end in behind[number])]
        steps = (x * (end - begins[i]) for i, (x, end) in enumerate(behind[number]))
        assert value == pytest.approx(sum(steps))
    del behind[-1]
    return behind


def wait_until(condition: Callable[[], object]) -> None:
    """Look again and again, until patience ends."""
    for _ in range(PATIENCE * 20):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it never happened")
