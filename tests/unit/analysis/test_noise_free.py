"""An incumbent is chosen by what was told and scored by its value without noise."""

from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from hpobench.scoring.constants import Constants
from hpobench.scoring.curves import Axis
from hpobench.scoring.incumbents import GRID
from hpobench.scoring.policy import Policy, ScoredBy
from hpobench.scoring.score import score
from tests.examples import examples
from tests.unit.analysis.conftest import Runs, constants, frame, references, run

INF = float("inf")
SIDE = 8
"""Values are whole numbers below, so that a hypervolume is a number of unit cubes."""


def cubes(points: list[tuple[int, ...]], count: int) -> int:
    """The hypervolume up to the corner of the grid: unit cubes that some point dominates."""
    corners = product(range(SIDE), repeat=count)
    return sum(
        any(all(p <= c for p, c in zip(q, corner, strict=True)) for q in points)
        for corner in corners
    )


def told_front(values: list[tuple[int, ...]]) -> list[int]:
    """Positions of those that no other was told to be better than; of equals the first."""

    def worse(i: int, j: int) -> bool:
        if values[i] == values[j]:
            return j < i
        return all(b <= a for a, b in zip(values[i], values[j], strict=True))

    return [i for i in range(len(values)) if not any(worse(i, j) for j in range(len(values)))]


def brute_force(trials: list[dict[str, Any]], share: float, count: int) -> float:
    """The loss at a share of the budget, by looking at all trials again."""
    done = [t for t in trials if t["at"] <= share + 1e-9 and t["full"] and t["told"]]
    if not done:
        return INF
    front = [done[i] for i in told_front([t["told"] for t in done])]
    if count == 1:
        return float(front[0]["free"][0])
    volume = cubes([t["free"] for t in front], count)
    return -float(volume) if volume else INF


@st.composite
def stories(draw: st.DrawFn) -> tuple[int, list[list[dict[str, Any]]]]:
    """Some runs of a task: what each trial was told and is worth, where, and when."""
    count = draw(st.integers(1, 3))
    vector = st.tuples(*[st.integers(0, SIDE - 1)] * count)
    runs = []
    for _ in range(draw(st.integers(1, 3))):
        trials, spent = [], 0.0
        for _ in range(draw(st.integers(1, 6))):
            full = draw(st.booleans())
            spent += 1.0 if full else 0.5
            told = () if draw(st.integers(0, 4)) == 0 else draw(vector)
            trials.append({"full": full, "told": told, "free": draw(vector), "at": spent / 6})
        runs.append(trials)
    return count, runs


def rows(count: int, runs: list[list[dict[str, Any]]], *, free: bool = True) -> list[Any]:
    names = ("f", "g", "h")[:count]
    nothing = (np.nan,) * count
    found = []
    for seed, trials in enumerate(runs):
        row = run(
            "o",
            "c/t",
            seed,
            [t["told"] or nothing for t in trials],
            fidelity=[2.0 if t["full"] else 1.0 for t in trials],
            high=2,
            objectives=names,
            budget=6,
        )
        noiseless = [x for t in trials for x in (t["free"] if t["told"] else nothing)]
        found.append(row | ({"noiseless": [float(x) for x in noiseless]} if free else {}))
    return found


def of_task(count: int, **others: Any) -> Constants:
    if count == 1:
        return constants(best=0.0, random=2.0, start=9.0, budget="trials=6", **others)
    corner, origin = (float(SIDE),) * count, (0.0,) * count
    return constants(
        best=-float(SIDE**count),
        random=-1.0,
        start=0.0,
        budget="trials=6",
        reference=corner,
        ideal=origin,
        **others,
    )


@examples(60)
@given(story=stories())
def test_curves_are_those_of_looking_at_all_trials_again(story: Any) -> None:
    count, runs = story
    known = references({"c/t": of_task(count, told=of_task(count))})
    scored = score(frame(rows(count, runs)), known, Policy())
    if not any(t["full"] and t["told"] for trials in runs for t in trials):
        return  # nothing to score
    assert scored.runs["without_noise"].all()
    for i, trials in enumerate(runs):
        expected = [brute_force(trials, x, count) for x in GRID]
        found = scored.curves.losses[Axis.BUDGET][i]
        empty = found > 0 if count > 1 else np.zeros(len(found), dtype=bool)
        assert np.where(empty, INF, found).tolist() == expected


