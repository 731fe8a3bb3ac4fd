"""The wheel works on its own, outside the checkout."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKED = (
    "scan-bench/tabpfn-nll",
    "scan-bench/vlm-val_loss-mf",
    "oboe/3-runtime",
    "lcbench-tables/adult",
    "nas-bench-graph/cora",
)
"""Tasks on tables of others, of whose packages none is installed with the wheel."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of what git tracks, as a release would be."""
    folder = tmp_path_factory.mktemp("build")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_the_yaml_once_and_nothing_of_the_checkout(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert len(names) == len(set(names))
    assert any(name.endswith(".dist-info/licenses/NOTICE") for name in names)
    for folder in ("tasks", "optimizers", "configs"):
        expected = {
            f"hpobench/data/{path.relative_to(ROOT)}"
            for suffix in ("yaml", "json", "parquet")
            for path in (ROOT / folder).rglob(f"*.{suffix}")
        }
        assert expected <= set(names)
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"hpobench"}


def test_the_installed_wheel_runs_and_analyses_outside_the_checkout(
    wheel: Path, tmp_path: Path
) -> None:
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    site = next((environment / "lib").glob("python*")) / "site-packages"
    zipfile.ZipFile(wheel).extractall(site)
    # The dependencies are those of this environment; our editable install is not among them,
    # since a folder that a .pth file names is not searched for further .pth files.
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    python = [str(environment / "bin" / "python"), "-m", "hpobench"]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "HPOBENCH"))}

    def call(*arguments: str) -> str:
        done = subprocess.run(
            [*python, *arguments],
            cwd=tmp_path,
            env=clean,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    where = json.loads(call("doctor", "--json"))[0]["detail"]
    assert str(site) in where
    call("run", "-o", "random", "-o", "optuna/tpe", "-t", "bbob/f01-d2-i1", "--seeds", "0:2",
         "--budget", "12")  # fmt: skip
    call("analyze", "results")
    assert (tmp_path / "results" / "analysis" / "report.html").exists()
    packed = [each for name in PACKED for each in ("-t", name)]
    call("run", "-o", "random", *packed, "--seeds", "1", "--budget", "12", "--results", "tables")
    assert "MIT, see NOTICE" in call("show", PACKED[0])
    call("run", "-o", "random", "-t", "bbob/f06-d5-i3", "--seeds", "0:2", "--results", "mine")
    compared = call("analyze", "mine", "--with-baselines", "--no-figures")
    assert "optuna/tpe" in compared


SCRIPT = """
from pathlib import Path

from hpobench.store import Store
from hpobench.task import Budget

amount: float = Budget.parse("trials=3").amount
store: Store = Store(Path("results"))
wrong: int = Budget.parse("trials=3").amount
"""


def test_programs_that_use_the_installed_wheel_are_type_checked(
    wheel: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    (tmp_path / "script.py").write_text(SCRIPT)
    arguments = ["--strict", "--no-incremental", "--follow-imports=silent", "script.py"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *arguments],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": "", "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (site / "hpobench" / "py.typed").is_file()
    assert "script.py:9: error: Incompatible types in assignment" in done.stdout
    assert done.stdout.count("error:") == 1, done.stdout
