"""With the largest packages taken out, what needs none of them works, and the rest names them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.folders import CHECKOUT, python_output

pytestmark = pytest.mark.slow  # it starts the program

WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(["ray", "numba", "llvmlite"]))  # None is "not to be had"
sys.argv = ["hpobench", *sys.argv[1:]]
from hpobench.cli import main
main()
"""
RESULTS = str(CHECKOUT / "results" / "baselines" / "ci")


def test_runs_and_analyses_need_neither_ray_nor_numba(tmp_path: Path) -> None:
    run = "run --optimizer random --task bbob/f01-d2-i1 --budget trials=5 --jobs 1"
    assert "1 run completed" in python_output(tmp_path, "-c", WITHOUT, *run.split())
    assert "Report: " in python_output(tmp_path, "-c", WITHOUT, "analyze", "results")


@pytest.mark.parametrize(
    ("package", "arguments"),
    [
        ("ray", "run --optimizer random --task bbob/f01-d2-i1 --backend ray"),
        ("numba", f"subset {RESULTS} --optimizer optuna/tpe --size 2"),
    ],
)
def test_what_needs_a_package_that_was_taken_out_names_it(
    tmp_path: Path, package: str, arguments: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *arguments.split()],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert f"this needs the package '{package}', which is not installed" in done.stderr
