"""Curves over four axes against values by hand, brute force, and moocore's own measures."""

import json
from types import SimpleNamespace
from typing import Any

import moocore
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hpobench.analysis.attainment import attainment_surface
from hpobench.scoring.constants import Constants
from hpobench.scoring.hypervolume import running_igd
from hpobench.scoring.incumbents import (
    ECDF_TARGETS,
    GRID,
    incumbents_on_test,
    overtuning,
    profile,
    share_reached,
)
from hpobench.scoring.policy import FailedAs, Policy
from hpobench.scoring.trials import improvements

NAN, INF = float("nan"), float("inf")


def at(frame: pd.DataFrame, column: str, axis: str, x: float) -> float:
    own = frame[(frame["axis"] == axis) & np.isclose(frame["x"], x)]
    (value,) = own[column]
    return float(value)


def slow(make: SimpleNamespace, **more: Any) -> Any:
    """One run of three trials with fidelities 3, 9, 9 of 9, costs 1, 3, 4, budget 4."""
    options = {"fidelity": [3, 9, 9], "high": 9, "cost": [1, 3, 4], "budget": 4} | more
    row = make.run("a", "toy/t", 0, [0.9, 0.5, 0.25], **options)
    row |= {"ask_seconds": [1.0, 0.5, 0.5], "tell_seconds": [0.0, 0.5, 0.5]}
    return make.analysis([row], {"toy/t": make.constants(seconds=16.0)})


def test_the_four_axes_by_hand(make: SimpleNamespace) -> None:
    """Full trials finish as evaluations 2 and 3, at trials 4/3 and 7/3, seconds 4 and 8."""
    curves = slow(make).anytime_tasks
    assert at(curves, "regret", "evaluations", 0.4) == 5.0
    assert at(curves, "regret", "evaluations", 0.5) == 0.5
    assert at(curves, "regret", "evaluations", 0.8) == 0.25
    assert at(curves, "regret", "budget", 0.33) == 5.0
    assert at(curves, "regret", "budget", 0.34) == 0.5
    assert at(curves, "regret", "budget", 0.59) == 0.25
    assert at(curves, "regret", "time", 0.24) == 5.0
    assert at(curves, "regret", "time", 0.25) == 0.5
    assert at(curves, "regret", "time", 0.5) == 0.25
    # 1 second of overhead each: 4 + 2 and 8 + 3 of 16 seconds.
    assert at(curves, "regret", "time-overhead", 0.37) == 5.0
    assert at(curves, "regret", "time-overhead", 0.38) == 0.5
    assert at(curves, "regret", "time-overhead", 0.69) == 0.25


@pytest.mark.parametrize("counted", [{"overhead": "measured"}, {"clock": "real"}])
def test_overhead_that_the_clock_counted_is_not_counted_twice(
    make: SimpleNamespace, counted: dict[str, str]
) -> None:
    row = make.run("a", "toy/t", 0, [0.5], cost=[4], budget=4)
    row["task_info"] = json.dumps(json.loads(row["task_info"]) | counted)
    curves = make.analysis([row], {"toy/t": make.constants(seconds=16.0)}).anytime_tasks
    time, both = (
        curves[curves["axis"] == axis]["regret"].tolist() for axis in ("time", "time-overhead")
    )
    assert time == both


def test_no_curve_holds_a_value_that_nobody_reached(make: SimpleNamespace) -> None:
    curves = slow(make).anytime_tasks
    assert set(curves["regret"]) == {5.0, 0.5, 0.25}
    assert set(curves["value"].dropna()) == {0.5, 0.25}


def test_the_geometric_mean_over_tasks_by_hand(make: SimpleNamespace) -> None:
    finals = {"toy/a": 0.01, "toy/b": 1.0, "toy/c": 0.1}
    rows = [make.run("a", task, 0, [value]) for task, value in finals.items()]
    found = make.analysis(rows, dict.fromkeys(finals, make.constants())).anytime
    assert at(found, "log_regret", "budget", 1.0) == pytest.approx(0.1)
    assert at(found, "regret", "budget", 1.0) == pytest.approx(1.11 / 3)


def test_targets_are_spaced_evenly_on_a_log_scale() -> None:
    assert len(ECDF_TARGETS) == 51
    assert np.diff(np.log10(ECDF_TARGETS)) == pytest.approx(-0.1)
    assert ECDF_TARGETS[[0, -1]].tolist() == pytest.approx([10, 1e-4])


@given(hnp.arrays(float, 20, elements=st.floats(0, 20) | st.sampled_from(ECDF_TARGETS.tolist())))
def test_the_share_of_targets_equals_counting_them(regrets: Any) -> None:
    counted = [sum(regret <= target for target in ECDF_TARGETS) / 51 for regret in regrets]
    assert share_reached(regrets) == pytest.approx(counted, abs=1e-12)


