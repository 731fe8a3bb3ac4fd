"""The page on trainings that go on does what it says."""

import csv
import json
import math
from pathlib import Path

import pytest

from hpobench.catalogue import Catalogue
from hpobench.store import Store
from tests.pages import Page, call, page_folder

PAGE = Page.read("continuing")


folder = page_folder(PAGE)


@pytest.mark.slow
def test_the_example_goes_on_from_what_is_best_and_is_exported(folder: Path) -> None:
    _, run, export, _ = PAGE.commands
    call(run, folder)
    rows = Store(folder / "results").runs().to_pylist()
    assert len(rows) == 3
    for row in rows:
        assert row["status"] == "completed"
        assert row["cost"] == [3] * 3 + [6] * 3 + [18] * 3 + [54] * 3
        assert sum(row["cost"]) == pytest.approx(row["spent"][-1] * 81)
        for leg in (3, 6, 9):
            before = row["values"][leg - 3 : leg]
            best = row["number"][leg - 3 + before.index(min(before))]
            assert row["parent"][leg : leg + 3] == [best] * 3
        assert row["parent"][:3] == [-1] * 3
        assert all(map(math.isfinite, row["signals"]))
        heights = [descended(row, i) for i in range(12)]
        assert row["values"] == pytest.approx(heights)
    call(export, folder)
    with (folder / "relay.csv").open(encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert [each["parent"] for each in found[:4]] == ["", "", "", str(rows[0]["parent"][3])]
    assert float(found[0]["signal.gradient"]) == rows[0]["signals"][0]


def descended(row: dict[str, list[float]], i: int) -> float:
    """Where the ridge's training behind a trial ends, by the closed form."""
    rates, place = json.loads(str(row["configs"]))["rate"], i
    x, y = 1.0, 1.0
    while place >= 0:
        parent = int(row["parent"][place])
        before = row["number"].index(parent) if parent >= 0 else -1
        steps = row["fidelity"][place] - (row["fidelity"][before] if before >= 0 else 0)
        x *= (1 - 2 * rates[place]) ** steps
        y *= (1 - 200 * rates[place]) ** steps
        place = before
    return x**2 + 100 * y**2


@pytest.mark.slow
def test_promotions_and_members_go_on_by_the_command_of_the_page(folder: Path) -> None:
    call(PAGE.commands[0], folder)
    rows = Store(folder / "results").runs().to_pylist()
    assert {row["optimizer"] for row in rows} == {"pbt", "hpbandster/hyperband"}
    assert all(row["parent"] for row in rows if row["optimizer"] == "pbt")


def test_the_page_names_every_variant_of_population_based_training() -> None:
    variants = Catalogue().variants.values()
    assert all(f"`{variant.id}`" in PAGE.text for variant in variants if variant.family == "pbt")


def test_what_the_page_says_goes_on_does() -> None:
    going = {task.collection for task in Catalogue().tasks.values() if task.continues}
    assert going == {"pbt-toy", "noisy-quadratic", "learners", "training", "torch"}
    learners = [t for t in Catalogue().tasks.values() if t.collection == "learners" and t.fidelity]
    assert {("kernel" in task.id) for task in learners if not task.continues} == {True}
    assert not [task.id for task in learners if task.continues and "kernel" in task.id]
