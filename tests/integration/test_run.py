"""`hpobench run`: whatever goes wrong stays in its run, and nothing finished is lost."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hpobench.adapters.native.random_search import RandomSearch
from hpobench.catalogue import Catalogue
from hpobench.execution.runner import execute
from hpobench.run import Run, Status
from hpobench.store import Store, configs
from hpobench.task import Budget, Problem
from tests import PATIENCE
from tests.integration.commands import Hpobench, command, environment, rows

RUN = ("run", "--optimizer", "faulty", "--results", "r", "--jobs", 2)

OWN = ["asha", "hier-mab", "idhb", "one-epoch", "pbt", "regularized-evolution", "reinforce"]
"""Our implementations that import nothing large; the libraries' run in `tests/contract`."""

UNDER_RAY = ["faulty/none", "faulty/raise", "mfh/hartmann3-good"]


def reasons(path: Path) -> dict[str, str]:
    table = Store(path).runs(["task", "optimizer", "status", "reason"]).to_pylist()
    return {
        f"{row['optimizer']} {row['task']}".replace("faulty/", "").replace("faulty ", ""):
        f"{row['status']}: {row['reason']}"
        for row in table
    }  # fmt: skip


def test_each_misbehaving_benchmark_costs_its_own_run_and_nothing_else(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    done = hpobench(*RUN, "--task", "faulty/[!alh]*", code=1)
    hpobench(*RUN, "--task", "faulty/hang", "--run-timeout", 10, code=1)
    found = reasons(tmp_path / "r")
    fine = {"none", "flood", "threads", "slow", "cores"}
    assert {name for name, text in found.items() if text == "completed: "} == fine
    assert {name: text for name, text in found.items() if name not in fine} == {
        "nan": "failed: every trial failed: loss is nan",
        "missing": "failed: every trial failed: loss is nan",
        "wrong-shape": found["wrong-shape"],
        "raise": found["raise"],
        "hang": found["hang"],
        "segfault": found["segfault"],
        "exit": "failed: its process ended with exit code 3",
        "sys-exit": found["sys-exit"],
        "kill": "failed: its process was killed by SIGKILL",
        "construct": found["construct"],
        "memory": found["memory"],
        "misdeclared": found["misdeclared"],
    }
    assert "loss is [" in found["wrong-shape"]
    assert "ValueError: the benchmark is broken (faults.py:" in found["raise"]
    assert "failed: timed out after 10 s" in found["hang"]
    assert "was killed by SIGSEGV" in found["segfault"]
    assert "SystemExit: 4" in found["sys-exit"]
    assert "RuntimeError: no data" in found["construct"]
    assert "MemoryError" in found["memory"]
    assert "declares" in found["misdeclared"]
    assert "5 runs completed, 11 failed" in done.stdout
    assert "1 skipped: faulty optimizes 1 objective, the task has 2" in done.stdout
    assert "Analyse with: hpobench analyze r" in done.stdout


def test_each_misbehaving_optimizer_costs_its_own_run_and_nothing_else(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    hpobench(
        "run",
        "-o",
        "faulty",
        "-o",
        "faulty/[!al]*",
        "-o",
        "faulty/ask",
        "-t",
        "faulty/none",
        "--results",
        "r",
        code=1,
    )
    found = {name.split()[0]: text for name, text in reasons(tmp_path / "r").items()}
    assert found["none"] == found["write"] == "completed: "
    assert "RuntimeError: cannot start" in found["construct"]
    assert "RuntimeError: no idea" in found["ask"]
    assert "RuntimeError: do not want to know" in found["tell"]
    assert "illegal configuration" in found["outside"]
    assert "illegal configuration" in found["unknown"]
    assert "asked for a fidelity, the task has none" in found["fidelity"]
    assert "waits although no trial is pending" in found["wait"]
    assert "no_such_option" in found["option"]
    assert not (tmp_path / "litter").exists()


def test_a_second_call_runs_only_what_is_missing(hpobench: Hpobench, tmp_path: Path) -> None:
    hpobench(*RUN, "--task", "faulty/none", "--seeds", "0:3")
    before = rows(tmp_path / "r")
    done = hpobench(*RUN, "--task", "faulty/none", "--seeds", "0:5")
    assert "5 runs, 3 already stored, 2 to do" in done.stdout
    after = rows(tmp_path / "r")
    assert len(after) == 5
    assert before.items() <= after.items()
    assert (
        "5 already stored, 0 to do" in hpobench(*RUN, "-t", "faulty/none", "--seeds", "0:5").stdout
    )


def test_failed_runs_are_run_again_only_when_asked(hpobench: Hpobench) -> None:
    hpobench(*RUN, "--task", "faulty/raise", code=1)
    again = hpobench(*RUN, "--task", "faulty/raise", code=1)
    assert "0 to do.\n1 stored as failed: --retry-failed\n" in again.stdout
    assert "1 to do" in hpobench(*RUN, "--task", "faulty/raise", "--retry-failed", code=1).stdout


@pytest.mark.parametrize("backend", ["serial", "local"])
def test_every_backend_gives_the_same_results_to_the_bit(
    hpobench: Hpobench, tmp_path: Path, backend: str
) -> None:
    tasks = ("--task", "faulty/none", "--task", "faulty/slow", "--task", "faulty/raise")
    hpobench(*RUN, *tasks, "--seeds", "0:4", "--workers", 3, code=1)
    hpobench(*RUN, *tasks, "--seeds", "0:4", "--workers", 3, "--backend", backend,
             "--results", "other", code=1)  # fmt: skip
    assert len(rows(tmp_path / "r")) == 12
    assert repr(rows(tmp_path / "r")) == repr(rows(tmp_path / "other"))


def test_under_ray_failures_and_our_own_optimizers_are_the_same_to_the_bit(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    optimizers = (each for name in ["faulty", *OWN] for each in ("--optimizer", name))
    tasks = (each for name in UNDER_RAY for each in ("--task", name))
    run = ("run", *optimizers, *tasks, "--workers", 3, "--budget", 4, "--jobs", 2, "--results")
    hpobench(*run, "serial", "--backend", "serial", code=1)
    hpobench(*run, "ray", "--backend", "ray", code=1)
    found = rows(tmp_path / "ray")
    assert {row["optimizer"] for row in found.values()} == {"faulty", *OWN}
    assert repr(found) == repr(rows(tmp_path / "serial"))


def test_a_killed_experiment_goes_on_and_equals_an_undisturbed_one(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    arguments = ("--task", "faulty/slow", "--task", "faulty/none", "--seeds", "0:40")
    hpobench(*RUN, *arguments, "--results", "undisturbed")
    for attempt in range(3):
        process = subprocess.Popen(
            command(*RUN, *arguments), cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL
        )
        wait_for_runs(tmp_path / "r", 5 + 15 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
    stored = rows(tmp_path / "r")
    assert 35 <= len(stored) < 80
    assert len(Store(tmp_path / "r").missing()) == 80 - len(stored)
    done = hpobench(*RUN, *arguments)
    assert f"{len(stored)} already stored" in done.stdout
    assert repr(rows(tmp_path / "r")) == repr(rows(tmp_path / "undisturbed"))


@pytest.mark.parametrize("strike", [os.kill, os.killpg], ids=["the driver", "its terminal"])
def test_an_interrupt_keeps_what_is_done_and_ends_all_processes(
    tmp_path: Path, strike: Callable[[int, int], None]
) -> None:
    arguments = (*RUN, "--task", "faulty/slow", "--seeds", "0:200")
    process = subprocess.Popen(
        command(*arguments), cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    wait_for_runs(tmp_path / "r", 5)
    strike(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "Interrupted: the same command goes on from here." in out
    assert 5 <= len(rows(tmp_path / "r")) < 200
    assert Store(tmp_path / "r").experiments()[0]["ended"] is None


def test_two_drivers_on_one_folder_execute_each_run_once(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    hpobench(*RUN, "-t", "faulty/none")
    arguments = (*RUN, "--task", "faulty/slow", "--seeds", "0:30")
    both = [
        subprocess.Popen(command(*arguments), cwd=tmp_path, env=environment()) for _ in range(2)
    ]
    assert [process.wait(timeout=PATIENCE) for process in both] == [0, 0]
    journals = (tmp_path / "r" / "journal").glob("*.jsonl")
    lines = [json.loads(line)["run"] for path in journals for line in path.open()]
    assert len(lines) == len(set(lines)) == 31


def wait_for_runs(path: Path, number: int) -> None:
    """Until so many runs are in the journals."""
    for _ in range(PATIENCE * 20):
        journals = list((path / "journal").glob("*.jsonl"))
        if sum(journal.read_bytes().count(b"\n") for journal in journals) >= number:
            return
        time.sleep(0.05)
    pytest.fail(f"{path} never held {number} runs")


BAD_INPUT = {
    "an unknown optimizer": (("-o", "fauly", "-t", "faulty/none"), "did you mean 'faulty'"),
    "an unknown task": (("-o", "faulty", "-t", "faulty/nnone"), "did you mean 'faulty/none'"),
    "an unknown task set": (("-o", "faulty", "--task-set", "croe"), "no task set 'croe'"),
    "a pattern without a match": (("-o", "x/*", "-t", "faulty/none"), "no optimizer matches 'x/*'"),
    "an optimizer that is not installed": (
        ("-o", "faulty/absent", "-t", "faulty/none"),
        "which is not installed: pip install 'hpobench[things]'",
    ),
    "a task that is not installed": (
        ("-o", "faulty", "-t", "faulty/absent"),
        "faulty/absent needs the module 'no_such_library', which is not installed",
    ),
    "no optimizer": (("-t", "faulty/none"), "which optimizers?"),
    "no task": (("-o", "faulty"), "which tasks?"),
    "wrong seeds": (
        ("-o", "faulty", "-t", "faulty/none", "--seeds", "5:1"),
        "seeds '5:1' is empty",
    ),
    "a wrong budget": (("-o", "faulty", "-t", "faulty/none", "--budget", "abc"), "not 'abc'"),
    "no budget at all": (("-o", "faulty", "-t", "faulty/none", "--budget", "0"), "above 0"),
    "zero workers": (("-o", "faulty", "-t", "faulty/none", "--workers", "0"), "--workers"),
    "an unknown option": (("--optimiser", "faulty"), "No such option"),
    "a missing file": (("-f", "nowhere.yaml"), "nowhere.yaml: No such file"),
    "an address without Ray": (
        ("-o", "faulty", "-t", "faulty/none", "--backend", "local", "--address", "x:1"),
        "--address is for Ray",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_INPUT.values(), ids=BAD_INPUT.keys())
def test_bad_input_gets_one_message_and_writes_nothing(
    hpobench: Hpobench, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = hpobench("run", *arguments, code=2)
    assert message in done.stderr
    assert not (tmp_path / "results" / "journal").exists() or not rows(tmp_path / "results")
    if "address" not in message:
        assert not (tmp_path / "results").exists()


def test_a_malformed_experiment_is_named_with_its_line(hpobench: Hpobench, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("optimizers: [faulty]\nseed: 3\n")
    done = hpobench("run", "-f", "mine.yaml", code=2)
    assert "mine.yaml:2: unknown field 'seed': did you mean 'seeds'" in done.stderr


def test_a_foreign_results_folder_is_refused(hpobench: Hpobench, tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "photo.jpg").touch()
    done = hpobench(*RUN, "--task", "faulty/none", code=2)
    assert "it holds 'photo.jpg'" in done.stderr
    assert [path.name for path in (tmp_path / "r").iterdir()] == ["photo.jpg"]


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/self").exists(), reason="no /proc")
def test_an_unwritable_results_folder_is_refused(hpobench: Hpobench) -> None:
    done = hpobench(
        "run", "-o", "faulty", "-t", "faulty/none", "--results", "/proc/results", code=2
    )
    assert "cannot be a results folder" in done.stderr


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    done = hpobench("run", "-o", "faulty", "-t", "faulty/[nt]*", "--seeds", "0:4", "--dry-run")
    assert "faulty  on  faulty/none  (4 seeds)" in done.stdout
    assert "1 skipped: faulty optimizes 1 objective" in done.stdout
    assert not any(tmp_path.iterdir())


def test_all_optimizers_begin_with_the_same_initial_design(
    hpobench: Hpobench, tmp_path: Path
) -> None:
    optimizers = ("-o", "random", "-o", "optuna/tpe", "-o", "dehb", "-o", "faulty")
    tasks = ("-t", "bbob/f08-d3-i1", "-t", "mfh/hartmann3-bad")
    options = ("--initial", 3, "--budget", 5, "--seeds", "0:2", "--results", "r", "-j", 2)
    done = hpobench("run", *optimizers, *tasks, *options)
    assert "2 skipped: faulty cannot begin with an initial design it is given" in done.stdout
    assert "1 skipped: dehb cannot begin with an initial design it is given" in done.stdout
    begun: dict[tuple[str, int], set[str]] = {}
    later: set[str] = set()
    for row in rows(tmp_path / "r").values():
        assert row["task"].endswith("@trials=5,initial=3")
        asked = [str(config) for config in configs(row["configs"])]
        begun.setdefault((row["task"], row["seed"]), set()).add(str(asked[:3]))
        later.add(str(asked[3:]))
    assert [len(designs) for designs in begun.values()] == [1, 1, 1, 1]
    assert len({design for designs in begun.values() for design in designs}) == 4
    assert len(later) == 8


def test_an_optimizer_that_ignores_the_initial_design_it_claims_to_begin_with_fails() -> None:
    catalogue = Catalogue()
    variant = replace(catalogue.variant("random"), adapter=f"{__name__}:Heedless")
    task = catalogue.task("bbob/f08-d3-i1").under(budget=Budget(5), initial=2)
    trajectory = execute(Run(task=task, variant=variant, seed=0))
    assert trajectory.status is Status.FAILED
    assert trajectory.reason == "the optimizer did not begin with the initial design it was given"


class Heedless(RandomSearch):
    """Random search that draws its own first trials all the same."""

    def __init__(self, problem: Problem, seed: int) -> None:
        super().__init__(replace(problem, initial=()), seed)
