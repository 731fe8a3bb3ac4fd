"""The whole way from runs to data frames: fair, complete, and moved by nobody else's runs."""

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.errors import UserError
from hpobench.scoring.constants import Constants
from hpobench.scoring.policy import FailedAs, Policy
from tests.examples import examples

Kinds = tuple[Any, Mapping[str, Constants]]
CURVES = ["final_tasks", "anytime_tasks", "run_lengths", "attainment"]


def without(frame: pd.DataFrame, optimizer: str) -> pd.DataFrame:
    return frame[frame["optimizer"] != optimizer].reset_index(drop=True)


def test_leaving_an_optimizer_out_changes_no_bit_of_another_ones_scores(
    make: SimpleNamespace, every_kind: Kinds
) -> None:
    store, known = every_kind
    everyone = make.analysis(store, known)
    fewer = make.analysis([r for r in store.rows if r["optimizer"] != "random"], known)
    for name in [*CURVES, "anytime"]:
        expected = without(getattr(everyone, name), "random").drop(columns="rank", errors="ignore")
        found = getattr(fewer, name).reset_index(drop=True)
        pd.testing.assert_frame_equal(
            found.drop(columns="rank", errors="ignore"), expected, check_exact=True
        )
    columns = ["kind", "optimizer", "regret", "low", "high", "median", "runs", "overhead"]
    expected = without(everyone.final, "random")[columns].sort_values(["kind", "optimizer"])
    found = fewer.final[columns].sort_values(["kind", "optimizer"])
    pd.testing.assert_frame_equal(
        found.reset_index(drop=True), expected.reset_index(drop=True), check_exact=True
    )


def test_final_scores_by_hand(make: SimpleNamespace) -> None:
    finals: dict[str, dict[str, list[float]]] = {
        "toy/a": {"x": [0.5, 0.7], "y": [0.1, 0.9]},
        "toy/b": {"x": [2.0, 2.0], "y": [1, 3]},
    }
    rows = [
        make.run(optimizer, task, seed, [4.0, y])
        for task, found in finals.items()
        for optimizer, ys in found.items()
        for seed, y in enumerate(ys)
    ]
    known = {"toy/a": make.constants(), "toy/b": make.constants(best=1.0, random=2.0)}
    final = make.analysis(rows, known).final.set_index("optimizer")
    assert final["regret"].to_dict() == pytest.approx({"x": np.mean([0.7, 1]), "y": 0.5})
    assert final["mean"].to_dict() == pytest.approx({"x": np.mean([0.6, 1]), "y": 0.75})
    assert final["worst"].to_dict() == pytest.approx({"x": 1.0, "y": 1.0})
    assert final["worst_task"].to_dict() == {"x": "toy/b", "y": "toy/b"}
    assert final["rank"].to_dict() == {"x": 1.5, "y": 1.5}
    assert final["wins"].to_dict() == {"x": 2, "y": 2}
    assert (final["low"] <= final["regret"]).all()
    assert (final["regret"] <= final["high"]).all()


def test_a_curve_never_rises_and_ends_at_the_final_score(
    make: SimpleNamespace, every_kind: Kinds
) -> None:
    analysis = make.analysis(*every_kind)
    for _, curve in analysis.anytime.groupby(["kind", "optimizer", "axis"]):
        assert (np.diff(curve["regret"]) <= 1e-12).all()
    ends = analysis.anytime[(analysis.anytime["axis"] == "budget") & (analysis.anytime["x"] == 1)]
    merged = ends.merge(analysis.final, on=["kind", "optimizer"])
    assert merged["regret_x"].to_numpy() == pytest.approx(merged["regret_y"].to_numpy())


def test_ranks_of_all_sum_up_at_every_point(make: SimpleNamespace, every_kind: Kinds) -> None:
    ranks = make.analysis(*every_kind).ranks
    for _, found in ranks.groupby(["kind", "axis", "x"]):
        count = len(found)
        assert found["rank"].sum() == pytest.approx(count * (count + 1) / 2)