def test_a_distribution_of_run_lengths_is_the_share_of_run_target_pairs(
    make: SimpleNamespace,
) -> None:
    rng = np.random.default_rng(5)
    rows = [make.run("a", f"toy/{t}", s, make.falling(rng)) for t in range(3) for s in range(4)]
    found = make.analysis(rows, {row["task"]: make.constants() for row in rows}).anytime
    for trials, x in ((1, 0.25), (3, 0.75), (4, 1.0)):
        best = [min(row["values"][:trials], default=INF) for row in rows]
        pairs = [min(value, 5.0) <= target for value in best for target in ECDF_TARGETS]
        assert at(found, "targets", "budget", x) == pytest.approx(np.mean(pairs))


def test_a_performance_profile_by_hand() -> None:
    """Three tasks: ratios 1, 2, none and 3, 1, none; nobody gets there on the third."""
    lengths = np.array([[0.1, 0.3], [0.2, 0.1], [INF, INF]])
    (first_x, first), (second_x, second) = profile(lengths)
    assert first_x.tolist() == pytest.approx([1, 2])
    assert first.tolist() == pytest.approx([1 / 3, 2 / 3])
    assert second_x.tolist() == pytest.approx([1, 3])
    assert second.tolist() == pytest.approx([1 / 3, 2 / 3])


@given(hnp.arrays(float, (6, 3), elements=st.floats(0.01, 1) | st.just(INF)))
def test_a_performance_profile_equals_counting_at_each_factor(lengths: Any) -> None:
    for optimizer, (factors, shares) in enumerate(profile(lengths)):
        for factor, share in zip(factors, shares, strict=True):
            within = [
                row[optimizer] / row.min() <= factor
                for row in lengths
                if np.isfinite(row[optimizer])
            ]
            assert share == pytest.approx(sum(within) / len(lengths))


def test_run_lengths_are_exact_and_infinite_where_half_of_the_runs_fail(
    make: SimpleNamespace,
) -> None:
    values = [[2.0, 0.4, 0.15], [2.0, 2.0, 0.4], [2.0, 0.4, 0.4]]
    rows = [make.run("a", "toy/t", seed, y) for seed, y in enumerate(values)]
    found = make.analysis(rows, {"toy/t": make.constants()}).run_lengths
    assert found.set_index("target")["x"].to_dict() == {
        1: 0.5,
        0.5: 0.5,
        0.2: INF,
        0.1: INF,
        0.01: INF,
    }


def known_front() -> Constants:
    front = tuple((x, 1 - x) for x in np.linspace(0, 1, 7).tolist())
    return Constants(
        best=-1.0,
        random=-0.5,
        start=0.0,
        seconds=1.0,
        reference=(1.5, 2.0),
        ideal=(0.0, 0.0),
        front=front,
        seeds=1,
        budget="trials=4",
        source="exact",
    )


def test_igd_plus_is_moocores_at_every_point(make: SimpleNamespace) -> None:
    rng, constants = np.random.default_rng(6), known_front()
    runs = rng.random((3, 12, 2)) * 1.3
    rows = [
        make.run("a", "toy/t", s, points, objectives=("f", "g"), budget=12)
        for s, points in enumerate(runs)
    ]
    (trials,) = make.frame(rows).trials()
    scale = np.array(constants.reference)
    expected = [
        moocore.igd_plus(points[: n + 1] / scale, ref=np.array(constants.front) / scale)
        for points in runs
        for n in range(12)
    ]
    assert running_igd(trials, constants) == pytest.approx(expected)
    curves = make.analysis(rows, {"toy/t": constants}).anytime
    assert at(curves, "igd_plus", "budget", 1.0) == pytest.approx(np.mean(expected[11::12]))


def test_hypervolume_is_moocores_as_a_share_of_the_best_known(make: SimpleNamespace) -> None:
    points = np.random.default_rng(7).random((2, 4, 2))
    rows = [make.run("a", "toy/t", s, p, objectives=("f", "g")) for s, p in enumerate(points)]
    constants = make.constants(-0.95, -0.5, 0.0, reference=(1.0, 1.0), ideal=(0.0, 0.0))
    found = make.analysis(rows, {"toy/t": constants}).anytime
    for n in range(1, 5):
        volumes = [moocore.hypervolume(p[:n], ref=[1.0, 1.0]) / 0.95 for p in points]
        assert at(found, "hypervolume", "budget", n / 4) == pytest.approx(np.mean(volumes))


