"""What is done about failures, holes and unequal budgets: as said, declared, and to no one else."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.errors import UserError
from hpobench.scoring.policy import FailedAs, Horizon, Incomplete, Policy
from tests.examples import examples

EXCLUDE = Policy(failed=FailedAs.EXCLUDE)


def failing(make: SimpleNamespace) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """One of two runs of `b` on the second task fails."""
    tasks = ("toy/s", "toy/t")
    rows = [make.run(o, t, s, [0.5, 0.5]) for o in "ab" for t in tasks for s in range(2)]
    rows[-1] = make.run("b", "toy/t", 1, [0.0], status="failed", reason="killed")
    return rows, dict.fromkeys(tasks, make.constants())


def test_excluding_failures_drops_the_pair_and_says_so(make: SimpleNamespace) -> None:
    analysis = make.analysis(*failing(make), policy=EXCLUDE)
    kept = analysis.runs.groupby(["optimizer", "task"]).size().to_dict()
    assert kept == {("a", "toy/s"): 2, ("a", "toy/t"): 2, ("b", "toy/s"): 2}
    (comparison,) = analysis.comparisons
    assert (comparison.tasks, comparison.others) == (("toy/s",), ("toy/t",))
    assert analysis.failures.set_index("optimizer")["failed"].to_dict() == {"a": 0, "b": 1}
    note = next(note for note in analysis.notes if "failed" in note.text)
    assert "all its runs on that task are left out" in note.text
    assert note.details == ("b: 1 run: killed",)
    assert analysis.protocol["Failed runs"].startswith("Left out")


def test_an_optimizer_that_failed_everywhere_is_named_with_the_reason(
    make: SimpleNamespace,
) -> None:
    rows = [make.run("a", "toy/t", 0, [0.5])]
    rows.append(make.run("b", "toy/t", 0, [], status="failed", reason="no"))
    analysis = make.analysis(rows, policy=EXCLUDE)
    (row,) = analysis.absent.to_dict("records")
    assert row["optimizer"] == "b"
    assert "left out, since some on each task failed" in row["reason"]


def test_nothing_left_is_said(make: SimpleNamespace) -> None:
    rows = [make.run("a", "toy/t", 0, [], status="failed")]
    with pytest.raises(UserError, match="nothing left to analyse"):
        make.analysis(rows, policy=EXCLUDE)


def holed(make: SimpleNamespace) -> tuple[Any, dict[str, Any]]:
    """Of three tasks `b` lacks one and a seed of another, and cannot handle the last."""
    tasks = ("toy/r", "toy/s", "toy/t", "toy/u")
    rows = [make.run("a", t, s, [0.5, 0.5]) for t in tasks for s in range(2)]
    rows += [make.run("b", "toy/r", s, [0.4, 0.4]) for s in range(2)]
    rows.append(make.run("b", "toy/s", 0, [0.4, 0.4]))
    skip = {"optimizer": "b", "task": "toy/u", "reason": "cannot"}
    manifest = {"optimizers": ["a", "b"], "tasks": list(tasks), "skipped": [skip]}
    return make.Runs(rows, manifests=[manifest]), dict.fromkeys(tasks, make.constants(start=5.0))


@pytest.mark.parametrize(
    ("incomplete", "compared", "tasks", "regret"),
    [
        (Incomplete.TASKS, ("a", "b"), ("toy/r", "toy/s"), 0.4),
        (Incomplete.OPTIMIZERS, ("a",), ("toy/r", "toy/s", "toy/t", "toy/u"), np.nan),
        (Incomplete.FAILED, ("a", "b"), ("toy/r", "toy/s", "toy/t"), (0.4 + 2.7 + 5.0) / 3),
    ],
)
def test_holes_are_treated_as_the_policy_says(
    make: SimpleNamespace,
    incomplete: Incomplete,
    compared: tuple[str, ...],
    tasks: tuple[str, ...],
    regret: float,
) -> None:
    analysis = make.analysis(*holed(make), policy=Policy(incomplete=incomplete))
    (comparison,) = analysis.comparisons
    assert (comparison.optimizers, comparison.tasks) == (compared, tasks)
    final = analysis.final.set_index("optimizer")["regret"]
    assert final.get("b", np.nan) == pytest.approx(regret, nan_ok=True)
    assert final["a"] == 0.5


def test_filled_holes_are_declared_as_failures(make: SimpleNamespace) -> None:
    analysis = make.analysis(*holed(make), policy=Policy(incomplete=Incomplete.FAILED))
    row = analysis.failures.set_index("optimizer").loc["b"]
    assert (row["runs"], row["failed"], row["tasks"], row["skipped"]) == (6, 3, 4, 1)
    assert row["skip_rate"] == 0.25
    assert any(note.details == ("b: 3 runs: there is no such run",) for note in analysis.notes)
    assert "counts as a failed one" in analysis.protocol["Compared tasks"]


def test_choices_that_contradict_each_other_are_refused(make: SimpleNamespace) -> None:
    policy = Policy(failed=FailedAs.EXCLUDE, incomplete=Incomplete.FAILED)
    with pytest.raises(UserError, match="choose one of them"):
        make.analysis(*failing(make), policy=policy)
    with pytest.raises(UserError, match="at least 0"):
        make.analysis(*failing(make), policy=Policy(rope=-1.0))


def test_a_common_horizon_forgets_what_only_some_had_the_budget_for(make: SimpleNamespace) -> None:
    rows = [
        make.run("a", "toy/t", 0, [3.0, 2.0, 1.0, 0.0]),
        make.run("b", "toy/t", 0, [3.0, 2.5], cut="time limit"),
        make.run("c", "toy/t", 0, [1.0], status="failed", reason="early"),
    ]
    known = {"toy/t": make.constants()}
    analysis = make.analysis(rows, known, policy=Policy(horizon=Horizon.COMMON))
    final = analysis.final.set_index("optimizer")["regret"]
    assert final.to_dict() == {"a": 2.0, "b": 2.5, "c": 5.0}
    assert analysis.runs.set_index("optimizer")["trials"].to_dict() == {"a": 2, "b": 2, "c": 1}
    assert any(note.details == ("toy/t: 50 %",) for note in analysis.notes)
    assert "all completed runs on it reached" in analysis.protocol["Unequal budgets"]
    assert make.analysis(rows, known).final.set_index("optimizer")["regret"]["a"] == 0.0


def test_a_common_horizon_ends_all_curves_and_surfaces(make: SimpleNamespace) -> None:
    """By half of the budget and 3 of 20 seconds, `a` found 2, and of two objectives (2, 2)."""
    known = {"toy/t": make.constants(seconds=20.0, budget="trials=4")}
    rows = [
        make.run("a", "toy/t", 0, [3.0, 2.0, 1.0, 0.0], cost=[1, 2, 3, 4]),
        make.run("b", "toy/t", 0, [3.0, 2.5], cost=[1, 2], cut="time limit"),
        make.run("a", "toy/mo", 0, [[3.0, 3.0], [2.0, 2.0], [0.0, 0.0]], objectives=("f", "g")),
        make.run("b", "toy/mo", 0, [[3.0, 3.0], [9.0, 9.0]], objectives=("f", "g")),
    ]
    full, common = (make.analysis(rows, known, policy=Policy(horizon=h)) for h in Horizon)
    for axis in ("budget", "time", "time-overhead"):
        ends = [
            found.anytime[found.anytime["axis"] == axis].groupby("optimizer")["regret"].last()["a"]
            for found in (common, full)
        ]
        assert ends == [2.0, 0.0]
    corners = [
        found.attainment.query("optimizer == 'a'")[["first", "second"]].drop_duplicates()
        for found in (common, full)
    ]
    assert [own.to_numpy().tolist() for own in corners] == [[[2.0, 2.0]], [[0.0, 0.0]]]
    reached = common.run_lengths.query("optimizer == 'a' and target == 1.0")["x"]
    assert (reached == float("inf")).all()


def test_a_kind_without_scale_leaves_the_curves_of_others_numbers(make: SimpleNamespace) -> None:
    rows = [
        make.run("a", "toy/t", 0, [1.0, 0.5]),
        make.run("a", "toy/mo", 0, [[3.0, 3.0], [2.0, 2.0]], objectives=("f", "g")),
    ]
    curves = make.analysis(rows, {"toy/t": make.constants()}).anytime
    assert curves["regret"].dtype == float
    assert curves["kind"].unique().tolist() == ["blackbox"]


POLICIES = st.builds(
    Policy,
    failed=st.sampled_from(FailedAs),
    incomplete=st.sampled_from(Incomplete),
    horizon=st.sampled_from(Horizon),
    rope=st.sampled_from([0.0, 0.01, 1.0]),
)


@pytest.mark.slow
@examples(12)
@given(data=st.data(), policy=POLICIES)
def test_any_prefix_hole_and_failure_can_be_analysed_under_any_policy(
    make: SimpleNamespace, data: st.DataObject, policy: Policy
) -> None:
    store, known = make.kinds()
    kept = data.draw(st.sets(st.integers(0, len(store.rows) - 1), min_size=1, max_size=25))
    failed = data.draw(st.sets(st.sampled_from(sorted(kept))))
    short = data.draw(st.sets(st.sampled_from(sorted(kept))))
    rows = [
        (prefix(row, 2) if i in short else row)
        | ({"status": "failed", "reason": "died"} if i in failed else {})
        for i, row in enumerate(store.rows)
        if i in kept
    ]
    if policy.failed is FailedAs.EXCLUDE and refused(rows, policy):
        with pytest.raises(UserError, match=r"nothing left|choose one"):
            make.analysis(rows, known, policy=policy)
        return
    analysis = make.analysis(rows, known, policy=policy)
    assert analysis.failures["failed"].sum() >= len(failed)
    assert set(analysis.protocol) >= {"Failed runs", "Compared tasks", "Unequal budgets"}
    for frame in analysis.frames().values():
        assert isinstance(frame, pd.DataFrame)
    assert not analysis.pairs[["better", "equal", "worse"]].lt(0).any(axis=None)


def refused(rows: list[dict[str, Any]], policy: Policy) -> bool:
    """Whether excluding failures contradicts another choice, or leaves nothing."""
    every = {(row["optimizer"], row["task"]) for row in rows}
    broken = {(row["optimizer"], row["task"]) for row in rows if row["status"] == "failed"}
    return policy.incomplete is Incomplete.FAILED or every == broken


def prefix(row: dict[str, Any], trials: int) -> dict[str, Any]:
    """The first trials of a run."""
    width = len(row["values"]) // len(row["end"])
    columns = ("end", "spent", "ask_seconds", "tell_seconds", "number", "worker", "cost", "start")
    cut = {name: row[name][:trials] for name in columns}
    fidelity = row["fidelity"] and row["fidelity"][:trials]
    return row | cut | {"values": row["values"][: trials * width], "fidelity": fidelity}
