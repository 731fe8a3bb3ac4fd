"""Our reading of YAHPO Gym's models tells what YAHPO Gym itself tells.

Where the data set is not on this machine, the tests that need it are skipped.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from hpobench.benchmarks.yahpo.scenarios import SCENARIOS
from hpobench.benchmarks.yahpo.space import read_space
from hpobench.catalogue import Catalogue, lacking
from hpobench.cli import group
from hpobench.cli.evaluate import command as evaluate
from hpobench.errors import AbsentError, FileError, UserError
from hpobench.execution.construction import build
from hpobench.space import plain_config, violation
from hpobench.store import Store
from hpobench.system.folders import data_dir
from hpobench.task import Kind, Task
from hpobench.trial import Config, Trial
from tests.unit.benchmarks.onnx_files import network

CATALOGUE = Catalogue()
COLLECTIONS = [f"yahpo-{name}" for name in SCENARIOS]
INSTANCES = {
    "lcbench": 34,
    "nb301": 1,
    "rbv2_svm": 106,
    "rbv2_rpart": 117,
    "rbv2_aknn": 118,
    "rbv2_glmnet": 115,
    "rbv2_ranger": 119,
    "rbv2_xgboost": 119,
    "rbv2_super": 103,
    "iaml_ranger": 4,
    "iaml_rpart": 4,
    "iaml_glmnet": 4,
    "iaml_xgboost": 4,
    "iaml_super": 4,
}
"""As YAHPO Gym's manual counts them."""

FMA = "fma" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
"""Elsewhere products are rounded before they are added, and float32 has seven digits."""


def ready(scenario: str, instance: object) -> Any:
    """An instance's benchmark, if what it needs is installed."""
    task = CATALOGUE.task(f"yahpo-{scenario}/{instance}")
    if lacking(task):
        pytest.skip("the data set yahpo is not on this machine")
    try:
        return build(task)
    except AbsentError:
        pytest.skip(f"{scenario} is not on this machine")


COMPARED = ["lcbench", "rbv2_xgboost", "rbv2_rpart", "iaml_glmnet"]
"""The scenarios of which values of the publisher's own program were recorded."""

Point = tuple[Task, Config, float, dict[str, float]]
"""A task with a fidelity, a configuration, a fidelity, and what yahpo-gym answers by output."""


def points(scenario: str, golden: Callable[[str], Any]) -> list[Point]:
    """All that was recorded of a scenario; the test is skipped if that is not on this machine."""
    recorded, facts = golden("yahpo")["scenarios"][scenario], SCENARIOS[scenario]
    ready(scenario, recorded["points"][0][0][facts.instance])
    found: list[Point] = []
    for given, outputs in recorded["points"]:
        task = CATALOGUE.task(f"yahpo-{scenario}/{given[facts.instance]}-mf")
        inputs = {facts.instance, facts.fidelity.name, "repl"}
        config = {name: value for name, value in given.items() if name not in inputs}
        values = np.array(outputs, dtype=np.float32).astype(float).tolist()
        named = dict(zip(recorded["outputs"], values, strict=True))
        found.append((task, config, float(given[facts.fidelity.name]), named))
    return found


def close(expected: Any) -> Any:
    """To the bit where the values were recorded, and within seven digits elsewhere."""
    return expected if FMA else pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_the_points_of_the_two_scenarios_that_are_tested_everywhere_are_at_least_130(
    golden: Callable[[str], Any],
) -> None:
    counts = [len(golden("yahpo")["scenarios"][name]["points"]) for name in COMPARED]
    assert sum(counts[:2]) >= 130
    assert sum(counts) >= 260


@pytest.mark.parametrize("scenario", COMPARED)
def test_every_output_is_what_yahpo_gym_answers(
    scenario: str, golden: Callable[[str], Any]
) -> None:
    facts = SCENARIOS[scenario]
    for task, config, fidelity, expected in points(scenario, golden):
        outcome = build(task).evaluate(Trial(config=config, fidelity=fidelity), 0)
        tests = {test: outcome.test[name] for name, test in facts.tests.items()}
        answers = {**outcome.values, **tests}
        found = {
            name: -answers[name] if facts.outputs[name] else answers[name] for name in expected
        }
        assert found == close(expected)


