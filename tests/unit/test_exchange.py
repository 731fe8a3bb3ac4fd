"""The socket between a run and whoever evaluates its trials, with processes and without Ray."""

import json
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from hpobench.catalogue import Catalogue
from hpobench.cli.shared.options import open_catalogue
from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.remote import exchange
from hpobench.dispatch.slot import Slot
from hpobench.execution.checkpoints import LIMIT
from hpobench.run import Run, Status
from hpobench.store.rows import decode
from hpobench.task import Budget
from tests import PATIENCE
from tests.integration.commands import wait_until

FAULTS = Path(__file__).parents[1] / "integration" / "faults"

QUESTION: dict[str, object] = {
    "number": 0,
    "seen": 0,
    "config": {"x": 0.5},
    "fidelity": None,
}
"""What a run asks first."""

NO_ORDER = b"{}\n"
"""What a run hears first that is made for the first time."""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return open_catalogue([FAULTS])


@pytest.fixture(scope="module")
def slots() -> Iterator[list[Slot]]:
    """One for the run, and two for its trials."""
    made = [Slot() for _ in range(3)]
    yield made
    for slot in made:
        slot.close()


def job(catalogue: Catalogue, task: str) -> Job:
    posed = catalogue.task(f"faulty/{task}").under(budget=Budget(5), workers=2)
    return Job(run=Run(task=posed, variant=catalogue.variant("faulty"), seed=0))


def beside(slots: list[Slot], asked: Job) -> Result:
    """The result of a run whose trials are evaluated by two other processes."""
    idle = slots[1:]

    def evaluate(trial: Job) -> Result:
        slot = idle.pop()
        try:
            return slot.run(trial)
        finally:
            idle.append(slot)

    with ThreadPoolExecutor(2) as pool, exchange(asked, submitting(pool, evaluate)) as connected:
        return slots[0].run(connected)


def submitting(
    pool: ThreadPoolExecutor, evaluate: Callable[[Job], Result]
) -> Callable[[Job], tuple["Future[Result]", Callable[[], object]]]:
    def submit(trial: Job) -> tuple["Future[Result]", Callable[[], object]]:
        future = pool.submit(evaluate, trial)
        return future, lambda: None

    return submit


def trials(result: Result) -> dict[int, object]:
    """Configuration and value of each trial by its number."""
    row = decode(result.line)
    xs = json.loads(row["configs"])["x"]
    return dict(zip(row["number"], zip(xs, row["values"], strict=True), strict=True))


@pytest.mark.slow
def test_trials_in_other_processes_have_the_values_they_have_in_the_runs_own(
    catalogue: Catalogue, slots: list[Slot]
) -> None:
    alone = slots[0].run(job(catalogue, "none"))
    found = beside(slots, job(catalogue, "none"))
    assert (found.status, found.reason) == (Status.COMPLETED, "")
    assert trials(found) == trials(alone)
    clocks = [json.loads(decode(r.line)["task_info"])["clock"] for r in (alone, found)]
    assert clocks == ["simulated", "real"]


@pytest.mark.slow
@pytest.mark.parametrize("task", ["raise", "nan", "wrong-shape", "sys-exit", "construct"])
def test_a_broken_benchmark_fails_the_run_for_the_same_reason(
    catalogue: Catalogue, slots: list[Slot], task: str
) -> None:
    alone, found = slots[0].run(job(catalogue, task)), beside(slots, job(catalogue, task))
    assert found.status is alone.status is Status.FAILED
    assert found.reason == alone.reason != ""


def test_a_trial_that_nobody_could_evaluate_has_failed_and_the_run_goes_on(
    catalogue: Catalogue, slots: list[Slot]
) -> None:
    def evaluate(trial: Job) -> Result:
        if trial.trial and float(trial.trial.config["x"]) < 0.5:
            raise ConnectionError("the node is gone")
        return slots[1].run(trial)

    asked = job(catalogue, "none")
    with ThreadPoolExecutor(1) as pool, exchange(asked, submitting(pool, evaluate)) as connected:
        found = decode(slots[0].run(connected).line)
    xs = json.loads(found["configs"])["x"]
    reasons = json.loads(found["failures"])
    assert {int(i) for i in reasons} == {i for i, x in enumerate(xs) if x < 0.5} != set()
    assert set(reasons.values()) == {"infrastructure: ConnectionError: the node is gone"}


def test_a_run_whose_process_is_killed_begins_again_with_the_same_exchange(
    catalogue: Catalogue, slots: list[Slot]
) -> None:
    killed: list[int] = []

    def evaluate(trial: Job) -> Result:
        if not killed and slots[0]._process:
            killed.append(slots[0]._process.pid)
            os.kill(killed[0], signal.SIGKILL)
        return slots[1].run(trial)

    asked = job(catalogue, "none")
    with ThreadPoolExecutor(1) as pool, exchange(asked, submitting(pool, evaluate)) as connected:
        found = slots[0].run(connected)
    assert found.status is Status.COMPLETED
    assert sorted(trials(found)) == [0, 1, 2, 3, 4]
    assert killed