def test_each_kind_compares_those_who_can_handle_it_and_names_the_others(
    make: SimpleNamespace, every_kind: Kinds
) -> None:
    store, known = every_kind
    reason = "optimizes 1 objective, the task has 2"
    tasks = sorted({row["task"] for row in store.rows})
    store.manifests.append(
        {
            "id": "e",
            "optimizers": ["global", "local", "random"],
            "tasks": tasks,
            "seeds": [0, 1, 2],
            "skipped": [
                {"optimizer": "random", "task": task, "reason": reason}
                for task in tasks
                if task.startswith(("toy/mo", "toy/mfmo"))
            ],
            "versions": {"optuna": "5.0"},
            "python": "3.11.7",
            "hpobench": "0.1.0",
        }
    )
    analysis = make.analysis(store, known)
    compared = {str(c.kind): c.optimizers for c in analysis.comparisons}
    assert compared["blackbox"] == ("global", "local", "random")
    assert compared["multi-objective"] == ("global", "local")
    absent = analysis.absent.set_index("kind")
    assert set(absent.index) == {"multi-objective", "multi-fidelity-multi-objective"}
    assert set(absent["reason"]) == {reason}
    assert any(reason in line for note in analysis.notes for line in note.details)
    assert analysis.versions == {"hpobench": "0.1.0", "Python": "3.11.7", "optuna": "5.0"}


def failing(make: SimpleNamespace) -> tuple[list[dict[str, Any]], dict[str, Constants]]:
    """One of two runs of `b` fails after it found the best of all."""
    rows = [make.run(o, "toy/t", s, [0.5, 0.5]) for o in "ab" for s in range(2)]
    rows[3] = make.run("b", "toy/t", 1, [0.0], status="failed", reason="segmentation fault")
    return rows, {"toy/t": make.constants(start=5.0)}


@pytest.mark.parametrize(("policy", "expected"), [("worst", 2.75), ("random", 0.75)])
def test_a_failed_run_counts_as_the_policy_says(
    make: SimpleNamespace, policy: str, expected: float
) -> None:
    analysis = make.analysis(*failing(make), policy=Policy(failed=FailedAs(policy)))
    final = analysis.final.set_index("optimizer")
    assert final.loc["b", "regret"] == pytest.approx(expected)
    assert final.loc["b", "rank"] == 1.75
    assert (final.loc["b", "failed"], final.loc["b", "failure_rate"]) == (1, 0.5)
    curve = analysis.anytime_tasks.query("optimizer == 'b' and axis == 'budget'")["regret"]
    assert curve.min() == pytest.approx(expected)


def test_a_failure_is_declared_with_its_reason(make: SimpleNamespace) -> None:
    analysis = make.analysis(*failing(make))
    assert analysis.notes[0].serious
    assert "1 run of 4 failed" in analysis.notes[0].text
    assert analysis.notes[0].details == ("b: 1 run: segmentation fault",)
    assert analysis.failures.set_index("optimizer")["rate"].to_dict() == {"a": 0.0, "b": 0.5}


def test_a_run_that_failed_before_its_task_was_known_takes_the_tasks_facts_from_others(
    make: SimpleNamespace,
) -> None:
    good = make.run("a", "toy/t", 0, [3.0, 2.0], fidelity=[9, 9], high=9, maximize=True)
    unknown = json.loads(good["task_info"]) | {"fidelity": None}
    bad = make.run("a", "toy/t", 1, [], status="failed", task_info=json.dumps(unknown))
    for rows in ([good, bad], [bad, good | {"seed": 2}]):
        values = make.analysis(rows).runs.sort_values("status")["value"]
        assert values.tolist()[0] == -2.0
        assert np.isnan(values.tolist()[1])


def test_everything_failed_is_still_a_report(make: SimpleNamespace) -> None:
    rows = [make.run("a", "toy/t", s, [], status="failed", reason="no") for s in range(2)]
    analysis = make.analysis(rows, {"toy/t": make.constants()})
    assert analysis.final["regret"].tolist() == [5.0]
    assert analysis.final["failure_rate"].tolist() == [1.0]


def test_nobody_wins_where_all_found_nothing(make: SimpleNamespace) -> None:
    rows = [make.run(o, "toy/t", 0, [], status="failed") for o in "ab"]
    final = make.analysis(rows, {"toy/t": make.constants()}).final
    assert final["wins"].tolist() == [0, 0]
    assert final["rank"].tolist() == [1.5, 1.5]


