"""An optimizer that never answers ends its own run, by a clock that two processes share."""

import math
import os
import subprocess
from pathlib import Path

import pytest

from hpobench.dispatch.job import Job
from hpobench.dispatch.slot import Slot
from hpobench.dispatch.watch import CallWatch
from hpobench.run import Run
from tests.driving import catalogue
from tests.integration.commands import command

CHECKOUT = Path(__file__).parents[2]

LIBRARY = """
import queue
from hpobench.optimizer import Optimizer
from hpobench.space import plain_config
from hpobench.trial import Trial

class Stuck(Optimizer):
    def __init__(self, problem, seed, where):
        self.space, self.where = problem.space, where
        self.stop("start")
    def stop(self, where):
        while where == self.where == "tell":
            pass
        if where == self.where:
            queue.Queue().get()
    def ask(self):
        self.stop("ask")
        return Trial(config=plain_config(self.space.sample_configuration()))
    def tell(self, trial, outcome):
        self.stop("tell")
"""

FAMILY = """
adapter: stuck_library:Stuck
capabilities: {types: [float]}
variants:
  start: {options: {where: start}}
  ask: {options: {where: ask}}
  tell: {options: {where: tell}}
"""


def test_the_begin_of_a_call_is_seen_through_the_shared_memory_until_it_ends() -> None:
    parent = CallWatch(clock=lambda: math.nan)
    child = CallWatch(os.dup(parent.descriptor), clock=lambda: 100.0)
    assert parent.began == 0
    child.begin()
    assert parent.began == 100.0
    child.end()
    assert parent.began == 0
    child.close()
    parent.close()


def test_a_run_is_due_when_a_call_has_lasted_longer_than_it_may() -> None:
    slot, watch = Slot(), CallWatch(clock=lambda: 100.0)
    known = catalogue()
    run = Run(task=known.task("bbob/f01-d2-i1"), variant=known.variant("random"), seed=0)
    slot.job, slot._watch = Job(run=run, patience=600.0), watch
    assert slot.deadline == math.inf
    watch.begin()
    assert slot.deadline == 700.0
    slot.job = Job(run=run)
    assert slot.deadline == math.inf
    watch.close()


@pytest.mark.slow
@pytest.mark.parametrize("where", ["start", "ask", "tell"])
def test_an_optimizer_that_never_answers_ends_its_run_with_the_reason(
    where: str, tmp_path: Path
) -> None:
    (tmp_path / "stuck_library.py").write_text(LIBRARY)
    (tmp_path / "optimizers").mkdir()
    (tmp_path / "optimizers/stuck.yaml").write_text(FAMILY)
    arguments = ["run", "-o", f"stuck/{where}", "-t", "bbob/f01-d2-i1", "--budget", "3"]
    arguments += ["--catalogue", str(tmp_path), "--ask-timeout", "0.1", "--jobs", "1"]
    done = subprocess.run(
        [*command(*arguments), "--results", str(tmp_path / "results")],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "1 failed: its optimizer took more than 0.1 s for one ask or tell" in done.stdout
