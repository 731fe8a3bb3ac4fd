"""Runs and real trials on a Ray cluster of two nodes: side by side, and nothing lost."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hpobench.store import Store
from tests import PATIENCE
from tests.integration.commands import (
    FAULTS,
    Hpobench,
    chained_parts,
    command,
    environment,
    rows,
    wait_until,
)

TASKS = """\
benchmark: recorded:Recorded
types: [float]
dimension: 1
objectives: [loss]
real_time: true
budget: {trials: 6}
workers: 3
params: {folder: FOLDER, seconds: 0.2}
tasks:
  - {id: plain, params: {folder: FOLDER/plain, seconds: 0.2, together: 2}}
  - id: gpu
    params: {folder: FOLDER/gpu, seconds: 0.2, together: 2}
    resources: {cpus: 0.1, gpus: 0.5}
  - id: licence
    params: {folder: FOLDER/licence, seconds: 0.2, together: 2}
    resources: {cpus: 0.1, custom: {licence: 1}}
  - id: "{fault}"
    grid: {fault: [kill, segfault, kill-worker-once], folder: [FOLDER/faults]}
  - id: quarter
    params: {folder: FOLDER/quarter, seconds: 0.2, together: 4}
    budget: {trials: 1}
    workers: 1
    evaluate_ms: 5000
    resources: {cpus: 0.1}
  - {id: vast, resources: {gpus: 2}}
  - {id: apart, resources: {gpus: 1, custom: {other: 1}}}
  - {id: long, params: {folder: FOLDER, seconds: 1000}}
  - id: simulated
    real_time: false
    evaluate_ms: 50
    budget: {trials: 8}
    params: {folder: FOLDER, seconds: 0.05}
"""
CHAINED = """\
benchmark: chained:Chained
types: [float]
dimension: 1
objectives: [loss]
fidelity: steps
continues: true
real_time: true
budget: {trials: 6}
workers: 4
tasks:
  - {id: chain, params: {folder: FOLDER/chain, seconds: 0.5}}
"""
ON_THE_HEAD = """\
adapter: hpobench.adapters.population:PopulationBasedTraining
capabilities: {fidelity: true, continues: true, types: [float]}
variants:
  pbt-here:
    description: population-based training whose optimizer is on the head
    resources: {custom: {licence: 1}}
"""
LIGHT = """\
adapter: hpobench.adapters.random_search:RandomSearch
capabilities: {types: [float]}
variants:
  light:
    description: random search that leaves most of a CPU to others
    resources: {cpus: 0.1}
"""
RAY = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # binds loopback only
    "RAY_AUTH_MODE": "disabled",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_failure_threshold": "3",
}
PLAIN = {
    "node_ip_address": "127.0.0.1",
    "include_dashboard": False,
    "object_store_memory": 100 << 20,
}


class Nodes:
    """A cluster on loopback; the second node can be killed."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 2, "num_gpus": 1, "resources": {"licence": 2}, **PLAIN}
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self.address: str = self._cluster.address

    def add(self) -> Any:
        return self._cluster.add_node(num_cpus=2, **PLAIN)

    def children(self) -> list[int]:
        """The processes that execute runs and evaluate trials, on the head."""
        raylet = self._cluster.head_node.all_processes["raylet"][0].process.pid
        return [pid for pid in _below(raylet) if "dispatch.child" in _command_line(pid)]

    def kill(self, node: Any) -> None:
        """The raylet and its workers die at once, as in a power cut."""
        raylet = node.all_processes["raylet"][0].process.pid
        for pid in [raylet, *_below(raylet)]:
            with suppress(ProcessLookupError):  # workers end when they see that the raylet is gone
                os.kill(pid, signal.SIGKILL)

    def shutdown(self) -> None:
        self._cluster.shutdown()


