"""Who evaluates the trials of a run, and by which clock: simulated workers, or real ones."""

import heapq
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hpobench.constraint import Constraint
from hpobench.outcomes import judge_outcome
from hpobench.run import Clock
from hpobench.trial import Outcome, Trial

if TYPE_CHECKING:
    from hpobench.execution.checkpoints import Checkpoints

Evaluate = Callable[[Trial], Outcome]
Advance = Callable[[Trial, bytes | None], tuple[Outcome, bytes | None]]
"""Answers a trial that goes on from a checkpoint, or from nothing, and says what it leaves for
others: None if nobody can go on from it."""
NOTHING = Outcome()
"""Stands for no outcome yet."""


@dataclass(slots=True)
class Pending:
    """A trial on its worker.

    Attributes:
        number: Position in the order of asking, from 0.
        trial: What is evaluated, and recorded; nobody else holds its configuration.
        proposal: What the optimizer asked for, as its own object: it is given back to `tell`.
        worker: By which worker, from 0.
        share: What it spends of a budget in full-fidelity trials.
        paid: Seconds of its cost that the trial which it continues has paid already.
        ask_seconds: Real seconds the optimizer took to propose it.
        start: When its worker began it, in seconds since the run's begin.
        end: When it finishes; known at once in a simulation.
        cost: Seconds charged for it, once there is an outcome.
        outcome: What the evaluation found, once it has.
        values: Its values in the order of the objectives, empty if it failed.
        test: Its test values by objective.
        signals: What was to be watched, by name.
        noiseless: Its values without noise by objective.
        constraints: How far it is beyond each limit, by the constraint's name.
    """

    number: int
    trial: Trial
    proposal: Trial
    worker: int
    share: float
    paid: float
    ask_seconds: float
    start: float = 0.0
    end: float = math.inf
    cost: float = 0.0
    outcome: Outcome = NOTHING
    values: tuple[float, ...] = ()
    test: Mapping[str, float] = field(default_factory=dict)
    signals: Mapping[str, float] = field(default_factory=dict)
    noiseless: Mapping[str, float] = field(default_factory=dict)
    constraints: Mapping[str, float] = field(default_factory=dict)

    def settle(self, outcome: Outcome) -> None:
        """Take the outcome of an evaluation; its mappings may change hereafter."""
        self.outcome, self.values = outcome, outcome.vector
        self.test, self.signals = dict(outcome.test), dict(outcome.signals)
        self.noiseless, self.constraints = dict(outcome.noiseless), dict(outcome.constraints)
        self.cost = max(outcome.cost - self.paid, 0.0) if self.paid else outcome.cost


class Workers(ABC):
    """Evaluate trials side by side, and say which finishes next, and when.

    Attributes:
        clock: What `now` counts.
        now: Seconds since the run's begin.
        busy: How many trials were begun and not taken by `due`.
    """

    clock: Clock

    @property
    @abstractmethod
    def now(self) -> float:
        """Seconds since the run's begin."""

    @property
    @abstractmethod
    def busy(self) -> int:
        """How many trials were begun and not taken by `due`."""

    @abstractmethod
    def begin(self, pending: Pending) -> None:
        """Have a trial evaluated."""

    @abstractmethod
    def due(self, until: float) -> Pending | None:
        """Take the trial that finished first, if one has by now and by `until`."""

    @abstractmethod
    def wait(self, until: float) -> Pending | None:
        """Let time pass until a trial is due, and take it; None if none will be by `until`."""

    def spend(self, seconds: float) -> None:  # noqa: B027 (real time passes by itself)
        """Let time pass that the optimizer took."""

    def release(self, numbers: Sequence[int]) -> None:  # noqa: B027 (few have any)
        """Remove the checkpoints of trials that nobody will go on from."""

    def close(self) -> None:  # noqa: B027 (few hold something)
        """Remove what is left; called once when the run has ended, however it did."""


class Simulated(Workers):
    """Workers that exist on a virtual clock alone: there is no wall clock and no sleeping in it.

    Args:
        evaluate: Answers a trial, at once, with the benchmark's raw outcome.
        objectives: Names of those that count, in their order.
        signals: Names of those that are told.
        constraints: What a configuration must keep.
    """

    clock = Clock.SIMULATED
    now = 0.0

    def __init__(
        self,
        evaluate: Evaluate,
        objectives: tuple[str, ...],
        signals: tuple[str, ...] = (),
        constraints: tuple[Constraint, ...] = (),
    ) -> None:
        self._evaluate = evaluate
        self._counted = objectives, signals, constraints
        self._running: list[tuple[float, int, Pending]] = []

    @property
    def busy(self) -> int:
        """How many trials have not been taken yet."""
        return len(self._running)

    def begin(self, pending: Pending) -> None:
        """Evaluate now, and finish when the cost has passed."""
        outcome = self._evaluate(pending.trial)
        self._begun(pending, judge_outcome(outcome, *self._counted))

    def _begun(self, pending: Pending, outcome: Outcome) -> None:
        """Have a trial finish when its cost has passed."""
        pending.settle(outcome)
        pending.start = self.now
        pending.end = end = self.now + pending.cost
        heapq.heappush(self._running, (end, pending.number, pending))

    def due(self, until: float) -> Pending | None:
        """The trial first by (end, number), if that time has come."""
        running = self._running
        if running and running[0][0] <= self.now and running[0][0] <= until:
            return heapq.heappop(running)[2]
        return None

    def wait(self, until: float) -> Pending | None:
        """Go to the time at which the next trial finishes."""
        running = self._running
        if not running or running[0][0] > until:
            return None
        end, _, pending = heapq.heappop(running)
        self.now = max(self.now, end)
        return pending

    def spend(self, seconds: float) -> None:
        """Advance the clock by seconds."""
        self.now += seconds


class Continued(Simulated):
    """Simulated workers whose trials go on from the checkpoints of others.

    Args:
        advance: Answers a trial, at once.
        checkpoints: Where those of the run are kept.
        objectives: Names of those that count, in their order.
        signals: Names of those that are told.
        constraints: What a configuration must keep.
    """

    def __init__(
        self,
        advance: Advance,
        checkpoints: "Checkpoints",
        objectives: tuple[str, ...],
        signals: tuple[str, ...] = (),
        constraints: tuple[Constraint, ...] = (),
    ) -> None:
        super().__init__(lambda trial: advance(trial, None)[0], objectives, signals, constraints)
        self._advance = advance
        self._checkpoints = checkpoints

    def begin(self, pending: Pending) -> None:
        """Go on from the parent's checkpoint now, and finish when the cost has passed."""
        parent = pending.trial.parent
        before = None if parent is None else self._checkpoints.read(parent)
        outcome, after = self._advance(pending.trial, before)
        outcome = judge_outcome(outcome, *self._counted)
        if after is not None and outcome.ok:
            self._checkpoints.write(pending.number, after)
        self._begun(pending, outcome)

    def release(self, numbers: Sequence[int]) -> None:
        """Remove what nobody will read."""
        self._checkpoints.release(numbers)

    def close(self) -> None:
        """Remove all that is left."""
        self._checkpoints.close()
