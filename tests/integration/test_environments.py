"""Optimizers in environments of their own: the same runs, wherever their libraries live."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hpobench.catalogue import Catalogue
from hpobench.cli import group
from hpobench.cli.doctor import isolated
from hpobench.environments import Installation, make
from hpobench.environments.installation import lock_file
from hpobench.environments.wire import pack_problem
from hpobench.execution.construction import build, pose
from hpobench.execution.runner import execute
from hpobench.optimizer import Environment
from hpobench.run import Run
from hpobench.store import Store
from hpobench.trial import Record
from tests import PATIENCE
from tests.integration.commands import FAULTS, command, wait_until

ROOT = Path(__file__).parents[2]
ISOLATED = Path(__file__).parent / "isolated"
CACHE = ROOT / ".cache" / "tests"
"""Kept from one call of pytest to the next, as users' environments are from one experiment."""
TINY = Environment(no_deps=(f"ConfigSpace=={version('ConfigSpace')}",))
"""Naming ConfigSpace itself, it gets nothing else; of no use, but made in a second."""

Call = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue whose environments have our own numpy and scipy."""
    text = (ISOLATED / "isolated.yaml").read_text()
    for name in ("numpy", "scipy"):
        text = text.replace(f"{{{name}}}", version(name))
    made = tmp_path / "isolated"
    (made / "optimizers").mkdir(parents=True)
    (made / "optimizers" / "isolated.yaml").write_text(text)
    (made / "pinned.py").symlink_to(ISOLATED / "pinned.py")
    monkeypatch.setenv("HPOBENCH_CATALOGUE", f"{FAULTS}{os.pathsep}{made}")
    monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(CACHE))
    monkeypatch.syspath_prepend(made)
    monkeypatch.syspath_prepend(FAULTS)
    return made


@pytest.fixture
def catalogue(folder: Path) -> Catalogue:
    return Catalogue([FAULTS, folder])


@pytest.fixture
def hpobench(folder: Path, tmp_path: Path) -> Call:
    def call(
        *arguments: object, code: int = 0, **variables: str
    ) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            command(*arguments), cwd=tmp_path, env={**os.environ, **variables},
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stdout, done.stdout
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return call


def without_clocks(records: Any) -> list[Record]:
    return [record._replace(ask_seconds=0.0, tell_seconds=0.0) for record in records]


def test_two_optimizers_with_contradictory_pins_run_in_one_experiment(
    hpobench: Call, tmp_path: Path
) -> None:
    hpobench("run", "-o", "isolated/old", "-o", "isolated/new", "-t", "faulty/none",
             "--seeds", "0:2", "--budget", 30)  # fmt: skip
    found = {
        (row["optimizer"], row["status"], json.loads(row["variant_info"])["version"])
        for row in Store(tmp_path / "results").runs().to_pylist()
    }
    assert found == {
        ("isolated/old", "completed", "0.10.0"),
        ("isolated/new", "completed", "0.12.0"),
    }
    (manifest,) = Store(tmp_path / "results").experiments()
    packages = manifest["environments"]
    assert packages["isolated/old"]["cmaes"] == "0.10.0"
    assert packages["isolated/new"]["cmaes"] == "0.12.0"
    assert packages["isolated/new"]["configspace"] == version("ConfigSpace")


@pytest.mark.parametrize("task", ["mfh/hartmann3-good@trials=20,workers=3", "bbob/f03-d5-i1"])
def test_in_an_environment_of_the_same_versions_a_run_is_the_same_to_the_bit(
    catalogue: Catalogue, task: str
) -> None:
    isolated = catalogue.variant("isolated/random")
    here = replace(isolated, environment=None)
    one, other = (
        execute(Run(task=catalogue.task(task), variant=variant, seed=7))
        for variant in (isolated, here)
    )
    assert one.records
    assert repr(without_clocks(one.records)) == repr(without_clocks(other.records))
    assert (one.status, one.stop_reason) == (other.status, other.stop_reason)


def test_a_dying_optimizer_costs_its_own_run_and_says_why(hpobench: Call, tmp_path: Path) -> None:
    faults = ("raise", "kill", "segfault", "exit", "sys-exit", "flood", "memory", "option")
    names = [part for fault in (*faults, "absent") for part in ("-o", f"isolated/{fault}")]
    hpobench("run", *names, "-t", "faulty/none", "-j", 2, code=1)
    hpobench("run", "-o", "isolated/hang", "-t", "faulty/none", "--run-timeout", 6, code=1)
    table = Store(tmp_path / "results").runs(["optimizer", "status", "reason"]).to_pylist()
    found = {row["optimizer"].removeprefix("isolated/"): row["reason"] for row in table}
    assert len(table) == 10
    assert found["flood"] == ""
    assert found["raise"].startswith("RuntimeError: no idea (pinned.py:")
    assert found["kill"].startswith("the optimizer's process was killed by SIGKILL")
    assert found["segfault"].startswith("the optimizer's process was killed by SIGSEGV")
    assert found["exit"].startswith("the optimizer's process ended with exit code 3")
    assert found["sys-exit"].startswith("SystemExit: 4 (pinned.py:")
    assert found["hang"].startswith("timed out after 6 s")
    assert "MemoryError" in found["memory"]
    assert "TypeError: " in found["option"]
    assert "no_such_option" in found["option"]
    assert found["absent"] == "the module 'pinned' has no 'Absent'"


def test_no_process_of_an_optimizer_outlives_its_run(folder: Path, tmp_path: Path) -> None:
    driver = subprocess.Popen(
        command("run", "-o", "isolated/hang", "-t", "faulty/none", "-j", 1),
        cwd=tmp_path, env=dict(os.environ), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    wait_until(lambda: grandchildren(driver.pid))
    found = grandchildren(driver.pid)
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    wait_until(lambda: not found & living().keys())


def grandchildren(process: int) -> set[int]:
    """The children of a process's children: the optimizers, if it is a driver."""
    parents = living()
    return {child for child, parent in parents.items() if parents.get(parent) == process}


