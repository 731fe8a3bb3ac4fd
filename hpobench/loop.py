"""The only ask-evaluate-tell loop: a discrete-event simulation of parallel workers."""

import heapq
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from numbers import Real
from time import perf_counter
from typing import assert_never

from hpobench.errors import legible
from hpobench.optimizer import Optimizer, Signal
from hpobench.task import Fidelity, Overhead, Problem, Unit
from hpobench.trial import Config, Outcome, Record, Trial

STALL = 10_000
"""So many trials in a row that spend nothing of the budget end the run: a zero cost (or share)
would otherwise go on for ever."""

TOLERANCE = 1e-9
"""Shares such as 1/3 do not add up exactly in floating point; relative to the budget."""

REASON = 200
"""A benchmark's words about one trial are cut to so many characters."""

Evaluate = Callable[[Trial], Outcome]


class RunError(Exception):
    """What makes a whole run fail: the optimizer broke the rules of the interface."""


@dataclass(slots=True)
class Pending:
    """A trial under evaluation on a simulated worker."""

    number: int
    trial: Trial
    outcome: Outcome
    worker: int
    start: float
    end: float
    share: float
    cost: float
    ask_seconds: float


@dataclass(slots=True)
class Simulation:
    """The state of one run; iterate `records` once.

    At virtual time t all results due are told, in the order of (finish, number), before any
    ask at t; so an optimizer sees nothing that finishes later, whatever order things happen
    in the real world. There is no wall clock in it unless `overhead` is measured.

    Attributes:
        optimizer: Asked and told.
        evaluate: Answers a trial with the benchmark's raw outcome.
        problem: What the optimizer was given.
        overhead: Whether the optimizer's own time counts.
        clock: Where real seconds come from.
        cut: Why the run ended before the optimizer was exhausted or the budget spent in full,
            or empty. Set when `records` ends.
    """

    optimizer: Optimizer
    evaluate: Evaluate
    problem: Problem
    overhead: Overhead = Overhead.NONE
    clock: Callable[[], float] = perf_counter
    cut: str = ""
    _now: float = 0.0
    _asked: int = 0
    _submitted: float = 0.0
    _spent: float = 0.0
    _stalled: int = 0
    _waited: float = 0.0
    _open: bool = True
    _waiting: bool = False
    _names: tuple[str, ...] = ()
    _continuable: bool = False
    _free: list[int] = field(default_factory=list)
    _running: list[tuple[float, int, Pending]] = field(default_factory=list)
    _reached: dict[tuple[object, ...], tuple[float, float]] = field(default_factory=dict)

    def records(self) -> Iterator[Record]:
        """Run to the end of the budget, giving each trial as it is told.

        Raises:
            RunError: The optimizer waits although nothing is pending.
            Exception: Whatever the optimizer or the benchmark raises.
        """
        self._names = tuple(objective.name for objective in self.problem.objectives)
        self._free = list(range(self.problem.workers))
        self._continuable = bool(self.problem.fidelity and self.problem.fidelity.continuable)
        while True:
            if self._running and self._running[0][0] <= self._now:
                yield self._tell()
            elif self._open and self._free and not self._waiting:
                self._ask()
            elif self._running:
                self._now = max(self._now, self._running[0][0])
            else:
                break
        if self._waiting and not self.cut:
            raise RunError("the optimizer waits although no trial is pending")

    def _ask(self) -> None:
        """Put the next trial on the lowest free worker, or note why there is none."""
        if self._over():
            self._open = False
            return
        began = self.clock()
        trial = self.optimizer.ask()
        seconds = self.clock() - began
        self._waited += seconds
        if self.overhead is Overhead.MEASURED:
            self._now += seconds
        match trial:
            case Trial():
                self._submit(trial)
            case Signal.WAIT:
                self._waiting = True
            case Signal.EXHAUSTED:
                self._open = False
            case _:
                assert_never(trial)

    def _over(self) -> bool:
        """Whether the budget leaves no room for another trial, however cheap."""
        budget = self.problem.budget
        match budget.unit:
            case Unit.EVALUATIONS:
                return self._asked >= budget.amount
            case Unit.SECONDS:
                return self._now >= budget.amount
            case Unit.TRIALS:
                return self._submitted >= budget.amount * (1 - TOLERANCE)
            case _:
                assert_never(budget.unit)

    def _submit(self, trial: Trial) -> None:
        """Evaluate a trial now and have it finish when its cost has passed."""
        trial = at_fidelity(trial, self.problem.fidelity)
        outcome = judged(self.evaluate(trial), self._names)
        share, cost = self._charge(trial, outcome.cost)
        end = self._now + cost
        if self._exceeds(share, end):
            return
        self._submitted += share
        pending = Pending(
            self._asked,
            trial,
            outcome,
            heapq.heappop(self._free),
            self._now,
            end,
            share,
            cost,
            self._waited,
        )
        heapq.heappush(self._running, (end, self._asked, pending))
        self._asked += 1
        self._waited = 0.0

    def _exceeds(self, share: float, end: float) -> bool:
        """Whether a trial would finish beyond the budget: then it is the cut."""
        budget = self.problem.budget
        if budget.unit is Unit.EVALUATIONS:
            return False  # `_over` has counted
        if budget.unit is Unit.TRIALS and self._submitted + share > budget.amount * (1 + TOLERANCE):
            self._cut(f"the next trial would spend {self._submitted + share:.6g} trials")
            return True
        if budget.unit is Unit.SECONDS and end > budget.amount:
            heapq.heappop(self._free)  # its worker is busy beyond the end
            self.cut = "trials that would finish after the budget's end are not counted"
            self._waited = 0.0
            return True
        spent = share if budget.unit is Unit.TRIALS else end - self._now
        if spent > 0:
            self._stalled = 0
            return False
        self._stalled += 1
        if self._stalled >= STALL:
            self._cut(f"{STALL} trials in a row spent nothing of the budget")
        return self._stalled >= STALL

    def _cut(self, reason: str) -> None:
        """End the run here, and say why."""
        self.cut = reason
        self._open = False

    def _charge(self, trial: Trial, cost: float) -> tuple[float, float]:
        """Share of a full-fidelity trial, and seconds, less what a continued one has paid."""
        fidelity = self.problem.fidelity
        if fidelity is None or trial.fidelity is None:
            return 1.0, cost
        share = trial.fidelity / fidelity.high
        if fidelity.continuable:
            paid_share, paid_cost = self._reached.get(identity(trial.config), (0.0, 0.0))
            if paid_share < share:  # at the same fidelity it is trained anew
                return share - paid_share, max(cost - paid_cost, 0.0)
        return share, cost

    def _tell(self) -> Record:
        """Tell the result that is due first."""
        _, _, pending = heapq.heappop(self._running)
        heapq.heappush(self._free, pending.worker)
        if self._continuable:
            self._remember(pending)
        self._spent += pending.share
        self._waiting = False
        told = replace(pending.outcome, test={}) if pending.outcome.test else pending.outcome
        began = self.clock()
        self.optimizer.tell(pending.trial, told)
        tell_seconds = self.clock() - began
        if self.overhead is Overhead.MEASURED:
            self._now += tell_seconds
        return self._record(pending, tell_seconds)

    def _remember(self, pending: Pending) -> None:
        """Note how far a configuration has come, so that it can be continued."""
        if pending.trial.fidelity and self.problem.fidelity and pending.outcome.ok:
            key = identity(pending.trial.config)
            share = pending.trial.fidelity / self.problem.fidelity.high
            reached = share, pending.outcome.cost
            self._reached[key] = max(reached, self._reached.get(key, reached))

    def _record(self, pending: Pending, tell_seconds: float) -> Record:
        """What is kept of a finished trial."""
        outcome = pending.outcome
        tests = [_number(outcome.test, name) for name in self._names] if outcome.test else ()
        return Record(
            number=pending.number,
            config=pending.trial.config,
            fidelity=pending.trial.fidelity,
            values=outcome.vector,
            test=tuple(tests),
            cost=pending.cost,
            start=pending.start,
            end=pending.end,
            worker=pending.worker,
            ask_seconds=pending.ask_seconds,
            tell_seconds=tell_seconds,
            spent=self._spent,
            failure=outcome.failure,
        )


