"""Only feasible trials are scored: against looking at all trials again, and whatever others say."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.scoring.curves import Axis
from hpobench.scoring.incumbents import GRID
from hpobench.scoring.policy import Policy
from hpobench.scoring.score import Scored, score
from tests.examples import examples
from tests.unit.analysis.conftest import constants, frame, references, run
from tests.unit.analysis.test_noise_free import SIDE, cubes, of_task

INF = float("inf")
BUDGET = 6
Told = tuple[tuple[int, ...], tuple[float, float]]
"""The values of a trial, none if it failed, and how far it is beyond two limits."""


@st.composite
def stories(draw: st.DrawFn) -> tuple[int, list[list[Told]]]:
    """Some runs on a task with so many objectives, trial by trial."""
    count = draw(st.integers(1, 3))
    vector = st.tuples(*[st.integers(0, SIDE - 1)] * count)
    excess = st.sampled_from([-2.0, -1.0, 0.0, 0.5, 3.0])
    trial = st.tuples(st.one_of(st.just(()), vector, vector), st.tuples(excess, excess))
    return count, draw(
        st.lists(st.lists(trial, min_size=1, max_size=BUDGET), min_size=1, max_size=3)
    )


def rows(count: int, runs: list[list[Told]]) -> list[dict[str, Any]]:
    nothing = (np.nan,) * count
    return [
        limited(
            run(
                "o",
                "c/t",
                seed,
                [values or nothing for values, _ in trials],
                objectives=("f", "g", "h")[:count],
                budget=BUDGET,
            ),
            [excesses for _, excesses in trials],
        )
        for seed, trials in enumerate(runs)
    ]


def limited(row: dict[str, Any], excesses: Any) -> dict[str, Any]:
    """A run on a task with two constraints."""
    info = row["task_info"].replace('"workers"', '"constraints": ["p", "q"], "workers"')
    return row | {"task_info": info, "constraints": [float(x) for each in excesses for x in each]}


def scored(count: int, runs: list[list[Told]], violation: float = 2.0) -> Scored:
    known = references({"c/t": of_task(count, violation=violation)})
    return score(frame(rows(count, runs)), known, Policy())


def feasible(trials: list[Told], share: float) -> list[tuple[int, ...]]:
    """The values of what counts up to a share of the budget."""
    done = trials[: int(share * BUDGET + 1e-9)]
    return [values for values, excesses in done if values and max(excesses) <= 0]


@examples(60)
@given(story=stories())
def test_curves_are_those_of_looking_at_all_feasible_trials_again(story: Any) -> None:
    count, runs = story
    curves = scored(count, runs).curves
    for i, trials in enumerate(runs):
        for place, share in enumerate(GRID):
            kept = feasible(trials, share)
            loss = curves.losses[Axis.BUDGET][i, place]
            if count == 1:
                assert loss == min((values[0] for values in kept), default=INF)
            else:
                assert max(-loss, 0.0) == (cubes(kept, count) if kept else 0)


@examples(60)
@given(story=stories())
def test_violation_and_first_feasible_trial_are_those_of_looking_again(story: Any) -> None:
    count, runs = story
    found = scored(count, runs)
    for i, trials in enumerate(runs):
        for place, share in enumerate(GRID):
            broken = [
                0.0 if values and total == 0 else total
                for values, excesses in trials[: int(share * BUDGET + 1e-9)]
                if (total := sum(max(x, 0.0) for x in excesses)) > 0 or values
            ]
            least = min([*(each / 2.0 for each in broken), 1.0])
            assert found.curves.violations[Axis.BUDGET][i, place] == least
        first = [at for at in range(1, len(trials) + 1) if feasible(trials[:at], 1.0)]
        expected = first[0] / BUDGET if first else INF
        assert found.runs["first_feasible"][i] == pytest.approx(expected)


@examples(60)
@given(story=stories(), better=st.integers(-3, -1), at=st.integers(0, BUDGET))
def test_an_infeasible_trial_however_good_never_changes_a_score(
    story: Any, better: int, at: int
) -> None:
    count, runs = story
    first, *others = runs
    at = min(at, len(first) - 1)
    good = ((better,) * count, (0.0, 0.25))
    bad = ((SIDE - 1,) * count, (0.0, 0.25))
    with_good, with_bad = (
        scored(count, [[*first[:at], each, *first[at:]][:BUDGET], *others]) for each in (good, bad)
    )
    pd.testing.assert_frame_equal(with_good.runs, with_bad.runs)
    for one, other in zip(
        (with_good.curves.losses, with_good.curves.regrets, with_good.curves.violations),
        (with_bad.curves.losses, with_bad.curves.regrets, with_bad.curves.violations),
        strict=True,
    ):
        np.testing.assert_array_equal(one[Axis.BUDGET], other[Axis.BUDGET])


def test_without_a_feasible_trial_a_run_scores_as_one_that_failed(make: SimpleNamespace) -> None:
    never = limited(run("never", "c/t", 0, [1.0, 2.0]), [(1.0, 0.0)] * 2)
    fails = limited(run("fails", "c/t", 0, [np.nan, np.nan]), [(np.nan, np.nan)] * 2)
    fails["status"] = "failed"
    works = limited(run("works", "c/t", 0, [1.0, 2.0]), [(0.0, 0.0)] * 2)
    found = make.analysis([never, fails, works], {"c/t": constants()})
    final = found.final.set_index("optimizer")
    assert final.loc["never", "regret"] == final.loc["fails", "regret"] > 1
    assert final.loc["never", "rank"] == final.loc["fails", "rank"] == 2.5
    assert final.loc[["works", "never", "fails"], "feasible"].tolist() == [1.0, 0.0, 0.0]
    assert any("that keeps the constraints" in note.text for note in found.notes)


def test_columns_and_rules_of_constraints_are_there_only_where_a_task_has_some(
    make: SimpleNamespace,
) -> None:
    plain = make.analysis([run("o", "c/t", 0, [1.0])], {"c/t": constants()})
    some = make.analysis(
        [run("o", "c/t", 0, [1.0]), limited(run("o", "c/u", 0, [1.0]), [(0.0, 1.0)])],
        {name: constants() for name in ("c/t", "c/u")},
    )
    names = {"violation", "feasible"}
    for table in ("final", "final_tasks", "anytime", "anytime_tasks"):
        assert names.isdisjoint(getattr(plain, table).columns)
        assert names <= {*getattr(some, table).columns}
    tasks = some.final_tasks.set_index("task")["feasible"]
    assert np.isnan(tasks["c/t"])
    assert tasks["c/u"] == 0.0
    rule = "Violation of constraints"
    assert (rule in plain.protocol, rule in some.protocol) == (False, True)
