"""`hpobench new optimizer` writes what works, outside the project, and destroys nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.commands import Hpobench, environment


def test_what_it_writes_passes_its_own_test_and_runs(hpobench: Hpobench, tmp_path: Path) -> None:
    printed = hpobench("new", "optimizer", "my-search").stdout.splitlines()
    names = ["my_search.py", "optimizers/my-search.yaml", "test_my_search.py"]
    assert printed[:3] == names
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "."],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "5 passed" in done.stdout, done.stdout + done.stderr
    run = printed[3].partition("then: hpobench ")[2].replace("'", "").split()
    assert (
        "2 runs completed, 0 failed"
        in hpobench(*run, "--budget", "5", "--backend", "serial").stdout
    )


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("My Search", "'My Search' is no name: small letters and digits"),
        ("../up", "is no name"),
        ("numpy", "'numpy' is taken by an optimizer or a Python module"),
        ("dehb", "'dehb' is taken"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(
    hpobench: Hpobench, tmp_path: Path, name: str, complaint: str
) -> None:
    done = hpobench("new", "optimizer", name, code=2)
    assert complaint in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_is_kept(hpobench: Hpobench, tmp_path: Path) -> None:
    mine = tmp_path / "out" / "my_search.py"
    mine.parent.mkdir()
    mine.write_text("# mine")
    done = hpobench("new", "optimizer", "my-search", "--out", "out", code=2)
    assert "my_search.py: exists already" in done.stderr
    assert [path.name for path in mine.parent.iterdir()] == ["my_search.py"]
    assert mine.read_text() == "# mine"
