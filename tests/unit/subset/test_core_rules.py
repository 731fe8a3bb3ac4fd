"""The core to come keeps the rules that it was chosen by, counted from the benchmarks here."""

from collections import Counter

import pytest
from ConfigSpace import CategoricalHyperparameter

from hpobench.catalogue import Catalogue
from hpobench.execution.construction import build
from hpobench.task import Kind, Task

CATALOGUE = Catalogue()
MEASURED = (
    "hpobench.benchmarks.recorded:Recorded",
    "hpobench.benchmarks.tables:Table",
    "hpobench.benchmarks.training:Training",
)
"""Benchmarks of recordings and of trainings; a plain installation has no others."""


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
def test_the_next_core_is_real_and_varied_in_each_kind(kind: Kind) -> None:
    tasks = tasks_of(f"core-next/{kind}")
    found = counts(tasks)
    assert len(tasks) == 20
    assert found["real"] >= 14
    assert found["most of a family"] <= 3
    assert found["trusses"] <= 1
    assert found["with a logarithm"] >= 10
    assert found["with categories or conditions"] >= 5
    assert found["continuable"] >= (8 if "fidelity" in kind else 0)


@pytest.mark.parametrize("kind", list(Kind))
def test_half_of_what_it_must_have_is_in_each_half(kind: Kind) -> None:
    for split in ("dev", "test"):
        found = counts(tasks_of(f"core-next/{kind}/{split}"))
        assert found["real"] >= 7
        assert found["most of a family"] <= 2
        assert found["with a logarithm"] >= 5
        assert found["continuable"] >= (4 if "fidelity" in kind else 0)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_pool_has_sixty_real_tasks_of_each_kind(kind: Kind) -> None:
    real = [task for task in tasks_of(f"pool-next/{kind}") if task.benchmark in MEASURED]
    assert len(real) >= 60
    assert not any(CATALOGUE.lacking(task) or task.dataset for task in real)


def test_the_pool_has_three_hundred_tasks_that_need_no_download() -> None:
    tasks = tasks_of("pool-next")
    assert len(tasks) >= 300
    assert [task.id for task in tasks if task.dataset or task.extra] == []


@pytest.mark.parametrize("kind", list(Kind))
def test_the_functions_of_core_have_a_set_of_their_own(kind: Kind) -> None:
    tasks = tasks_of(f"core-functions/{kind}")
    assert len(tasks) == 10
    assert {task.kind for task in tasks} == {kind}
    assert [task.id for task in tasks if task.benchmark in MEASURED] == []
    assert {task.id for task in tasks} <= {task.id for task in tasks_of(f"pool-next/{kind}")}
