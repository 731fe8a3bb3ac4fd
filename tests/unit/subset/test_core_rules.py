"""The core that ships keeps the rules that it was chosen by, counted from the benchmarks here."""

from collections import Counter

import pytest
from ConfigSpace import CategoricalHyperparameter

from hpobench.catalogue import Catalogue
from hpobench.execution.construction import build
from hpobench.task import Kind, Task

CATALOGUE = Catalogue()
MEASURED = (
    "hpobench.benchmarks.recorded:Recorded",
    "hpobench.benchmarks.surrogate:Surrogate",
    "hpobench.benchmarks.tables:Table",
    "hpobench.benchmarks.training:Training",
)
"""Benchmarks of recordings, of models of them, and of trainings: all of a plain installation."""


def tasks_of(name: str) -> list[Task]:
    return CATALOGUE.select_tasks([], [name])


def counts(tasks: list[Task]) -> dict[str, int]:
    """What the rules count, read off the built benchmarks."""
    built = [(task, build(task)) for task in tasks]
    families = Counter(task.family or task.collection for task in tasks)
    return {
        "real": sum(task.benchmark in MEASURED for task in tasks),
        "most of a family": max(families.values()),
        "trusses": families["truss"],
        "with a logarithm": sum(
            any(getattr(each, "log", False) for each in benchmark.space.values())
            for _, benchmark in built
        ),
        "with categories or conditions": sum(
            bool(benchmark.space.conditions)
            or any(isinstance(each, CategoricalHyperparameter) for each in benchmark.space.values())
            for _, benchmark in built
        ),
        "continuable": sum(
            bool(task.fidelity and benchmark.fidelity and benchmark.fidelity.continuable)
            for task, benchmark in built
        ),
    }


@pytest.mark.parametrize("kind", list(Kind))
def test_core_is_real_and_varied_in_each_kind(kind: Kind) -> None:
    tasks = tasks_of(f"core/{kind}")
    found = counts(tasks)
    assert len(tasks) == 20
    assert found["real"] >= 14
    assert found["most of a family"] <= 3
    assert found["trusses"] <= 1
    assert found["with a logarithm"] >= 10
    assert found["with categories or conditions"] >= 5
    assert found["continuable"] >= (8 if "fidelity" in kind else 0)


@pytest.mark.parametrize("kind", list(Kind))
def test_half_of_what_core_must_have_is_in_each_half(kind: Kind) -> None:
    for split in ("dev", "test"):
        found = counts(tasks_of(f"core/{kind}/{split}"))
        assert found["real"] >= 7
        assert found["most of a family"] <= 2
        assert found["with a logarithm"] >= 5
        assert found["continuable"] >= (4 if "fidelity" in kind else 0)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_pool_has_sixty_real_tasks_of_each_kind(kind: Kind) -> None:
    real = [task for task in tasks_of(f"pool/{kind}") if task.benchmark in MEASURED]
    assert len(real) >= 60
    assert not any(CATALOGUE.lacking(task) or task.dataset for task in real)


def test_the_pool_has_three_hundred_tasks_that_need_no_download() -> None:
    tasks = tasks_of("pool")
    assert len(tasks) >= 300
    assert [task.id for task in tasks if task.dataset or task.extra] == []


@pytest.mark.parametrize("kind", list(Kind))
def test_the_functions_of_core_have_a_set_of_their_own(kind: Kind) -> None:
    tasks = tasks_of(f"core-functions/{kind}")
    assert len(tasks) == 10
    assert {task.kind for task in tasks} == {kind}
    assert [task.id for task in tasks if task.benchmark in MEASURED] == []
    assert {task.id for task in tasks} <= {task.id for task in tasks_of(f"pool/{kind}")}


POPULATIONS = ("pbt-toy/", "noisy-quadratic/", "torch/schedule-", "torch/constant-")
"""Tasks of populations that go on from each other, under the budgets of papers."""

EXHAUSTED = ("step-law/",)
"""Tables of so few configurations that the usual budget would try half of them."""


def test_every_task_with_a_fidelity_has_the_budget_at_which_brackets_differ() -> None:
    usual = [
        task
        for task in CATALOGUE.tasks.values()
        if task.fidelity and not task.id.startswith((*POPULATIONS, *EXHAUSTED))
    ]
    # ceil(20 + 40 sqrt(d)), worked out by hand
    known = {
        2: 77,
        3: 90,
        4: 100,
        5: 110,
        6: 118,
        7: 126,
        8: 134,
        9: 140,
        10: 147,
        16: 180,
        64: 340,
    }
    budgets = {(task.dimension, str(task.budget)) for task in usual}
    assert {d: budget for d, budget in budgets if d in known} == {
        d: f"trials={known[d]}" for d, _ in budgets if d in known
    }
    assert all(budget.startswith("trials=") for _, budget in budgets)