@pytest.mark.parametrize("last", [b"", b'{"number": 1, "conf'])
def test_a_run_that_is_killed_with_answers_unread_or_a_question_half_asked_is_served_again(
    catalogue: Catalogue, last: bytes
) -> None:
    question = json.dumps(QUESTION).encode() + b"\n"

    def submit(trial: Job) -> tuple["Future[Result]", Callable[[], object]]:
        future: Future[Result] = Future()
        future.set_exception(ConnectionError(f"no node for {trial.trial}"))
        return future, lambda: None

    with exchange(job(catalogue, "none"), submit) as connected:
        for _ in range(3):
            with speaking(connected) as run:
                run.sendall(question)
                assert json.loads(run.recv(1 << 16, socket.MSG_PEEK))["number"] == 0
                run.sendall(last)


def test_a_trial_that_cannot_be_submitted_has_failed_and_the_next_ones_are_served(
    catalogue: Catalogue,
) -> None:
    def submit(trial: Job) -> tuple["Future[Result]", Callable[[], object]]:
        if trial.trial and trial.trial.config["x"] == 0:
            raise RuntimeError("no room")
        future: Future[Result] = Future()
        future.cancel()
        return future, lambda: None

    with exchange(job(catalogue, "none"), submit) as connected, speaking(connected) as run:
        asked = [{**QUESTION, "number": x, "config": {"x": x}} for x in (0, 1)]
        reasons = [ask(run, question) for question in asked]
    assert reasons == [
        "infrastructure: RuntimeError: no room",
        "infrastructure: CancelledError: ",
    ]


def test_a_trial_that_cannot_be_called_off_keeps_nobody_from_being_served(
    catalogue: Catalogue,
) -> None:
    begun: list[Future[Result]] = []

    def submit(trial: Job) -> tuple["Future[Result]", Callable[[], object]]:
        if begun:
            raise RuntimeError(f"no room for {trial.trial}")
        begun.append(Future())
        return begun[0], lambda: 1 / 0

    with exchange(job(catalogue, "none"), submit) as connected:
        with speaking(connected) as killed:
            killed.sendall(json.dumps(QUESTION).encode() + b"\n")
            wait_until(lambda: bool(begun))
        with speaking(connected) as run:
            assert "no room" in ask(run, QUESTION)


def speaking(connected: Job) -> socket.socket:
    """The end of a run, which was told that it has no order of before to keep."""
    run = socket.socket(socket.AF_UNIX)
    run.settimeout(PATIENCE)
    run.connect(connected.trials)
    assert run.recv(len(NO_ORDER)) == NO_ORDER
    return run


def ask(run: socket.socket, question: dict[str, object]) -> str:
    """Why a trial failed."""
    run.sendall(json.dumps(question).encode() + b"\n")
    with run.makefile("rb") as lines:
        return str(json.loads(lines.readline())["outcome"]["failure"])


class Elsewhere:
    """Evaluates trials in two processes, and holds what they leave for others to go on from."""

    def __init__(self, pool: ThreadPoolExecutor, slots: list[Slot]) -> None:
        self.pool, self.idle = pool, list(slots)
        self.left: dict[int, bytes] = {}
        self.most = 0

    def submit(self, trial: Job) -> tuple["Future[Result]", Callable[[], object]]:
        parent = trial.trial.parent if trial.trial else None
        before = None if parent is None else self.left[parent]
        return self.pool.submit(self.advance, replace(trial, checkpoint=before)), lambda: None

    def advance(self, trial: Job) -> Result:
        slot = self.idle.pop()
        result = slot.run(trial)
        self.idle.append(slot)
        if result.checkpoint is not None:
            self.left[trial.number] = result.checkpoint
            self.most = max(self.most, len(self.left))
        return result

    def release(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            del self.left[number]


def on_the_toy(catalogue: Catalogue) -> Job:
    posed = catalogue.task("pbt-toy/quadratic").under(budget=Budget.parse("evaluations=30"))
    return Job(run=Run(task=posed, variant=catalogue.variant("pbt/toy"), seed=0))


def test_trials_in_other_processes_go_on_from_what_others_have_left(
    catalogue: Catalogue, slots: list[Slot]
) -> None:
    """Each value is that of the training which its lineage says."""
    asked = on_the_toy(catalogue)
    with ThreadPoolExecutor(2) as pool:
        there = Elsewhere(pool, slots[1:])
        with exchange(asked, there.submit, there.release) as connected:
            found = decode(slots[0].run(connected).line)
    assert (found["status"], found["reason"]) == ("completed", "")
    assert max(found["parent"]) > 0
    assert there.most <= 5  # of two members, of two on their way, and one that is being released
    names = ("number", "parent", "fidelity", "values", "cost")
    rows = zip(*(found[n] for n in names), *json.loads(found["configs"]).values(), strict=True)
    trained: dict[int, tuple[float, list[float]]] = {-1: (0.0, [0.9, 0.9])}
    for number, parent, fidelity, value, cost, *factors in sorted(rows):
        before, weights = trained[parent]
        shrunk = [(1 - 0.02 * h) ** (fidelity - before) for h in factors]
        weights = [w * s for w, s in zip(weights, shrunk, strict=True)]
        trained[number] = fidelity, weights
        assert value == pytest.approx(sum(w * w for w in weights) - 1.2)
        assert cost == (fidelity - before) / 200


def test_checkpoints_that_lie_elsewhere_are_bounded_too(
    catalogue: Catalogue, slots: list[Slot], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(LIMIT, "10")
    asked, slot = on_the_toy(catalogue), Slot()
    with (
        closing(slot),
        ThreadPoolExecutor(1) as pool,
        exchange(asked, submitting(pool, slots[1].run)) as connected,
    ):
        found = slot.run(connected)
    assert found.status is Status.FAILED
    assert "more than 10: the optimizer is to release more" in found.reason
