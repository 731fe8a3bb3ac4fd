"""The page on adding an optimizer does what it says."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ConfigSpace import ConfigurationSpace

from hpobench.adapters.native.random_search import RandomSearch
from hpobench.optimizer import Optimizer
from hpobench.store import Store
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Outcome, Trial
from tests.driving import drive
from tests.folders import CHECKOUT
from tests.pages import Page, call, contract_tests, page_folder

PAGE = Page.read("adding-an-optimizer")


folder = page_folder(PAGE)


def test_the_page_holds_the_class_the_yaml_and_the_commands() -> None:
    named = ["hill", "annealing"]
    files = [file for n in named for file in (f"mine/{n}.py", f"mine/optimizers/{n}.yaml")]
    assert list(PAGE.files) == [*files, "mine/optimizers/hub.yaml", "pyproject.toml"]
    assert [command.split()[1] for command in PAGE.commands] == ["new", "show", "run", "pytest"]


@pytest.mark.slow
def test_the_example_runs_beside_the_others(folder: Path) -> None:
    _, show, run, _ = PAGE.commands
    assert "restart" in call(show, folder)
    call(run, folder)
    rows = Store(folder / "results").runs().to_pylist()
    assert {row["optimizer"] for row in rows} == {"hill", "hill/bold", "random"}
    assert len(rows) == 3 * 2 * 3
    assert {row["status"] for row in rows} == {"completed"}


def test_the_example_climbs() -> None:
    module: dict[str, Any] = {}
    exec(PAGE.files["mine/hill.py"], module)
    space = ConfigurationSpace({f"x{i}": (-5.0, 5.0) for i in range(4)})
    problem = Problem(
        space=space, objectives=(Objective(name="f"),), fidelity=None, budget=Budget(60)
    )

    def sphere(trial: Trial) -> float:
        return sum(float(value) ** 2 for value in trial.config.values())

    def best(optimizer: Optimizer) -> float:
        asked = drive(optimizer, problem, 60, answer=lambda t, _: Outcome(values={"f": sphere(t)}))
        return min(map(sphere, asked))

    climbed = [best(module["HillClimber"](problem, seed)) for seed in range(5)]
    drawn = [best(RandomSearch(problem, seed)) for seed in range(5)]
    assert sum(climbed) < sum(drawn) / 2


@pytest.mark.slow
def test_the_library_that_calls_a_function_runs_beside_them(folder: Path) -> None:
    run = "hpobench run --catalogue mine -o annealing -t bbob/f01-d2-i1 --seeds 0:2 --budget 40"
    call(f"{run} --backend serial", folder)
    rows = Store(folder / "results").runs().to_pylist()
    assert [(row["optimizer"], row["status"]) for row in rows] == [("annealing", "completed")] * 2


@pytest.mark.slow
def test_the_example_passes_the_contract_tests(folder: Path) -> None:
    printed = call(
        contract_tests(PAGE.commands[3]), CHECKOUT, HPOBENCH_CATALOGUE=str(folder / "mine")
    )
    assert re.search(r"\d{2,} passed", printed)


def test_the_scaffold_is_written_beside_it(folder: Path) -> None:
    printed = call(PAGE.commands[0], folder).splitlines()
    named = re.findall(r"`(mine/[\w/.-]*search[\w.-]*)`", PAGE.text)
    assert printed[:3] == named
    assert all((folder / name).is_file() for name in named)


@pytest.mark.slow
def test_a_package_takes_part_by_its_entry_point(folder: Path) -> None:
    pytest.importorskip("hatchling")
    project = tomllib.loads(PAGE.files["pyproject.toml"])["project"]
    package, site = folder / project["name"], folder / "site"
    (folder / "mine").rename(package)
    (package / "__init__.py").touch()
    yaml = package / "optimizers" / "hill.yaml"
    adapter = re.findall(r"`adapter: (\S+)`", PAGE.text)[0]
    yaml.write_text(yaml.read_text().replace("hill:HillClimber", adapter))
    call(f"pip install --quiet --no-deps --no-build-isolation --no-index -t {site} .", folder)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    installed = {"PYTHONPATH": os.pathsep.join([str(site), str(CHECKOUT)])}
    assert "hill/bold" in call("hpobench list optimizers", elsewhere, **installed)
    run = "hpobench run -o hill -t bbob/f01-d2-i1 --budget 5 --backend serial"
    call(run, elsewhere, **installed)
    assert Store(elsewhere / "results").runs().num_rows == 1
