"""Others' tables that come with hpobench are what their publishers' packages hold, in every row.

They are read here as little by hpobench as can be: by pandas and numpy. Where a package is not
installed, see `make setup`, the comparison with it is skipped.
"""

import sys
from ast import literal_eval
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hpobench.benchmarks.recorded.embedded import read_embedded, read_origin
from hpobench.benchmarks.tabular.publisher_formats import nas_bench_graph
from hpobench.catalogue import Catalogue
from hpobench.errors import AbsentError
from hpobench.execution.construction import build
from hpobench.fetch.checksums import checksum
from hpobench.recording.packing import Packing, read_packings
from hpobench.system.folders import (
    locate,
    shipped_dir,
)
from hpobench.task import Task

TABLES = shipped_dir() / "tasks" / "tables"
NOTICE = shipped_dir() / "NOTICE"
LARGEST = 8_000_000
"""Bytes of others' tables in a wheel."""

PACKINGS = {
    f"{path.parent.name}/{packing.path.stem}": packing
    for path in sorted(TABLES.glob("*/source.yaml"))
    for packing in read_packings(path)
}
every_packing = pytest.mark.parametrize("packing", PACKINGS.values(), ids=PACKINGS)


@pytest.fixture(autouse=True)
def packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages that are read and not run lie apart."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(Path(sys.prefix) / "tables")])


def published(packing: Packing) -> Path:
    """The file in the installed package; the test is skipped where there is none, or another."""
    try:
        path = locate(packing.origin.file)
    except AbsentError:
        pytest.skip(f"{packing.origin.package} is not installed")
    if checksum(path) != packing.origin.sha256:
        pytest.skip(f"another version of {packing.origin.package} is installed")
    return path


def here(packing: Packing) -> Any:
    """The packed table."""
    return pd.read_parquet(packing.path)


def assert_equal(columns: Any, expected: Any) -> None:
    """Every value is the same to the last bit; what is missing is so in both."""
    pd.testing.assert_frame_equal(columns, expected, check_dtype=False, check_exact=True)


@every_packing
def test_a_packed_table_says_where_it_comes_from(packing: Packing) -> None:
    origin = {name: getattr(packing.origin, name) for name in read_origin(packing.path)}
    assert read_origin(packing.path) == origin
    assert set(origin) == {"package", "version", "copyright", "licence", "file", "sha256"}
    assert not packing.columns or list(here(packing)) == list(packing.columns)


def test_every_shipped_table_is_recorded_by_us_or_described_and_named_in_the_notice() -> None:
    described = {packing.path for packing in PACKINGS.values()}
    ours = {path for path in TABLES.rglob("*.parquet") if "recorded" in read_embedded(path)}
    assert described | ours == set(TABLES.rglob("*.parquet"))
    assert not described & ours
    assert sum(path.stat().st_size for path in described) <= LARGEST
    notice = NOTICE.read_text(encoding="utf-8")
    for packing in PACKINGS.values():
        origin = packing.origin
        assert f"{origin.package} {origin.version} (" in notice
        assert f"tasks/tables/{packing.path.parent.name}" in notice
        assert origin.copyright.rpartition("Copyright")[2] in notice


@pytest.mark.parametrize(
    "packing", {each.origin.package: each for each in PACKINGS.values()}.values(), ids=str
)
def test_the_notice_has_the_licence_of_each_package(packing: Packing) -> None:
    published(packing)
    try:
        package = distribution(packing.origin.package)
    except PackageNotFoundError:
        pytest.skip(f"{packing.origin.package} is not installed")
    (licence,) = [path for path in package.files or [] if path.name.startswith("LICEN")]
    lines = [line.strip() for line in licence.read_text().splitlines() if line.strip()]
    texts = [NOTICE.read_text(encoding="utf-8"), (NOTICE.parent / "LICENSE").read_text()]
    ours = {line.strip() for text in texts for line in text.splitlines()}
    assert [line for line in lines if line not in ours and f'"{line}",' not in texts[0]] == []


