"""The workflow in docs/ci.md is valid, and its commands do what the page says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

PAGE = Path(__file__).parents[2] / "docs" / "ci.md"
OPTIMIZER = "adapter: {adapter}\ncapabilities: {{types: [float]}}\nvariants: {{mine: {{}}}}\n"


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    found: dict[Any, Any] = yaml.safe_load(text)
    return found


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = workflow["jobs"]["compare"]["steps"]
    return found


def test_the_workflow_has_what_github_asks_for(workflow: dict[Any, Any]) -> None:
    assert workflow[True] == "pull_request"  # YAML 1.1 reads the key `on` so; GitHub does not
    assert set(workflow) == {"name", True, "permissions", "env", "jobs"}
    for step in steps(workflow):
        assert ("uses" in step) != ("run" in step)
        assert "@" in step.get("uses", "@")
    names = [step.get("name", step.get("uses", "")) for step in steps(workflow)]
    assert names.index("Run") < names.index("Compare") < names.index("Comment")


def test_its_commands_work(workflow: dict[Any, Any], tmp_path: Path) -> None:
    for side in ("baseline", "candidate"):
        program = tmp_path / f"venv-{side}" / "bin" / "hpobench"
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hpobench "$@"\n')
        program.chmod(0o755)
        optimizers = tmp_path / side / "benchmarks" / "optimizers"
        optimizers.mkdir(parents=True)
        adapter = "hpobench.adapters.random_search:RandomSearch"
        (optimizers / "mine.yaml").write_text(OPTIMIZER.format(adapter=adapter))
    small = {**workflow["env"], "TASKS": "bbob/f01-d2-i[12]", "SEEDS": "0:5"}
    environment = {**os.environ, **small, "GITHUB_STEP_SUMMARY": "summary.md"}
    for step in steps(workflow):
        if step.get("name") in {"Run", "Compare"}:
            assert step["shell"] == "bash"  # with which GitHub sets pipefail
            call = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            subprocess.run(call, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert "mine is equivalent" in (tmp_path / "summary.md").read_text()
    assert json.loads((tmp_path / "gate.json").read_text())["verdict"] == "equivalent"
    assert len(ET.parse(tmp_path / "gate.xml").getroot().findall(".//testcase")) == 3


def test_every_option_of_the_command_is_explained() -> None:
    from hpobench.cli.compare import command

    page = PAGE.read_text(encoding="utf-8")
    options = {option for parameter in command.params for option in parameter.opts}
    unknown = {o for o in options if o.startswith("--")} - {"--catalogue"}
    assert [option for option in sorted(unknown) if f"`{option}" not in page] == []
    for default in ("0.05", "0.005", "1.25", "40 seeds, 4 looks"):
        assert default in page