def test_without_a_known_front_there_is_no_igd_plus(make: SimpleNamespace) -> None:
    row = make.run("a", "toy/t", 0, [[0.5, 0.5]], objectives=("f", "g"))
    known = make.constants(-1.0, -0.5, 0.0, reference=(1.0, 1.0), ideal=(0.0, 0.0))
    assert make.analysis([row], {"toy/t": known}).anytime["igd_plus"].isna().all()


def test_a_front_survives_its_file() -> None:
    assert Constants.from_json(known_front().to_json()) == known_front()


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=5),
        min_size=1,
        max_size=5,
    ).filter(any),
    st.sampled_from([0.25, 0.5, 0.75]),
)
def test_an_attainment_surface_equals_counting_runs_at_each_point(
    runs: list[list[tuple[int, int]]], level: float
) -> None:
    flat = [point for run in runs for point in run]
    of = [i for i, run in enumerate(runs) for _ in run]
    corners = attainment_surface(np.array(flat, dtype=float), of, runs=len(runs), levels=[level])[0]
    for x in range(10):
        for y in range(10):
            attained = sum(any(a <= x and b <= y for a, b in run) for run in runs)
            behind = any(a <= x and b <= y for a, b in corners)
            assert behind == (attained >= level * len(runs))


def test_the_median_surface_of_three_runs_by_hand(make: SimpleNamespace) -> None:
    points = [[[1.0, 3.0]], [[2.0, 2.0]], [[3.0, 1.0]], [[9.0, 9.0]]]
    rows = [make.run("a", "toy/t", s, p, objectives=("f", "g")) for s, p in enumerate(points)]
    rows[3] |= {"status": "failed"}
    found = make.analysis(rows).attainment
    median = found[found["level"] == 0.5]
    assert median[["first", "second"]].to_numpy().tolist() == [[2.0, 3.0], [3.0, 2.0]]
    assert not (found[["first", "second"]].to_numpy() == 9).any()


def test_overtuning_by_hand() -> None:
    """Incumbents 0, 1 and 3 have test losses 4, 2 and 3: half of what was won is lost again."""
    loss, test = np.array([5.0, 4.0, 6.0, 3.0]), np.array([4.0, 2.0, 0.0, 3.0])
    run = np.zeros(4, dtype=int)
    assert improvements(loss, run).tolist() == [0, 1, 3]
    assert overtuning(loss, test, run, runs=1).tolist() == [0.5]
    assert overtuning(loss[:2], test[:2], run[:2], runs=2).tolist() == pytest.approx(
        [0, NAN], nan_ok=True
    )
    assert overtuning(loss, np.array([1.0, 2.0, 0.0, 3.0]), run, runs=1).tolist() == [INF]
    assert np.isnan(overtuning(loss, np.full(4, NAN), run, runs=1)).all()


def test_the_incumbents_test_value_rises_and_falls_with_the_incumbent(
    make: SimpleNamespace,
) -> None:
    row = make.run("a", "toy/t", 0, [5.0, 4.0, 6.0, 3.0], test=[4.0, 2.0, 0.0, 3.0])
    analysis = make.analysis([row, row | {"seed": 1}])
    found = [at(analysis.anytime_tasks, "test", "budget", x) for x in (0.25, 0.5, 0.75, 1.0)]
    assert found == [4.0, 2.0, 2.0, 3.0]
    assert analysis.overtuning[["runs", "overtuned", "median"]].to_numpy().tolist() == [
        [2, 1.0, 0.5]
    ]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1.2)), max_size=12).map(
        lambda trials: sorted(trials, key=lambda trial: trial[1])
    )
)
def test_test_values_equal_those_found_point_by_point(trials: list[tuple[int, float]]) -> None:
    loss, x = (np.array([trial[i] for trial in trials], dtype=float) for i in (0, 1))
    test = np.arange(len(trials), dtype=float)
    found = incumbents_on_test(loss, test, np.zeros(len(trials), dtype=int), x, runs=1)[0]
    for point, value in zip(GRID, found, strict=True):
        there = np.flatnonzero(x <= point * (1 + 1e-9))
        expected = test[there[np.argmin(loss[there])]] if len(there) else NAN
        assert value == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(("policy", "reached"), [("worst", INF), ("random", 1.0)])
def test_a_failed_run_reaches_no_target_unless_as_random_search(
    make: SimpleNamespace, policy: str, reached: float
) -> None:
    row = make.run("a", "toy/t", 0, [0.0], status="failed")
    found = make.analysis(
        [row], {"toy/t": make.constants()}, policy=Policy(failed=FailedAs(policy))
    ).run_lengths
    lengths = found.set_index("target")["x"]
    assert lengths[[1.0, 0.5]].tolist() == [reached, INF]
