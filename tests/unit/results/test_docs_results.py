"""The commands in docs/results.md do what the page says."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.unit.results.conftest import Cli

PAGE = Path(__file__).parents[3] / "docs" / "results.md"


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.slow
def test_every_command_on_the_page_works(
    tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = {}
    for line in commands():
        if line.startswith("hpobench "):
            done = cli(*shlex.split(line)[1:])
            assert done.code == 0, (line, done)
            said[line] = done.out
        else:
            subprocess.run(line, shell=True, check=True)
    assert "0 runs added" in said["hpobench results merge results all"]  # the second time
    assert "8 runs, 0 of them failed" in said["hpobench results list results"]
    assert "2 equal" in said["hpobench verify results --sample 2"]
    assert (
        "8 runs imported" in said["hpobench results import trials.csv --format csv --results copy"]
    )
    assert "0 runs imported" in said[
        "hpobench results import trials.parquet --format parquet --results copy"
    ]  # fmt: skip
    assert {path.name for path in tmp_path.iterdir()} >= {"carps-runs", "ioh-data", "coco-data"}
