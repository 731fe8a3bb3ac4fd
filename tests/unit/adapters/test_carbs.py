"""CARBS: its parts against references, and its claim that it follows the Pareto front."""

from unittest.mock import patch

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import DotProduct, Matern

from hpobench.adapters.native.carbs import Carbs, log_improvement
from hpobench.adapters.native.random_search import RandomSearch
from hpobench.adapters.shared.cost_front import Group, cheapest_front
from hpobench.adapters.shared.gaussian_process import NOISE, GaussianProcess, LinearMatern
from hpobench.optimizer import Optimizer
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Outcome, Trial
from tests.driving import drive
from tests.examples import examples

TRIALS = 60


def problem(workers: int = 1) -> Problem:
    space = ConfigurationSpace({"lr": (0.0, 1.0), "size": (0.0, 1.0), "wd": (0.0, 1.0)})
    return Problem(
        space=space,
        objectives=(Objective(name="f"),),
        fidelity=None,
        budget=Budget(TRIALS),
        workers=workers,
    )


def answer(trial: Trial, _: int) -> Outcome:
    """A scaling law: every tenfold of cost makes the loss lower; lr and wd have one best value."""
    size = float(trial.config["size"])
    return Outcome(values={"f": 1 - 0.4 * size + away(trial) ** 2}, cost=10 ** (2 * size))


def away(trial: Trial) -> float:
    """How far a trial is from the Pareto front: lr 0.7 and wd 0.2, of any size."""
    return float(np.hypot(float(trial.config["lr"]) - 0.7, float(trial.config["wd"]) - 0.2))


@pytest.mark.parametrize("workers", [1, 4])
def test_its_trials_gather_at_the_front_and_all_along_it(workers: int) -> None:
    def late(optimizer: Optimizer) -> list[Trial]:
        return drive(optimizer, problem(workers), TRIALS, answer=answer)[TRIALS // 2 :]

    trials, random = late(Carbs(problem(workers), 1)), late(RandomSearch(problem(workers), 1))
    assert np.median([*map(away, trials)]) < 0.5 * np.median([*map(away, random)])
    sizes = [float(trial.config["size"]) for trial in trials]
    assert max(sizes) > 0.8
    assert min(sizes) < 0.4


def test_after_every_five_successes_a_point_of_the_front_is_tried_again() -> None:
    asked = drive(Carbs(problem(), 3), problem(), 30, answer=answer)
    seen: list[str] = []
    again = []
    for number, trial in enumerate(asked):
        if repr(trial.config) in seen:
            again.append(number)
            values = [answer(each, 0) for each in asked[:number]]
            own = answer(trial, 0)
            assert not any(o.value < own.value and o.cost < own.cost for o in values)
        seen.append(repr(trial.config))
    assert again == [6, 11, 16, 21, 26]


def test_it_keeps_away_from_where_trials_fail() -> None:
    """The best lies close by; a search that does not model failures has twice as many."""

    def failures(optimizer: Carbs) -> int:
        asked = drive(optimizer, problem(), TRIALS, answer=failing)
        return sum(float(trial.config["lr"]) > 0.75 for trial in asked)

    def failing(trial: Trial, number: int) -> Outcome:
        diverged = float(trial.config["lr"]) > 0.75
        return Outcome(failure="diverged") if diverged else answer(trial, number)

    careless = Carbs(problem(), 0)
    with patch.object(careless, "_log_success", lambda points, _: np.zeros(len(points))):
        assert failures(Carbs(problem(), 0)) < 0.6 * failures(careless)


def test_the_process_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    inputs, values, points = rng.random((20, 3)), rng.normal(size=20), rng.random((7, 3))
    kernel = DotProduct(sigma_0=0.0, sigma_0_bounds="fixed") + Matern(0.3, "fixed", nu=1.5)
    reference = GaussianProcessRegressor(kernel, alpha=NOISE, optimizer=None)
    reference.fit(inputs - 0.5, values)
    mean, deviation = reference.predict(points - 0.5, return_std=True)
    found = GaussianProcess(LinearMatern(0.3), inputs, values).predict(points)
    assert found[0] == pytest.approx(mean)
    assert found[1] == pytest.approx(deviation**2)


@pytest.mark.parametrize("z", [-30.0, -5.0, -0.5, 0.0, 2.0, 40.0])
def test_the_expected_improvement_is_its_integral_even_far_from_the_front(z: float) -> None:
    """Scaled by the density at 0 where that is below the smallest float of a product."""
    grid = np.linspace(0, max(z, 0) + 40, 400_001)
    shift = -0.5 * min(z, 0.0) ** 2
    density = np.exp(-0.5 * (grid - z) ** 2 - shift) / np.sqrt(2 * np.pi)
    expected = np.log(integrate.simpson(grid * density, x=grid)) + shift
    assert log_improvement(np.array([z]))[0] == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert stats.norm.pdf(0) == pytest.approx(np.exp(log_improvement(np.array([0.0]))[0]))


def test_the_front_is_that_of_the_authors_example() -> None:
    """Of `get_pareto_groups_conservative`: B is out, since it is not better than the best of A."""
    point = np.zeros(1)
    a, b = Group(point, [0.0, 1.0], [1.0, 1.0]), Group(point, [0.6], [2.0])
    c, d = Group(point, [0.55, 0.75], [3.0, 3.0]), Group(point, [0.8], [4.0])
    assert cheapest_front([d, b, c, a]) == [a, c, d]
    assert cheapest_front([d, b, c, a], cautious=False) == [a, b, c, d]


@examples(30)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 99)), min_size=1, max_size=15))
def test_the_front_of_single_trials_holds_each_that_is_better_than_all_cheaper_ones(
    pairs: list[tuple[int, int]],
) -> None:
    groups = [Group(np.zeros(1), [float(score)], [float(cost)]) for score, cost in pairs]
    found = cheapest_front(groups)
    costs, scores = [g.cost for g in found], [g.score for g in found]
    assert costs == sorted(costs)
    assert scores == sorted(set(scores))
    assert found[-1].score == max(g.score for g in groups)
    limit = np.quantile([cost for _, cost in pairs], 0.2)
    for group in groups:
        cheaper = [other.score for other in groups if other.cost <= max(group.cost, limit)]
        if group.cost > limit and cheaper.count(group.score) == 1 and max(cheaper) == group.score:
            assert group in found
