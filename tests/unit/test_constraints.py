"""Constraints: how they are stated, who is told of them, and that they are stored and come back."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from ConfigSpace import ConfigurationSpace
from hypothesis import given
from hypothesis import strategies as st

from hpobench.catalogue import Catalogue
from hpobench.constraint import Constraint
from hpobench.environments.wire import pack_outcome, pack_problem, unpack_outcome, unpack_problem
from hpobench.errors import ParameterError
from hpobench.execution.loop import Loop
from hpobench.execution.sparing import ToldFailed
from hpobench.execution.workers import Simulated
from hpobench.optimizer import Capabilities, Optimizer
from hpobench.outcomes import judge_outcome
from hpobench.run import Trajectory
from hpobench.store import encode
from hpobench.store.conflicts import conflicts, first_difference
from hpobench.store.rows import decode
from hpobench.store.shape import row_flaw
from hpobench.store.shards import table
from hpobench.store.thin import thin
from hpobench.task import Budget, Objective, Problem, Unit
from hpobench.trial import Outcome, Trial
from tests.unit.results.test_lineage_columns import exported_and_restored
from tests.unit.test_store import compacted, fill, record, run, trajectory

LIMITS = (Constraint(name="latency", limit=20.0), Constraint(name="gap"))
finite = st.floats(allow_nan=False, allow_infinity=False)


@given(name=st.sampled_from(["latency", "f1", "a-b"]), limit=finite, at_least=st.booleans())
def test_a_limit_is_read_as_it_is_written(name: str, limit: float, *, at_least: bool) -> None:
    constraint = Constraint(name=name, limit=limit, at_least=at_least)
    assert Constraint.parse(str(constraint)) == constraint


@given(limit=st.integers(-99, 99), measured=st.integers(-99, 99))
def test_what_is_feasible_is_what_the_formula_says(limit: int, measured: int) -> None:
    below = Constraint.parse(f"memory<={limit}").excess(measured)
    above = Constraint.parse(f"memory >= {limit}").excess(measured)
    assert (below <= 0, above <= 0) == (measured <= limit, measured >= limit)
    assert Constraint.parse("memory").excess(measured) == measured


@pytest.mark.parametrize("text", ["", "a <= b", "a < 3", "<= 3", "a <= inf", "a <= nan", "a b"])
def test_what_is_no_constraint_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="such as 'latency <= 20'"):
        Constraint.parse(text)


@pytest.mark.parametrize(
    ("outcome", "constraints", "failure"),
    [
        (Outcome(values={"f": 1.0, "latency": 23.0}, constraints={"gap": -1}), (3.0, -1.0), ""),
        (Outcome(values={"f": 1.0}, constraints={"gap": 2.0, "latency": 20}), (0.0, 2.0), ""),
        (Outcome(values={"f": 1.0, "latency": 2.0}), (), "the constraint gap is nan"),
        (Outcome(values={"f": 1.0}, constraints={"gap": "3"}), (), "the constraint latency <= 20"),  # type: ignore[dict-item]
        (Outcome(failure="out of memory"), (), "out of memory"),
        (
            Outcome(failure="out of memory", constraints={"gap": 5.0, "latency": 0.0}),
            (-20.0, 5.0),
            "out of memory",
        ),
    ],
)
def test_an_outcome_tells_how_far_it_is_beyond_each_limit(
    outcome: Outcome, constraints: tuple[float, ...], failure: str
) -> None:
    judged = judge_outcome(outcome, ("f",), constraints=LIMITS)
    assert tuple(judged.constraints.values()) == constraints
    assert judged.failure.startswith(failure)
    assert judged.ok is not bool(failure)
    assert judged.feasible is False or constraints == ()


def test_an_objective_that_is_maximised_has_to_be_at_least_its_limit() -> None:
    least = (Constraint.parse("accuracy >= 0.75"),)
    outcomes = [Outcome(values={"f": 1.0, "accuracy": -each}) for each in (0.5, 0.75, 1.0)]
    judged = [judge_outcome(outcome, ("f",), constraints=least) for outcome in outcomes]
    assert [each.constraints["accuracy"] for each in judged] == [0.25, 0.0, -0.25]
    assert [each.feasible for each in judged] == [False, True, True]


def test_without_constraints_those_that_a_benchmark_answers_are_left_out() -> None:
    told = Outcome(values={"f": 1.0}, constraints={"gap": 3.0})
    assert judge_outcome(told, ("f",)) == Outcome(values={"f": 1.0})


class Listener(Optimizer):
    """Keeps all that it is told."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def ask(self) -> Trial:
        return Trial(config={"x": 0})

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        del trial
        self.outcomes.append(outcome)


PROBLEM = Problem(
    space=ConfigurationSpace({"x": (0, 9)}),
    objectives=(Objective(name="f"),),
    fidelity=None,
    budget=Budget(3, Unit.EVALUATIONS),
    constraints=("latency", "gap"),
)