@examples(40)
@given(story=stories())
def test_by_what_was_told_runs_score_as_if_nothing_else_were_known(story: Any) -> None:
    count, runs = story
    apart = references({"c/t": of_task(count, told=of_task(count))})
    free, bare = (frame(rows(count, runs, free=free)) for free in (True, False))
    by_told = score(free, apart, Policy(scored_by=ScoredBy.TOLD))
    without = score(bare, apart, Policy())
    headline = score(free, apart, Policy())
    names = ["value", "regret", "surpassed", "without_noise"]
    pd.testing.assert_frame_equal(by_told.runs[names], without.runs[names])
    told = headline.runs[["told_value", "told_regret"]]
    assert not without.runs["without_noise"].any()
    pd.testing.assert_frame_equal(
        told.set_axis(["value", "regret"], axis=1), without.runs[["value", "regret"]]
    )


def noisy(optimizer: str, task: str, seed: int, told: float, free: float) -> dict[str, Any]:
    return run(optimizer, task, seed, [9.0, told]) | {"noiseless": [9.0, free]}


def test_a_lucky_draw_wins_by_what_was_told_and_loses_without_noise(make: SimpleNamespace) -> None:
    found = [
        row
        for task in ("c/a", "c/b")
        for seed in range(3)
        for row in (
            noisy("lucky", task, seed, told=0.1, free=0.9),
            noisy("sound", task, seed, told=0.3, free=0.3),
        )
    ]
    known = {"c/a": constants(told=constants(best=-1.0)), "c/b": constants(told=constants())}
    analysis = make.analysis(found, known)
    assert analysis.final["optimizer"].tolist() == ["sound", "lucky"]
    told = analysis.told.set_index("optimizer")
    assert told["place"].to_dict() == {"lucky": 2, "sound": 1}
    assert told["told_place"].to_dict() == {"lucky": 1, "sound": 2}
    assert told.loc["lucky", "regret"] == pytest.approx(0.9)
    assert told.loc["lucky", "told_regret"] == pytest.approx((1.1 / 2 + 0.1) / 2)
    assert told["without_noise"].tolist() == [2, 2]
    assert told["tau"].tolist() == [-1.0, -1.0]
    assert any("2 of 2 tasks incumbents are scored by" in note.text for note in analysis.notes)
    assert "chosen by what its optimizer was told" in analysis.protocol["Values without noise"]


def test_where_one_run_has_no_such_values_what_was_told_counts_for_all(
    make: SimpleNamespace,
) -> None:
    found = [
        noisy("lucky", "c/a", 0, told=0.1, free=0.9),
        noisy("sound", "c/a", 0, told=0.3, free=0.3),
        run("earlier", "c/a", 0, [0.5]),
    ]
    analysis = make.analysis(found, {"c/a": constants(told=constants(best=-1.0))})
    assert analysis.final["optimizer"].tolist() == ["lucky", "sound", "earlier"]
    assert analysis.final["regret"].tolist() == pytest.approx([1.1 / 2, 1.3 / 2, 1.5 / 2])
    (note,) = [n for n in analysis.notes if "values without noise" in n.text]
    assert note.details == ("c/a",)


@examples(20)
@given(seed=st.integers(0, 10_000), optimizers=st.integers(2, 6))
def test_tau_is_kendalls_of_both_rankings(seed: int, optimizers: int) -> None:
    from hpobench.analysis.pipeline import examine

    rng = np.random.default_rng(seed)
    found = [
        noisy(f"o{i}", f"c/{task}", s, *rng.integers(1, 4, 2).astype(float))
        for i in range(optimizers)
        for task in range(3)
        for s in range(2)
    ]
    both = constants(random=2.0, told=constants(random=2.0))
    known = references({f"c/{task}": both for task in range(3)})
    told = examine(Runs(found), known).told
    tau = kendalltau(told["regret"], told["told_regret"]).statistic
    assert told["tau"].tolist() == pytest.approx([tau] * optimizers, nan_ok=True)


def test_where_constants_are_of_what_was_told_that_counts(make: SimpleNamespace) -> None:
    found = [
        noisy("lucky", "c/a", 0, told=0.1, free=0.9),
        noisy("sound", "c/a", 0, told=0.3, free=0.3),
    ]
    analysis = make.analysis(found, {"c/a": constants()})
    assert analysis.final["optimizer"].tolist() == ["lucky", "sound"]
    assert analysis.final["regret"].tolist() == pytest.approx([0.1, 0.3])
    (note,) = [n for n in analysis.notes if "hpobench constants --draw" in n.text]
    assert note.details == ("c/a",)
    without = make.analysis(found)
    assert without.final["optimizer"].tolist() == ["sound", "lucky"]
