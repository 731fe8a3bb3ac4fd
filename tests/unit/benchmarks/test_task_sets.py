"""The shipped task sets hold what their names promise."""

import pytest

from hpobench.catalogue import Catalogue
from hpobench.task import Kind

CATALOGUE = Catalogue()


def patterns(name: str) -> list[str]:
    return [task.id for task in CATALOGUE.select_tasks([], [name])]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(("name", "least"), [("core", 20), ("demo", 2), ("pool", 30)])
def test_each_part_has_enough_tasks_and_only_of_its_kind(name: str, least: int, kind: Kind) -> None:
    tasks = CATALOGUE.select_tasks([], [f"{name}/{kind}"])
    assert len(tasks) >= least
    assert {task.kind for task in tasks} == {kind}


def test_the_demo_is_a_part_of_the_core() -> None:
    assert set(patterns("demo")) < set(patterns("core"))


def test_each_half_of_the_core_has_recorded_trainings_and_all_types_of_hyperparameters() -> None:
    for split in ("dev", "test"):
        tasks = CATALOGUE.select_tasks([], [f"core/{split}"])
        assert "curves" in {task.collection for task in tasks}
        assert len({task.collection for task in tasks}) >= 6
        features = {feature for task in tasks for feature in task.types}
        assert features >= {"float", "integer", "categorical", "ordinal", "condition"}


@pytest.mark.parametrize("kind", list(Kind))
def test_both_halves_of_the_core_are_of_the_pool_and_of_one_size(kind: Kind) -> None:
    dev, test = (set(patterns(f"core/{kind}/{split}")) for split in ("dev", "test"))
    assert len(dev) == len(test) == 10
    assert dev | test == set(patterns(f"core/{kind}")) <= set(patterns(f"pool/{kind}"))
    assert not dev & test


def test_trials_of_bbob_follow_the_formula_that_makes_results_comparable() -> None:
    budgets = {
        task.dimension: task.budget.amount
        for task in CATALOGUE.tasks.values()
        if task.collection == "bbob"
    }
    # ceil(20 + 40 sqrt(d)), worked out by hand
    assert budgets == {2: 77, 3: 90, 5: 110, 10: 147, 20: 199}
