"""`hpobench new task --function` reads a function's source, and what it writes can be run."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hpobench.catalogue import Catalogue
from hpobench.cli.new import command
from hpobench.errors import UserError
from hpobench.execution.runner import build, pose
from hpobench.space import draw_configs
from hpobench.trial import Trial

SOURCE = """
from typing import Literal

LOW = 1e-5


def plain(rate: float = 0.01, depth: int = 3, kind: Literal["a", "b"] = "a", fast: bool = True,
          x=None, *, fidelity: float = 1, seed: int = 0):
    return {"accuracy": rate + depth, "size": depth, "cost": 1}


def objective(trial):
    kind = trial.suggest_categorical("kind", ["svm", "tree", "none", None])
    rate = trial.suggest_float("rate", LOW, 1e-1, log=True)
    if kind == "svm":
        c = trial.suggest_float("C", 10 ** -3, 10 ** 3, log=True)
    elif kind in ("tree", "none"):
        c = trial.suggest_int("depth", 1, 9)
    else:
        c = trial.suggest_int("depth", 1, 9) + 1
    for layer in range(2):
        c += 0 if layer < 5 else trial.suggest_int(f"units{layer}", 1, 9)
    return rate + c / trial.suggest_int("n", 16, 128, step=16)


def nothing():
    return 1.0
"""


def new(folder: Path, function: str) -> tuple[int | None, str]:
    """What the command returns and prints."""
    arguments = ["task", "--function", f"{folder}/mine.py:{function}", "--out", str(folder)]
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.return_value, done.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(SOURCE)
    return tmp_path


def space_of(folder: Path, name: str) -> dict[str, Any]:
    """The descriptions that were written; a run of ten configurations answers all."""
    task = Catalogue([folder]).task(f"{name}/{name}")
    return dict(task.params["space"])


def test_a_signature_becomes_a_space(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(folder)
    assert new(folder, "plain")[0] == 0
    assert space_of(folder, "plain") == {
        "rate": {"type": "float", "low": 0.001, "high": 0.1, "log": True},
        "depth": {"type": "integer", "low": 1, "high": 30},
        "kind": {"type": "categorical", "values": ["a", "b"]},
        "fast": {"type": "categorical", "values": [False, True]},
        "x": {"type": "float", "low": 0.0, "high": 1.0},
    }
    task = Catalogue([folder]).task("plain/plain")
    assert task.params["objectives"] == {"accuracy": "maximize", "size": "minimize"}
    assert task.fidelity == "fidelity"


def test_suggestions_become_a_space_with_conditions(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(folder)
    assert new(folder, "objective")[0] == 0
    assert space_of(folder, "objective") == {
        "kind": {"type": "categorical", "values": ["svm", "tree", "none", "None"]},
        "rate": {"type": "float", "low": 1e-5, "high": 0.1, "log": True},
        "C": {"type": "float", "low": 1e-3, "high": 1e3, "log": True, "if": {"kind": "svm"}},
        "depth": {
            "type": "integer",
            "low": 1,
            "high": 9,
            "if": {"kind": ["tree", "none", "None"]},
        },
        "n": {"type": "ordinal", "values": [16, 32, 48, 64, 80, 96, 112, 128]},
    }
    written = (folder / "tasks" / "objective.yaml").read_text()
    assert "line 22 asks for a name that is no constant" in written
    task = Catalogue([folder]).task("objective/objective")
    benchmark = build(task)
    assert pose(task, benchmark).space == benchmark.space
    for config in draw_configs(benchmark.space, 10, seed=0):
        assert not benchmark.evaluate(Trial(config=config), 0).failure


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("plian", "no function 'plian': did you mean 'plain'"),
        ("nothing", "the function 'nothing' has no parameter"),
    ],
)
def test_what_cannot_be_read_is_named(function: str, words: str, folder: Path) -> None:
    with pytest.raises(UserError, match=words):
        new(folder, function)


def test_a_file_elsewhere_and_a_task_that_exists_are_refused(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    arguments = ["task", "--function", f"{folder}/mine.py:plain", "--out", str(other)]
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert "has to lie in the catalogue folder" in str(done.exception)
    new(folder, "objective")
    with pytest.raises(UserError, match="exists already"):
        new(folder, "objective")
