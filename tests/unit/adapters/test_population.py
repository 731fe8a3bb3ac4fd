"""Population-based training against the rules of the paper."""

import math
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer, OrdinalHyperparameter
from hypothesis import given
from hypothesis import strategies as st

from hpobench.adapters.native.population import (
    Copied,
    PopulationBasedTraining,
    intervals,
    perturbed_value,
)
from hpobench.adapters.native.random_search import RandomSearch
from hpobench.adapters.shared.vectors import coordinate_of, value_at
from hpobench.execution.loop import trajectory
from hpobench.execution.runner import execute
from hpobench.optimizer import Optimizer
from hpobench.run import Run, Status, Trajectory
from hpobench.task import Budget, Fidelity, Objective, Problem
from hpobench.trial import Outcome, Trial
from tests.driving import catalogue, drive
from tests.examples import examples

EPOCHS = Fidelity(name="epochs", low=1, high=10, integer=True, continuable=True)


def problem(workers: int = 1) -> Problem:
    space = ConfigurationSpace()
    space.add(Float("lr", (1e-4, 1), log=True), Float("momentum", (0, 1)))
    return Problem(
        space=space,
        objectives=(Objective(name="f"),),
        fidelity=EPOCHS,
        budget=Budget(100),
        workers=workers,
    )


def answer(trial: Trial, _: int = 0) -> Outcome:
    lr, momentum = float(trial.config["lr"]), float(trial.config["momentum"])
    epochs = trial.fidelity or EPOCHS.high
    loss = abs(math.log10(lr) + 2) + (momentum - 0.9) ** 2 + 1 / epochs
    return Outcome(values={"f": loss}, cost=epochs)


@pytest.mark.parametrize("workers", [1, 4, 20])
def test_the_worst_take_over_the_configurations_of_the_best_and_explore_around_them(
    workers: int,
) -> None:
    optimizer = PopulationBasedTraining(problem(workers), 1, steps=10, resample=0.0)
    values: dict[int, float] = {}
    configs: dict[int, dict[str, float]] = {}
    pending: list[Trial] = []
    copies = 0
    for _ in range(100):
        asked = optimizer.ask() if len(pending) < workers else None
        if not isinstance(asked, Trial):
            told = pending.pop(0)
            optimizer.tell(told, answer(told))
            values[id(told.handle)] = answer(told).value
            continue
        pending.append(asked)
        member, config = id(asked.handle), {n: float(v) for n, v in asked.config.items()}
        before = configs.get(member, config)
        if config != before:
            copies += 1
            ranked = sorted(values, key=values.__getitem__)
            assert member in ranked[-2:]
            assert any(near(configs[best], config) for best in ranked[:2])
        configs[member] = config
    assert copies > 5


