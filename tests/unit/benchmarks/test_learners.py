"""Learners: a training that goes on says what one from scratch says, and seeds change the data."""

from collections.abc import Iterator

import numpy as np
import pytest

from hpobench.adapters.native.design import design_point
from hpobench.benchmark import Benchmark
from hpobench.benchmarks.learners.datasets import split_dataset
from hpobench.catalogue import lacking
from hpobench.execution.construction import build
from hpobench.task import Task
from hpobench.trial import Trial
from tests.driving import catalogue

QUICK = [
    *("boosting-friedman", "linear-digits", "kernel-digits", "reinforcement-cart-pole"),
    *("reinforcement-acrobot", "perceptron-digits", "convnet-digits", "language-manual"),
]


@pytest.fixture(params=QUICK)
def task(request: pytest.FixtureRequest) -> Task:
    found = catalogue().task(f"learners/{request.param}")
    if absent := lacking(found):
        pytest.skip(absent)
    return found


def levels(benchmark: Benchmark) -> Iterator[float]:
    """The lowest fidelities, which take the least time."""
    assert benchmark.fidelity
    low, high = benchmark.fidelity.low, benchmark.fidelity.high
    yield from (low, *((2 * low, 3 * low) if 3 * low <= high else ()))


def test_stepwise_equals_at_once_to_the_bit(task: Task) -> None:
    for number in (0, 3):
        stepping, starting = build(task), build(task)
        config = design_point(stepping.space, number)
        for level in levels(stepping):
            last = stepping.evaluate(Trial(config=config, fidelity=level), 5)
        direct = starting.evaluate(Trial(config=config, fidelity=level), 5)
        assert (last.values, last.test, last.failure) == (
            direct.values, direct.test, direct.failure
        )  # fmt: skip


def test_scores_are_in_range_and_differ_by_seed(task: Task) -> None:
    benchmark = build(task)
    level = next(levels(benchmark))
    config = design_point(benchmark.space, 0)
    answers = [benchmark.evaluate(Trial(config=config, fidelity=level), seed) for seed in (1, 2)]
    for answer in answers:
        values = dict(answer.values)
        assert 0 <= values["error"] <= 1.5
        assert values["loss"] >= 0
        assert values["size"] >= 1
        assert answer.cost > 0
    assert answers[0].values != answers[1].values or answers[0].test != answers[1].test


@pytest.mark.parametrize("name", ["digits", "friedman"])
def test_the_seed_changes_the_split_and_no_row_is_in_two_parts(name: str) -> None:
    one, same, other = (split_dataset(name, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.train[0], same.train[0])
    assert not np.array_equal(one.train[1], other.train[1])
    sizes = [len(part[1]) for part in (one.train, one.valid, one.test)]
    assert abs(sizes[1] - sizes[2]) <= 1
    if name == "friedman":
        rows = np.vstack([part[0] for part in (one.train, one.valid, one.test)])
        assert len(np.unique(rows, axis=0)) == sum(sizes)
    assert one.train[0].mean(axis=0) == pytest.approx(0, abs=1e-9)