def _command_line(pid: int) -> str:
    """Of a process that may be gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def _below(parent: int) -> list[int]:
    """All processes below another."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False
    )
    direct = [int(pid) for pid in found.stdout.split()]
    return [*direct, *(below for pid in direct for below in _below(pid))]


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in RAY.items():
            patch.setenv(name, value)
        started = Nodes()
        yield started
        started.shutdown()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """The catalogue of recorded tasks, and the folder for what they note."""
    folder = tmp_path / "notes"
    for path in (folder, tmp_path / "mine" / "tasks"):
        path.mkdir(parents=True)
    text = TASKS.replace("FOLDER", str(folder))
    (tmp_path / "mine" / "tasks" / "recorded.yaml").write_text(text)
    (tmp_path / "mine" / "tasks" / "chained.yaml").write_text(
        CHAINED.replace("FOLDER", str(folder))
    )
    (tmp_path / "mine" / "optimizers").mkdir()
    (tmp_path / "mine" / "optimizers" / "pbt-here.yaml").write_text(ON_THE_HEAD)
    (tmp_path / "mine" / "optimizers" / "light.yaml").write_text(LIGHT)
    shutil.copy(FAULTS / "chained.py", tmp_path / "mine")
    shutil.copy(FAULTS / "recorded.py", tmp_path / "mine")  # a name is looked for in its own folder
    return folder


def run(*tasks: str, optimizer: str = "random") -> tuple[object, ...]:
    named = (part for task in tasks for part in ("--task", f"recorded/{task}"))
    folders = ("--catalogue", FAULTS, "--catalogue", "mine")
    return ("run", "--optimizer", optimizer, *folders, *named, "--results")


def on_ray(nodes: Nodes) -> tuple[str, ...]:
    return ("--backend", "ray", "--address", nodes.address)


def by_number(row: dict[str, Any]) -> dict[int, Any]:
    """What a run asked and was answered, whatever the order in which its trials ended."""
    configs = json.loads(row["configs"])["x"]
    return dict(zip(row["number"], zip(configs, row["values"], strict=True), strict=True))


def at_a_time(notes: Path) -> int:
    """The most evaluations that went on at the same moment."""
    found = [json.loads(path.read_text()) for path in notes.glob("*.json")]
    assert len(found) == 6
    return max(sum(bool(n["began"] <= one["began"] < n["ended"]) for n in found) for one in found)


def test_real_trials_run_side_by_side_within_their_resources_and_survive_their_workers(
    hpobench: Hpobench, tmp_path: Path, notes: Path, nodes: Nodes
) -> None:
    tasks = ("plain", "gpu", "licence", "kill", "segfault", "kill-worker-once")
    hpobench(*run(*tasks), "ray", *on_ray(nodes))
    assert {name: at_a_time(notes / name) for name in tasks[:3]} == dict.fromkeys(tasks[:3], 2)
    gpus = {json.loads(path.read_text())["gpus"] for path in (notes / "gpu").glob("*.json")}
    assert gpus == {"0"}
    stored = Store(tmp_path / "ray").runs().to_pylist()
    found = {row["task"].removeprefix("recorded/"): row for row in stored}
    assert {name: row["status"] for name, row in found.items()} == dict.fromkeys(tasks, "completed")
    for row in stored:
        assert sorted(row["number"]) == list(range(6))
        assert set(row["worker"]) == {0, 1, 2}
        assert row["end"] == sorted(row["end"])
        assert all(0 <= start < end for start, end in zip(row["start"], row["end"], strict=True))
        assert json.loads(row["task_info"])["clock"] == "real"
    hpobench(*run("plain"), "local", "--backend", "local")
    (simulated,) = Store(tmp_path / "local").runs().to_pylist()
    assert json.loads(simulated["task_info"])["clock"] == "simulated"
    assert by_number(found["plain"]) == by_number(simulated)
    assert found["kill-worker-once"]["failures"] == "{}"
    assert list((notes / "faults").glob("*.once"))
    for name in ("kill", "segfault"):
        values = json.loads(found[name]["configs"])["x"]
        failures = json.loads(found[name]["failures"])
        assert set(map(int, failures)) == {i for i, x in enumerate(values) if x > 2 / 3} != set()
        assert set(failures.values()) == {
            f"its process was killed by SIG{name.upper().replace('FAULT', 'V')}"
        }


