"""The only ask-evaluate-tell loop, whether its workers are simulated or real."""

import heapq
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, assert_never

from hpobench.constraint import Constraint
from hpobench.errors import RunError, quoted
from hpobench.execution.lineage import Lineage
from hpobench.execution.workers import Evaluate, Pending, Simulated, Workers
from hpobench.optimizer import Optimizer, Signal
from hpobench.outcomes import finite_value, is_finite
from hpobench.task import Fidelity, Noise, Overhead, Problem, Unit
from hpobench.trial import Outcome, Record, Trial, plain_value

STALL = 10_000
"""So many trials in a row that spend nothing of the budget end the run: a zero cost
would otherwise go on for ever."""

TOLERANCE = 1e-9
"""Shares such as 1/3 do not add up exactly in floating point; relative to the budget."""
Check = Callable[[Trial], None]


def _anything(_: Trial) -> None:
    """Every configuration is legal."""


@dataclass(slots=True)
class Loop:
    """The state of one run; iterate `records` once.

    At time t all results due are told, in the order in which they finished, before any ask at
    t; so an optimizer sees nothing that finishes later. Of simulated workers the time is
    virtual, whatever order things happen in the real world, and nothing of a real clock gets
    into it unless `overhead` is measured; of real workers it is real.

    Attributes:
        optimizer: Asked and told.
        workers: Evaluate its trials, and know what time it is.
        problem: What the optimizer was given.
        overhead: Whether the optimizer's own time counts; in real time it does anyway.
        check: Raises `RunError` for a trial that must not be asked for.
        clock: Where real seconds come from.
        stop_reason: Why the run ended before the optimizer was exhausted or the budget spent in
            full, or empty. Set when `records` ends.
    """

    optimizer: Optimizer
    workers: Workers
    problem: Problem
    overhead: Overhead = Overhead.NONE
    check: Check = _anything
    clock: Callable[[], float] = perf_counter
    stop_reason: str = ""
    _asked: int = 0
    _submitted: float = 0.0
    _spent: float = 0.0
    _stalled: int = 0
    _waited: float = 0.0
    _open: bool = True
    _waiting: bool = False
    _evaluations: float = math.inf
    _enough: float = math.inf
    _most: float = math.inf
    _until: float = math.inf
    _names: tuple[str, ...] = ()
    _signals: tuple[str, ...] = ()
    _constraints: tuple[str, ...] = ()
    _lineage: Lineage | None = None
    _measured: bool = False
    _free: list[int] = field(default_factory=list)

    def records(self) -> Iterator[Record]:
        """Run to the end of the budget, giving each trial as it is told.

        Raises:
            RunError: The optimizer waits although nothing is pending, or asked for something
                illegal.
            Exception: Whatever the optimizer or the benchmark raises.
        """
        problem, workers = self.problem, self.workers
        self._names = tuple(objective.name for objective in problem.objectives)
        self._signals, self._constraints = problem.signals, problem.constraints
        self._free = list(range(problem.workers))
        self._lineage = Lineage.of(problem, names_parents=self.optimizer.names_parents)
        self._measured = self.overhead is Overhead.MEASURED  # a member is slow to look up
        self._limit()
        while True:
            if pending := workers.due(self._until):
                yield self._tell(pending)
            elif self._open and self._free and not self._waiting:
                self._ask()
            elif pending := workers.wait(self._until):
                yield self._tell(pending)
            else:
                break
        if workers.busy:
            self.stop_reason = "trials that would finish after the budget's end are not counted"
        elif self._waiting and not self.stop_reason:
            raise RunError("the optimizer waits although no trial is pending")

    def _limit(self) -> None:
        """Take the budget as a limit in its own unit, and none in the others."""
        budget = self.problem.budget
        match budget.unit:
            case Unit.EVALUATIONS:
                self._evaluations = budget.amount
            case Unit.TRIALS:
                self._enough = budget.amount * (1 - TOLERANCE)
                self._most = budget.amount * (1 + TOLERANCE)
            case Unit.SECONDS:
                self._until = budget.amount
            case _:
                assert_never(budget.unit)

    def _ask(self) -> None:
        """Put the next trial on the lowest free worker, or note why there is none."""
        if self._over():
            self._open = False
            return
        began = self.clock()
        trial = self.optimizer.ask()
        seconds = self.clock() - began
        self._waited += seconds
        if self._measured:
            self.workers.spend(seconds)
        match trial:
            case Trial():
                self._submit(trial)
            case Signal.WAIT:
                self._waiting = True
            case Signal.EXHAUSTED:
                self._open = False
            case _:
                raise RunError(
                    f"the optimizer's ask() gave {quoted(trial)}: expected a "
                    "hpobench.trial.Trial(config={...}), Signal.WAIT or Signal.EXHAUSTED"
                )

    def _over(self) -> bool:
        """Whether the budget leaves no room for another trial, however cheap."""
        return (
            self._asked >= self._evaluations
            or self._submitted >= self._enough
            or self._until <= self.workers.now < math.inf  # huge costs overflow
        )

    def _submit(self, trial: Trial) -> None:
        """Have a trial evaluated, unless the budget has no room for it."""
        proposal = at_fidelity(trial, self.problem.fidelity)
        trial = private(proposal)  # whatever the optimizer does with its own afterwards
        self.check(trial)
        trial, share, paid = self._charge(trial)
        submitted = self._submitted + share
        if submitted > self._most:
            self._cut(f"the next trial would spend {submitted:.6g} trials")
            return
        self._submitted = submitted
        worker = heapq.heappop(self._free)
        self.workers.begin(Pending(self._asked, trial, proposal, worker, share, paid, self._waited))
        self._asked += 1
        self._waited = 0.0

    def _cut(self, reason: str) -> None:
        """Ask for nothing more, and say why."""
        self.stop_reason = reason
        self._open = False

    def _charge(self, trial: Trial) -> tuple[Trial, float, float]:
        """The trial, its share of a full one, and the seconds that its parent has paid."""
        if self.problem.noise is Noise.FRESH:
            trial = replace(trial, draw=self._asked)
        if self._lineage is not None:
            return self._lineage.charge(trial)
        if trial.parent is not None:
            raise RunError("the optimizer asked to go on from a trial, which the task's cannot")
        fidelity = self.problem.fidelity
        if fidelity is None or trial.fidelity is None:
            return trial, 1.0, 0.0
        return trial, trial.fidelity / fidelity.high, 0.0

    def _tell(self, pending: Pending) -> Record:
        """Tell the result that is due."""
        heapq.heappush(self._free, pending.worker)
        if self._lineage is not None:
            self._lineage.tell(pending.number, pending.trial, pending.outcome)
        self._spent += pending.share
        self._waiting = False
        if self._until < math.inf:
            self._watch(pending)
        told = Outcome(
            values=dict(zip(self._names, pending.values, strict=False)),  # none, if it failed
            cost=pending.outcome.cost,
            failure=pending.outcome.failure,
            signals=dict(pending.signals),
            constraints=dict(pending.constraints),
        )
        began = self.clock()
        self.optimizer.tell(pending.proposal, told)
        tell_seconds = self.clock() - began
        if self._measured:
            self.workers.spend(tell_seconds)
        if self._lineage is not None and self.problem.continues:
            self._release(self._lineage)
        return self._record(pending, tell_seconds)

    def _release(self, lineage: Lineage) -> None:
        """Have the checkpoints removed that nobody will ask for any more."""
        if lineage.names_parents:
            lineage.release(self.optimizer.release())
        if lineage.dropped:
            self.workers.release(lineage.dropped)
            lineage.dropped.clear()

    def _watch(self, pending: Pending) -> None:
        """End a run whose trials take no time: its seconds would never be over."""
        self._stalled = 0 if pending.end > pending.start else self._stalled + 1
        if self._stalled >= STALL and self._open:
            self._cut(f"{STALL} trials in a row spent nothing of the budget")

    def _record(self, pending: Pending, tell_seconds: float) -> Record:
        """What is kept of a finished trial."""
        trial, names = pending.trial, self._names
        test, noiseless = _in_order(pending.test, names), _in_order(pending.noiseless, names)
        seen = tuple(finite_value(pending.signals, name) for name in self._signals)
        return Record(  # by position: with names it takes three times as long, at every trial
            pending.number,
            trial.config,
            trial.fidelity,
            pending.values,
            test,
            pending.cost,
            pending.start,
            pending.end,
            pending.worker,
            pending.ask_seconds,
            tell_seconds,
            self._spent,
            pending.outcome.failure,
            trial.parent,
            seen,
            noiseless,
            tuple(finite_value(pending.constraints, name) for name in self._constraints),
        )


