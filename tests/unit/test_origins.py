"""What the catalogue says of where tasks' values come from, and which tasks resemble each other."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from hpobench.catalogue import Catalogue
from hpobench.cli.list import command as list_command
from hpobench.cli.show import command as show_command
from hpobench.errors import FileError
from hpobench.task import Task, TaskOrigin

CATALOGUE = Catalogue()

MINE = """\
objectives: [loss]
budget: {trials: 50}
dimension: 2
types: [float]
tasks:
  - {id: a, benchmark: "mine:Formula"}
  - {id: b, benchmark: "mine:Trainer", origin: training}
  - {id: c-net, benchmark: "hpobench.benchmarks.recorded:Recorded", grid: {net: [small]}, family: "{net}-nets"}
  - {id: d, benchmark: "hpobench.benchmarks.recorded:Recorded", origin: function}
"""  # noqa: E501


def tasks(path: Path, text: str) -> dict[str, Task]:
    (path / "tasks").mkdir()
    (path / "tasks" / "mine.yaml").write_text(text)
    return {
        name: task for name, task in Catalogue([path]).tasks.items() if name.startswith("mine/")
    }


def test_an_origin_follows_from_the_benchmark_unless_it_is_said(tmp_path: Path) -> None:
    found = tasks(tmp_path, MINE)
    assert {name: (str(task.origin), task.real) for name, task in found.items()} == {
        "mine/a": ("function", False),
        "mine/b": ("training", True),
        "mine/c-net": ("table", True),
        "mine/d": ("function", False),
    }


def test_a_family_is_the_collection_unless_it_is_said(tmp_path: Path) -> None:
    found = tasks(tmp_path, MINE)
    assert [found[f"mine/{name}"].family for name in ("a", "c-net")] == ["mine", "small-nets"]


def test_an_unknown_origin_is_refused_with_its_place_and_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"mine\.yaml:7: origin is one of .* 'trainings'.*training"):
        tasks(tmp_path, MINE.replace("origin: training", "origin: trainings"))


@pytest.mark.parametrize(
    ("name", "origin", "family"),
    [
        ("bbob/f01-d2-i1", TaskOrigin.FUNCTION, "bbob"),
        ("momf/2-4-1a-r1", TaskOrigin.FUNCTION, "truss"),
        ("momf/3-7-1-r1", TaskOrigin.FUNCTION, "dtlz"),
        ("training/mlp-digits-mf", TaskOrigin.TRAINING, "perceptron"),
        ("learners/perceptron-digits-mf", TaskOrigin.TRAINING, "perceptron"),
        ("nasbench201/cifar10", TaskOrigin.TABLE, "nasbench201"),
        ("oboe/28", TaskOrigin.TABLE, "oboe"),
        ("scan-bench-surrogate/vlm-val_loss", TaskOrigin.SURROGATE, "scan-bench-vlm"),
        ("curves-surrogate/kernel-digits-error-mf", TaskOrigin.SURROGATE, "kernel"),
        ("yahpo-lcbench/3945", TaskOrigin.SURROGATE, "lcbench"),
    ],
)
def test_our_tasks_say_where_they_come_from(name: str, origin: TaskOrigin, family: str) -> None:
    task = CATALOGUE.task(name)
    assert (task.origin, task.family) == (origin, family)


def test_a_recorded_training_is_of_the_family_of_the_training() -> None:
    curves = [task for task in CATALOGUE.tasks.values() if task.collection == "curves"]
    assert curves
    for task in curves:
        name = task.id.replace("curves/", "learners/")
        name = name.replace("-loss", "").replace("-error", "")  # another objective of it
        trained = CATALOGUE.task(name)
        assert (task.family, task.origin) == (trained.family, TaskOrigin.TABLE), task.id


def test_both_are_shown() -> None:
    shown = CliRunner().invoke(show_command, ["momf/2-4-1a-r1"]).output
    assert "function (synthetic)" in shown
    assert "truss" in shown
    listed = json.loads(CliRunner().invoke(list_command, ["tasks", "fcnet/*", "--json"]).output)
    assert {(task["origin"], task["real"], task["family"]) for task in listed} == {
        ("table", True, "fcnet")
    }