def test_one_optimizer_one_task_one_seed_is_enough(make: SimpleNamespace) -> None:
    analysis = make.analysis([make.run("a", "toy/t", 0, [0.5])], {"toy/t": make.constants()})
    assert analysis.final["regret"].tolist() == [0.5]
    assert analysis.final["rank"].tolist() == [1.0]
    assert analysis.final["low"].isna().all()


def test_no_runs_are_said_so(make: SimpleNamespace) -> None:
    with pytest.raises(UserError, match="no runs"):
        make.analysis([])


def test_a_glob_that_matches_nothing_suggests_what_does(make: SimpleNamespace, small: Any) -> None:
    with pytest.raises(UserError, match="did you mean 'random'"):
        make.analysis(small, optimizers=["randon"])


def test_globs_choose_runs_and_what_is_said_about_them(make: SimpleNamespace, small: Any) -> None:
    small.holes = [("tpe", "toy/a", 9), ("random", "toy/a", 9)]
    analysis = make.analysis(small, optimizers=["t*"], tasks=["*/a"])
    assert set(analysis.runs["optimizer"]) == {"tpe"}
    assert set(analysis.runs["task"]) == {"toy/a"}
    assert analysis.notes[0].text.startswith("1 run of 4 planned")


def test_a_task_under_another_budget_is_found_by_its_plain_name(make: SimpleNamespace) -> None:
    rows = [make.run("a", "toy/t@trials=9", 0, [1.0], budget=9)]
    analysis = make.analysis(rows, {"toy/t": make.constants()}, tasks=["toy/t"])
    assert analysis.final["regret"].tolist() == [1.0]
    assert ("toy/t@trials=9: trials=9 instead of trials=4",) in [n.details for n in analysis.notes]


def test_maximised_objectives_are_shown_in_their_own_direction(make: SimpleNamespace) -> None:
    rows = [make.run("a", "toy/t", 0, [-0.9, -0.8], test=[-0.7, -0.95], maximize=True)]
    analysis = make.analysis(rows, {"toy/t": make.constants(best=-1.0, random=-0.5)})
    assert analysis.runs[["value", "test"]].to_numpy().tolist() == [[0.9, 0.7]]
    assert analysis.tasks[["best", "random_median"]].to_numpy().tolist() == [[1.0, 0.5]]
    assert analysis.final["regret"].tolist() == pytest.approx([0.2])


def test_tasks_without_constants_count_in_ranks_and_are_named(make: SimpleNamespace) -> None:
    rows = [make.run(o, t, 0, [y]) for t in ("toy/k", "toy/u") for o, y in (("a", 0.5), ("b", 2.0))]
    analysis = make.analysis(rows, {"toy/k": make.constants()})
    assert analysis.final["regret"].tolist() == [0.5, 2.0]
    assert analysis.final["wins"].tolist() == [2, 0]
    (note,) = (note for note in analysis.notes if "constants" in note.text)
    assert note.details == ("toy/u",)
    assert "hpobench constants" in note.text


def test_several_objectives_without_constants_are_ranked_by_a_common_volume(
    make: SimpleNamespace,
) -> None:
    points = {"a": [[0.1, 0.9], [0.9, 0.1]], "b": [[0.2, 0.95], [0.95, 0.2]]}
    rows = [make.run(o, "toy/t", 0, p, objectives=("f", "g")) for o, p in points.items()]
    final = make.analysis(rows).final
    assert final.set_index("optimizer")["rank"].to_dict() == {"a": 1.0, "b": 2.0}
    assert final["regret"].isna().all()


def test_constants_for_another_number_of_objectives_are_no_constants(
    make: SimpleNamespace,
) -> None:
    rows = [make.run("a", "toy/t", 0, [[0.1, 0.9]], objectives=("f", "g"))]
    analysis = make.analysis(rows, {"toy/t": make.constants()})
    assert analysis.final["regret"].isna().all()
    assert any("constants" in note.text for note in analysis.notes)


def test_runs_on_an_older_definition_of_a_task_are_left_out_and_counted(
    make: SimpleNamespace,
) -> None:
    rows = [
        make.run("a", "toy/t", 0, [3.0], finished=1.0, budget=9),
        make.run("a", "toy/t", 1, [2.0], finished=3.0),
        make.run("b", "toy/t", 0, [1.0], finished=2.0),
    ]
    analysis = make.analysis(rows)
    assert analysis.runs["seed"].tolist() == [1, 0]
    assert analysis.tasks["budget"].tolist() == ["trials=4"]
    assert any(note.text.startswith("1 run left out") for note in analysis.notes)


