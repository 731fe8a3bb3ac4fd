"""What a lower fidelity tells of the highest: by hand, from tables, benchmarks and trials."""

import json
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau, spearmanr

from hpobench.analysis.fidelities import COLUMNS, evaluated_curves, fidelities, stored_curves
from hpobench.benchmarks.recorded.curves import recorded_curves
from hpobench.execution.construction import build
from hpobench.report.training_page import doubtful, lowest
from hpobench.stats.fidelities import FEWEST, fidelity_agreement
from hpobench.store import Store
from hpobench.trial import Trial
from tests.driving import catalogue
from tests.examples import examples
from tests.folders import CHECKOUT

Floats = npt.NDArray[np.float64]


def test_a_fidelity_that_ranks_alike_tells_all() -> None:
    ends = np.random.default_rng(0).random(200)
    found = fidelity_agreement(3 * ends - 1, ends)
    assert found
    assert (found.correlation, found.first_third, found.top, found.crossing) == (1, 1, 1, 0)


def test_a_fidelity_that_ranks_the_other_way_round_tells_nothing() -> None:
    ends = np.random.default_rng(0).random(200)
    found = fidelity_agreement(-ends, ends)
    assert found
    assert (found.correlation, found.first_third, found.top, found.crossing) == (-1, 0, 0, 1)


def test_a_fidelity_of_noise_finds_the_best_as_often_as_chance() -> None:
    rng = np.random.default_rng(1)
    found = [fidelity_agreement(rng.random(300), rng.random(300), seed) for seed in range(40)]
    means = [np.mean([getattr(f, name) for f in found if f]) for name in ("first_third", "top")]
    assert means[0] == pytest.approx(1 / 3, abs=0.06)
    assert means[1] == pytest.approx(3 / 30, abs=0.05)


@examples(25)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=10, max_size=30))
def test_correlation_and_crossings_are_those_counted_pair_by_pair(
    pairs: list[tuple[int, int]],
) -> None:
    lower, highest = np.array(pairs, dtype=float).T
    found = fidelity_agreement(lower, highest)
    assert found
    crossed = [(a - c) * (b - d) < 0 for (a, b), (c, d) in combinations(pairs, 2)]
    assert found.crossing == pytest.approx(np.mean(crossed))
    if np.ptp(lower) and np.ptp(highest):
        assert found.correlation == pytest.approx(spearmanr(lower, highest).statistic)
    else:
        assert np.isnan(found.correlation)


def test_what_is_missing_at_either_fidelity_does_not_count() -> None:
    ends = np.arange(20.0)
    lower = np.where(ends % 2, np.nan, ends)
    found = fidelity_agreement(lower, ends)
    assert found
    assert found.configurations == FEWEST
    assert fidelity_agreement(lower[:10], ends[:10]) is None


def test_the_curves_of_a_table_are_what_its_benchmark_answers() -> None:
    task = catalogue().task("curves/reinforcement-cart-pole-mf")
    levels, values = recorded_curves(task.params, task.objectives[0])
    benchmark = build(task)
    assert levels[-1] == (benchmark.fidelity and benchmark.fidelity.high)
    assert values.shape == (3, 512, len(levels))
    config = dict(benchmark.space.get_default_configuration())
    for place in (0, len(levels) - 1):
        answers = {
            benchmark.evaluate(Trial(config=config, fidelity=levels[place]), seed).vector[0]
            for seed in range(30)
        }
        assert any(answers <= set(values[:, each, place].tolist()) for each in range(512))


def run(seed: int, trials: list[tuple[float, float, int]]) -> dict[str, Any]:
    levels, values, configs = zip(*trials, strict=True)
    return {
        "seed": seed,
        "fidelity": list(levels),
        "values": list(values),
        "configs": json.dumps({"x": list(configs)}),
    }


def test_trials_of_one_configuration_and_seed_are_one_curve() -> None:
    rows = [
        run(0, [(1, 0.5, 7), (3, 0.4, 7), (1, 0.9, 8)]),
        run(0, [(9, 0.1, 7), (1, 0.6, 7)]),  # another optimizer's; the first value counts
        run(1, [(1, 0.7, 7), (9, float("nan"), 7), (3, 0.3, 7)]),
    ]
    levels, (values,) = stored_curves(rows)
    assert levels.tolist() == [1, 3, 9]
    assert values[0].tolist() == [0.5, 0.4, 0.1]
    assert values[1][:2].tolist() == [0.7, 0.3]
    assert len(values) == 2


def test_where_a_benchmark_answers_in_no_time_it_is_asked() -> None:
    levels, values = evaluated_curves(catalogue().task("mfh/hartmann3-good"))
    assert len(levels) == 8
    assert values.shape == (150, 8)
    assert np.isfinite(values).all()


@pytest.fixture(scope="module")
def of_the_leaderboard() -> tuple[pd.DataFrame, "pd.Series[float]"]:
    """The view of fidelities of the shipped results, and one-epoch's mean place on each task."""
    table = Store(CHECKOUT / "results" / "baselines" / "core").runs((*COLUMNS, "optimizer"))
    rows = [
        row for row in table.to_pylist() if json.loads(row["task_info"])["kind"] == "multi-fidelity"
    ]
    ends: dict[tuple[str, int], dict[str, float]] = {}
    for row in rows:
        high = json.loads(row["task_info"])["fidelity"]["high"]
        levels = row["fidelity"] or [high] * len(row["values"])
        full = [v for v, z in zip(row["values"], levels, strict=True) if z >= high * (1 - 1e-9)]
        best = min((value for value in full if np.isfinite(value)), default=np.inf)
        ends.setdefault((row["task"], row["seed"]), {})[row["optimizer"]] = best
    places = pd.DataFrame(
        [
            {"task": task, "place": (pd.Series(own).rank()["one-epoch"] - 1) / (len(own) - 1)}
            for (task, _), own in ends.items()
            if "one-epoch" in own
        ]
    )
    return fidelities(rows, catalogue()), places.groupby("task")["place"].mean()


def test_where_fidelities_disagree_one_epoch_ranks_worse(
    of_the_leaderboard: tuple[pd.DataFrame, "pd.Series[float]"],
) -> None:
    view, places = of_the_leaderboard
    low = lowest(view).set_index("task")
    both = low.index.intersection(places.index)
    assert len(both) >= 12
    assert kendalltau(low.loc[both, "correlation"], places[both]).statistic < -0.2
    found = kendalltau(low.loc[both, "first_third"], places[both])
    assert found.statistic < -0.4
    assert found.pvalue < 0.05


def test_the_tasks_where_one_epoch_must_fail_are_those_where_it_ranks_worse_than_elsewhere(
    of_the_leaderboard: tuple[pd.DataFrame, "pd.Series[float]"],
) -> None:
    view, places = of_the_leaderboard
    failing = doubtful(view)
    assert failing
    others = [name for name in places.index if name not in failing]
    assert places[failing].min() > 0.5
    assert places[failing].mean() > places[others].mean()
