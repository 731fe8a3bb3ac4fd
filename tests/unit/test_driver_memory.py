"""The driver's memory does not grow with the number of planned runs."""

import tracemalloc
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hpobench.catalogue import Catalogue
from hpobench.dispatch.driver import Driver
from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.plan import Plan, Work
from hpobench.store import Store, compaction
from hpobench.store import store as store_module
from hpobench.store.statuses import Statuses
from tests.unit.test_store import record, trajectory

PER_RUN = 150
"""Bytes: what is known of a stored run takes at most 51, and twice as much while its table
moves. Any object of Python's for each run would take more."""


def drive(folder: Path, runs: int) -> int:
    """The most memory in use at any time, in bytes, while so many runs are planned and executed."""
    known = trajectory(records=[record(0, values=(0.5,))])
    catalogue = Catalogue()
    task, variant = catalogue.task("bbob/f01-d2-i1"), catalogue.variant("random")
    plan = Plan(variants=[variant], tasks=[task], seeds=range(runs))
    driver = Driver(plan=plan, store=Store.create(folder))

    def execute(jobs: Iterable[Job]) -> Iterator[Result]:
        for job in jobs:
            yield Result.of(replace(known, run=job.run), job.experiment)

    tracemalloc.start()
    try:
        assert Work.left(driver.plan, driver.store.statuses()).runs == runs
        assert sum(1 for _ in driver.results(execute)) == runs
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_planned_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "PIECE", 100)
    monkeypatch.setattr(store_module, "COMPACT_BYTES", 0)
    drive(tmp_path / "imports", 10)
    few, many = drive(tmp_path / "few", 200), drive(tmp_path / "many", 1200)
    assert len(Store(tmp_path / "many").statuses()) == 1200
    assert many - few < 1000 * PER_RUN


def test_the_statuses_of_many_runs_are_kept_in_few_bytes() -> None:
    ids = [f"{number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}" for number in range(5000)]
    tracemalloc.start()
    found = Statuses()
    for number, name in enumerate(ids):
        found[name] = "failed" if number % 3 else "completed"
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 5000 * 60
    assert dict(found) == {n: "failed" if i % 3 else "completed" for i, n in enumerate(ids)}
    assert len(found) == 5000
    assert "0" * 31 + "1" not in found
    found[ids[1]] = "completed"
    assert (found[ids[1]], len(found)) == ("completed", 5000)
