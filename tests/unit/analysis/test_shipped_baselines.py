"""The baselines that come with hpobench are whole, and of the catalogue as it is now."""

from collections import Counter

import pytest

from hpobench.analysis.baselines import FOLDER
from hpobench.catalogue import Catalogue
from hpobench.run import Run
from hpobench.store import Store
from hpobench.task import Kind
from tests.folders import CHECKOUT

CATALOGUE = Catalogue()
STORE = Store(CHECKOUT / FOLDER)
ROWS = STORE.runs(("run", "optimizer", "task", "seed", "status"))
SLOW = set(CATALOGUE.experiment("baselines-slow").optimizers)
QUICK = set(CATALOGUE.experiment("baselines").optimizers)


CORE = CATALOGUE.select_tasks([], ["core"])


def test_every_run_is_of_what_its_names_mean_now() -> None:
    for row in ROWS.to_pylist():
        task, variant = CATALOGUE.task(row["task"]), CATALOGUE.variant(row["optimizer"])
        assert row["run"] == Run(task=task, variant=variant, seed=row["seed"]).id, row
        assert row["status"] == "completed", row


def counted() -> Counter[tuple[str, str]]:
    """How many runs there are of an optimizer on a task."""
    return Counter(
        (row["optimizer"], row["task"]) for row in ROWS.select(["optimizer", "task"]).to_pylist()
    )


def test_every_quick_optimizer_has_all_seeds_on_all_tasks_of_the_core_that_it_can_handle() -> None:
    runs, seeds = counted(), len(CATALOGUE.experiment("baselines").seeds)
    assert {task for _, task in runs} == {task.id for task in CORE}
    for name in QUICK:
        for task in CORE:
            able = not CATALOGUE.variant(name).capabilities.obstacle(task)
            assert runs[name, task.id] == seeds * able, (name, task.id)


@pytest.mark.parametrize("kind", list(Kind))
def test_others_have_three_seeds_on_the_half_for_development_of_a_kind_or_no_runs(
    kind: Kind,
) -> None:
    runs = counted()
    half = CATALOGUE.select_tasks([], [f"core/{kind}/dev"])
    for name in {optimizer for optimizer, _ in runs} - QUICK:
        able = [t.id for t in half if not CATALOGUE.variant(name).capabilities.obstacle(t)]
        assert {runs[name, task] for task in able} <= {0} or {
            runs[name, task] for task in able
        } == {3}, name
        rest = {t.id for t in CORE if t.kind == kind} - set(able)
        assert not any(runs[name, task] for task in rest), name


def test_what_has_no_runs_is_listed_with_its_cost() -> None:
    page = (CHECKOUT / "docs" / "leaderboard.md").read_text()
    absent = SLOW - {optimizer for optimizer, _ in counted()}
    assert [
        n for n in sorted(absent) if f"| {n} |" not in page.partition("What was left out")[2]
    ] == []


def test_every_variant_of_a_plain_installation_has_a_place_among_them() -> None:
    plain = {
        variant.id
        for variant in CATALOGUE.variants.values()
        if not (variant.extra or variant.environment or variant.variables)
        and not variant.capabilities.collections
        and any(not variant.capabilities.obstacle(task) for task in CORE)
    }
    assert plain == QUICK | SLOW
    assert not QUICK & SLOW
