"""The shipped baseline is that of its experiment, small, and tells no secrets."""

from pathlib import Path

from hpobench.catalogue import Catalogue
from hpobench.dispatch.plan import Plan
from hpobench.store import Store

FOLDER = Path(__file__).parents[3] / "results" / "baselines" / "ci"


def test_the_baseline_holds_exactly_the_runs_of_its_experiment() -> None:
    catalogue = Catalogue()
    experiment = catalogue.experiment("ci")
    tasks = catalogue.select_tasks(experiment.tasks)
    plan = Plan(
        variants=catalogue.select_variants(experiment.optimizers),
        tasks=[task.under(budget=experiment.budget) for task in tasks],
        seeds=experiment.seeds,
    )
    stored = Store(FOLDER).statuses()
    assert {run.id for run in plan.runs()} == set(stored), "'make baseline' renews it"
    assert set(stored.values()) == {"completed"}


def test_the_baseline_is_small_and_says_nothing_of_the_machine_it_was_made_on() -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 200_000
    (manifest,) = Store(FOLDER).experiments()
    assert {manifest[name] for name in ("host", "executable", "command")} == {""}
