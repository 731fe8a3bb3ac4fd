"""A class's name in a YAML file is part of ids; the module that holds it may be any."""

import ast
import re
import shutil
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import pytest

from hpobench.benchmarks.recorded.source import read_table
from hpobench.catalogue import Catalogue
from hpobench.errors import AbsentError
from hpobench.execution.runner import execute
from hpobench.run import Run, recompute_id
from hpobench.store import Store
from hpobench.store.rows import trajectory_row
from hpobench.system import addresses
from hpobench.system.folders import shipped_dir
from hpobench.system.loading import load
from hpobench.task import Budget, Unit
from tests.folders import CHECKOUT

BASELINES = sorted(path.name for path in (CHECKOUT / "results" / "baselines").iterdir())
TASK, OPTIMIZER = "bbob/f01-d2-i1", "dehb/de"
BENCHMARK, ADAPTER = "hpobench.benchmarks.bbob:Bbob", "hpobench.adapters.de:DifferentialEvolution"
ID = "3607f8159ea3b4bcb744ecafb57052ce"
OF_A_CLOCK = ("seconds", "finished", "ask_seconds", "tell_seconds")


def small_run(catalogue: Catalogue) -> Run:
    task = catalogue.task(TASK).under(budget=Budget(unit=Unit.TRIALS, amount=30))
    return Run(task=task, variant=catalogue.variant(OPTIMIZER), seed=3)


def stored(run: Run) -> dict[str, object]:
    found = trajectory_row(execute(run), "")
    assert found["status"] == "completed", found["reason"]
    return {name: value for name, value in found.items() if name not in OF_A_CLOCK}


def shipped_yaml() -> str:
    folders = [shipped_dir() / name for name in ("tasks", "optimizers", "configs")]
    return "\n".join(path.read_text() for each in folders for path in each.rglob("*.yaml"))


@pytest.mark.parametrize("folder", BASELINES)
def test_the_ids_of_shipped_runs_are_those_of_their_names_today(folder: str) -> None:
    catalogue = Catalogue()
    rows = Store(CHECKOUT / "results" / "baselines" / folder).runs(
        ("run", "optimizer", "task", "seed", "task_info", "variant_info")
    )
    assert rows.num_rows
    for each in rows.to_pylist():
        task, variant = catalogue.task(each["task"]), catalogue.variant(each["optimizer"])
        assert Run(task=task, variant=variant, seed=each["seed"]).id == each["run"], each
        assert recompute_id(each) == each["run"], each


def test_an_id_is_what_it_has_always_been() -> None:
    assert small_run(Catalogue()).id == ID


def test_a_benchmark_and_an_adapter_that_move_keep_ids_and_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = small_run(Catalogue())
    expected = stored(before)
    moved = {}
    for target in (BENCHMARK, ADAPTER):
        module = target.partition(":")[0]
        old = find_spec(addresses.address_of(module))
        assert old
        assert old.origin
        new = f"elsewhere_{module.rpartition('.')[2]}"
        shutil.copy(old.origin, tmp_path / f"{new}.py")
        moved[module] = new
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(addresses, "MOVED", MappingProxyType(dict(addresses.MOVED) | moved))
    after = small_run(Catalogue())
    for target, run_part in ((BENCHMARK, after.task.benchmark), (ADAPTER, after.variant.adapter)):
        assert run_part == target
        assert load(target).__module__ == moved[target.partition(":")[0]]
    assert after.id == before.id == ID
    assert stored(after) == expected
    for name in moved.values():
        sys.modules.pop(name, None)


def test_a_class_of_someone_elses_module_is_found_by_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "their_package").mkdir()
    (tmp_path / "their_package" / "bbob.py").write_text("class Theirs:\n    pass\n")
    (tmp_path / "their_package" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert load("their_package.bbob:Theirs").__module__ == "their_package.bbob"


def test_a_class_of_a_catalogue_folder_is_found_there_by_a_name_that_moved_elsewhere(
    tmp_path: Path,
) -> None:
    (tmp_path / "adapters").mkdir()
    (tmp_path / "adapters" / "asha.py").write_text("class Asha:\n    theirs = True\n")
    assert load("adapters.asha:Asha", str(tmp_path)).theirs


def test_a_class_can_be_named_by_the_module_that_holds_it_today() -> None:
    for target in (BENCHMARK, ADAPTER):
        module, _, name = target.partition(":")
        assert load(f"{addresses.address_of(module)}:{name}") is load(target)


@pytest.mark.parametrize("module", sorted(addresses.MOVED))
def test_the_table_leads_to_a_module_that_is_there_from_a_name_that_is_used(module: str) -> None:
    there = addresses.MOVED[module]
    assert find_spec(there), f"{module} is said to be at {there}"
    assert there not in addresses.MOVED, "one step leads to the module"
    users = [path.read_text() for path in (CHECKOUT / "hpobench" / "recording").rglob("*.py")]
    pattern = rf"\b{re.escape(module)}:[A-Za-z_]\w*"
    assert re.search(pattern, shipped_yaml() + "\n".join(users)), f"nothing names {module}"


def test_every_class_and_function_that_shipped_definitions_name_is_there() -> None:
    targets = set(re.findall(r"\b(hpobench(?:\.\w+)+):([A-Za-z_]\w*)", shipped_yaml()))
    assert targets
    for module, name in sorted(targets):
        there = find_spec(addresses.address_of(module))
        assert there, module
        assert there.origin
        body = ast.parse(Path(there.origin).read_text()).body
        imported = (alias.name for n in body if isinstance(n, ast.ImportFrom) for alias in n.names)
        defined = (n.name for n in body if isinstance(n, ast.ClassDef | ast.FunctionDef))
        assert name in {*imported, *defined}, f"{module}:{name}"


def test_a_reader_of_a_publishers_format_is_found_by_a_name_that_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "moved_reader.py").write_text("def ours(path, array):\n    return {'a': [1, 2]}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(addresses, "MOVED", {"hpobench.gone.readers": "moved_reader"})
    table = read_table(tmp_path / "any.txt", reader="hpobench.gone.readers:ours")
    assert table.columns == {"a": [1, 2]}


def test_a_name_that_leads_nowhere_is_called_as_the_definition_calls_it() -> None:
    with pytest.raises(AbsentError, match=r"hpobench\.adapters\.gone:Gone"):
        load("hpobench.adapters.gone:Gone")


def test_only_names_of_our_own_are_in_the_table() -> None:
    assert all(name.startswith("hpobench.") for name in addresses.MOVED)
    assert replace(small_run(Catalogue()), seed=4).id != ID