def test_a_quarter_of_a_gpu_for_each_packs_four_runs_on_one(
    hpobench: Hpobench, tmp_path: Path, notes: Path, nodes: Nodes
) -> None:
    packed = ("--gpus", "0.25", "--seeds", "0:6")
    light = run("quarter", optimizer="light")
    hpobench(*light, "ray", *packed, *on_ray(nodes))
    assert at_a_time(notes / "quarter") == 4
    found = [json.loads(path.read_text()) for path in (notes / "quarter").glob("*.json")]
    assert {note["gpus"] for note in found} == {"0"}
    assert {row["status"] for row in rows(tmp_path / "ray").values()} == {"completed"}
    hpobench(*light, "ray", "--seeds", "0:6", "--backend", "local")  # nothing is left to do
    assert len(rows(tmp_path / "ray")) == 6


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("vast", "a run needs GPU 2, Ray has 1 on a node"),
        ("apart", "a run needs other 1, Ray has 0 on a node"),
    ],
)
def test_what_can_never_fit_is_refused(
    hpobench: Hpobench, tmp_path: Path, notes: Path, nodes: Nodes, task: str, message: str
) -> None:
    done = hpobench(*run(task), "ray", *on_ray(nodes), code=2)
    assert message in done.stderr
    assert not rows(tmp_path / "ray")


def test_a_node_that_is_killed_midway_loses_nothing(
    hpobench: Hpobench, tmp_path: Path, notes: Path, nodes: Nodes
) -> None:
    arguments = (*run("simulated", "plain"), "ray", "--seeds", "0:10")
    node = nodes.add()
    process = subprocess.Popen(
        command(*arguments, *on_ray(nodes)), cwd=tmp_path, env=environment(),
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_until(lambda: len(lines(tmp_path / "ray")) >= 5)
    nodes.kill(node)
    out, _ = process.communicate(timeout=PATIENCE)
    assert "20 runs completed, 0 failed" in out
    names = [json.loads(line)["run"] for line in lines(tmp_path / "ray")]
    assert len(names) == len(set(names)) == 20
    hpobench(*run("simulated", "plain"), "undisturbed", "--seeds", "0:10", "--backend", "local")
    found, expected = rows(tmp_path / "ray"), rows(tmp_path / "undisturbed")
    assert found.keys() == expected.keys()
    for name, row in expected.items():
        if "plain" in row["task"]:
            assert by_number(found[name]) == by_number(row)
        else:
            assert repr(found[name]) == repr(row)


def train_while_a_node_dies(tmp_path: Path, folder: Path, nodes: Nodes, results: str) -> list[str]:
    """What was trained, each part as often as it was, when a second node died half way.

    Each value is that of the whole training behind it.
    """
    node = nodes.add()
    names = ("--optimizer", "pbt-here", "--task", "chained/chain", "--catalogue", "mine")
    process = subprocess.Popen(
        command("run", *names, "--results", results, *on_ray(nodes)), cwd=tmp_path,
        env=environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_until(lambda: len(list(folder.glob("*.json"))) >= 8)
    nodes.kill(node)
    out, _ = process.communicate(timeout=PATIENCE)
    assert "1 run completed, 0 failed" in out
    (row,) = Store(tmp_path / results).runs().to_pylist()
    assert row["failures"] == "{}"
    behind = chained_parts(row)
    assert len(behind) == 30  # six members, five steps each
    paths = list(folder.glob("*.json"))
    trained = [path.read_text() for path in paths]
    assert {*trained} == {json.dumps(parts) for parts in behind.values()}
    for path in paths:
        path.unlink()
    return trained


def test_trainings_whose_checkpoints_were_on_a_node_that_is_killed_are_trained_again(
    tmp_path: Path, notes: Path, nodes: Nodes
) -> None:
    """A node may die just when nobody needs what it held: then another one dies."""
    attempts = (
        train_while_a_node_dies(tmp_path, notes / "chain", nodes, f"ray{n}") for n in "123456"
    )
    assert any(len(trained) > len({*trained}) for trained in attempts)


@pytest.mark.parametrize("death", [signal.SIGINT, signal.SIGKILL], ids=lambda s: s.name)
def test_a_driver_that_ends_leaves_no_process_behind(
    tmp_path: Path, notes: Path, nodes: Nodes, death: signal.Signals
) -> None:
    process = subprocess.Popen(
        command(*run("long"), "ray", *on_ray(nodes)), cwd=tmp_path, env=environment(),
        stdout=subprocess.PIPE,
    )  # fmt: skip
    wait_until(lambda: len(list(notes.glob("*.begun"))) >= 2)
    assert len(nodes.children()) >= 3
    process.send_signal(death)
    process.communicate(timeout=PATIENCE)
    wait_until(lambda: not nodes.children())


def lines(store: Path) -> list[str]:
    """The lines of all journals."""
    journals = sorted((store / "journal").glob("*.jsonl"))
    return [line for path in journals for line in path.read_text().splitlines()]
