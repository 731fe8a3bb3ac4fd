"""What a run lacks is seen before it starts, or at its start: it is no result, and not stored."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import pytest

from hpobench.catalogue import Catalogue
from hpobench.dispatch.driver import Driver
from hpobench.dispatch.gpus import gpus_here
from hpobench.dispatch.job import Job, Result
from hpobench.dispatch.plan import Plan
from hpobench.errors import UserError
from hpobench.store import Store
from tests.folders import CHECKOUT, write
from tests.integration.commands import command

pytestmark = pytest.mark.slow  # it starts the program, or new interpreters

TASK = """
benchmark: hpobench.benchmarks.function:Function
tasks:
  - id: want
    dimension: 1
    types: [float]
    objectives: [loss]
    budget: {trials: 3}
    params: {function: "wanting:loss", space: {x: {type: float, low: 0, high: 1}}}
"""
FUNCTION = """
import {module}

def loss(x):
    return x
"""
LATE = """
from importlib import import_module

import_module("{module}")

def loss(x):
    return x
"""
TABLE = """
benchmark: hpobench.benchmarks.recorded:Recorded
tasks:
  - id: t
    dimension: 1
    types: [ordinal]
    objectives: [loss]
    budget: {trials: 3}
    params:
      file: "numbers.csv"
      hyperparameters: {x: {type: ordinal}}
      objectives: {loss: minimize}
"""
DATA = """
description: "numbers"
source: "nobody"
licence: CC0-1.0
free: true
urls: ["https://example.org/"]
files:
  a/numbers.csv: {sha256: "SHA", size: 12}
  a/others.csv: {sha256: "SHA", size: 12}
  more.csv: {sha256: "SHA", size: 12}
""".replace("SHA", 64 * "a")
NUMBERS = "x,loss\n1,23\n"
ABSENT = "no_such_module_anywhere"


def run(
    folder: Path,
    *tasks: str,
    optimizers: tuple[str, ...] = ("random",),
    data: str = "",
    gpus: str = "",
) -> "subprocess.CompletedProcess[str]":
    chosen = [word for task in tasks or ("want/want",) for word in ("-t", task)]
    chosen += [word for name in optimizers for word in ("-o", name)]
    chosen += ["--gpus", gpus] if gpus else []
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "HPOBENCH_DATA_DIR": data}
    return subprocess.run(
        command("run", *chosen, "--catalogue", str(folder), "--results", str(folder / "results")),
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


def refused(done: "subprocess.CompletedProcess[str]", folder: Path) -> str:
    """The one line of a refusal, which leaves nothing."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert not (folder / "results").exists()
    (line,) = done.stderr.splitlines()
    return line


def test_a_module_of_the_users_that_is_not_there_is_missed_before_the_run(tmp_path: Path) -> None:
    write(tmp_path, tasks__want_yaml=TASK)
    assert "want/want needs the module 'wanting'" in refused(run(tmp_path), tmp_path)
    (tmp_path / "wanting.py").write_text(FUNCTION.format(module="beside"))
    assert "want/want needs the module 'beside'" in refused(run(tmp_path), tmp_path)
    (tmp_path / "beside.py").write_text(f"import {ABSENT}.deep\n")
    assert f"want/want needs the module {ABSENT!r}" in refused(run(tmp_path), tmp_path)
    (tmp_path / "beside.py").write_text("import math\n")
    assert run(tmp_path).returncode == 0


@pytest.mark.parametrize(
    "guarded",
    [
        "try:\n    import {0}\nexcept ImportError:\n    pass\n",
        "def never():\n    import {0}\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import {0}\n",
    ],
)
def test_an_import_that_need_not_happen_is_no_want(guarded: str, tmp_path: Path) -> None:
    write(tmp_path, tasks__want_yaml=TASK)
    (tmp_path / "wanting.py").write_text(guarded.format(ABSENT) + FUNCTION.format(module="math"))
    assert Catalogue([tmp_path]).lacking(Catalogue([tmp_path]).task("want/want")) == ""


def test_a_run_without_its_module_is_stored_nowhere_and_runs_once_that_is_there(
    tmp_path: Path,
) -> None:
    write(tmp_path, tasks__want_yaml=TASK)
    (tmp_path / "wanting.py").write_text(LATE.format(module=ABSENT))
    failed = run(tmp_path)
    assert failed.returncode == 1, failed.stderr
    assert f"needs the module '{ABSENT}'" in failed.stdout
    assert Store(tmp_path / "results").runs().num_rows == 0
    (tmp_path / "wanting.py").write_text(LATE.format(module="math"))
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "0 already stored, 1 to do" in done.stdout
    assert Store(tmp_path / "results").runs().num_rows == 1