def _in_order(values: Mapping[str, float], names: tuple[str, ...]) -> tuple[float, ...]:
    """What no optimizer is told, in the order of the objectives; empty if there is nothing."""
    return tuple(finite_value(values, name) for name in names) if values else ()


def trajectory(optimizer: Optimizer, evaluate: Evaluate, problem: Problem) -> Iterator[Record]:
    """The records of a run on simulated workers, in order of virtual finish time."""
    names = tuple(objective.name for objective in problem.objectives)
    limits = tuple(Constraint(name=name) for name in problem.constraints)
    return Loop(optimizer, Simulated(evaluate, names, constraints=limits), problem).records()


def private(trial: Trial) -> Trial:
    """A trial of plain values that nobody else holds: optimizers change their own again."""
    given: object = trial.config
    if not isinstance(given, Mapping):
        return trial  # it is refused by whoever knows the space
    config = {name: plain_value(value) for name, value in given.items()}
    return Trial(config=config, fidelity=trial.fidelity, handle=trial.handle, parent=trial.parent)


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
    value: Any = plain_value(fidelity.high if trial.fidelity is None else trial.fidelity)
    if not is_finite(value):
        wrong = f"{fidelity.name} {quoted(value)}, which is no number"
        raise RunError(f"the optimizer asked for {wrong}")
    if not fidelity.low <= value <= fidelity.high or (fidelity.integer and value % 1):
        raise RunError(f"the optimizer asked for {fidelity.name} {value}, not in its range")
    value = value if isinstance(value, int | float) else float(value)
    return trial if value is trial.fidelity else replace(trial, fidelity=value)
