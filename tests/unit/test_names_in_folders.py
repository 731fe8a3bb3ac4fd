"""A name is resolved in the folder of the YAML that says it, and its code is part of identity."""

import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from hpobench.catalogue import Catalogue, load
from hpobench.dispatch.job import Job
from hpobench.execution.construction import build
from hpobench.run import Run
from hpobench.store import Store
from hpobench.system.folder_contents import definition_digest
from hpobench.task import Task
from hpobench.trial import Trial
from tests.folders import python_output, write

pytestmark = pytest.mark.slow  # it starts the program, or new interpreters

TASK = """
benchmark: hpobench.benchmarks.function:Function
tasks:
  - id: a
    dimension: 1
    types: [float]
    objectives: [loss]
    budget: {trials: 2}
    params: {function: "mine:loss", space: {x: {type: float, low: 0, high: 1}}}
"""
TABLE = """
benchmark: hpobench.benchmarks.recorded:Recorded
tasks:
  - id: t
    dimension: 1
    types: [ordinal]
    objectives: [error]
    budget: {trials: 2}
    params:
      file: "{which}.csv"
      which: results
      lookup: exact
      hyperparameters: {depth: {type: ordinal, values: [1, 2]}}
      objectives: {error: minimize}
"""
OPTIMIZER = """
adapter: mine:Mine
capabilities: {types: [float]}
variants:
  NAME: {description: x}
"""
ADAPTER = """
from hpobench.adapters.native.random_search import RandomSearch
import helper
class Mine(RandomSearch):
    def __init__(self, problem, seed):
        super().__init__(problem, seed)
        self.notes = [{"folder": helper.NAME}]
"""


def run(cwd: Path, *arguments: str, **environment: str) -> str:
    """What `hpobench` prints in a folder; it must not fail."""
    return python_output(cwd, "-P", "-m", "hpobench", *arguments, **environment)


def values(results: Path) -> dict[str, set[float]]:
    return {row["task"]: set(row["values"]) for row in Store(results).runs().to_pylist()}


def only_task(folder: Path) -> Task:
    """The task of the folder that ours do not have."""
    return next(task for task in Catalogue([folder]).tasks.values() if task.folder)


IMPORTS = {
    "import_module": "import importlib\nhelper = importlib.import_module('helper')",
    "from importlib": "from importlib import import_module\nhelper = import_module('helper')",
    "as": "import importlib as lib\nhelper = lib.import_module('helper')",
    "beside importlib.util": "import importlib.util\nhelper = importlib.import_module('helper')",
    "relative": "import importlib\nhelper = importlib.import_module('.helper', __package__)",
    "__import__": "helper = __import__('helper')",
    "of a package": "import importlib\nhelper = importlib.import_module('deep.helper')",
    "in a function": (
        "def lazily():\n    import importlib\n    return importlib.import_module('helper')\n"
        "helper = lazily()"
    ),
}
"""Ways in which a module of a folder imports its neighbour."""


@pytest.mark.parametrize("way", IMPORTS)
def test_a_module_imports_its_neighbour_in_whatever_way(tmp_path: Path, way: str) -> None:
    found = {}
    for name, value in (("a", 1.0), ("b", 2.0)):
        mine = f"{IMPORTS[way]}\ndef loss(x):\n    return helper.VALUE\n"
        helper = f"VALUE = {value}\n"
        folder = write(
            tmp_path / name, tasks__t_yaml=TASK, mine_py=mine, helper_py=helper,
            deep__helper_py=helper,
        )  # fmt: skip
        task = only_task(folder)
        found[name] = build(task).evaluate(Trial(config={"x": 0.5}), 0).values["loss"]
        for edited in ("helper.py", "deep/helper.py"):
            (folder / edited).write_text("VALUE = 3.0")
        assert only_task(folder).code != task.code, "an edit of the neighbour is another definition"
    assert found == {"a": 1.0, "b": 2.0}
    assert "helper" not in sys.modules


def test_libraries_come_first_for_import_module_too(tmp_path: Path) -> None:
    mine = (
        "import importlib\ndef loss(x):\n"
        "    importlib.invalidate_caches()\n"
        "    return float(importlib.import_module('fractions').Fraction(1, 2))\n"
    )
    fractions = "raise SystemExit('shadowed')"
    folder = write(tmp_path / "a", tasks__t_yaml=TASK, mine_py=mine, fractions_py=fractions)
    outcome = build(only_task(folder)).evaluate(Trial(config={"x": 0.5}), 0)
    assert (outcome.failure, outcome.values) == ("", {"loss": 0.5})


