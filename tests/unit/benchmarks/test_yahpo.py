"""Our reading of YAHPO Gym's models tells what YAHPO Gym itself tells.

Where ONNX Runtime or the data set is not installed, the tests that need them are skipped.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from hpobench.benchmarks.yahpo.scenarios import SCENARIOS
from hpobench.benchmarks.yahpo.space import read_space
from hpobench.catalogue import Catalogue, lacking
from hpobench.errors import FileError, UserError
from hpobench.folders import AbsentError, data_dir
from hpobench.runner import build
from hpobench.space import plain_config, violation
from hpobench.task import Kind, Task
from hpobench.trial import Config, Trial

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

AVX512 = "avx512f" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
"""ONNX Runtime adds in another order on other processors, and float32 has seven digits."""


def ready(scenario: str, instance: object) -> Any:
    """An instance's benchmark, if what it needs is installed."""
    task = CATALOGUE.task(f"yahpo-{scenario}/{instance}")
    if lacking(task):
        pytest.skip("ONNX Runtime or the data set yahpo is not on this machine")
    try:
        return build(task)
    except AbsentError:
        pytest.skip(f"{scenario} is not on this machine")


@pytest.mark.parametrize("scenario", ["lcbench", "rbv2_xgboost", "rbv2_rpart", "iaml_glmnet"])
def test_every_output_is_what_yahpo_gym_answers(
    scenario: str, golden: Callable[[str], Any]
) -> None:
    recorded, facts = golden("yahpo")["scenarios"][scenario], SCENARIOS[scenario]
    for given, outputs in recorded["points"]:
        benchmark = ready(scenario, given[facts.instance])
        config = {name: given[name] for name in benchmark.space if name in given}
        outcome = benchmark.evaluate(Trial(config=config, fidelity=given[facts.fidelity.name]), 0)
        tests = {test: outcome.test[name] for name, test in facts.tests.items()}
        told = {**outcome.values, **tests}
        found = [-told[name] if facts.outputs[name] else told[name] for name in recorded["outputs"]]
        expected = np.array(outputs, dtype=np.float32).astype(float).tolist()
        assert found == (expected if AVX512 else pytest.approx(expected, rel=1e-4, abs=1e-4))


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
    with pytest.raises(FileError, match="is no model that ONNX Runtime"):
        Yahpo(scenario="lcbench", instance=3945)
    (folder / "encoding.json").write_text("{}")
    with pytest.raises(FileError, match=r"encoding\.json: is no encoding"):
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
