"""The shipped task sets hold what their names promise."""

import pytest

from hpobench.catalogue import Catalogue
from hpobench.task import Kind

CATALOGUE = Catalogue()


def patterns(name: str) -> list[str]:
    return [task.id for task in CATALOGUE.select_tasks([], [name])]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(("name", "least"), [("core", 10), ("demo", 2), ("pool", 14)])
def test_each_part_has_enough_tasks_and_only_of_its_kind(name: str, least: int, kind: Kind) -> None:
    tasks = CATALOGUE.select_tasks([], [f"{name}/{kind}"])
    assert len(tasks) >= least
    assert {task.kind for task in tasks} == {kind}


def test_the_demo_is_a_part_of_the_core() -> None:
    assert set(patterns("demo")) < set(patterns("core"))


def test_the_core_takes_tasks_from_every_collection_and_of_every_type_of_hyperparameter() -> None:
    tasks = CATALOGUE.select_tasks([], ["core"])
    assert {task.collection for task in tasks} >= {
        "bbob",
        "fcnet",
        "hpobench-mlp",
        "mfh",
        "nasbench201",
        "pymoo",
        "training",
    }
    features = {feature for task in tasks for feature in task.types}
    assert features >= {"float", "integer", "categorical", "ordinal", "condition"}


def test_trials_of_bbob_follow_the_formula_that_makes_results_comparable() -> None:
    budgets = {
        task.dimension: task.budget.amount
        for task in CATALOGUE.tasks.values()
        if task.collection == "bbob"
    }
    # ceil(20 + 40 sqrt(d)), worked out by hand
    assert budgets == {2: 77, 3: 90, 5: 110, 10: 147, 20: 199}