@pytest.mark.parametrize("name", ["vlm", "llm", "tabpfn"])
def test_scan_benchs_tables_hold_all_that_was_published(name: str) -> None:
    packing = PACKINGS[f"scan-bench/{name}"]
    raw: Any = pd.read_csv(published(packing), float_precision="round_trip", low_memory=False)
    assert_equal(here(packing), raw[list(packing.columns)])


def test_oboes_table_holds_both_matrices() -> None:
    packing = PACKINGS["oboe/matrices"]
    path = published(packing)
    errors: Any = pd.read_csv(path, index_col=0, float_precision="round_trip")
    times: Any = pd.read_csv(
        path.with_name("runtime_matrix.csv"), index_col=0, float_precision="round_trip"
    )
    table = here(packing)
    count = len(errors.columns)
    assert list(table["dataset"]) == [str(d) for d in errors.index for _ in range(count)]
    assert np.array_equal(table["error"], errors.to_numpy().ravel())
    assert np.array_equal(
        table["runtime"], times.loc[errors.index, errors.columns].to_numpy().ravel()
    )
    for place, column in enumerate(errors.columns):
        told = literal_eval(column)
        given = {f"{told['algorithm']}_{k}": v for k, v in told["hyperparameters"].items()}
        rows = table.iloc[place::count]
        assert (rows["algorithm"] == told["algorithm"]).all()
        for name in set(table.columns) - {"dataset", "algorithm", "error", "runtime"}:
            if name in given:
                assert (rows[name] == ("none" if given[name] is None else given[name])).all()
            else:
                assert rows[name].isna().all()


def test_lcbenchs_table_holds_all_data_sets() -> None:
    packing = PACKINGS["lcbench-tables/accuracies"]
    table = here(packing)
    with np.load(published(packing)) as arrays:
        assert len(table.columns) == 7 + len(arrays.files)
        for name in arrays.files:
            columns = [*table.columns[:7], f"accuracy.{name}"]
            assert np.array_equal(table[columns].to_numpy(), arrays[name].astype(np.float64))


@pytest.mark.parametrize("name", [name for name in PACKINGS if name.startswith("nas-bench-graph")])
def test_nas_bench_graphs_tables_hold_what_its_files_say(name: str) -> None:
    packing = PACKINGS[name]
    assert_equal(here(packing), pd.DataFrame(nas_bench_graph(published(packing), "")))


def tasks_on_packed_tables() -> list[Task]:
    """All of them."""
    collections = {packing.path.parent.name for packing in PACKINGS.values()}
    tasks = Catalogue().tasks.values()
    return [
        task
        for task in tasks
        if any(f"tasks/tables/{each}/" in str(task.params.get("file")) for each in collections)
    ]


def test_tasks_on_packed_tables_need_no_package_and_name_the_very_file() -> None:
    tasks = tasks_on_packed_tables()
    assert {task.collection for task in tasks} == {
        "lcbench-surrogate", "lcbench-tables", "nas-bench-graph", "oboe", "scan-bench",
        "scan-bench-surrogate",
    }  # fmt: skip
    for task in tasks:
        assert (task.library, task.extra, task.dataset) == ("", "", ""), task.id
        path = str(task.params["file"]).replace("{dataset}", str(task.params.get("dataset")))
        assert (shipped_dir() / path).is_file()
    named = {
        (str(t.params["file"]), str(t.params["sha256"])) for t in tasks if "sha256" in t.params
    }
    assert named == {(file, checksum(shipped_dir() / file)) for file, _ in named}
    assert len(named) == 5


@pytest.mark.parametrize(
    "name", ["oboe/3", "lcbench-tables/adult", "nas-bench-graph/proteins", "scan-bench/tabpfn-nll"]
)
def test_a_task_says_whose_its_table_is(name: str) -> None:
    task = Catalogue().task(name)
    (packing,) = [
        each for each in PACKINGS.values() if each.path.parent.name == task.collection
        and each.path.stem in {"matrices", "accuracies", "proteins", "tabpfn"}
    ]  # fmt: skip
    facts = build(task).facts
    origin = packing.origin
    assert origin.copyright in facts["copyright"]
    assert origin.licence in facts["copyright"]
    for part in (origin.file, origin.package, origin.version, origin.sha256):
        assert part in facts["made from"]
