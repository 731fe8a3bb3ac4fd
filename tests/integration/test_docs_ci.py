"""The workflow docs/benchmark.yml is valid, and its commands do what docs/ci.md says."""

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

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "ci.md"
OPTIMIZER = "adapter: {adapter}\ncapabilities: {{types: [float]}}\nvariants: {{mine: {{}}}}\n"


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load((DOCS / "benchmark.yml").read_text(encoding="utf-8"))
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
    write_programs(tmp_path / "bin")
    for side in ("baseline", "candidate"):
        optimizers = tmp_path / side / "benchmarks" / "optimizers"
        optimizers.mkdir(parents=True)
        adapter = "hpobench.adapters.random_search:RandomSearch"
        (optimizers / "mine.yaml").write_text(OPTIMIZER.format(adapter=adapter))
    small = {**workflow["env"], "TASKS": "bbob/f01-d2-i[12]", "SEEDS": "0:5"}
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, **small, "PATH": path, "GITHUB_STEP_SUMMARY": "summary.md"}
    for step in steps(workflow):
        if "run" in step:
            shell = ["bash", "-e"]  # GitHub's own, with which a pipe's first program may fail
            if step.get("shell") == "bash":
                shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
            assert "|" not in step["run"] or "pipefail" in shell
            text = re.sub(r"\$\{\{ github\.[\w.]*?(\w+) \}\}", r"\1", step["run"])
            subprocess.run(
                [*shell, "-c", text], cwd=tmp_path, env=environment, check=True, capture_output=True
            )
    assert "mine is equivalent" in (tmp_path / "summary.md").read_text()
    assert json.loads((tmp_path / "gate.json").read_text())["verdict"] == "equivalent"
    assert len(ET.parse(tmp_path / "gate.xml").getroot().findall(".//testcase")) == 3
    installed, commented = (tmp_path / "calls").read_text().splitlines()[-2:]
    assert installed == f"install {workflow['env']['HPOBENCH']} ./candidate"
    assert commented.startswith("pr comment number --repo repository ")
    assert commented.endswith("--body-file gate.md")


def write_programs(folder: Path) -> None:
    """Programs of straw: a Python whose environments have this hpobench, and GitHub's own."""
    note = 'echo "$@" >> calls'
    program = f'#!/bin/sh\nexec "{sys.executable}" -m hpobench "$@"'
    made = f'mkdir -p "$3/bin"; cp "{folder}/hpobench" "{folder}/pip" "$3/bin"'
    texts = {"python": f"#!/bin/sh\n{made}", "pip": f"#!/bin/sh\n{note}"}
    folder.mkdir()
    for name, text in {**texts, "gh": texts["pip"], "hpobench": program}.items():
        (folder / name).write_text(f"{text}\n")
        (folder / name).chmod(0o755)


def test_every_option_of_the_command_is_explained() -> None:
    from hpobench.cli.compare import command

    page = PAGE.read_text(encoding="utf-8")
    options = {option for parameter in command.params for option in parameter.opts}
    unknown = {o for o in options if o.startswith("--")} - {"--catalogue"}
    assert [option for option in sorted(unknown) if f"`{option}" not in page] == []
    for default in ("0.05", "0.005", "1.25", "40 seeds, 4 looks"):
        assert default in page
