"""Tasks under constraints: functions of a session, what commands show, and tables under limits."""

import json
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from click.testing import CliRunner

import hpobench
from hpobench.catalogue import Catalogue
from hpobench.constraint import Constraint
from hpobench.errors import UserError
from hpobench.execution.construction import build, pose
from hpobench.outcomes import judge_outcome
from hpobench.space import draw_configs
from hpobench.task import Task
from hpobench.trial import Config, Trial

LIMITED = [task for task in Catalogue().tasks.values() if task.id.endswith("-limited")]
WATCHED = "training/mlp-diabetes-memory-limited"


@pytest.mark.parametrize(
    "task", [task for task in LIMITED if not task.real_time], ids=lambda task: task.id
)
def test_a_limit_of_a_table_is_kept_by_a_good_part_of_it(task: Task) -> None:
    benchmark = build(task)
    assert len(pose(task, benchmark).constraints) == 1
    outcomes = [
        judge_outcome(
            benchmark.evaluate(Trial(config=dict(config)), 0),
            task.objectives,
            constraints=task.constraints,
        )
        for config in draw_configs(benchmark.space, 400, seed=1)
    ]
    kept = [outcome.feasible for outcome in outcomes if outcome.ok]
    assert len(kept) > 300
    assert 0.2 <= sum(kept) / len(kept) <= 0.5


def test_a_training_that_takes_more_memory_than_the_limit_is_infeasible() -> None:
    task = Catalogue().task(WATCHED)
    benchmark = build(task)
    config: Config = {
        "activation": "relu",
        "alpha": 1e-4,
        "learning_rate_init": 1e-3,
        "solver": "adam",
    }
    small: Config = {"layers": 1, "units_1": 8, "batch_size": 32}
    large: Config = {"layers": 3, "units_1": 64, "units_2": 64, "units_3": 64, "batch_size": 128}
    feasible, megabytes = [], []
    for each in (small, large):
        outcome = benchmark.evaluate(Trial(config={**config, **each}, fidelity=1), 0)
        megabytes.append(outcome.values["megabytes"])
        judged = judge_outcome(outcome, task.objectives, constraints=task.constraints)
        feasible.append(judged.feasible)
    weights = 10 * 64 + 2 * 64 * 64 + 64 + 3 * 64 + 1
    assert megabytes[1] > 4 * 8 * weights / 1e6, "weights, gradients and two moments of each"
    assert feasible == [True, False]


def test_a_function_returns_what_was_measured_and_solutions_are_feasible() -> None:
    def train(units: int) -> dict[str, Any]:
        return {"loss": 1 / units, "cost": 1.0, "constraints": {"megabytes": 3.0 * units}}

    found = hpobench.optimize(
        train,
        {"units": (1, 9)},
        optimizer="random",
        trials=30,
        constraints=["megabytes <= 16"],
        progress=False,
    )
    assert found.config == {"units": 5}
    frame = found.trials()
    assert (frame["constraint_megabytes"] == 3.0 * frame["units"] - 16).all()


def test_a_function_that_measures_nothing_fails_with_the_constraint_it_owes() -> None:
    def forgetful(x: float) -> float:
        return x

    task = hpobench.as_task(forgetful, {"x": (0.0, 1.0)}, constraints=("megabytes <= 16",))
    outcome = hpobench.evaluate(task, {"x": 0.5})
    assert outcome.failure == "the constraint megabytes <= 16 is nan"


@pytest.mark.parametrize(
    ("constraint", "wrong"),
    [
        ("lss <= 3", "did you mean 'loss'"),
        ("loss >= 3", "'loss <= 1'"),
        ("loss", "'loss <= 1'"),
        ("g2", "has no constraint or objective 'g2'"),
    ],
)
def test_a_constraint_that_the_benchmark_does_not_measure_is_refused(
    constraint: str, wrong: str
) -> None:
    task = Catalogue().task("bbob-constrained/f01-d2-i1")
    other = replace(task, constraints=(Constraint.parse(constraint),))
    with pytest.raises(UserError, match=wrong):
        pose(other, build(other))


def printed(*words: str) -> Any:
    """What a command prints as JSON."""
    command = import_module(f"hpobench.cli.{words[0]}").command
    shown = CliRunner().invoke(command, [*words[1:], "--json"], standalone_mode=False)
    assert shown.exception is None
    return json.loads(shown.stdout)


def test_evaluate_shows_them_and_whether_they_are_kept() -> None:
    found = printed("evaluate", "bbob-constrained/f09-d2-i1")
    assert found["feasible"] is True
    assert list(found["constraints"]) == [f"g{i}" for i in range(1, 10)]
    assert max(found["constraints"].values()) <= 0


def test_many_tasks_have_constraints_and_say_which() -> None:
    tasks = printed("list", "tasks", "--all")
    named = {task["id"]: task["constraints"] for task in tasks if task["constraints"]}
    assert len(named) >= 300
    assert named["bbob-constrained/f01-d2-i1"] == ["g1"]
    assert len({name.partition("/")[0] for name in named}) >= 3
