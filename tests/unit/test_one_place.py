"""Facts that have one place: each of these tests fails once there is a second one.

Those of other files: columns of the store (`results/test_columns.py`), where a class lives
(`test_addresses.py`), metrics from declaration to page (`analysis/test_metrics.py`), data to JSON
and back (`test_plain_data.py`), defaults and choices of commands (`test_command_options.py`).
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hpobench
from hpobench.dispatch.replay import deviation
from hpobench.exchange.imported import ForeignRun, imported_row
from hpobench.gate.identity import divergence
from hpobench.run import Run, recompute_id
from hpobench.scoring import regret as regret_module
from hpobench.scoring.metrics import METRICS
from hpobench.scoring.policy import FailedAs
from hpobench.store import conflicts as conflicts_module
from hpobench.store.conflicts import Difference, conflicts
from hpobench.store.rows import decode, encode
from hpobench.store.shards import table
from hpobench.task import Budget, Objective
from tests.unit.test_store import record, run, trajectory

PACKAGE = Path(hpobench.__file__).parent


def places(pattern: str, suffix: str = ".py") -> set[str]:
    """The files of the package in which a pattern occurs."""
    found = (path for path in PACKAGE.rglob(f"*{suffix}"))
    return {
        path.relative_to(PACKAGE).as_posix()
        for path in found
        if re.search(pattern, path.read_text(encoding="utf-8"))
    }


def foreign() -> ForeignRun:
    return ForeignRun(
        origin="csv",
        optimizer="o",
        task="t",
        seed=0,
        objectives=[Objective(name="f")],
        fidelity=None,
        budget=Budget(2),
        dimension=1,
        records=[record(0, values=(1.0,))],
    )


def test_all_ids_of_runs_come_from_one_function(monkeypatch: pytest.MonkeyPatch) -> None:
    row = decode(encode(trajectory(), "e"))
    told: list[Any] = []

    def identify(**parts: Any) -> str:
        told.append(parts)
        return f"{len(told):032x}"

    monkeypatch.setattr(sys.modules[Run.__module__], "identify", identify)
    ids = [run(9).id, recompute_id(row), imported_row(foreign())["run"]]
    assert set(ids) <= {f"{i + 1:032x}" for i in range(len(told))}
    assert len({*ids}) == len(ids)
    assert told[1]["task"] == json.loads(row["task_info"])["definition"]


def test_two_executions_of_a_run_are_compared_by_one_function() -> None:
    """What `merge`, `verify` and `compare --identical` say is what it says."""
    users = places(r"\bfirst_difference\(")
    assert users == {"store/conflicts.py", "dispatch/replay.py", "gate/identity.py"}
    one, other = (
        decode(encode(trajectory(records=[record(0, spent=spent)]), "e")) for spent in (1.0, 2.0)
    )
    parted = conflicts_module.first_difference(one, other)
    assert parted == Difference(trial=0, field="spent", stored=1.0, found=2.0)
    assert deviation(one, other) == parted
    shown = divergence(("o", "c/t", 0), one, other)
    assert shown
    assert (shown.trial, shown.field, shown.before, shown.after) == (0, "spent", "1.0", "2.0")
    assert conflicts(table([one]), table([other]))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: str(metric.column))
def test_what_is_said_of_a_metric_is_said_where_it_is_declared(metric: Any) -> None:
    """Captions and rules are written in no other module or template, labels in no script."""
    declared = {"scoring/metrics.py"}
    for text in (metric.caption, metric.rule):
        words = re.escape(text[:40])
        for suffix in (".py", ".js", ".html"):
            assert not text or places(words, suffix) <= declared
    assert not places(rf"""["'`]{re.escape(metric.axis.label)}["'`]""", ".js")


def test_no_other_module_subtracts_what_is_best_known() -> None:
    """Losses become regrets in one module, and the page is given numbers."""
    assert places(r"- (\w+ \* )?constants\.best\b") == {"scoring/regret.py"}
    for script in PACKAGE.rglob("*.js"):
        assert not re.search(r"-\s*[\w.]+\.(best|random|start)\b", script.read_text()), script


def test_all_regrets_follow_from_that_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another formula there is another score everywhere."""
    users = places(r"from hpobench\.scoring\.regret import")
    assert "scoring/score.py" in users
    monkeypatch.setattr(regret_module, "regret", lambda loss, constants: np.full_like(loss, 7.0))
    constants: Any = type("C", (), {"best": 0.0, "random": 1.0, "start": 2.0})()
    made = regret_module.normalise(np.array([0.5]), constants, FailedAs.WORST)
    assert made.regrets.tolist() == [7.0]


def test_yaml_is_read_by_the_catalogue_alone() -> None:
    """But for what a publisher wrote, which has tags of its own and none of our rules."""
    found = places(r"\byaml\.(\w*load|compose|parse|scan)|\bSafeLoader\b")
    assert found == {"catalogue/reader.py", "benchmarks/tabular/click_models.py"}