def test_a_table_that_is_not_there_is_missed_and_the_nearest_is_named(tmp_path: Path) -> None:
    write(tmp_path, tasks__tables_yaml=TABLE)
    line = refused(run(tmp_path, "tables/t"), tmp_path)
    assert "tables/t needs its table: no file 'numbers.csv'" in line
    (tmp_path / "numbers.csv").write_text(NUMBERS)
    assert run(tmp_path, "tables/t").returncode == 0


def test_under_a_glob_what_cannot_run_is_skipped_and_what_can_runs(tmp_path: Path) -> None:
    write(
        tmp_path,
        tasks__tables_yaml=TABLE + TABLE.partition("tasks:\n")[2].replace("id: t", "id: u"),
    )
    text = (tmp_path / "tasks/tables.yaml").read_text()
    (tmp_path / "tasks/tables.yaml").write_text(
        text[::-1].replace("numbers.csv"[::-1], "here.csv"[::-1], 1)[::-1]
    )
    (tmp_path / "here.csv").write_text(NUMBERS)
    done = run(tmp_path, "tables/*")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 task skipped: tables/t needs its table: no file 'numbers.csv'" in done.stdout
    assert Store(tmp_path / "results").runs().column("task").to_pylist() == ["tables/u"]
    shutil.rmtree(tmp_path / "results")
    assert "tables/t needs" in refused(run(tmp_path, "tables/*", "tables/t"), tmp_path)
    (tmp_path / "here.csv").unlink()
    assert "tables/t needs" in refused(run(tmp_path, "tables/*"), tmp_path)