def living() -> dict[int, int]:
    """The parent of each process that is no zombie."""
    found: dict[int, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (process / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        found |= {int(process.name): int(parent)} if state != "Z" else {}
    return found


MAKE = """
import sys
from hpobench.environments import make
from hpobench.optimizer import Environment
place = make(Environment(no_deps=(sys.argv[1],)), print)
assert place.ready and place.version("configspace")
"""


def test_what_a_killed_maker_left_is_made_anew_and_once_by_eight_that_want_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_LOG", str(tmp_path / "pip.log"))
    place = Installation.of(TINY)
    maker = [sys.executable, "-c", MAKE, *TINY.no_deps]
    first = subprocess.Popen(maker, cwd=ROOT, stdout=subprocess.DEVNULL)
    wait_until(place.folder.exists)
    first.kill()
    first.wait()
    assert not place.ready
    with lock_file(place.folder).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the step that it was at may go on until now
    (tmp_path / "pip.log").unlink(missing_ok=True)
    (place.folder / "left.txt").touch()
    many = [subprocess.Popen(maker, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    said = "".join(each.communicate(timeout=PATIENCE)[0] for each in many)
    assert [each.returncode for each in many] == [0] * 8
    assert (tmp_path / "pip.log").read_text().count("Successfully installed") == 1
    assert said.count("Making an environment") == 1
    assert not (place.folder / "left.txt").exists()


@pytest.fixture
def tiny(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`tiny(*arguments)` with an optimizer of that name, and an empty cache of its own.

    In this process, since nothing but the environments is at stake.
    """
    text = f"environment: {{no_deps: ['{TINY.no_deps[0]}']}}\nadapter: pinned:Pinned\n"
    text += "capabilities: {types: [float]}\nvariants: {tiny: {}}\n"
    (folder / "optimizers" / "tiny.yaml").write_text(text)
    monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, code: int = 0) -> Result:
        done = CliRunner().invoke(group, arguments, standalone_mode=False, catch_exceptions=False)
        assert (done.return_value or 0) == code, done.output
        return done

    return call


def test_environments_are_made_ahead_listed_and_removed(
    tiny: Callable[..., Result], folder: Path, tmp_path: Path
) -> None:
    def listed() -> Any:
        (one,) = json.loads(tiny("environments", "list", "tiny", "--json").stdout)
        return one

    dry = tiny("run", "-o", "tiny", "-t", "faulty/none", "--dry-run")
    assert "The environment of tiny would be made." in dry.stdout
    assert listed()["state"] == "not made"
    assert not (tmp_path / "cache").exists()
    assert "Made it in" in tiny("environments", "make", "tiny").stderr
    assert tiny("environments", "make", "tiny").stderr == ""
    assert listed()["state"] == "ready"
    place = Path(listed()["folder"])
    assert (
        f"{TINY.no_deps[0]} (without its dependencies); ready, {place}"
        in tiny("show", "tiny").stdout
    )
    with lock_file(place).open("rb") as user:
        fcntl.flock(user, fcntl.LOCK_SH)
        left = tiny("environments", "remove", "tiny", code=1).stdout
    assert f"In use, left alone: {place}" in left
    (folder / "optimizers" / "tiny.yaml").unlink()
    assert f"Removed {place}" in tiny("environments", "prune").stdout
    assert not place.exists()


def test_doctor_tells_an_environment_on_demand_from_a_broken_one(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(tmp_path / "cache"))
    variant = catalogue.variant("isolated/new")
    cure = "hpobench environments make isolated/new"
    found = isolated(variant, TINY)
    assert found == (
        "optimizer",
        variant.id,
        "on demand",
        f"its environment is not made yet: {cure}",
    )
    place = Installation.of(TINY)
    place.python.parent.mkdir(parents=True)
    (place.folder / "hpobench.json").write_text("{}")
    place.python.symlink_to("/no/such/python")
    *_, state, detail = isolated(variant, TINY)
    assert (state, detail[-len(cure) :]) == ("NOT READY", cure)
    monkeypatch.setenv("HPOBENCH_CACHE_DIR", str(CACHE))
    *_, state, detail = isolated(variant, make(variant.environment or TINY).environment)
    assert state == "ready"
    assert detail.startswith("cmaes 0.12.0, in an environment of ")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("impossible", "No matching distribution found for no-such-distribution-of-hpobench"),
        ("too-modern", "an environment needs Python 3.99: there is no python3.99 on PATH"),
    ],
)
def test_what_cannot_be_made_is_said_before_any_run_and_leaves_nothing(
    hpobench: Call, tmp_path: Path, name: str, message: str
) -> None:
    variables = {"PIP_NO_INDEX": "1", "HPOBENCH_CACHE_DIR": str(tmp_path / "cache")}
    done = hpobench(
        "run", "-o", "random", "-o", f"isolated/{name}", "-t", "faulty/none", code=2, **variables
    )
    assert message in done.stderr
    assert not (tmp_path / "results").exists()
    assert not [path for path in (tmp_path / "cache" / "environments").glob("*") if path.is_dir()]


def test_of_a_site_packages_folder_only_hpobench_is_seen(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    site = tmp_path / "site-packages"
    (site / "numpy").mkdir(parents=True)
    (site / "numpy" / "__init__.py").write_text("raise ImportError('of another interpreter')")
    (site / "numpy-9.0.dist-info").mkdir()
    (site / "intruder.py").write_text("class Thing: pass")
    (site / "beside.py").write_text("import intruder\nclass Thing: pass")
    (site / "hpobench").symlink_to(ROOT / "hpobench")
    task = catalogue.task("faulty/none")
    start = {
        "adapter": "hpobench.adapters.random_search:RandomSearch",
        "library": str(site), "folder": "",
        "problem": pack_problem(pose(task, build(task))), "seed": 1, "generators": 1,
        "options": {}, "cwd": str(tmp_path), "tempdir": str(tmp_path),
    }  # fmt: skip
    messages = [["load", "beside:Thing", str(site), ""], ["start", start], ["ask"]]
    place = make(catalogue.variant("isolated/new").environment or TINY)
    done = subprocess.run(
        [place.python, "-s", "-P", site / "hpobench" / "environments" / "child.py"],
        input="".join(json.dumps(message) + "\n" for message in messages),
        env={**os.environ, "HPOBENCH_PARENT": str(os.getpid())},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    beside, started, asked = map(json.loads, done.stdout.splitlines())
    assert "needs the module 'intruder', which is missing" in beside["error"]
    assert "error" not in started
    assert 0 <= asked["trial"]["config"]["x"] <= 1
