"""The notebooks in docs/notebooks run in a real kernel, and show what they promise."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import hpobench
from tests import PATIENCE

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def executed(path: Path, folder: Path) -> list[dict[str, Any]]:
    """What the code cells put out, run from the first to the last in a kernel of their own.

    Raises:
        CellExecutionError: One of them failed.
    """
    book = nbformat.read(path, as_version=4)
    NotebookClient(
        book, kernel_name="python3", timeout=10 * PATIENCE, resources={"metadata": {"path": folder}}
    ).execute()
    return [output for cell in book.cells for output in cell.get("outputs", ())]


def shown(outputs: list[dict[str, Any]], form: str) -> str:
    data: list[Mapping[str, str]] = [output["data"] for output in outputs if "data" in output]
    return "\n".join(each.get(form, "") for each in data)


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the kernel's own is written outside of the test's folder."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


def test_there_are_two_and_they_hold_no_outputs_of_another_day() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["your-own-function", "your-own-optimizer"]
    for path in NOTEBOOKS:
        nbformat.validate(book := nbformat.read(path, as_version=4))
        assert not any(cell.get("outputs") for cell in book.cells)


@pytest.mark.slow
def test_a_class_of_a_notebook_is_ranked_beside_three_others(tmp_path: Path) -> None:
    outputs = executed(FOLDER / "your-own-optimizer.ipynb", tmp_path)
    pages = shown(outputs, "text/html")
    assert "Blackbox, 4 tasks x 3 seeds: " in pages
    assert ">restless-climber<" in pages
    assert "<img alt=" in pages
    printed = "".join(output.get("text", "") for output in outputs)
    assert "48 runs, 0 already stored, 48 to do." in printed
    assert "36 runs, 24 already stored, 12 to do." in printed
    assert not [output for output in outputs if output.get("name") == "stderr"]
    runs = hpobench.results(tmp_path / "results").runs()
    assert set(runs["optimizer"]) == {
        "Climber",
        "optuna/tpe",
        "random",
        "restless-climber",
        "sobol",
    }
    assert set(runs["status"]) == {"completed"}


@pytest.mark.slow
def test_a_function_of_a_notebook_is_optimized(tmp_path: Path) -> None:
    outputs = executed(FOLDER / "your-own-function.ipynb", tmp_path)
    printed = "".join(output.get("text", "") for output in outputs)
    assert "dehb needs a fidelity, the task has none" in printed
    assert "Blackbox, 1 task x 5 seeds: " in shown(outputs, "text/html")
    found = hpobench.results(tmp_path / "search").trials()
    assert found["accuracy"].max() > 0.85
    assert sorted(found.groupby("task").size()) == [25, 30]
