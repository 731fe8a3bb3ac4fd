"""Trials that go on from others: what they are charged, what they are given, and what is kept."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ConfigSpace import ConfigurationSpace
from hypothesis import given
from hypothesis import strategies as st

from hpobench.benchmarks.synthetic.pbt_toy import PbtToy
from hpobench.errors import RunError, UserError
from hpobench.execution.checkpoints import LIMIT, Checkpoints
from hpobench.execution.evaluation import advancer
from hpobench.execution.loop import Loop
from hpobench.execution.workers import Continued, Simulated
from hpobench.optimizer import Optimizer, Signal
from hpobench.run import Run
from hpobench.task import Budget, Fidelity, Objective, Problem, Unit
from hpobench.trial import Outcome, Record, Trial
from tests.driving import catalogue
from tests.examples import examples

HIGH = 12
EPOCHS = Fidelity(name="epochs", low=1, high=HIGH, integer=True, continuable=True)


def problem(*, workers: int = 1, continues: bool = True, **changes: Any) -> Problem:
    posed = Problem(
        space=ConfigurationSpace({"x": (0, 9)}),
        objectives=(Objective(name="f"),),
        fidelity=EPOCHS,
        budget=Budget(40, Unit.EVALUATIONS),
        workers=workers,
        continues=continues,
    )
    return replace(posed, **changes)


class Step(NamedTuple):
    """What is asked for at one ask, as far as what is known then allows it.

    Attributes:
        config: Which configuration.
        fidelity: Up to where.
        parent: Which of those that can be continued, by a share in [0, 1) of their list; None
            begins from nothing.
        fails: Whether the trial does.
        gives_up: Which trial is given up, in the same way, once this one is told.
    """

    config: int
    fidelity: int
    parent: float | None
    fails: bool
    gives_up: float | None


SHARES = st.none() | st.floats(0, 1, exclude_max=True)
STEPS = st.builds(
    Step,
    config=st.integers(0, 2),
    fidelity=st.integers(1, HIGH),
    parent=SHARES,
    fails=st.sampled_from([False, False, False, True]),
    gives_up=SHARES,
)
SPEEDS = st.lists(st.floats(0.1, 9.0) | st.just(1.0), min_size=3, max_size=3)


class Scripted(Optimizer):
    """Asks what a script says, and keeps its own account of what can be continued."""

    names_parents = True

    def __init__(self, steps: Sequence[Step], *, names_parents: bool = True) -> None:
        self.names_parents = names_parents
        self.steps, self.asked = steps, 0
        self.open: dict[int, int] = {}
        self.known: list[list[int]] = []
        self.told: list[int] = []
        self.given_up: list[int] = []

    def ask(self) -> Trial | Signal:
        if self.asked == len(self.steps):
            return Signal.EXHAUSTED
        step, number = self.steps[self.asked], self.asked
        self.asked += 1
        self.known.append(list(self.told))
        lower = [n for n, fidelity in sorted(self.open.items()) if fidelity < step.fidelity]
        parent = pick(lower, step.parent) if self.names_parents else None
        return Trial(
            config={"x": step.config}, fidelity=step.fidelity, parent=parent, handle=number
        )

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        number = trial.handle
        self.told.append(number)
        if outcome.ok:
            self.open[number] = self.steps[number].fidelity
        given_up = pick(sorted(self.open), self.steps[number].gives_up)
        if given_up is not None:
            del self.open[given_up]
            self.given_up.append(given_up)

    def release(self) -> list[int]:
        given_up, self.given_up = self.given_up, []
        return given_up


def pick(found: list[int], share: float | None) -> int | None:
    return None if share is None or not found else found[int(share * len(found))]


class Training(NamedTuple):
    """The training behind a trial: which configuration up to where, and so on."""

    parts: tuple[tuple[int, int], ...]

    @property
    def value(self) -> float:
        """A number that any other training has not."""
        return float(hash(self.parts) % 10**9)


class Trainer:
    """A benchmark that remembers in its checkpoints all that was trained."""

    def __init__(self, steps: Sequence[Step], speeds: Sequence[float]) -> None:
        self.steps, self.speeds = steps, speeds

    def advance(self, trial: Trial, checkpoint: bytes | None) -> tuple[Outcome, bytes | None]:
        parts = json.loads(checkpoint) if checkpoint else []
        x, before, reached = int(trial.config["x"]), parts[-1][1] if parts else 0, trial.fidelity
        assert reached is not None
        cost = (reached - before) * self.speeds[x]
        if self.steps[trial.handle].fails:
            return Outcome(failure="it is said to", cost=cost), b"of no use"
        parts.append([x, int(reached)])
        path = Training(tuple(map(tuple, parts)))
        left = None if reached == HIGH else json.dumps(parts).encode()
        return Outcome(values={"f": path.value}, cost=cost), left


def account(records: dict[int, Record], number: int) -> Training:
    """The training behind a trial, by what is recorded of it and of those before."""
    record = records[number]
    before = () if record.parent is None else account(records, record.parent).parts
    assert record.fidelity is not None
    return Training((*before, (int(record.config["x"]), int(record.fidelity))))


def schedule(costs: Sequence[float], workers: int) -> list[tuple[float, float]]:
    """Start and end of each trial by plain list scheduling."""
    free_at, now, found = [0.0] * workers, 0.0, []
    for cost in costs:
        now = max(now, min(free_at))
        worker = next(w for w, free in enumerate(free_at) if free <= now)
        free_at[worker] = now + cost
        found.append((now, now + cost))
    return found


class Ran(NamedTuple):
    """A run, and what was left of it."""

    records: list[Record]
    optimizer: Scripted
    kept: list[set[int]]


def run(
    steps: Sequence[Step], speeds: Sequence[float], workers: int, *, names_parents: bool = True
) -> Ran:
    """Run a script to its end, and note which checkpoints there are after each trial told."""
    optimizer, checkpoints = Scripted(steps, names_parents=names_parents), Checkpoints()
    trainer = Trainer(steps, speeds)
    posed = problem(workers=workers, budget=Budget(len(steps), Unit.EVALUATIONS))
    side_by_side = Continued(trainer.advance, checkpoints, ("f",))
    loop = Loop(optimizer, side_by_side, posed, clock=lambda: 0.0)
    kept, records = [], []
    for record in loop.records():
        records.append(record)
        kept.append({int(path.name) for path in Path(checkpoints._folder.name).iterdir()})
    loop.workers.close()
    assert not Path(checkpoints._folder.name).exists()
    return Ran(records, optimizer, kept)


@examples(200)
@given(st.lists(STEPS, min_size=1, max_size=40), SPEEDS, st.sampled_from([1, 2, 5]))
def test_random_lineages_agree_with_a_brute_force_account(
    steps: list[Step], speeds: list[float], workers: int
) -> None:
    ran = run(steps, speeds, workers)
    records = {record.number: record for record in ran.records}
    assert sorted(records) == list(range(len(steps)))
    costs, spent = [], 0.0
    for number, step in enumerate(steps):
        record = records[number]
        before = records[record.parent].fidelity or 0 if record.parent is not None else 0
        assert record.parent is None or record.parent in ran.optimizer.known[number]
        costs.append((step.fidelity - before) * speeds[step.config])
        assert record.cost == costs[-1]
        assert bool(record.failure) == step.fails
        assert step.fails or record.values == (account(records, number).value,)
    planned = schedule(costs, workers)
    assert [(records[n].start, records[n].end) for n in range(len(steps))] == planned
    assert [r.number for r in ran.records] == sorted(
        records, key=lambda number: (planned[number][1], number)
    )
    for record in ran.records:
        before = records[record.parent].fidelity or 0 if record.parent is not None else 0
        spent += ((record.fidelity or 0) - before) / HIGH
        assert record.spent == pytest.approx(spent)
        due = {n for n in range(record.number) if planned[n][1] <= record.start}
        assert set(ran.optimizer.known[record.number]) == due
    assert ran.records == run(steps, speeds, workers).records


@examples(100)
@given(st.lists(STEPS, min_size=1, max_size=40), SPEEDS, st.sampled_from([1, 2, 5]))
def test_checkpoints_are_kept_as_long_as_they_can_be_asked_for_and_no_longer(
    steps: list[Step], speeds: list[float], workers: int
) -> None:
    ran = run(steps, speeds, workers)
    optimizer = Scripted(steps)
    for record, kept in zip(ran.records, ran.kept, strict=True):
        optimizer.tell(
            Trial(config={}, handle=record.number),
            Outcome(failure=record.failure, values={} if record.failure else {"f": 0.0}),
        )
        may_go_on = {n for n, fidelity in optimizer.open.items() if fidelity < HIGH}
        running = {n for n in kept if n not in optimizer.told}
        assert kept - running == may_go_on


@examples(200)
@given(st.lists(STEPS, min_size=1, max_size=40), SPEEDS, st.sampled_from([1, 2, 5]))
def test_who_names_no_parents_goes_on_with_each_configuration_from_where_it_has_come_to(
    steps: list[Step], speeds: list[float], workers: int
) -> None:
    ran = run(steps, speeds, workers, names_parents=False)
    records = {record.number: record for record in ran.records}
    for record in ran.records:
        step = steps[record.number]
        same = [
            n
            for n in ran.optimizer.known[record.number]
            if steps[n].config == step.config and not steps[n].fails
        ]
        highest = max((steps[n].fidelity for n in same), default=0)
        parent = record.parent
        assert (parent is not None) == (0 < highest < step.fidelity)
        assert parent is None or (parent in same and steps[parent].fidelity == highest)
        assert step.fails or record.values == (account(records, record.number).value,)
    assert len(ran.kept[-1]) <= 3  # one for each configuration


def asking(*trials: Trial, release: Sequence[int] = ()) -> Optimizer:
    """An optimizer that asks for some trials, one after the other, and gives some up."""

    class Asking(Optimizer):
        names_parents = True

        def __init__(self) -> None:
            self.left = iter(trials)

        def ask(self) -> Trial | Signal:
            return next(self.left, Signal.EXHAUSTED)

        def tell(self, trial: Trial, outcome: Outcome) -> None:
            pass

        def release(self) -> Sequence[int]:
            return release

    return Asking()


def at(x: int, fidelity: int, parent: Any = None) -> Trial:
    return Trial(config={"x": x}, fidelity=fidelity, parent=parent)


def trained(trial: Trial, checkpoint: bytes | None) -> tuple[Outcome, bytes]:
    if trial.config["x"] == 9:
        return Outcome(failure="diverged"), b""
    return Outcome(values={"f": float(len(checkpoint or b""))}), b"x" * 100


def records(optimizer: Optimizer, posed: Problem) -> Iterator[Record]:
    workers: Simulated = Continued(trained, Checkpoints(), ("f",))
    if not posed.continues:
        workers = Simulated(lambda trial: trained(trial, None)[0], ("f",))
    return Loop(optimizer, workers, posed).records()


@pytest.mark.parametrize(
    ("parent", "why"),
    [
        (at(0, 3, parent=0), "which failed, was released or has not been told"),
        (at(0, 3, parent=-1), "has not been told"),
        (at(0, 3, parent=True), "trial True, which failed"),
        (at(0, 3, parent=[0]), "has not been told"),
        (at(0, 3, parent="0"), "has not been told"),
    ],
)
def test_a_parent_that_is_none_is_the_optimizers_fault(parent: Trial, why: str) -> None:
    with pytest.raises(RunError, match=why):
        list(records(asking(parent), problem()))


def test_what_failed_or_was_released_or_is_no_lower_cannot_be_continued() -> None:
    for first, second, released in [
        (at(9, 3), at(0, 4, parent=0), ()),
        (at(0, 3), at(0, 4, parent=0), (0,)),
        (at(0, 3), at(0, 3, parent=0), ()),
        (at(0, 3), at(0, 2, parent=0), ()),
    ]:
        with pytest.raises(RunError, match="asked to go on from trial 0"):
            list(records(asking(first, second, release=released), problem()))


def test_without_checkpoints_a_configuration_goes_on_and_another_one_cannot() -> None:
    posed = problem(continues=False)
    _, second = records(asking(at(0, 3), at(0, 12, parent=0)), posed)
    assert (second.parent, second.spent) == (0, 1.0)
    with pytest.raises(RunError, match="with another configuration"):
        list(records(asking(at(0, 3), at(1, 12, parent=0)), posed))


def test_where_nothing_goes_on_no_parent_is_taken() -> None:
    posed = problem(continues=False, fidelity=replace(EPOCHS, continuable=False))
    with pytest.raises(RunError, match="which the task's cannot"):
        list(records(asking(at(0, 3), at(0, 12, parent=0)), posed))


def test_a_trial_without_a_parent_begins_from_nothing_if_parents_are_named() -> None:
    first, second = records(asking(at(0, 3), at(0, 12)), problem())
    assert (second.parent, second.spent - first.spent) == (None, 1.0)


def test_checkpoints_that_are_too_large_together_fail_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(LIMIT, "250")
    found = records(asking(at(0, 1), at(1, 1), at(2, 1)), problem())
    next(found)
    next(found)
    with pytest.raises(RunError, match="3 trials take 300 bytes, more than 250"):
        next(found)
    assert len(list(records(asking(*[at(0, 1)] * 9, release=range(9)), problem()))) == 9


def test_a_limit_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LIMIT, "4GB")
    with pytest.raises(UserError, match="'4GB', not a whole number of bytes"):
        Checkpoints()


def test_a_checkpoint_that_is_no_bytes_fails_the_run() -> None:
    class Wrong(PbtToy):
        def advance(self, trial: Trial, seed: int, checkpoint: bytes | None) -> Any:
            return super().advance(trial, seed, checkpoint)[0], {"weights": 1}

    task = catalogue().task("pbt-toy/quadratic")
    made = Run(task=task, variant=catalogue().variant("pbt"), seed=0)
    advance, trial = advancer(made, Wrong()), Trial(config={"h0": 1.0, "h1": 1.0}, fidelity=4)
    with pytest.raises(RunError, match=r"checkpoint is {'weights': 1}, not bytes"):
        advance(trial, None)
    assert advance(replace(trial, fidelity=200), None)[1] is None


class Reader(Scripted):
    """Notes the signals that it is told."""

    def __init__(self) -> None:
        super().__init__([Step(0, 1, None, fails=False, gives_up=None)])
        self.signals: dict[str, float] = {}

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        self.signals = dict(outcome.signals)


def watched(names: tuple[str, ...], signals: Any) -> tuple[dict[str, float], tuple[float, ...]]:
    """What is told and what is recorded of signals."""
    outcome = Outcome(values={"f": 0.0}, signals=signals)
    optimizer = Reader()
    workers = Simulated(lambda _: outcome, ("f",), names)
    posed = problem(continues=False, signals=names, budget=Budget(1, Unit.EVALUATIONS))
    (record,) = Loop(optimizer, workers, posed).records()
    return optimizer.signals, record.signals


def test_the_signals_that_a_task_names_are_told_and_recorded_in_its_order() -> None:
    told, recorded = watched(("loss", "norm"), {"norm": 2, "other": 3.0, "loss": 1.5})
    assert told == {"loss": 1.5, "norm": 2.0}
    assert recorded == (1.5, 2.0)
    assert watched((), {"loss": 1.0}) == ({}, ())


@pytest.mark.parametrize("wrong", [math.nan, math.inf, "1", None, 1j, True])
def test_a_signal_that_is_no_finite_number_is_not_told_and_recorded_as_none(wrong: Any) -> None:
    told, recorded = watched(("loss", "norm"), {"loss": wrong, "norm": 1.0})
    assert told == {"norm": 1.0}
    assert math.isnan(recorded[0])
    assert recorded[1] == 1.0
    assert watched(("loss",), None)[0] == {}