def test_each_catalogue_runs_its_own_module_of_a_name_that_both_have(tmp_path: Path) -> None:
    for name in "ab":
        tasks = {f"tasks__{name}_yaml": TASK}
        write(
            tmp_path / name, mine_py="from helper import VALUE\ndef loss(x): return VALUE", **tasks
        )
        write(tmp_path / name, helper_py=f"VALUE = {ord(name)}")
    here = write(tmp_path / "here", mine_py="raise SystemExit", helper_py="VALUE = 3.0")
    options = [x for name in "ab" for x in ("--catalogue", f"../{name}", "-t", f"{name}/a")]
    run(here, "run", "-o", "random", *options, "--backend", "local", "--results", "r")
    assert values(here / "r") == {"a/a": {97.0}, "b/a": {98.0}}


def test_each_optimizer_runs_its_own_folders_code(tmp_path: Path) -> None:
    for name in "ab":
        optimizer = {f"optimizers__{name}_yaml": OPTIMIZER.replace("NAME", name)}
        write(tmp_path / name, mine_py=ADAPTER, helper_py=f"NAME = {name!r}", **optimizer)
    options = [x for name in "ab" for x in ("--catalogue", name, "-o", name)]
    task = ("-t", "bbob/f01-d2-i1", "--budget", "2", "--backend", "local", "--results", "r")
    run(tmp_path, "run", *options, *task)
    rows = Store(tmp_path / "r").runs().to_pylist()
    notes = {row["optimizer"]: json.loads(row["variant_info"])["notes"] for row in rows}
    assert notes == {"a": [{"folder": "a"}], "b": [{"folder": "b"}]}


def test_a_table_is_that_of_the_folder_whose_yaml_names_it(tmp_path: Path) -> None:
    catalogue = write(
        tmp_path / "c", tasks__t_yaml=TABLE, results_csv="depth,error\n1,0.5\n2,0.5\n"
    )
    here = write(tmp_path / "here", results_csv="depth,error\n1,9\n2,9\n")
    options = ("-t", "t/t", "--catalogue", str(catalogue), "--backend", "local", "--results", "r")
    run(here, "run", "-o", "random", *options, HPOBENCH_CACHE_DIR=str(tmp_path / "cache"))
    assert values(here / "r") == {"t/t": {0.5}}


@pytest.mark.parametrize("name", ["random", "optuna", "numpy", "hpobench", "json", "types"])
def test_a_module_named_like_a_library_harms_nobody(tmp_path: Path, name: str) -> None:
    fault = {f"{name}_py": "raise SystemExit('shadowed')"}
    source = "import random, json, types, numpy\ndef loss(x): return float(numpy.abs(-4))"
    write(tmp_path, tasks__a_yaml=TASK, mine_py=source, **fault)
    options = ("-o", "random", "-o", "optuna/tpe", "-t", "a/a", "--backend", "local")
    run(tmp_path, "run", *options, "--catalogue", ".", "--results", "r")
    assert values(tmp_path / "r") == {"a/a": {4.0}}


def test_an_adapter_may_be_called_as_the_library_it_drives(tmp_path: Path) -> None:
    write(tmp_path, json_py="import json\nclass Mine:\n    words = json.dumps([1])")
    assert load("json:Mine", str(tmp_path)).words == "[1]"
    assert json.dumps([1]) == "[1]"


def test_a_package_named_like_an_installed_one_keeps_what_that_one_lacks(tmp_path: Path) -> None:
    write(tmp_path, click__mine_py="from click import VALUE\nfrom click.other import TWICE")
    (tmp_path / "click" / "__init__.py").write_text("VALUE = 5")
    (tmp_path / "click" / "other.py").write_text("import click\nTWICE = 2 * click.VALUE")
    write(tmp_path, mine_py="from click.mine import TWICE, VALUE\nimport click")
    folder = str(tmp_path)
    assert (load("mine:VALUE", folder), load("mine:TWICE", folder)) == (5, 10)
    assert load("mine:click", folder).Command  # the library's, where that has what is asked for


