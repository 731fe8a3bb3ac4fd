"""The baselines that come with hpobench are whole, and of the catalogue as it is now."""

from collections import Counter
from pathlib import Path

from hpobench.analysis.baselines import FOLDER
from hpobench.catalogue import Catalogue
from hpobench.run import Run
from hpobench.store import Store

CATALOGUE = Catalogue()
STORE = Store(Path(__file__).parents[3] / FOLDER)
ROWS = STORE.runs(("run", "optimizer", "task", "seed", "status"))
SLOW = set(CATALOGUE.experiment("baselines-slow").optimizers)
QUICK = set(CATALOGUE.experiment("baselines").optimizers)


CORE = CATALOGUE.select_tasks([], ["core"])


def test_every_run_is_of_what_its_names_mean_now() -> None:
    for row in ROWS.to_pylist():
        task, variant = CATALOGUE.task(row["task"]), CATALOGUE.variant(row["optimizer"])
        assert row["run"] == Run(task=task, variant=variant, seed=row["seed"]).id, row
        assert row["status"] == "completed", row


def test_every_optimizer_has_all_seeds_on_all_tasks_of_the_core_that_it_can_handle() -> None:
    found = Counter(
        (row["optimizer"], row["task"]) for row in ROWS.select(["optimizer", "task"]).to_pylist()
    )
    assert {task for _, task in found} == {task.id for task in CORE}
    for name, seeds in {**dict.fromkeys(QUICK, 10), **dict.fromkeys(SLOW, 5)}.items():
        for task in CORE:
            able = not CATALOGUE.variant(name).capabilities.obstacle(task)
            assert found[name, task.id] == seeds * able, (name, task.id)


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
