"""REINFORCE against the policy gradient it estimates, Adam, and the paper's claim."""

import math

import numpy as np
import pytest
from ConfigSpace import Categorical, ConfigurationSpace
from hypothesis import given
from hypothesis import strategies as st

from hpobench.adapters.native.random_search import RandomSearch
from hpobench.adapters.native.reinforce import Average, Reinforce, SoftmaxPolicy
from hpobench.optimizer import Optimizer
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Outcome, Trial
from tests.driving import drive
from tests.examples import examples

BEST = {"edge0": "b", "edge1": "d", "edge2": "a", "edge3": "c"}

DECAY = np.array([[0.9], [0.999]])


def problem() -> Problem:
    space = ConfigurationSpace()
    space.add(*(Categorical(name, ["a", "b", "c", "d"]) for name in BEST))
    return Problem(
        space=space, objectives=(Objective(name="f"),), fidelity=None, budget=Budget(400)
    )


def answer(trial: Trial, _: int) -> Outcome:
    return Outcome(values={"f": float(sum(trial.config[name] != BEST[name] for name in BEST))})


@examples(30)
@given(st.lists(st.floats(-3, 3), min_size=2, max_size=6), st.integers(0, 99))
def test_the_mean_gradient_is_that_of_the_expected_reward(rewards: list[float], seed: int) -> None:
    """By finite differences of the expectation over all values, with or without a baseline."""
    choice = SoftmaxPolicy(np.random.default_rng(seed), len(rewards), 0.1)
    choice.logits = np.random.default_rng(seed).normal(size=len(rewards))

    def expected(logits: object) -> float:
        other = SoftmaxPolicy(np.random.default_rng(0), len(rewards), 0.1)
        other.logits = np.asarray(logits)
        return float(other.probabilities @ rewards)

    step = 1e-5 * np.eye(len(rewards))
    slopes = [(expected(choice.logits + s) - expected(choice.logits - s)) / 2e-5 for s in step]
    for baseline in (0.0, 0.7):
        terms = (choice.gradient(n, reward - baseline) for n, reward in enumerate(rewards))
        mean = sum(p * term for p, term in zip(choice.probabilities, terms, strict=True))
        assert mean == pytest.approx(slopes, abs=1e-6)


def test_a_step_is_adams() -> None:
    """By its definition: corrected moments, and the rate times their ratio."""
    choice = SoftmaxPolicy(np.random.default_rng(1), 3, 0.05)
    logits, moments = choice.logits.copy(), np.zeros((2, 3))
    for t, (chosen, advantage) in enumerate([(0, 1.0), (2, -0.5), (1, 3.0)], start=1):
        gradient = choice.gradient(chosen, advantage)
        choice.learn(chosen, advantage)
        moments = DECAY * moments + (1 - DECAY) * np.stack([gradient, gradient**2])
        first, second = moments[0] / (1 - 0.9**t), moments[1] / (1 - 0.999**t)
        logits += 0.05 * first / (np.sqrt(second) + 1e-8)
        assert choice.logits == pytest.approx(logits)


@examples(30)
@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=9))
def test_the_baseline_is_the_weighted_mean_of_the_rewards(values: list[float]) -> None:
    average = Average(0.9)
    found = [average.updated(value) for value in values][-1]
    weights = [0.9**age for age in range(len(values))][::-1]
    assert found == pytest.approx(np.average(values, weights=weights), abs=1e-9)


def test_it_concentrates_on_the_best_of_a_categorical_table() -> None:
    """And beats random search by then; the paper's claim, without its shared weights."""

    def mean(optimizer: Optimizer) -> float:
        asked = drive(optimizer, problem(), 400, answer=answer)
        return sum(answer(trial, 0).value for trial in asked[-100:]) / 100

    for seed in range(2):
        optimizer = Reinforce(problem(), seed, rate=0.1)
        assert mean(optimizer) < 0.2 * mean(RandomSearch(problem(), seed))
        for name, value in BEST.items():
            place = optimizer._axes[name].index(value)
            assert optimizer._policy[name].probabilities[place] > 0.9


def test_a_failure_counts_as_the_worst_so_far() -> None:
    optimizer = Reinforce(problem(), 1, rate=0.1)

    def failing(trial: Trial, number: int) -> Outcome:
        wrong = trial.config["edge0"] == "a"
        return Outcome(failure="oom") if wrong else answer(trial, number)

    drive(optimizer, problem(), 200, answer=failing)
    assert optimizer._policy["edge0"].probabilities[0] < 0.05
    assert all(math.isfinite(x) for choice in optimizer._policy.values() for x in choice.logits)
