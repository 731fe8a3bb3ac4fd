"""The laws of the run loop, and an independent oracle for its schedule."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace
from hypothesis import given
from hypothesis import strategies as st

from hpobench.errors import RunError
from hpobench.execution.loop import STALL, Loop
from hpobench.execution.workers import Evaluate, Simulated
from hpobench.optimizer import Optimizer, Signal
from hpobench.outcomes import judge_outcome
from hpobench.task import Budget, Fidelity, Objective, Overhead, Problem, Unit
from hpobench.trial import Outcome, Record, Trial
from tests.examples import examples

WORKERS = [1, 2, 7, 64, 1000]
COSTS = st.one_of(
    st.just(0.0), st.just(1.0), st.floats(1e-9, 1e-6), st.floats(0.1, 10), st.floats(1e9, 1e12)
)


class Listed(Optimizer):
    """Asks for the numbers 0, 1, 2, ... and notes what it knew at each ask."""

    def __init__(self, problem: Problem, seed: int = 0, **options: Any) -> None:
        self.fidelities = options.get("fidelities", itertools.repeat(None))
        self.told: list[tuple[Trial, Outcome]] = []
        self.known: list[int] = []
        self.asked = 0

    def ask(self) -> Trial | Signal:
        self.known.append(len(self.told))
        self.asked += 1
        return Trial(config={"x": self.asked - 1}, fidelity=next(iter(self.fidelities)))

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        self.told.append((trial, outcome))


def problem(
    budget: Budget, *, workers: int = 1, fidelity: Fidelity | None = None, objectives: int = 1
) -> Problem:
    return Problem(
        space=ConfigurationSpace({"x": (0.0, 1.0)}),
        objectives=tuple(Objective(name=f"f{i}") for i in range(objectives)),
        fidelity=fidelity,
        budget=budget,
        workers=workers,
    )


def by_number(costs: Sequence[float]) -> Callable[[Trial], Outcome]:
    def evaluate(trial: Trial) -> Outcome:
        number = int(trial.config["x"])
        return Outcome(values={"f0": float(number)}, cost=costs[number % len(costs)])

    return evaluate


def simulation(optimizer: Optimizer, evaluate: Evaluate, posed: Problem, **options: Any) -> Loop:
    names = tuple(objective.name for objective in posed.objectives)
    return Loop(optimizer, Simulated(evaluate, names), posed, **options)


def simulate(
    costs: Sequence[float], workers: int, budget: Budget | None = None
) -> tuple[list[Record], Listed, Loop]:
    posed = problem(budget or Budget(len(costs), Unit.EVALUATIONS), workers=workers)
    optimizer = Listed(posed)
    loop = simulation(optimizer, by_number(costs), posed)
    return list(loop.records()), optimizer, loop


def oracle(costs: Sequence[float], workers: int) -> list[tuple[float, float, int]]:
    """Start, end and worker of each trial by plain list scheduling, without any events."""
    free_at = [0.0] * workers
    now, schedule = 0.0, []
    for cost in costs:
        now = max(now, min(free_at))
        worker = next(w for w, free in enumerate(free_at) if free <= now)
        free_at[worker] = now + cost
        schedule.append((now, now + cost, worker))
    return schedule


@pytest.mark.slow
@examples(1000)
@given(costs=st.lists(COSTS, min_size=1, max_size=40), workers=st.sampled_from(WORKERS))
def test_the_schedule_is_the_one_an_independent_oracle_computes(
    costs: list[float], workers: int
) -> None:
    records, optimizer, _ = simulate(costs, workers)
    schedule = oracle(costs, workers)
    found = {r.number: (r.start, r.end, r.worker) for r in records}
    assert [found[i] for i in range(len(costs))] == schedule
    expected = sorted(range(len(costs)), key=lambda i: (schedule[i][1], i))
    assert [record.number for record in records] == expected
    for number, known in enumerate(optimizer.known[: len(costs)]):
        due = [i for i in range(number) if schedule[i][1] <= schedule[number][0]]
        assert known == len(due)


class Case(NamedTuple):
    """A run in which everything that can matter to its schedule may happen."""

    costs: list[float]
    failed: list[bool]
    configs: int
    fidelities: list[int]
    continuable: bool
    together: int
    exhausted: int
    workers: int
    budget: Budget
    tick: int

    def holds(self, number: int, told: int) -> bool:
        """Whether a bracket is complete and not all of it is told."""
        return bool(self.together) and number % self.together == 0 and number > told

    def fails(self, number: int) -> bool:
        return self.failed[number % len(self.failed)]

    def level(self, number: int) -> float:
        """The share of the full fidelity that a trial asks for."""
        return self.fidelities[number % len(self.fidelities)] / 27

    def seconds(self, number: int) -> float:
        """What a trial takes from scratch."""
        return self.costs[number % len(self.costs)]

    def charge(self, number: int, told: "list[Slip]") -> tuple[float, float]:
        """Share and seconds of a trial, less what the highest of its configuration has paid."""
        same = [s.number for s in told if (s.number - number) % self.configs == 0]
        paid = [(self.level(n), self.seconds(n)) for n in same if not self.fails(n)]
        share, seconds = max(paid, default=(0.0, 0.0))
        if self.continuable and share < self.level(number):
            return self.level(number) - share, max(self.seconds(number) - seconds, 0.0)
        return self.level(number), self.seconds(number)


class Slip(NamedTuple):
    """What brute force knows of a trial."""

    number: int
    start: float
    end: float
    worker: int
    cost: float
    share: float


CASES = st.builds(
    Case,
    costs=st.lists(COSTS, min_size=1, max_size=12),
    failed=st.lists(st.booleans(), min_size=1, max_size=5),
    configs=st.integers(1, 6),
    fidelities=st.lists(st.sampled_from([1, 3, 9, 27]), min_size=1, max_size=4),
    continuable=st.booleans(),
    together=st.sampled_from([0, 0, 1, 3, 8]),
    exhausted=st.integers(1, 60),
    workers=st.sampled_from(WORKERS),
    budget=st.one_of(
        st.builds(Budget, st.integers(1, 40), st.just(Unit.EVALUATIONS)),
        st.builds(Budget, st.floats(0.1, 30), st.just(Unit.TRIALS)),
        st.builds(Budget, st.sampled_from([1e-7, 1.0, 7.5, 40.0, 1e10]), st.just(Unit.SECONDS)),
    ),
    tick=st.sampled_from([0, 0, 1]),
)
"""`together` trials make a synchronous bracket (0: never wait); the optimizer has no more after
`exhausted`; each ask and each tell takes `tick` seconds that count."""


class Planned(Listed):
    """Asks what a case says."""

    def __init__(self, posed: Problem, case: Case) -> None:
        super().__init__(posed)
        self.case = case

    def ask(self) -> Trial | Signal:
        case, number = self.case, self.asked
        if number >= case.exhausted:
            return Signal.EXHAUSTED
        if case.holds(number, len(self.told)):
            return Signal.WAIT
        self.asked += 1
        fidelity = case.fidelities[number % len(case.fidelities)]
        return Trial(config={"x": number % case.configs}, fidelity=fidelity, handle=number)


def evaluation(case: Case) -> Evaluate:
    def evaluate(trial: Trial) -> Outcome:
        failure = "it is said to" if case.fails(trial.handle) else ""
        values = {} if failure else {"f0": 0.0}
        return Outcome(values=values, cost=case.seconds(trial.handle), failure=failure)

    return evaluate


def brute_force(case: Case) -> list[Slip]:  # noqa: C901, PLR0915 (one piece, to be read as one)
    """The trials told, by lists alone: whatever is wanted is searched for anew at each step."""
    amount, unit = case.budget.amount, case.budget.unit
    last = amount if unit is Unit.SECONDS else math.inf
    now, number, spent, open_, waiting = 0.0, 0, 0.0, True, False
    pending: list[Slip] = []
    told: list[Slip] = []
    while True:
        due = [slip for slip in pending if slip.end <= min(now, last)]
        free = sorted(set(range(case.workers)) - {slip.worker for slip in pending})
        ends = [slip.end for slip in pending if slip.end <= last]
        if due:
            first = min(due, key=lambda slip: (slip.end, slip.number))
            pending.remove(first)
            told.append(first)
            now, waiting = now + case.tick, False
        elif open_ and free and not waiting:
            used = {Unit.SECONDS: now, Unit.EVALUATIONS: number, Unit.TRIALS: spent}[unit]
            open_ = used < (amount * (1 - 1e-9) if unit is Unit.TRIALS else amount)
            if not open_:
                continue
            now += case.tick
            waiting = bool(number < case.exhausted and case.holds(number, len(told)))
            share, cost = case.charge(number, told)
            over = unit is Unit.TRIALS and spent + share > amount * (1 + 1e-9)
            if number >= case.exhausted or (over and not waiting):
                open_ = False
            elif not waiting:
                pending.append(Slip(number, now, now + cost, free[0], cost, share))
                number, spent = number + 1, spent + share
        elif ends:
            now = max(now, min(ends))
        else:
            return told


@pytest.mark.slow
@examples(1000)
@given(case=CASES)
def test_budgets_brackets_failures_and_continuations_agree_with_brute_force(case: Case) -> None:
    fidelity = Fidelity(name="z", low=1, high=27, integer=True, continuable=case.continuable)
    posed = problem(case.budget, workers=case.workers, fidelity=fidelity)
    clock = itertools.count()
    loop = simulation(
        Planned(posed, case),
        evaluation(case),
        posed,
        overhead=Overhead.MEASURED if case.tick else Overhead.NONE,
        clock=lambda: float(next(clock)),
    )
    found, expected = list(loop.records()), brute_force(case)
    assert [(r.number, r.start, r.end, r.worker, r.cost) for r in found] == [
        slip[:5] for slip in expected
    ]
    shares = itertools.accumulate(slip.share for slip in expected)
    assert [record.spent for record in found] == pytest.approx(list(shares))
    assert [bool(r.failure) for r in found] == [case.fails(slip.number) for slip in expected]


@given(
    cost=st.floats(0.001, 1000),
    number=st.integers(1, 200),
    workers=st.sampled_from(WORKERS),
)
def test_constant_cost_ends_after_the_rounds_that_the_workers_need(
    cost: float, number: int, workers: int
) -> None:
    records, _, _ = simulate([cost] * number, workers)
    assert records[-1].end == pytest.approx(math.ceil(number / workers) * cost)


@given(costs=st.lists(COSTS, min_size=1, max_size=60), workers=st.sampled_from(WORKERS))
def test_times_are_monotone_and_costs_add_up(costs: list[float], workers: int) -> None:
    records, _, _ = simulate(costs, workers)
    ends = [record.end for record in records]
    assert ends == sorted(ends)
    assert all(record.end == record.start + record.cost for record in records)
    spent = [record.spent for record in records]
    assert spent == list(map(float, range(1, len(costs) + 1)))


def test_one_worker_is_the_sequential_loop() -> None:
    rng = np.random.default_rng(0)
    costs = list(rng.random(50))
    records, optimizer, _ = simulate(costs, 1)
    clock, told = 0.0, []
    for number, cost in enumerate(costs):
        record = records[number]
        assert (record.number, record.start, record.worker) == (number, clock, 0)
        clock += cost
        assert record.end == clock
        told.append(number)
    assert [int(trial.config["x"]) for trial, _ in optimizer.told] == told
    assert optimizer.known[:50] == list(range(50))


def test_a_budget_of_virtual_seconds_counts_only_what_finishes_in_it() -> None:
    records, optimizer, loop = simulate([1.0, 2.5, 3.0], 2, Budget(7.3, Unit.SECONDS))
    assert all(record.end <= 7.3 for record in records)
    assert "after the budget's end" in loop.stop_reason
    assert len(optimizer.told) == len(records)
    full = [end for _, end, _ in oracle([1.0, 2.5, 3.0] * 10, 2) if end <= 7.3]
    assert len(records) == len(full)


def test_full_fidelity_trials_are_counted_by_share_and_never_exceeded() -> None:
    fidelity = Fidelity(name="z", low=1, high=27, integer=True)
    posed = problem(Budget(10), fidelity=fidelity)
    optimizer = Listed(posed, fidelities=itertools.cycle([1, 3, 9, 27]))
    loop = simulation(optimizer, by_number([1.0]), posed)
    records = list(loop.records())
    shares = [(record.fidelity or 0) / 27 for record in records]
    assert records[-1].spent == pytest.approx(sum(shares))
    assert records[-1].spent <= 10
    assert records[-1].spent + 1 > 10
    assert loop.stop_reason.startswith("the next trial would spend")


def test_thirds_fill_a_budget_exactly() -> None:
    posed = problem(Budget(10), fidelity=Fidelity(name="z", low=1, high=3))
    loop = simulation(Listed(posed, fidelities=itertools.repeat(1)), by_number([1.0]), posed)
    assert len(list(loop.records())) == 30
    assert not loop.stop_reason


class Climber(Listed):
    """Asks for one configuration at ever higher fidelities of `CLIMB`."""

    def ask(self) -> Trial:
        self.asked += 1
        return Trial(config={"x": 0}, fidelity=[1, 3, 9][min(self.asked, 3) - 1])


CLIMB = Fidelity(name="epochs", low=1, high=9, integer=True, continuable=True)


def by_fidelity(trial: Trial) -> Outcome:
    """A cost in proportion to the fidelity."""
    return Outcome(values={"f0": 0.0}, cost=10.0 * (trial.fidelity or 0))


def test_a_continued_configuration_pays_only_the_difference() -> None:
    posed = problem(Budget(3, Unit.EVALUATIONS), fidelity=CLIMB)
    records = list(simulation(Climber(posed), by_fidelity, posed).records())
    assert [record.cost for record in records] == [10.0, 20.0, 60.0]
    assert records[-1].end == 90.0
    assert records[-1].spent == pytest.approx(1.0)


def test_what_spends_nothing_cannot_go_on_for_ever() -> None:
    records, _, loop = simulate([0.0], 1, Budget(1.0, Unit.SECONDS))
    assert len(records) == STALL
    assert "spent nothing" in loop.stop_reason


def test_a_synchronous_optimizer_is_asked_again_after_the_next_tell() -> None:
    class InPairs(Listed):
        def ask(self) -> Trial | Signal:
            pending = self.asked - len(self.told)
            if self.asked % 2 == 0 and pending:
                return Signal.WAIT
            return super().ask()

    posed = problem(Budget(6, Unit.EVALUATIONS), workers=3)
    records = list(simulation(InPairs(posed), by_number([1.0, 4.0]), posed).records())
    assert [r.start for r in sorted(records, key=lambda r: r.number)] == [0, 0, 4, 4, 8, 8]


def test_waiting_for_nothing_is_an_error() -> None:
    class Idle(Listed):
        def ask(self) -> Signal:
            return Signal.WAIT

    posed = problem(Budget(5))
    with pytest.raises(RunError, match="waits although no trial is pending"):
        list(simulation(Idle(posed), by_number([1.0]), posed).records())


def test_an_exhausted_optimizer_ends_the_run_after_its_pending_trials() -> None:
    class Three(Listed):
        def ask(self) -> Trial | Signal:
            return super().ask() if self.asked < 3 else Signal.EXHAUSTED

    posed = problem(Budget(50), workers=2)
    assert len(list(simulation(Three(posed), by_number([2.0]), posed).records())) == 3


def test_measured_overhead_moves_the_clock_and_nothing_else_does() -> None:
    def ticks() -> Iterator[float]:
        yield from itertools.count()

    clock = ticks()
    posed = problem(Budget(3, Unit.EVALUATIONS))
    loop = simulation(
        Listed(posed),
        by_number([10.0]),
        posed,
        overhead=Overhead.MEASURED,
        clock=lambda: next(clock),
    )
    records = list(loop.records())
    assert [record.start for record in records] == [1.0, 13.0, 25.0]  # ask 1, evaluate 10, tell 1
    assert [record.ask_seconds for record in records] == [1.0, 1.0, 1.0]


def test_test_values_are_recorded_and_never_told() -> None:
    posed = problem(Budget(1))
    optimizer = Listed(posed)

    def evaluate(_: Trial) -> Outcome:
        return Outcome(values={"f0": 1.0}, test={"f0": 7.0})

    (record,) = simulation(optimizer, evaluate, posed).records()
    assert record.test == (7.0,)
    assert optimizer.told[0][1].test == {}


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, None, "1.0", [1.0], 2**70 * 10**300, True, 1j],
    ids=repr,
)
def test_what_is_no_finite_number_is_a_failed_trial_with_a_reason(value: Any) -> None:
    found = judge_outcome(Outcome(values={"f0": value}, cost=3.0), ("f0",))
    assert not found.ok
    assert found.values == {}
    assert found.cost == 3.0
    assert found.failure.startswith("f0 is ")


@pytest.mark.parametrize("value", [-0.0, 1e308, 2**70, np.float32(1.5), np.int64(3), 5e-324])
def test_every_finite_number_is_a_value(value: Any) -> None:
    found = judge_outcome(Outcome(values={"f0": value}), ("f0",))
    assert found.ok
    assert found.value == float(value)


@pytest.mark.parametrize("cost", [math.nan, math.inf, -1.0, None, "1"])
def test_a_cost_that_is_no_duration_is_a_failed_trial(cost: Any) -> None:
    found = judge_outcome(Outcome(values={"f0": 1.0}, cost=cost), ("f0",))
    assert "the cost is" in found.failure
    assert found.cost == 0.0


@pytest.mark.parametrize("values", [{}, {"g": 1.0}, [1.0], None])
def test_missing_objectives_are_a_failed_trial(values: Any) -> None:
    assert not judge_outcome(Outcome(values=values), ("f0",)).ok


def test_objectives_that_the_task_does_not_name_are_not_told() -> None:
    found = judge_outcome(Outcome(values={"f1": 2.0, "f0": 1.0, "g": 3.0}), ("f0", "f1"))
    assert found.vector == (1.0, 2.0)


@pytest.mark.parametrize("fidelity", [0.5, 28, 1.5, math.nan])
def test_a_fidelity_outside_its_range_is_the_optimizers_fault(fidelity: float) -> None:
    posed = problem(Budget(5), fidelity=Fidelity(name="z", low=1, high=27, integer=True))
    optimizer = Listed(posed, fidelities=itertools.repeat(fidelity))
    with pytest.raises(RunError, match="asked for z"):
        list(simulation(optimizer, by_number([1.0]), posed).records())


def test_without_a_fidelity_asked_for_the_highest_is_used() -> None:
    posed = problem(Budget(2), fidelity=Fidelity(name="z", low=1, high=27, integer=True))
    records = list(simulation(Listed(posed), by_number([1.0]), posed).records())
    assert [record.fidelity for record in records] == [27, 27]


class Reusing(Listed):
    """Keeps one dictionary for all its trials, and changes whatever it is told."""

    config: dict[str, Any]

    def ask(self) -> Trial | Signal:
        self.config = getattr(self, "config", {})
        self.config["x"] = self.asked
        self.asked += 1
        return Trial(config=self.config)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        for mapping in (outcome.values, outcome.test, trial.config):
            assert isinstance(mapping, dict)
            mapping.clear()
        object.__setattr__(outcome, "cost", -1.0)
        object.__setattr__(outcome, "failure", "no")


def reusing() -> Evaluate:
    """A benchmark that answers by one dictionary, and takes the configuration to pieces."""
    values: dict[str, float] = {}

    def evaluate(trial: Trial) -> Outcome:
        values["f0"] = float(trial.config["x"])
        return Outcome(values=values, test=values, cost=2.0)

    return evaluate


@pytest.mark.parametrize("workers", [1, 3])
def test_what_is_recorded_does_not_change_with_what_others_hold(workers: int) -> None:
    posed = problem(Budget(6), workers=workers)
    records = list(simulation(Reusing(posed), reusing(), posed).records())
    assert [record.config for record in records] == [{"x": number} for number in range(6)]
    assert [record.values for record in records] == [(float(number),) for number in range(6)]
    assert [record.test for record in records] == [(float(number),) for number in range(6)]
    assert {(record.cost, record.failure) for record in records} == {(2.0, "")}


@pytest.mark.parametrize(
    "value", [np.float32(0.5), np.array(0.5), np.float64(0.5), type("Half", (float,), {})(0.5)]
)
def test_numbers_of_other_types_are_recorded_as_plain_ones(value: Any) -> None:
    posed = problem(Budget(1), fidelity=Fidelity(name="z", low=1, high=27, integer=True))
    optimizer = Listed(posed)
    optimizer.ask = lambda: Trial(config={"x": value}, fidelity=np.int64(3))  # type: ignore[method-assign,arg-type]
    evaluate = by_number([1.0])
    record = next(simulation(optimizer, evaluate, posed).records())
    assert type(record.config["x"]) is float
    assert record.config["x"] == 0.5
    assert type(record.fidelity) is int


@pytest.mark.parametrize(
    "value", [np.float32(3), np.int64(3), np.array(3), Fraction(3), 3, 3.0], ids=repr
)
def test_a_fidelity_of_any_number_type_is_recorded_as_a_plain_one(value: Any) -> None:
    posed = problem(Budget(1), fidelity=Fidelity(name="z", low=1, high=27, integer=True))
    optimizer = Listed(posed, fidelities=itertools.repeat(value))
    record = next(simulation(optimizer, by_number([1.0]), posed).records())
    assert type(record.fidelity) in {int, float}
    assert record.fidelity == 3


@pytest.mark.parametrize(
    "value",
    [True, "3", 3 + 0j, [3], 10**400, math.inf],
    ids=["flag", "text", "complex", "list", "huge", "inf"],
)
def test_a_fidelity_that_is_no_number_is_the_optimizers_fault(value: Any) -> None:
    posed = problem(Budget(1), fidelity=Fidelity(name="z", low=1, high=27))
    optimizer = Listed(posed, fidelities=itertools.repeat(value))
    with pytest.raises(RunError, match=r"asked for z .{1,300}, which is no number$"):
        list(simulation(optimizer, by_number([1.0]), posed).records())