def test_who_knows_no_constraints_is_told_failed_and_who_knows_them_by_how_much() -> None:
    answers = [
        Outcome(values={"f": 1.0, "latency": 30.0}, constraints={"gap": 0.0}),
        Outcome(values={"f": 2.0, "latency": 20.0}, constraints={"gap": -1.0}),
        Outcome(failure="diverged"),
    ]
    able, unable = Listener(), Listener()
    kept = []
    for optimizer in (able, ToldFailed(unable)):
        following = iter(answers)
        workers = Simulated(lambda _: next(following), ("f",), (), LIMITS)  # noqa: B023 (at once)
        kept.append(list(Loop(optimizer, workers, PROBLEM).records()))
    assert [each.constraints for each in able.outcomes] == [
        {"latency": 10.0, "gap": 0.0},
        {"latency": 0.0, "gap": -1.0},
        {},
    ]
    assert [(each.ok, each.feasible) for each in able.outcomes] == [
        (True, False),
        (True, True),
        (False, False),
    ]
    assert [each.failure for each in unable.outcomes] == ["infeasible", "", "diverged"]
    assert unable.outcomes[0] == Outcome(failure="infeasible")
    assert not any(each.constraints for each in unable.outcomes)
    for records in kept:
        assert [each.values for each in records] == [(1.0,), (2.0,), ()]
        assert [each.failure for each in records] == ["", "", "diverged"]
        assert repr([each.constraints for each in records]) == repr(
            [(10.0, 0.0), (0.0, -1.0), (math.nan, math.nan)]
        )


def test_an_optimizer_that_knows_constraints_needs_a_task_that_has_some() -> None:
    task = Catalogue().task("bbob-constrained/f01-d2-i1")
    able = Capabilities(types=frozenset(task.types), constraints=True)
    assert not able.obstacle(task)
    assert "the task has none" in able.obstacle(replace(task, constraints=()))
    assert not replace(able, constraints=False).obstacle(task)


def test_problem_and_outcome_cross_between_interpreters() -> None:
    assert unpack_problem(json.loads(json.dumps(pack_problem(PROBLEM)))).constraints == (
        "latency",
        "gap",
    )
    outcome = Outcome(values={"f": 1.0}, constraints={"latency": 0.5, "gap": -0.0})
    assert repr(unpack_outcome(json.loads(json.dumps(pack_outcome(outcome))))) == repr(outcome)


def limited(seed: int = 0, gap: float = -1.0) -> Trajectory:
    """Three trials: an infeasible one that is the best, a feasible one, and one that failed."""
    nan = math.nan
    records = [
        record(0, values=(-5.0, -5.0), constraints=(10.0, -0.0)),
        record(1, constraints=(0.0, gap)),
        record(2, values=(), failure="diverged", constraints=(nan, nan)),
    ]
    return trajectory(seed, run=run(seed, constraints=LIMITS), records=records)


@pytest.mark.parametrize("compact", [False, True])
def test_the_column_is_there_only_in_runs_of_tasks_that_have_constraints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, compact: bool
) -> None:
    assert "constraints" not in encode(trajectory(), "e").decode()
    store = fill(tmp_path / "a", limited(0), trajectory(1))
    store = compacted(store, monkeypatch) if compact else store
    assert not store.damage
    first, second = store.history().sort_by("seed").to_pylist()
    expected = [10.0, -0.0, 0.0, -1.0, math.nan, math.nan]
    assert repr(first["constraints"]) == repr(expected)
    assert json.loads(first["task_info"])["constraints"] == ["latency", "gap"]
    assert second["constraints"] is None
    bare = compacted(fill(tmp_path / "b", trajectory(1)), monkeypatch)
    (shard,) = (bare.path / "runs").glob("*.parquet")
    assert "constraints" not in pq.read_schema(shard).names


def test_they_are_part_of_what_a_run_is_and_of_nothing_without_them() -> None:
    assert "constraints" not in run().task.definition()
    assert run(constraints=LIMITS).task.definition()["constraints"] == ["latency <= 20", "gap"]
    assert run(constraints=LIMITS).id != run().id


@pytest.mark.parametrize("column", [[1.0], ["1"] * 6, {}])
def test_what_does_not_fit_is_no_row(column: Any) -> None:
    row = decode(encode(limited(), "e"))
    assert not row_flaw(row)
    assert "constraints" in row_flaw({**row, "constraints": column})


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_they_are_exported_by_name_and_come_back(tmp_path: Path, form: str) -> None:
    before = fill(tmp_path / "a", limited(0), trajectory(1)).history()
    names, after = exported_and_restored(before, tmp_path / "t", form)
    assert {"constraint.latency", "constraint.gap"} <= names
    assert repr(after.sort_by("seed").to_pylist()) == repr(before.sort_by("seed").to_pylist())


def test_two_executions_that_differ_in_a_constraint_are_a_conflict() -> None:
    one, other = (decode(encode(limited(gap=gap), "e")) for gap in (-1.0, -2.0))
    assert first_difference(one, one) is None
    found = first_difference(one, other)
    assert found is not None
    assert (found.trial, found.field) == (1, "constraints")
    assert len(conflicts(table([one]), table([other]))) == 1


def test_a_thin_run_keeps_what_violates_less_and_then_what_is_feasible_and_better() -> None:
    excesses = [3.0, 5.0, 2.0, -1.0, 4.0, -1.0, 0.0, 0.0]
    losses = [1.0, 0.0, 9.0, 8.0, 0.0, 9.0, 7.0, 9.0]
    records = [
        record(i, values=(loss, loss), constraints=(excess, 0.0))
        for i, (loss, excess) in enumerate(zip(losses, excesses, strict=True))
    ]
    whole = trajectory(run=run(constraints=LIMITS), records=records)
    assert thin(decode(encode(whole, "e")))["number"] == [0, 2, 3, 6, 7]
