"""Workers that evaluate trials of a run side by side in real time."""

from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from hpobench.run import Clock
from hpobench.trial import Outcome, Trial

if TYPE_CHECKING:
    pass
from hpobench.execution.workers import Pending, Workers


class Executor(Protocol):
    """Where real trials are evaluated, whatever it is made of."""

    def submit(self, number: int, trial: Trial) -> None:
        """Have a trial evaluated, without waiting for it; if it has a parent, from its state."""

    def release(self, numbers: Sequence[int]) -> None:
        """Let go of the checkpoints of trials that nobody will go on from."""

    def next(self, seconds: float) -> tuple[int, Outcome, float] | None:
        """Wait at most so long for any trial to finish.

        Returns:
            Its number, its outcome as `judge_outcome` gives it, and how many real seconds the
            evaluation took; None if none has finished.

        Raises:
            Exception: What the benchmark raised.
        """


class Concurrent(Workers):
    """Workers that do evaluate side by side, in real time.

    Args:
        executor: Where.
        seconds: Where real seconds come from.
    """

    clock = Clock.REAL

    def __init__(self, executor: Executor, seconds: Callable[[], float] = monotonic) -> None:
        self._executor = executor
        self._seconds = seconds
        self._began = seconds()
        self._running: dict[int, Pending] = {}
        self._finished: deque[Pending] = deque()

    @property
    def now(self) -> float:
        """Real seconds since the run's begin."""
        return self._seconds() - self._began

    @property
    def busy(self) -> int:
        """How many trials have not been taken yet."""
        return len(self._running) + len(self._finished)

    def begin(self, pending: Pending) -> None:
        """Hand a trial to the executor."""
        pending.start = self.now
        self._running[pending.number] = pending
        self._executor.submit(pending.number, pending.trial)

    def due(self, until: float) -> Pending | None:
        """The trial whose outcome came first."""
        while self._receive(0.0):
            pass
        if self._finished and self._finished[0].end <= until:
            return self._finished.popleft()
        return None

    def wait(self, until: float) -> Pending | None:
        """Sleep until an outcome comes, or the end."""
        while self._running and not self._finished and (left := until - self.now) > 0:
            self._receive(left)
        return self.due(until)

    def release(self, numbers: Sequence[int]) -> None:
        """Have the executor let go of checkpoints."""
        self._executor.release(numbers)

    def _receive(self, seconds: float) -> bool:
        """Stamp the outcome that comes next, if one does in time."""
        found = self._executor.next(seconds)
        if found is None:
            return False
        number, outcome, took = found
        pending = self._running.pop(number)
        pending.settle(outcome)
        pending.end = self.now
        pending.start = max(pending.start, pending.end - took)
        self._finished.append(pending)
        return True
