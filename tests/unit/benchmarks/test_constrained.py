"""COCO's constrained functions, and pymoo's, tell all that their suites tell."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymoo.problems import get_problem

from hpobench.benchmarks.synthetic.constrained import Constrained
from hpobench.benchmarks.synthetic.pymoo import Pymoo
from hpobench.catalogue import Catalogue
from hpobench.execution.construction import build
from hpobench.scoring.constants import load_constants
from hpobench.scoring.hypervolume import volume
from hpobench.space import plain_config
from hpobench.task import Task
from hpobench.trial import Outcome, Trial

CATALOGUE = Catalogue()
TASKS = {name: t for name, t in CATALOGUE.tasks.items() if t.collection == "bbob-constrained"}
CONSTANTS = load_constants([Path(__file__).parents[3] / "tasks" / "constants"]).tasks


def told(benchmark: Constrained, shares: list[float]) -> Outcome:
    config = {name: -5 + 10 * share for name, share in zip(benchmark.space, shares, strict=True)}
    return benchmark.evaluate(Trial(config=config), 0)


def test_the_whole_suite_is_served_but_for_instances_above_5() -> None:
    served = {tuple(task.params.values()) for task in TASKS.values()}
    sides = [range(1, 55), (2, 3, 5, 10, 20, 40), range(1, 6)]
    assert served == {(f, d, i) for f in sides[0] for d in sides[1] for i in sides[2]}


def test_values_and_constraints_are_those_of_coco_at_every_function_and_dimension(
    golden: Callable[[str], Any],
) -> None:
    for task, k, value, violated, largest, least in golden("constrained")["points"]:
        benchmark = Constrained(**TASKS[task].params)
        place = range(1, len(benchmark.space) + 1)
        outcome = told(benchmark, [(7919 * i + 104729 * k) % 1009 / 1009 for i in place])
        assert outcome.cost == 1.0
        assert outcome.value == pytest.approx(value, rel=1e-12)
        assert sum(excess > 0 for excess in outcome.constraints.values()) == violated
        assert max(outcome.constraints.values()) == pytest.approx(largest, rel=1e-12)
        assert outcome.feasible is (violated == 0)
        assert value > least or violated
        assert CONSTANTS[task].best == pytest.approx(least, rel=1e-12)
        assert CONSTANTS[task].source == "exact"
        names = [constraint.name for constraint in TASKS[task].constraints]
        assert list(outcome.constraints) == names


@pytest.mark.parametrize("dimension", [2, 3, 5, 10, 20, 40])
def test_the_default_is_feasible_and_not_the_optimum(dimension: int) -> None:
    for name, task in TASKS.items():
        if task.dimension == dimension and task.params["instance"] == 2:
            benchmark = Constrained(**task.params)
            default = plain_config(benchmark.space.get_default_configuration())
            outcome = benchmark.evaluate(Trial(config=default), 0)
            assert outcome.feasible, name
            assert outcome.value > CONSTANTS[name].best


def of_pymoo(*, objectives: int) -> list[Task]:
    """The tasks of pymoo's constrained problems with some number of objectives, or more."""
    tasks = CATALOGUE.tasks.values()
    own = [task for task in tasks if task.collection == "pymoo-constrained"]
    return [task for task in own if len(task.objectives) >= objectives]


@pytest.mark.parametrize("task", of_pymoo(objectives=1), ids=lambda task: task.id)
def test_pymoo_says_the_same_of_a_point(task: Task) -> None:
    benchmark = build(task)
    assert isinstance(benchmark, Pymoo)
    name, *difficulty = [v for k, v in task.params.items() if k in {"problem", "difficulty"}]
    sizes = {k: v for k, v in task.params.items() if k in {"n_var", "n_obj", "difficulty_factors"}}
    problem = get_problem(name, *difficulty, **sizes)
    rng = np.random.default_rng(0)
    for point in rng.uniform(problem.xl, problem.xu, (3, problem.n_var)):
        values, excesses = problem.evaluate(point)
        outcome = benchmark.evaluate(
            Trial(config=dict(zip(benchmark.space, point.tolist(), strict=True))), 0
        )
        assert list(outcome.values.values()) == pytest.approx(values.tolist())
        assert list(outcome.constraints.values()) == pytest.approx(excesses.tolist())
        assert tuple(outcome.constraints) == tuple(c.name for c in task.constraints)


def test_best_known_fronts_reach_those_that_pymoo_knows() -> None:
    reached = []
    for name in ("mw1", "mw2", "mw3", "mw6", "mw12", "mw8"):
        known = CONSTANTS[f"pymoo-constrained/{name}-d4"]
        with np.errstate(all="ignore"):
            published = get_problem(name, n_var=4).pareto_front()
        reached.append(-known.best / volume(published, np.array(known.reference)))
    assert min(reached) > 0.98


@pytest.mark.parametrize("name", sorted(TASKS)[::60])
def test_the_best_is_where_coco_has_the_optimum_as_the_shipped_constants_have_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    known = CONSTANTS[name]
    assert Constrained(**TASKS[name].params).best == {"loss": known.best}
    assert known.source == "exact"
    assert not list(tmp_path.iterdir())
