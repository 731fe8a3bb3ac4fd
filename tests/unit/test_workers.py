"""Workers in real time: the same loop, told by a clock that nobody simulates."""

import itertools
import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from hypothesis import given
from hypothesis import strategies as st

from hpobench.execution.loop import Loop
from hpobench.execution.real_workers import Concurrent
from hpobench.execution.workers import Simulated
from hpobench.optimizer import Signal
from hpobench.run import Clock
from hpobench.task import Budget, Problem, Unit
from hpobench.trial import Outcome, Record, Trial
from tests import PATIENCE
from tests.examples import examples
from tests.unit.test_loop import Listed, by_number, problem

Answer = Callable[[Trial], Outcome]


class Threads:
    """An executor of threads, as many as there are workers."""

    def __init__(self, evaluate: Answer, workers: int) -> None:
        self.pool = ThreadPoolExecutor(workers)
        self.evaluate = evaluate
        self.futures: dict[Future[tuple[Outcome, float]], int] = {}

    def submit(self, number: int, trial: Trial) -> None:
        self.futures[self.pool.submit(self._timed, trial)] = number

    def _timed(self, trial: Trial) -> tuple[Outcome, float]:
        began = time.monotonic()
        outcome = self.evaluate(trial)
        return outcome, time.monotonic() - began

    def release(self, numbers: Sequence[int]) -> None:
        raise AssertionError(f"there are no checkpoints, of {numbers} neither")

    def next(self, seconds: float) -> tuple[int, Outcome, float] | None:
        timeout = None if seconds == math.inf else seconds
        done = wait(self.futures, timeout, FIRST_COMPLETED).done
        if not done:
            return None
        first = next(iter(done))
        return self.futures.pop(first), *first.result()


class Scripted:
    """An executor on a clock of its own, where trials take what a simulation says."""

    def __init__(self, evaluate: Answer) -> None:
        self.evaluate = evaluate
        self.time = 0.0
        self.running: list[tuple[float, int, Outcome]] = []

    def submit(self, number: int, trial: Trial) -> None:
        outcome = self.evaluate(trial)
        self.running.append((self.time + outcome.cost, number, outcome))

    def release(self, numbers: Sequence[int]) -> None:
        raise AssertionError(f"there are no checkpoints, of {numbers} neither")

    def next(self, seconds: float) -> tuple[int, Outcome, float] | None:
        first = min(self.running, default=(math.inf, 0, Outcome()))
        if first[0] > self.time + seconds:
            self.time += 0.0 if seconds == math.inf else seconds
            return None
        self.running.remove(first)
        self.time = max(self.time, first[0])
        return first[1], first[2], first[2].cost


def in_real_time(evaluate: Answer, posed: Problem, optimizer: Listed) -> Loop:
    return Loop(optimizer, Concurrent(Threads(evaluate, posed.workers)), posed)


def in_scripted_time(evaluate: Answer, posed: Problem, optimizer: Listed) -> Loop:
    executor = Scripted(evaluate)
    return Loop(optimizer, Concurrent(executor, lambda: executor.time), posed)


def together(number: int) -> Answer:
    """Answers once `number` trials are at work side by side, as often as that happens."""
    barrier = threading.Barrier(number)

    def evaluate(trial: Trial) -> Outcome:
        barrier.wait(timeout=PATIENCE)
        return Outcome(values={"f0": float(trial.config["x"])})

    return evaluate


@examples(200)
@given(
    costs=st.lists(st.integers(1, 50).map(float), min_size=1, max_size=30),
    workers=st.sampled_from([1, 2, 7, 64]),
    budget=st.one_of(
        st.integers(1, 60).map(lambda n: Budget(n, Unit.EVALUATIONS)),
        st.integers(1, 200).map(lambda n: Budget(n, Unit.SECONDS)),
        st.integers(1, 60).map(Budget),
    ),
)
def test_real_workers_that_take_what_simulated_ones_do_give_the_same_records(
    costs: list[float], workers: int, budget: Budget
) -> None:
    posed = problem(budget, workers=workers)
    executor = Scripted(by_number(costs))
    real = Loop(Listed(posed), Concurrent(executor, lambda: executor.time), posed)
    simulated = Loop(Listed(posed), Simulated(by_number(costs), ("f0",)), posed)
    found, expected = list(real.records()), list(simulated.records())
    assert [plain(record) for record in found] == [plain(record) for record in expected]
    assert real.stop_reason == simulated.stop_reason


def plain(record: Record) -> Record:
    """Without what a real clock says of the optimizer."""
    return record._replace(ask_seconds=0.0, tell_seconds=0.0)


def test_trials_overlap_in_time_and_no_worker_has_two() -> None:
    posed = problem(Budget(12), workers=4)
    loop = in_real_time(together(4), posed, Listed(posed))
    records = list(loop.records())
    assert loop.workers.clock is Clock.REAL
    assert sorted(record.number for record in records) == list(range(12))
    assert {record.worker for record in records} == {0, 1, 2, 3}
    assert [record.end for record in records] == sorted(record.end for record in records)
    for worker in range(4):
        own = sorted((r.start, r.end) for r in records if r.worker == worker)
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(own))
        assert all(start <= end for start, end in own)


def test_a_budget_of_real_seconds_ends_while_trials_are_still_running() -> None:
    posed = problem(Budget(3, Unit.SECONDS), workers=2)
    loop = in_scripted_time(by_number([1.0, 1.0, 5.0, 5.0]), posed, Listed(posed))
    records = list(loop.records())
    assert sorted(record.number for record in records) == [0, 1]
    assert "after the budget's end" in loop.stop_reason


def test_a_synchronous_optimizer_waits_for_its_real_peers() -> None:
    class InPairs(Listed):
        def ask(self) -> Trial | Signal:
            pending = self.asked - len(self.told)
            return Signal.WAIT if self.asked % 2 == 0 and pending else super().ask()

    posed = problem(Budget(6, Unit.EVALUATIONS), workers=3)
    optimizer = InPairs(posed)
    records = list(in_real_time(together(2), posed, optimizer).records())
    assert optimizer.known[:6] == [0, 0, 2, 2, 4, 4]
    assert len(records) == 6
