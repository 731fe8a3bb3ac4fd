"""HPO-B's protocol: its splits, its designs and its regret, from archives made by hand."""

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from hpobench.catalogue import Catalogue
from hpobench.errors import UserError
from hpobench.execution.construction import build, pose
from hpobench.execution.history import with_history
from hpobench.execution.runner import execute
from hpobench.run import Run, Status
from hpobench.settings import Settings
from hpobench.task import Task
from tests.unit.benchmarks.test_hpo_b import PUBLISHED

CATALOGUE = Catalogue()
SVM = "hpo-b-protocol/svm-5527-10101"

TEST = {
    "X": [
        [0.5, 0.25, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0],
        [0.75, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0],
        [0.125, 0.0, 1.0, 0.5, 0.0, 0.0, 0.0, 1.0],
        *([i / 10, i / 10, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0] for i in range(4)),
    ],
    "y": [[0.875], [0.625], [0.375], [0.5], [0.5], [0.5], [0.5]],
}
TRAIN = {
    name: {"X": TEST["X"], "y": [[start + i / 100] for i in range(7)]}
    for name, start in (("7", 0.1), ("10101", 0.2), ("145836", 0.3), ("8", 0.4))
}
"""Two other data sets, and the task's own by both of its names."""


@pytest.fixture(autouse=True)
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the publisher's archive holds, as far as the protocol reads it."""
    monkeypatch.setenv("HPOBENCH_DATA_DIR", str(tmp_path / "data"))
    path = tmp_path / "data" / "hpo_b" / "hpob-data.zip"
    path.parent.mkdir(parents=True)
    rows = {f"test{seed}": [(seed + i) % 7 for i in range(5)] for seed in range(5)}
    members: dict[str, Any] = {
        "meta-test-dataset": {"5527": {"10101": TEST}},
        "meta-train-dataset": {"1": {"9": TEST}, "5527": TRAIN, "6": {"7": TEST}},
        "meta-validation-dataset": {"5527": {"99": TEST}},
        "bo-initializations": {"5527": {"10101": rows}},
    }
    with ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(f"hpob-data/{name}.json", json.dumps(content))
    return path


def told(quota: int = 500) -> Task:
    return CATALOGUE.told(CATALOGUE.task(SVM).under(settings=Settings(history=quota)))


def test_the_tasks_are_the_published_test_split_in_the_spaces_of_the_archives_tables() -> None:
    spaces = json.loads(PUBLISHED)
    tasks = [t for t in CATALOGUE.tasks.values() if t.collection == "hpo-b-protocol"]
    found = {(str(t.params["space"]), str(t.params["dataset"])) for t in tasks}
    assert found == {(space, name) for space, names in spaces.items() for name in names}
    assert {(t.initial, str(t.budget)) for t in tasks} == {(5, "trials=105")}
    same = CATALOGUE.collection("hpo-b-archive")
    assert all(
        (t.dimension, t.types) == (other.dimension, other.types)
        for t in tasks
        for other in [same[t.id.replace("protocol", "archive")]]
    )


@pytest.mark.parametrize("seed", [0, 3])
def test_a_run_begins_with_the_rows_of_its_seed_and_is_told_their_normalised_regret(
    seed: int,
) -> None:
    run = Run(task=CATALOGUE.task(SVM), variant=CATALOGUE.variant("random"), seed=seed)
    done = execute(run)
    assert (done.status, len(done.records)) == (Status.COMPLETED, 105), done.reason
    accuracies = [y for (y,) in TEST["y"]]
    regrets = [(0.875 - accuracies[(seed + i) % 7]) / (0.875 - 0.375) for i in range(5)]
    assert [record.values for record in done.records[:5]] == [(r,) for r in regrets]
    assert min(r.values[0] for r in done.records) >= 0 == build(run.task).best["regret"]


def test_another_seed_than_the_five_is_an_error_that_names_them() -> None:
    run = Run(task=CATALOGUE.task(SVM), variant=CATALOGUE.variant("random"), seed=5)
    done = execute(run)
    assert done.status is Status.FAILED
    assert "test0, test1, test2, test3, test4, none for seed 5" in done.reason


def test_the_history_is_the_training_split_of_the_space_without_the_tasks_own_data() -> None:
    task = told()
    problem = with_history(pose(task, benchmark := build(task)), task, benchmark)
    assert [past.dataset for past in problem.history] == ["7", "8"]
    (first, *_) = problem.history
    assert sorted(v for t in first.trials for v in t.values) == pytest.approx(
        [i / 6 for i in range(7)]
    )
    few = told(3)
    assert {len(p.trials) for p in with_history(pose(few, benchmark), few, benchmark).history} == {
        3
    }
    assert not with_history(pose(plain := CATALOGUE.task(SVM), benchmark), plain, benchmark).history


def test_an_archive_without_the_split_says_so(archive: Path) -> None:
    with ZipFile(archive) as file:
        test = file.read("hpob-data/meta-test-dataset.json")
    with ZipFile(archive, "w") as file:
        file.writestr("hpob-data/meta-test-dataset.json", test)
    task = told(4)
    benchmark = build(task)
    with pytest.raises(UserError, match=r"holds no meta-train-dataset\.json"):
        with_history(pose(task, benchmark), task, benchmark)