def test_all_optimizers_means_those_that_are_installed(tmp_path: Path) -> None:
    here = "adapter: hpobench.adapters.random_search:RandomSearch\n"
    variants = "variants:\n  v:\n    description: searches\n    paper: none\n"
    variants += "    capabilities: {types: [ordinal]}\n"
    lib = "library: no-such-library\nextra: more\nsource: nobody\n"
    write(tmp_path, tasks__tables_yaml=TABLE, optimizers__absent_yaml=here + lib + variants)
    (tmp_path / "numbers.csv").write_text(NUMBERS)
    done = run(tmp_path, "tables/t", optimizers=("absent/*", "random"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        "1 skipped: absent/v needs the package 'no-such-library', which is not installed: "
        "pip install 'hpobench[more]'" in done.stdout
    )
    shutil.rmtree(tmp_path / "results")
    line = refused(run(tmp_path, "tables/t", optimizers=("absent/v", "random")), tmp_path)
    assert "absent/v needs the package 'no-such-library'" in line


@pytest.mark.parametrize(
    ("dataset", "file", "lacks"),
    [
        ("numbers", "numbers/a/numbers.csv", ""),
        ("numbers", "numbers/more.csv", "1 of 3 files, first missing more.csv"),
        ("numbers/a", "numbers/a/others.csv", "1 of 2 files, first missing a/others.csv"),
    ],
)
def test_of_a_partly_copied_data_set_a_task_needs_its_own_file(
    dataset: str, file: str, lacks: str, tmp_path: Path
) -> None:
    task = TABLE.replace("numbers.csv", file).replace("tasks:", f"dataset: {dataset}\ntasks:")
    write(tmp_path, tasks__tables_yaml=task, tasks__data__numbers_yaml=DATA)
    (tmp_path / "here/numbers/a").mkdir(parents=True)
    (tmp_path / "here/numbers/a/numbers.csv").write_text(NUMBERS)
    done = run(tmp_path, "tables/t", data=str(tmp_path / "here"))
    if not lacks:
        assert done.returncode == 0, done.stdout + done.stderr
        return
    assert refused(done, tmp_path) == (
        f"hpobench: tables/t needs the data set {dataset!r}, which is incomplete: {lacks}: "
        "hpobench data fetch numbers"
    )


def test_a_task_that_does_not_say_which_files_it_reads_needs_all(tmp_path: Path) -> None:
    write(
        tmp_path,
        tasks__want_yaml=TASK.replace("tasks:", "dataset: numbers/a\ntasks:"),
        tasks__data__numbers_yaml=DATA,
    )
    (tmp_path / "wanting.py").write_text(FUNCTION.format(module="math"))
    (tmp_path / "here/numbers/a").mkdir(parents=True)
    for name in ("numbers", "others"):
        (tmp_path / f"here/numbers/a/{name}.csv").write_text(NUMBERS)
        done = run(tmp_path, data=str(tmp_path / "here"))
        if name == "numbers":
            assert "incomplete: 1 of 2 files, first missing a/others.csv" in refused(done, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("gpus", "words"),
    [("999", "want/want needs 999 GPU, and there are "), ("1.5", "a part of one GPU or whole")],
)
def test_gpus_of_the_command_line_replace_those_of_the_task(
    tmp_path: Path, gpus: str, words: str
) -> None:
    write(tmp_path, tasks__want_yaml=TASK)
    (tmp_path / "wanting.py").write_text(FUNCTION.format(module="math"))
    assert words in refused(run(tmp_path, gpus=gpus), tmp_path)


def test_a_run_that_asks_for_more_gpus_than_there_are_is_refused(tmp_path: Path) -> None:
    write(tmp_path, tasks__want_yaml=TASK.replace("tasks:", "resources: {gpus: 999}\ntasks:"))
    (tmp_path / "wanting.py").write_text(FUNCTION.format(module="math"))
    assert "want/want needs 999 GPU, and there are " in refused(run(tmp_path), tmp_path)


def test_a_backend_that_cannot_execute_the_first_run_leaves_no_manifest(tmp_path: Path) -> None:
    catalogue = Catalogue()
    plan = Plan(
        variants=[catalogue.variant("random")],
        tasks=[catalogue.task("bbob/f01-d2-i1")],
        seeds=[0, 1],
    )

    def execute(jobs: Iterable[Job], after: int) -> Iterator[Result]:
        for number, job in enumerate(jobs):
            if number == after:
                raise UserError("a run needs 8 GPUs, and no node of Ray has all of it")
            yield job.failure("broken")

    for after in (0, 1):
        store = Store.create(tmp_path / f"results{after}")
        with pytest.raises(UserError, match="8 GPUs"):
            list(Driver(plan=plan, store=store).results(partial(execute, after=after)))
        assert len(list(store.experiments())) == after
        assert store.runs().num_rows == after


@pytest.mark.parametrize(
    ("files", "visible", "count"),
    [
        ([], None, 0),
        (["dev/nvidia0", "dev/nvidia1", "dev/nvidiactl"], None, 2),
        (["dev/nvidia0", "dev/nvidia1"], "1", 1),
        (["dev/nvidia0", "dev/nvidia1"], "", 0),
        (["dev/nvidia0"], "-1", 0),
        (["dev/dxg"], None, 1),
        (["sys/class/kfd/kfd/topology/nodes/1/gpu_id"], None, 1),
    ],
)
def test_gpus_are_counted_by_what_their_drivers_offer(
    files: list[str],
    visible: str | None,
    count: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    processor = "sys/class/kfd/kfd/topology/nodes/0/gpu_id"
    for name in [*files, processor]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("0\n" if name == processor else "4711\n")
    assert gpus_here(tmp_path) == count


def test_an_environment_that_cannot_be_made_is_skipped_under_a_glob_and_else_refused(
    tmp_path: Path,
) -> None:
    lines = ["adapter: hpobench.adapters.random_search:RandomSearch", "source: nobody", "variants:"]
    for name in ("v", "w"):
        lines += [
            f"  {name}:",
            "    description: searches",
            "    paper: none",
            "    capabilities: {types: [ordinal]}",
        ]
    lines += ['    environment: {python: "3.99", requirements: [click==8.0]}']
    write(tmp_path, tasks__tables_yaml=TABLE, optimizers__apart_yaml="\n".join(lines) + "\n")
    (tmp_path / "numbers.csv").write_text(NUMBERS)
    done = run(tmp_path, "tables/t", optimizers=("apart/*",))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 skipped: apart/w cannot run: an environment needs Python 3.99" in done.stdout
    assert Store(tmp_path / "results").runs().column("optimizer").to_pylist() == ["apart/v"]
    shutil.rmtree(tmp_path / "results")
    for optimizers in (("apart/v", "apart/w"), ("apart/w*",)):
        line = refused(run(tmp_path, "tables/t", optimizers=optimizers), tmp_path)
        assert "apart/w cannot run: an environment needs Python 3.99" in line