def test_packages_and_relative_imports_of_a_folder_work(tmp_path: Path) -> None:
    write(tmp_path, pack__inner_py="VALUE = 5")
    (tmp_path / "pack" / "__init__.py").write_text("from .inner import VALUE")
    write(tmp_path, mine_py="import pack.inner as deep\nfrom pack import VALUE, inner\nimport pack")
    assert load("mine:deep", str(tmp_path)).VALUE == 5
    assert (
        load("mine:pack", str(tmp_path)).inner
        is load("mine:inner", str(tmp_path))
        is load("mine:deep", str(tmp_path))
    )
    assert load("pack.inner:VALUE", str(tmp_path)) == load("mine:VALUE", str(tmp_path)) == 5


def test_an_edit_of_the_function_or_of_what_it_imports_makes_new_runs(tmp_path: Path) -> None:
    source = "def loss(x):\n    import helper\n    return helper.VALUE"
    write(tmp_path, tasks__a_yaml=TASK, mine_py=source, helper_py="VALUE = 1.0", other_py="")
    options = ("-o", "random", "-t", "a/a", "--catalogue", ".", "--backend", "local")
    run(tmp_path, "run", *options, "--results", "r", "--seeds", "0:2")
    write(tmp_path, other_py="edited")
    assert "2 already stored, 0 to do" in run(
        tmp_path, "run", *options, "--results", "r", "--seeds", "0:2"
    )
    write(tmp_path, helper_py="VALUE = 7.0")
    said = run(tmp_path, "run", *options, "--results", "r", "--seeds", "0:2")
    assert "0 already stored, 2 to do" in said
    assert "2 stored runs of these names left as they are: made by other code" in said
    assert values(tmp_path / "r") == {"a/a": {7.0}}


def test_an_edited_table_is_another_definition(tmp_path: Path) -> None:
    write(tmp_path, tasks__t_yaml=TABLE, results_csv="depth,error\n1,0.5\n2,0.5\n")
    before = only_task(tmp_path)
    write(tmp_path, results_csv="depth,error\n1,0.5\n2,0.75\n")
    assert only_task(tmp_path).definition() != before.definition()


def test_a_digest_is_the_same_in_another_place(tmp_path: Path) -> None:
    folders = [write(tmp_path / n, mine_py="import helper", helper_py="x = 1") for n in "ab"]
    first, second = (definition_digest(str(folder), "mine:f", {}) for folder in folders)
    assert first == second
    assert len(first) == 32


def test_the_code_of_an_installed_package_is_its_version(tmp_path: Path) -> None:
    assert definition_digest(str(tmp_path), "click:command", {})
    assert not definition_digest(str(tmp_path), "hpobench.adapters.optuna:Optuna", {})


def test_ours_hold_no_digest() -> None:
    catalogue = Catalogue()
    assert not any(task.code or task.folder for task in catalogue.tasks.values())
    assert not any("code" in variant.definition() for variant in catalogue.variants.values())


def test_a_job_takes_folder_and_digest_with_it(tmp_path: Path) -> None:
    write(tmp_path, tasks__a_yaml=TASK, mine_py="def loss(x): return 2.0")
    variant = Catalogue().variant("random")
    job = Job(run=Run(task=only_task(tmp_path), variant=variant, seed=0))
    again = Job.parse(job.message())
    assert again.run.id == job.run.id
    trial = Trial(config={"x": 0.5})
    assert build(again.run.task).evaluate(trial, 0).values == {"loss": 2.0}


def test_workers_that_a_function_starts_can_import_its_module(tmp_path: Path) -> None:
    source = """
from multiprocessing import get_context
from concurrent.futures import ProcessPoolExecutor
import helper
def loss(x):
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(helper.twice, 2).result()
"""
    twice = "def twice(x): return 2.0 * x"
    write(tmp_path / "a b-ü", tasks__a_yaml=TASK, mine_py=source, helper_py=twice)
    options = ("-o", "random", "-t", "a/a", "--catalogue", "a b-ü", "--backend", "local")
    run(tmp_path, "run", *options, "--results", "r")
    assert values(tmp_path / "r") == {"a/a": {4.0}}


def test_what_a_folder_defines_can_be_pickled(tmp_path: Path) -> None:
    write(tmp_path, mine_py="class Mine: pass")
    kind = load("mine:Mine", str(tmp_path))
    command = "import pickle, sys; print(pickle.load(sys.stdin.buffer).__name__)"
    done = subprocess.run(
        [sys.executable, "-c", command], input=pickle.dumps(kind), capture_output=True, check=True
    )
    assert done.stdout == b"Mine\n"