@pytest.mark.parametrize("scenario", COMPARED)
def test_evaluate_prints_what_yahpo_gym_answers_at_a_fidelity(
    scenario: str, golden: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hpobench.cli.evaluate.open_catalogue", lambda _: CATALOGUE)
    for task, config, fidelity, expected in points(scenario, golden):
        arguments = [task.id, "--config", json.dumps(config), "--fidelity", str(fidelity), "--json"]
        done = CliRunner().invoke(evaluate, arguments, standalone_mode=False)
        assert done.exception is None, done.output
        values = json.loads(done.output)["values"]
        assert values == close({name: expected[name] for name in task.objectives})


RUNS = 6
"""Tasks of each scenario that are run and verified; each takes a process."""

ASKING = """
from hpobench.optimizer import Optimizer, Signal
from hpobench.trial import Trial


class Asking(Optimizer):
    def __init__(self, problem, seed, *, trials):
        self.trials = [Trial(config=config, fidelity=level) for config, level in trials][::-1]

    def ask(self):
        return self.trials.pop() if self.trials else Signal.EXHAUSTED

    def tell(self, trial, outcome):
        pass
"""


@pytest.mark.parametrize("scenario", COMPARED)
def test_a_run_stores_what_yahpo_gym_answers_and_verify_finds_it_again(
    scenario: str, golden: Callable[[str], Any], tmp_path: Path
) -> None:
    by_task: dict[str, list[tuple[Config, float, float]]] = {}
    for task, config, fidelity, expected in points(scenario, golden):
        (objective,) = task.objectives
        asked = by_task.setdefault(task.id, [])
        asked.append((config, fidelity, expected[objective]))
    by_task = dict(list(by_task.items())[:RUNS])
    (tmp_path / "asking.py").write_text(ASKING)
    (tmp_path / "optimizers").mkdir()
    types = ["categorical", "condition", "constant", "float", "integer", "ordinal"]
    variants = {
        f"v{i}": {"options": {"trials": [[config, level] for config, level, _ in asked]}}
        for i, asked in enumerate(by_task.values())
    }
    described = {
        "adapter": "asking:Asking",
        "capabilities": {"fidelity": True, "types": types},
        "variants": variants,
    }
    (tmp_path / "optimizers" / "asking.yaml").write_text(yaml.safe_dump(described))
    results = str(tmp_path / "results")
    for i, name in enumerate(by_task):
        hpobench = ["run", "-o", f"asking/v{i}", "-t", name, "--budget", "100", "--seeds", "0"]
        options = ["--backend", "serial", "--results", results, "--catalogue", str(tmp_path)]
        command(*hpobench, *options)
    rows = {row["task"].partition("@")[0]: row for row in Store(Path(results)).runs().to_pylist()}
    for name, asked in by_task.items():
        maximize = SCENARIOS[scenario].outputs[CATALOGUE.task(name).objectives[0]]
        told = [-value if maximize else value for value in rows[name]["values"]]
        assert told == close([value for _, _, value in asked])
    command("verify", results, "--all", "--catalogue", str(tmp_path))


def command(*arguments: str) -> str:
    """Have the command line do something, in this process, without a complaint."""
    done = CliRunner().invoke(group, arguments, standalone_mode=False)
    assert done.exception is None, done.output
    assert not done.return_value, done.output
    return done.output


def test_the_tasks_are_all_instances_of_all_scenarios_in_four_kinds() -> None:
    tasks = [task for task in CATALOGUE.tasks.values() if task.collection in COLLECTIONS]
    for scenario, count in INSTANCES.items():
        kinds = Counter(
            task.kind
            for task in tasks
            if task.params["scenario"] == scenario and len(task.objectives) < 4
        )
        assert kinds == dict.fromkeys(Kind, count)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_has_the_publishers_instances_and_inputs(scenario: str) -> None:
    folder, facts = data_dir() / "yahpo" / scenario, SCENARIOS[scenario]
    if not folder.is_dir():
        pytest.skip(f"{scenario} is not on this machine")
    described = json.loads((folder / "config_space.json").read_text())["hyperparameters"]
    choices = {each["name"]: each.get("choices") for each in described}
    assert {*facts.numbers, *facts.categories} == set(choices)
    assert set(facts.categories) == set(json.loads((folder / "encoding.json").read_text()))
    if facts.instance:
        known = {str(t.params["instance"]) for t in of(scenario)}
        assert known == set(choices[facts.instance])


def of(scenario: str) -> list[Task]:
    """The tasks of a scenario."""
    return [t for t in CATALOGUE.tasks.values() if t.collection == f"yahpo-{scenario}"]


def test_the_manifest_names_all_files_of_all_scenarios() -> None:
    files = CATALOGUE.datasets["yahpo"].files
    for scenario in SCENARIOS:
        for name in ("config_space.json", "encoding.json", "model.onnx"):
            assert f"{scenario}/{name}" in files


def test_test_values_are_recorded_and_never_told() -> None:
    benchmark = ready("lcbench", 3945)
    outcome = benchmark.evaluate(
        Trial(config=plain_config(benchmark.space.sample_configuration())), 0
    )
    assert not [name for name in outcome.values if "test" in name]
    assert set(outcome.test) == {"val_cross_entropy", "val_balanced_accuracy"}


def test_an_unknown_scenario_or_instance_is_named_with_its_nearest() -> None:
    ready("lcbench", 3945)
    from hpobench.benchmarks.yahpo import Yahpo

    with pytest.raises(UserError, match="did you mean 'rbv2_svm'"):
        Yahpo(scenario="rbv2_swm", instance=3)
    with pytest.raises(UserError, match="no instance of lcbench '3946': did you mean '3945'"):
        Yahpo(scenario="lcbench", instance=3946)


def test_a_damaged_model_or_encoding_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready("lcbench", 3945)
    from hpobench.benchmarks.yahpo import Yahpo

    folder = tmp_path / "yahpo" / "lcbench"
    folder.mkdir(parents=True)
    for name in ("config_space.json", "encoding.json"):
        (folder / name).write_bytes((data_dir() / "yahpo" / "lcbench" / name).read_bytes())
    (folder / "model.onnx").write_bytes(b"no model")
    monkeypatch.setenv("HPOBENCH_DATA_DIR", str(tmp_path))
    with pytest.raises(FileError, match="is no model that can be read here"):
        Yahpo(scenario="lcbench", instance=3945)
    (folder / "encoding.json").write_text("{}")
    with pytest.raises(FileError, match=r"encoding\.json: is no encoding"):
        Yahpo(scenario="lcbench", instance=3945)


def with_another(
    name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Have LCBench's data hold another file in the place of one."""
    source = data_dir() / "yahpo" / "lcbench"
    folder = tmp_path / "yahpo" / "lcbench"
    folder.mkdir(parents=True)
    for each in ("config_space.json", "encoding.json", "model.onnx"):
        (folder / each).write_bytes(content if each == name else (source / each).read_bytes())
    monkeypatch.setenv("HPOBENCH_DATA_DIR", str(tmp_path))


@pytest.mark.parametrize("code", [36, -1, "3", True, 0.5])
def test_a_code_that_the_model_does_not_know_is_one_message(
    code: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready("lcbench", 3945)
    from hpobench.benchmarks.yahpo import Yahpo

    encoding = json.loads((data_dir() / "yahpo" / "lcbench" / "encoding.json").read_text())
    changed = {name: {**codes, "3945": code} for name, codes in encoding.items()}
    with_another("encoding.json", json.dumps(changed).encode(), tmp_path, monkeypatch)
    with pytest.raises(FileError, match="does not know all codes of 'OpenML_task_id'"):
        Yahpo(scenario="lcbench", instance=3945)


def test_a_model_that_is_not_its_scenarios_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready("lcbench", 3945)
    from hpobench.benchmarks.yahpo import Yahpo

    other = network(["plain"] * 8, {"row": 4, "block": 4}, seed=0, categories=1)
    with_another("model.onnx", other.written(), tmp_path, monkeypatch)
    with pytest.raises(FileError, match=r"has \(8, 1, 8\) .* not \(8, 1, 6\)"):
        Yahpo(scenario="lcbench", instance=3945)


OLD = {
    "hyperparameters": [
        {"name": "a", "type": "categorical", "choices": ["x", "y", "z"]},
        {"name": "b", "type": "categorical", "choices": ["p", "q"]},
        {"name": "c", "type": "uniform_float", "log": True, "lower": 0.001, "upper": 10.0},
        {"name": "d", "type": "uniform_int", "log": False, "lower": 1, "upper": 9},
        {"name": "epoch", "type": "uniform_int", "log": False, "lower": 1, "upper": 52},
    ],
    "conditions": [
        {"child": "b", "parent": "a", "type": "IN", "values": ["x", "y"]},
        {"child": "c", "parent": "a", "type": "EQ", "value": "z"},
        {
            "child": "d",
            "type": "AND",
            "conditions": [
                {"child": "d", "parent": "b", "type": "EQ", "value": "q"},
                {"child": "d", "parent": "a", "type": "EQ", "value": "x"},
            ],
        },
    ],
}
LEGAL: list[Config] = [{"a": "z", "c": 0.5}, {"a": "x", "b": "q", "d": 3}, {"a": "y", "b": "q"}]
ILLEGAL: list[Config] = [
    {"a": "z"},
    {"a": "z", "b": "p", "c": 1.0},
    {"a": "y", "b": "q", "d": 3},
    {"a": "z", "c": 0.5, "epoch": 3},
]


def test_an_old_space_keeps_its_ranges_and_conditions(tmp_path: Path) -> None:
    path = tmp_path / "config_space.json"
    path.write_text(json.dumps(OLD))
    space = read_space(path, without={"epoch"})
    assert [bool(violation(space, config)) for config in LEGAL] == [False] * len(LEGAL)
    assert [bool(violation(space, config)) for config in ILLEGAL] == [True] * len(ILLEGAL)
    c, d = (cast("Any", space[name]) for name in ("c", "d"))
    assert (c.lower, c.upper, c.log) == (0.001, 10.0, True)
    assert (d.lower, d.upper, d.log) == (1, 9, False)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"conditions": [], "hyperparameters": [{}]}'])
def test_what_is_no_space_is_one_message(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config_space.json"
    path.write_text(text)
    with pytest.raises(FileError, match="is no space of YAHPO Gym's"):
        read_space(path)