def trajectory(optimizer: Optimizer, evaluate: Evaluate, problem: Problem) -> Iterator[Record]:
    """The records of a run, in order of virtual finish time."""
    return Simulation(optimizer, evaluate, problem).records()


def identity(config: Config) -> tuple[object, ...]:
    """A configuration as a key: the same for the same values, whatever their order."""
    return tuple(sorted(config.items()))


def at_fidelity(trial: Trial, fidelity: Fidelity | None) -> Trial:
    """The trial with its fidelity made explicit: the highest, where none was asked for.

    Raises:
        RunError: A fidelity was asked for where there is none, or outside its range, or a
            fraction of one that takes whole numbers.
    """
    if fidelity is None:
        if trial.fidelity is not None:
            raise RunError("the optimizer asked for a fidelity, the task has none")
        return trial
    value = fidelity.high if trial.fidelity is None else trial.fidelity
    if not fidelity.low <= value <= fidelity.high or (fidelity.integer and value % 1):
        raise RunError(f"the optimizer asked for {fidelity.name} {value}, not in its range")
    return trial if value is trial.fidelity else replace(trial, fidelity=value)


def judged(outcome: Outcome, objectives: tuple[str, ...]) -> Outcome:
    """A benchmark's raw outcome, reduced to the objectives in their order, and checked.

    What is missing, not a number or not finite makes a failed trial with a reason; so does a
    cost that is no finite number of at least 0, which is then counted as 0. A test value that
    is none is left out, since no optimizer sees it.

    Raises:
        RunError: It is no outcome at all.
    """
    if not isinstance(outcome, Outcome):
        raise RunError(f"the benchmark answered {outcome!r}"[:REASON] + ", not an Outcome")
    if _sound(outcome, objectives):
        return outcome
    cost = outcome.cost
    if not _is_finite(cost) or cost < 0:
        return Outcome(
            cost=0.0, failure=f"the cost is {cost!r}"[:REASON] + ", not a number of at least 0"
        )
    if outcome.failure:
        return Outcome(cost=float(cost), failure=legible(str(outcome.failure)[:REASON]))
    values: dict[str, float] = {}
    for name in objectives:
        value = _find(outcome.values, name)
        if not _is_finite(value):
            return Outcome(cost=float(cost), failure=f"{name} is {value!r}"[:REASON])
        values[name] = float(value)
    test = outcome.test if isinstance(outcome.test, Mapping) else {}
    return Outcome(values=values, cost=float(cost), test=test)


def _sound(outcome: Outcome, objectives: tuple[str, ...]) -> bool:
    """Whether nothing about an outcome needs a closer look: nearly always so."""
    values, cost = outcome.values, outcome.cost
    plain = type(values) is dict and type(cost) is float and type(outcome.test) is dict
    if not plain or outcome.failure or not 0 <= cost < math.inf or tuple(values) != objectives:
        return False
    return all(type(value) is float and math.isfinite(value) for value in values.values())


def _number(values: Mapping[str, float], name: str) -> float:
    """The finite value of an objective, or NaN."""
    value = _find(values, name)
    return float(value) if _is_finite(value) else math.nan


def _find(values: Mapping[str, float], name: str) -> float:
    """The value of an objective; NaN where a faulty benchmark gives none."""
    return values.get(name, math.nan) if isinstance(values, Mapping) else math.nan


def _is_finite(value: object) -> bool:
    """Whether it is a real number that a float can hold, and finite."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
