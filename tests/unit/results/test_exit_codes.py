"""Every command that reads a results folder ends with 1 if something in it is damaged, else 0."""

from pathlib import Path

import pytest

from tests.unit.results.conftest import Cli
from tests.unit.test_store import fill, record, trajectory

COMMANDS = {
    "list": ("results", "list", "{r}"),
    "list for a machine": ("results", "list", "{r}", "--json"),
    "export csv": ("results", "export", "{r}", "--format", "csv", "--output", "{o}"),
    "export parquet": ("results", "export", "{r}", "--format", "parquet", "--output", "{o}"),
    "export carps": ("results", "export", "{r}", "--format", "carps", "--output", "{o}"),
    "merge": ("results", "merge", "{r}", "{o}"),
    "prune": ("results", "prune", "{r}", "--failed", "--dry-run"),
    "analyze": ("analyze", "{r}", "--no-figures"),
    "constants": ("constants", "{r}", "--random", "o"),
}


def folder(path: Path) -> Path:
    """Three seeds of one optimizer."""
    one = [record(i, values=(float(i), 1.0)) for i in range(5)]
    fill(path, *(trajectory(seed, records=one) for seed in range(3)))
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_the_exit_code_says_whether_something_is_damaged(
    tmp_path: Path, cli: Cli, command: str
) -> None:
    path = folder(tmp_path / "r")
    codes = {}
    for state in ("sound", "damaged"):
        done = cli(*(part.format(r=path, o=tmp_path / state) for part in COMMANDS[command]))
        codes[state] = done.code
        named = "torn or altered" in done.out + done.err
        assert named == (state == "damaged"), done
        (path / "journal" / "k.jsonl").write_bytes(b'{"run":"torn"}\n')
    assert codes == {"sound": 0, "damaged": 1}
