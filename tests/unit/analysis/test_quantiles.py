"""What random search ends with in the median, held against runs of it simulated by other code."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from hpobench.catalogue import Catalogue
from hpobench.execution.construction import build
from hpobench.normalisation.from_draws import Sampler, draw_constants, listed
from hpobench.normalisation.from_runs import Exact
from hpobench.normalisation.quantiles import SingleTrials, median_of_best
from hpobench.space import plain_config
from hpobench.task import Task
from hpobench.trial import Trial
from tests.examples import examples

CATALOGUE = Catalogue()
RUNS = 40


def trials(told: Any, scored: Any, weights: Any = None) -> SingleTrials:
    shares = np.ones(len(told)) if weights is None else np.array(weights, dtype=float)
    return SingleTrials(
        told=np.array(told, dtype=float)[:, None],
        scored=np.array(scored, dtype=float)[:, None],
        weights=shares / shares.sum(),
        seconds=np.ones(len(told)),
    )


@given(values=st.lists(st.integers(-50, 50), min_size=1, max_size=60), count=st.integers(1, 150))
def test_without_noise_it_is_the_published_quantile_of_single_trials(
    values: list[int], count: int
) -> None:
    level = 1 - 0.5 ** (1 / count)
    expected = np.quantile(values, level, method="inverted_cdf")
    around = [np.quantile(values, level * f, method="inverted_cdf") for f in (1 - 1e-9, 1 + 1e-9)]
    assert median_of_best(trials(values, values), count) in {expected, *around}


@examples(25)
@given(data=st.data(), size=st.integers(1, 12), count=st.integers(1, 20))
def test_with_noise_failures_and_ties_half_of_simulated_runs_end_below_it(
    data: st.DataObject, size: int, count: int
) -> None:
    told = data.draw(
        st.lists(st.one_of(st.none(), st.integers(0, 5)), min_size=size, max_size=size)
    )
    scored = data.draw(st.lists(st.integers(0, 9), min_size=size, max_size=size))
    weights = data.draw(st.lists(st.integers(1, 4), min_size=size, max_size=size))
    if all(value is None for value in told):
        return
    numbers = [np.nan if value is None else value for value in told]
    found = median_of_best(trials(numbers, scored, weights), count)
    rng = np.random.default_rng(size * 31 + count)
    ends = []
    for _ in range(1500):
        run = rng.choice(size, count, p=np.array(weights) / sum(weights))
        known = [i for i in run.tolist() if told[i] is not None]
        if known:
            ends.append(scored[min(known, key=lambda i: told[i])])
    if len(ends) < 200:
        return
    slack = 4 * np.sqrt(0.25 / len(ends))
    assert np.mean(np.array(ends) <= found) >= 0.5 - slack
    assert np.mean(np.array(ends) < found) <= 0.5 + slack


def hypervolume(points: npt.NDArray[np.float64], reference: list[float]) -> float:
    """Of two objectives, by its definition: strips below a staircase."""
    x, area = reference[0], 0.0
    for first, second in sorted(points.tolist(), reverse=True):
        best = min(p[1] for p in points.tolist() if p[0] <= first)
        if first < x and second <= best:
            area += (x - first) * max(reference[1] - best, 0.0)
            x = first
    return area


def ends_of_random_search(task: Task, reference: list[float]) -> list[float]:
    """What runs of random search are scored by: of plain Python and ConfigSpace alone."""
    benchmark = build(task)
    full = benchmark.fidelity.high if task.fidelity and benchmark.fidelity else None
    ends = []
    for seed in range(RUNS):
        benchmark.space.seed(1_000 + seed)
        configs = benchmark.space.sample_configuration(int(task.budget.amount))
        outcomes = [
            benchmark.evaluate(Trial(config=plain_config(c), fidelity=full), 77 + seed)
            for c in configs
        ]
        told = [[o.values[n] for n in task.objectives] for o in outcomes if o.ok]
        free = [[(o.noiseless or o.values)[n] for n in task.objectives] for o in outcomes if o.ok]
        if len(task.objectives) == 1:
            ends.append(free[int(np.argmin([t[0] for t in told]))][0])
            continue
        front = [
            f
            for t, f in zip(told, free, strict=True)
            if not any(all(a <= b for a, b in zip(o, t, strict=True)) and o != t for o in told)
        ]
        ends.append(-hypervolume(np.array(front), reference))
    return ends


@pytest.mark.parametrize(
    ("name", "draws"),
    [
        ("nasbench201/cifar10", 20_000),
        ("nasbench201/cifar10-latency", 20_000),
        pytest.param("counting-ones/8-8", 10_000, marks=pytest.mark.slow),
        pytest.param("curves/linear-digits-mfmo", 10_000, marks=pytest.mark.slow),
    ],
)
def test_random_search_by_other_code_ends_around_its_median(name: str, draws: int) -> None:
    task = CATALOGUE.task(name)
    benchmark = build(task)
    (found,) = draw_constants([task], benchmark, lambda _: Exact(), Sampler(draws)).values()
    ends = sorted(ends_of_random_search(task, list(found.reference)))
    low = int(binom.ppf(0.0005, RUNS, 0.5))
    assert ends[low - 1] <= found.random <= ends[RUNS - low]
    assert found.best <= ends[0] + 1e-9 * abs(ends[0])


def test_a_grid_is_gone_through_whole_and_other_spaces_are_not() -> None:
    space = build(CATALOGUE.task("nasbench201/cifar10")).space
    sample = listed(space)
    assert sample is not None
    assert len(sample.configs) == 5**6
    assert sample.weights.sum() == pytest.approx(1)
    assert len({tuple(config.items()) for config in sample.configs}) == 5**6
    assert listed(build(CATALOGUE.task("oboe/3")).space) is None
    assert listed(build(CATALOGUE.task("counting-ones/8-8")).space) is None