def test_measured_time_is_no_axis(make: SimpleNamespace) -> None:
    rows = [make.run("a", "toy/t", 0, [0.8], real_time=True)]
    analysis = make.analysis(rows, {"toy/t": make.constants(seconds=8.0)})
    assert set(analysis.anytime["axis"]) == {"budget"}


def test_time_is_an_axis_only_where_trials_differ_in_cost(make: SimpleNamespace) -> None:
    rows = [make.run("a", t, 0, [0.8, 0.2], cost=[1, 3]) for t in ("toy/same", "toy/slow")]
    known = {"toy/same": make.constants(seconds=4.0), "toy/slow": make.constants(seconds=8.0)}
    analysis = make.analysis(rows, known)
    curve = analysis.anytime[analysis.anytime["axis"] == "time"].set_index("x")["regret"]
    assert (curve[0.12], curve[0.13], curve[0.49], curve[0.5]) == (5.0, 0.8, 0.8, 0.2)
    timed = analysis.anytime_tasks.query("axis == 'time'").groupby("task")["regret"].count()
    assert timed.to_dict() == {"toy/slow": 100}


def test_what_beats_the_best_known_is_said(make: SimpleNamespace) -> None:
    rows = [make.run("a", "toy/t", 0, [-0.5])]
    analysis = make.analysis(rows, {"toy/t": make.constants()})
    assert analysis.final["regret"].tolist() == [0.0]
    assert any("better than the best known" in note.text for note in analysis.notes)


def test_mixed_versions_of_a_library_are_said(make: SimpleNamespace) -> None:
    rows = [
        make.run("a", "toy/t", s, [1.0], variant_info=v)
        for s, v in enumerate(('{"version": "1"}', '{"version": "2"}'))
    ]
    assert any("library versions" in note.text for note in make.analysis(rows).notes)


@pytest.mark.parametrize(("real", "said"), [(0, 0), (1, 1), (3, 0)])
def test_only_a_mix_of_clocks_is_said(make: SimpleNamespace, real: int, said: int) -> None:
    rows = [make.run(optimizer, "toy/t", 0, [1.0]) for optimizer in "abc"]
    for row in rows[:real]:
        row["task_info"] = json.dumps(json.loads(row["task_info"]) | {"clock": "real"})
    found = [n.details for n in make.analysis(rows).notes if n.text.startswith("1 run of 3 timed")]
    assert found == [("a",)] * said


def test_runs_that_stopped_early_are_said_with_the_reason(make: SimpleNamespace) -> None:
    rows = [make.run("a", "toy/t", 0, [1.0], cut="stalled"), make.run("a", "toy/t", 1, [1.0] * 4)]
    (note,) = (n for n in make.analysis(rows).notes if "budget" in n.text)
    assert note.details == ("a: 1 run: stalled",)


def test_a_run_without_any_success_is_said_and_scored_as_nothing(make: SimpleNamespace) -> None:
    rows = [make.run("a", "toy/t", 0, [1.0], fidelity=[3], high=9)]
    analysis = make.analysis(rows, {"toy/t": make.constants(start=7.0)})
    assert analysis.final["regret"].tolist() == [7.0]
    assert any("without a result" in note.text for note in analysis.notes)


@pytest.mark.slow
@examples(25)
@given(data=st.data())
def test_any_prefix_with_any_holes_can_be_analysed(
    make: SimpleNamespace, data: st.DataObject
) -> None:
    store, known = make.kinds()
    kept = data.draw(st.sets(st.integers(0, len(store.rows) - 1), min_size=1, max_size=20))
    failed = data.draw(st.sets(st.sampled_from(sorted(kept))))
    rows = [
        row | ({"status": "failed", "reason": "died"} if i in failed else {})
        for i, row in enumerate(store.rows)
        if i in kept
    ]
    analysis = make.analysis(rows, known)
    assert len(analysis.runs) == len(rows)
    assert analysis.failures["failed"].sum() == len(failed)
    assert not analysis.final["rank"].lt(1).any()
