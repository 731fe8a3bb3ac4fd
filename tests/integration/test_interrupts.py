"""An interrupt that a run's own code raises is its failure; that of a terminal ends the command."""

import json
from pathlib import Path

from hpobench.store import Store
from tests.integration.commands import Hpobench

TASK = """
benchmark: hpobench.benchmarks.function:Function
tasks:
  - id: sometimes
    dimension: 1
    types: [float]
    objectives: [loss]
    budget: {trials: 8}
    params: {function: "mine:sometimes", space: {x: {type: float, low: 0, high: 1}}}
  - id: calm
    dimension: 1
    types: [float]
    objectives: [loss]
    budget: {trials: 3}
    params: {function: "mine:calm", space: {x: {type: float, low: 0, high: 1}}}
"""
OPTIMIZER = """
adapter: mine:Nervous
capabilities: {types: [float]}
variants:
  nervous: {description: interrupts at its third trial}
"""
MINE = """
from hpobench.adapters.native.random_search import RandomSearch

def calm(x):
    return x

def sometimes(x):
    if x > 0.5:
        raise KeyboardInterrupt("enough")
    return x

class Nervous(RandomSearch):
    def tell(self, trial, outcome):
        self.told = getattr(self, "told", 0) + 1
        if self.told == 3:
            raise KeyboardInterrupt("no more")
"""


def test_an_interrupt_raised_by_code_fails_its_trial_or_its_run_and_nothing_else(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    for name, text in (("tasks/t", TASK), ("optimizers/o", OPTIMIZER)):
        (mine / name).parent.mkdir(parents=True, exist_ok=True)
        (mine / f"{name}.yaml").write_text(text)
    (mine / "mine.py").write_text(MINE)
    done = hpobench(
        "run", "-o", "random", "-o", "o/nervous", "-t", "t/*", "--catalogue", "mine",
        "--backend", "serial", "--results", "r", code=1,
    )  # fmt: skip
    assert "2 runs completed, 2 failed" in done.stdout
    rows = {
        (row["optimizer"], row["task"]): row for row in Store(tmp_path / "r").runs().to_pylist()
    }
    row = rows["random", "t/sometimes"]
    failures = json.loads(row["failures"])
    xs = json.loads(row["configs"])["x"]
    assert {int(i) for i in failures} == {i for i, x in enumerate(xs) if x > 0.5} != set()
    assert set(failures.values()) == {"KeyboardInterrupt: enough (mine.py:9)"}
    for task in ("calm", "sometimes"):
        nervous = rows["o/nervous", f"t/{task}"]
        assert nervous["status"] == "failed"
        assert nervous["reason"] == "KeyboardInterrupt: no more (mine.py:16)"
        assert len(nervous["number"]) == 2, "what came before it is kept"
