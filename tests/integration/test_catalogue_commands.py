"""`list`, `show`, `evaluate` and `doctor`, as a user calls them."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.integration.commands import Hpobench


def test_list_counts_tasks_and_lists_them_by_pattern(hpobench: Hpobench) -> None:
    counts = hpobench("list", "tasks").stdout
    assert counts.splitlines()[0].split()[:2] == ["collection", "blackbox"]
    one = hpobench("list", "tasks", "faulty/none", "--json").stdout
    (task,) = json.loads(one)
    assert (task["id"], task["kind"], task["dimension"]) == ("faulty/none", "blackbox", 1)
    listed = hpobench("list", "tasks", "--collection", "faulty", "--kind", "multi-objective").stdout
    assert listed.split("\n")[1].startswith("faulty/two-objectives")
    assert "choose from" in hpobench("list", "tasks", "--collection", "x", code=2).stderr


def test_list_says_of_collections_how_they_come(hpobench: Hpobench) -> None:
    assert "hpobench data fetch arlbench" in hpobench("list", "collections").stdout
    found = json.loads(hpobench("list", "collections", "faulty/*", "hpo-b/*", "--json").stdout)
    ways = {each["collection"]: each["way"] for each in found}
    assert ways == {"faulty": "with hpobench", "hpo-b": "from another package"}


def test_list_shows_optimizers_and_task_sets(hpobench: Hpobench) -> None:
    assert "random" in hpobench("list", "optimizers").stdout
    found = json.loads(hpobench("list", "optimizers", "faulty/*", "--json").stdout)
    assert {variant["id"] for variant in found} >= {"faulty/ask", "faulty/tell"}
    sets = json.loads(hpobench("list", "task-sets", "--json").stdout)
    assert {"core", "core/blackbox"} <= {found["name"] for found in sets}


def test_show_says_whose_a_packed_table_is(hpobench: Hpobench) -> None:
    shown = hpobench("show", "oboe/3").stdout
    assert "error_matrix.csv of oboe 0.2.0, SHA-256 d8c67fa3f8a01aa10cbe6711bed31f85" in shown
    assert "Copyright (c) 2021, Chengrun Yang; BSD-3-Clause, see NOTICE" in shown


def test_a_package_that_is_not_there_cannot_be_packed(hpobench: Hpobench, tmp_path: Path) -> None:
    source = tmp_path / "source.yaml"
    source.write_text(
        "package: p\nversion: '1'\ncopyright: c\nlicence: MIT\n"
        f"tables:\n  t: {{file: p/t.csv, sha256: {'0' * 64!r}}}\n"
    )
    refused = hpobench("data", "pack", source, "--packages", tmp_path, code=2).stderr
    assert f"{tmp_path / 'p' / 't.csv'}: is not there" in refused


def test_show_tells_all_about_a_task_an_optimizer_and_a_task_set(hpobench: Hpobench) -> None:
    task = hpobench("show", "faulty/none").stdout
    assert "trials=5" in task
    assert "Range: [0.0, 1.0]" in task
    assert "any number" in hpobench("show", "random").stdout
    assert "selected" in hpobench("show", "core").stdout
    assert "did you mean 'faulty/none'" in hpobench("show", "faulty/nonne", code=2).stderr


def test_show_tells_of_a_task_whose_data_is_not_here_what_it_is_and_lacks(
    hpobench: Hpobench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HPOBENCH_DATA_DIR", str(tmp_path))
    shown = hpobench("show", "rag-hpo/MiniWiki-judged").stdout
    assert "CC-BY-NC-SA-4.0" in shown
    assert "hpobench data fetch rag_hpo" in shown


def test_evaluate_answers_one_configuration(hpobench: Hpobench) -> None:
    found = json.loads(
        hpobench("evaluate", "faulty/none", "--config", '{"x": 0.25}', "--json").stdout
    )
    assert found["values"] == {"loss": 0.25}
    assert found["cost"] == 1.0
    assert "loss is nan" in hpobench("evaluate", "faulty/nan", code=1).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--config", '{"x": 2}'), "--config: x is 2, not a number from 0 to 1"),
        (("--config", '{"y": 1}'), "--config: no hyperparameter 'y'"),
        (("--config", "{"), "--config is not JSON"),
        (("--config", "3"), "--config is a JSON object"),
        (("--fidelity", "3"), "--fidelity: you asked for a fidelity, the task has none"),
    ],
)
def test_evaluate_refuses_what_is_no_configuration(
    hpobench: Hpobench, arguments: tuple[str, ...], message: str
) -> None:
    assert message in hpobench("evaluate", "faulty/none", *arguments, code=2).stderr


def test_doctor_names_what_is_not_ready_and_the_cure(hpobench: Hpobench) -> None:
    found = json.loads(hpobench("doctor", "--json", code=1).stdout)
    state = {(check["what"], check["name"]): check for check in found}
    assert state["optimizer", "random"]["ready"]
    assert state["tasks", "bbob"]["ready"]
    assert state["optimizer", "faulty/lost"]["state"] == "NOT READY"
    of_an_extra = state["optimizer", "faulty/absent"]
    assert of_an_extra["state"] == "not here"
    assert "pip install 'hpobench[things]'" in of_an_extra["detail"]


def test_doctor_notices_another_package_of_the_same_name(
    hpobench: Hpobench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "elsewhere" / "hpobench"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*sys.path, str(package.parent)]))
    found = json.loads(hpobench("doctor", "--json", code=1).stdout)
    details = [each["detail"] for each in found if each["name"] == "hpobench"]
    assert len(details) == 2
    assert str(package) in details[1]


def test_an_unknown_command_is_answered_with_the_nearest(hpobench: Hpobench) -> None:
    assert "did you mean 'analyze'" in hpobench("analyse", code=2).stderr
    assert "Examples:" in hpobench("run", "--help").stdout