def near(one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether each number is 0.8 or 1.2 times the other, or at its bound."""
    ends = {"lr": (1e-4, 1.0), "momentum": (0.0, 1.0)}
    return all(
        other[name] in ends[name] or other[name] / one[name] == pytest.approx(0.8)
        or other[name] / one[name] == pytest.approx(1.2) for name in one
    )  # fmt: skip


def test_a_copy_without_changes_continues_the_better_member() -> None:
    """It is charged for the one epoch that is new."""
    posed = problem()
    optimizer = PopulationBasedTraining(posed, 2, steps=10, factors=(1.0,), resample=0.0)
    records = list(trajectory(optimizer, answer, posed))
    seen: set[tuple[str, float]] = set()
    for record in records:
        epochs = record.fidelity or 0.0
        key = str(record.config), epochs
        assert record.cost == (epochs if key in seen else 1.0)  # the same again is trained anew
        seen.add(key)
    assert len({str(record.config) for record in records[90:100]}) < 10


def test_every_member_goes_through_all_steps_and_a_new_population_follows() -> None:
    posed = problem()
    asked = drive(PopulationBasedTraining(posed, 1, steps=10), posed, 120, answer=answer)
    steps: dict[int, list[float]] = defaultdict(list)
    for trial in asked:
        steps[id(trial.handle)].append(trial.fidelity or 0)
    assert [len(each) for each in steps.values()] == [10] * 10 + [2] * 10
    assert all(each == sorted(each) for each in steps.values())
    assert steps[id(asked[0].handle)] == list(range(1, 11))


@pytest.mark.parametrize("budget", ["trials=12", "trials=3", "evaluations=15", "evaluations=100"])
def test_a_population_is_no_larger_than_can_reach_the_highest_fidelity(budget: str) -> None:
    posed = replace(problem(), budget=Budget.parse(budget), fidelity=replace(EPOCHS, low=2))
    records = list(trajectory(PopulationBasedTraining(posed, 1), answer, posed))
    assert EPOCHS.high in {record.fidelity for record in records}
    members = sum(record.fidelity == 2 for record in records)
    assert members >= {"trials=12": 4, "trials=3": 1, "evaluations=15": 3}.get(budget, 10)


def test_its_population_becomes_better_than_random_ones_are() -> None:
    def final(optimizer: Optimizer) -> float:
        asked = drive(optimizer, problem(), 100, answer=answer)
        return float(np.mean([answer(trial).value for trial in asked[-10:]]))

    for seed in range(3):
        tuned = final(PopulationBasedTraining(problem(), seed, steps=10))
        assert tuned < 0.7 * final(RandomSearch(problem(), seed))


def test_what_failed_is_among_the_worst() -> None:
    def failing(trial: Trial, number: int) -> Outcome:
        wrong = float(trial.config["momentum"]) < 0.4
        return Outcome(failure="diverged") if wrong else answer(trial, number)

    posed = problem()
    asked = drive(
        PopulationBasedTraining(posed, 1, steps=10, resample=0.0), posed, 100, answer=failing
    )
    failed = [float(trial.config["momentum"]) < 0.4 for trial in asked]
    assert sum(failed[:10]) >= 3
    assert not any(failed[-10:])


@examples(30)
@given(st.integers(1, 60), st.integers(1, 99), st.integers(1, 20), st.booleans())
def test_steps_are_even_and_end_at_the_highest(
    low: int, width: int, steps: int, integer: bool
) -> None:
    found = intervals(Fidelity(name="z", low=low, high=low + width, integer=integer), steps)
    assert found == sorted(set(found))
    assert found[-1] == low + width
    assert len(found) <= steps
    even = np.linspace(low, low + width, steps) if steps > 1 else [low + width]
    assert all(min(abs(each - e) for e in even) <= (0.5 if integer else 1e-9) for each in found)


def test_how_a_value_moves() -> None:
    size = OrdinalHyperparameter("size", ["small", "medium", "large"])
    assert [perturbed_value(size, "medium", f) for f in (0.8, 1.0, 1.2)] == [
        "small",
        "medium",
        "large",
    ]
    assert perturbed_value(size, "large", 1.2) == "large"
    assert perturbed_value(Integer("depth", (1, 9)), 8, 1.2) == 9
    assert perturbed_value(Float("x", (-2.0, 2.0)), -2.0, 0.8) == -1.6
    assert perturbed_value(Categorical("kind", ["a", "b"]), "b", 1.2) == "b"


def on_the_toy(variant: str, seed: int) -> Trajectory:
    """What a variant does on the quadratic of the paper."""
    task, known = catalogue().task("pbt-toy/quadratic"), catalogue().variant(variant)
    ran = execute(Run(task=task, variant=known, seed=seed))
    assert ran.status is Status.COMPLETED, ran.reason
    return ran


def median_of_best(variant: str) -> float:
    """The median, over 50 seeds, of the best value that a full training ends with."""
    runs = [on_the_toy(variant, seed) for seed in range(50)]
    return float(np.median([max(-r.values[0] for r in run.records[-2:]) for run in runs]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "low", "high"),
    [
        ("pbt/toy-neither", 0.385, 0.395),
        ("pbt/toy-hyperparameters-only", 0.55, 0.85),
        ("pbt/toy-weights-only", 1.165, 1.177),
        ("pbt/toy", 1.195, 1.2),
    ],
)
def test_the_toy_of_the_paper_has_four_levels(variant: str, low: float, high: float) -> None:
    """Simulated apart from this code: 0.39, 0.72, 1.172 and 1.199, medians of 50 seeds.

    The second is a median of a wide distribution: over twelve sets of 50 seeds of an independent
    simulation it was 0.57 to 0.76.
    """
    assert low < median_of_best(variant) < high


def simulated(copied: Copied, seed: int) -> float:
    """The best of two members on the toy, in the words of the paper and none of ours."""
    rng, w, h = np.random.default_rng(seed), np.full((2, 2), 0.9), np.eye(2)
    for step in range(200):
        if step and step % 4 == 0:
            worst, best = np.argsort(1.2 - (w**2).sum(axis=1), kind="stable")
            if copied in {Copied.BOTH, Copied.WEIGHTS}:
                w[worst] = w[best]
            if copied in {Copied.BOTH, Copied.HYPERPARAMETERS}:
                h[worst] = np.clip(h[best] + rng.normal(0, 0.1, 2), -0.5, 1.5)
        w -= 0.01 * 2 * h * w
    return float((1.2 - (w**2).sum(axis=1)).max())


@pytest.mark.slow
@pytest.mark.parametrize("copied", [Copied.NEITHER, Copied.WEIGHTS, Copied.BOTH])
def test_its_levels_are_those_of_a_simulation_by_hand(copied: Copied) -> None:
    name = (
        "pbt/toy"
        if copied is Copied.BOTH
        else f"pbt/toy-{copied}".replace("weights", "weights-only")
    )
    expected = float(np.median([simulated(copied, seed) for seed in range(50)]))
    assert median_of_best(name) == pytest.approx(expected, abs=2e-3)


def test_a_member_keeps_its_weights_where_only_hyperparameters_are_copied() -> None:
    ran = on_the_toy("pbt/toy-hyperparameters-only", 3)
    parents = [record.parent for record in ran.records]
    assert parents[:2] == [None, None]
    assert sorted(p for p in parents if p is not None) == list(range(98))  # each goes on once
    assert ran.records[-1].spent == pytest.approx(2)


def test_where_weights_are_copied_a_lineage_branches_and_every_trial_adds_one_step() -> None:
    ran = on_the_toy("pbt/toy", 3)
    by_number = {record.number: record for record in ran.records}
    parents = [record.parent for record in ran.records if record.parent is not None]
    assert len(set(parents)) < 60  # of 98
    for record in ran.records:
        before = by_number[record.parent].fidelity or 0 if record.parent is not None else 0
        assert (record.fidelity or 0) - before == 4


def test_a_full_population_is_trained_where_weights_are_handed_on() -> None:
    posed = replace(problem(), budget=Budget(10), continues=True)
    asked = drive(PopulationBasedTraining(posed, 1), posed, 50, answer=answer)
    assert [trial.fidelity for trial in asked].count(EPOCHS.high) == 10


@given(st.floats(0, 1))
def test_a_coordinate_leads_back_to_its_value(x: float) -> None:
    for each in (Float("x", (-2.0, 3.0)), Float("x", (1e-4, 10.0), log=True)):
        assert coordinate_of(each, value_at(each, x)) == pytest.approx(x, abs=1e-9)
    depth = Integer("depth", (1, 9))
    assert value_at(depth, coordinate_of(depth, 4)) == 4
