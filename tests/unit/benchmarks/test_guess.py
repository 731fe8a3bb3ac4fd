"""`hpobench new task` guesses what a header says, and leaves the rest to the reader."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from hpobench.benchmarks.recorded.guess import guess
from hpobench.benchmarks.recorded.source import read
from hpobench.catalogue import Catalogue
from hpobench.cli.new import command
from hpobench.errors import UserError


def new(folder: Path, path: Path, *options: str) -> tuple[int | None, str]:
    """What the command returns and prints."""
    arguments = ["task", "--table", str(path), "--out", str(folder), *options]
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.return_value, done.output


@pytest.fixture
def landscape(tmp_path: Path) -> Path:
    """As reinforcement learning landscapes are published: long, with seeds and conditions."""
    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = [
        {"run_id": run, "seed": seed, "budget": budget, "performance": rng.normal()}
        for run in range(60)
        for seed in (1, 2)
        for budget in (10, 100)
    ]
    for row in rows:
        run = row["run_id"]
        row |= {
            "hp_config.lr": 10 ** (-run / 20),
            "hp_config.batch": 2 ** (run % 3),
            "hp_config.prio": run % 2 == 0,
            "hp_config.beta": run / 60 if run % 2 == 0 else None,
        }
    path = tmp_path / "cart pole.v1.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_a_landscape_is_taken_apart_by_its_names(landscape: Path) -> None:
    assert guess(read(landscape)) == {
        "lookup": "nearest",
        "hyperparameters": {
            "lr": {
                "type": "float",
                "low": pytest.approx(10**-2.95),
                "high": 1.0,
                "log": True,
                "column": "hp_config.lr",
            },
            "batch": {"type": "ordinal", "values": [1, 2, 4], "column": "hp_config.batch"},
            "prio": {"type": "categorical", "values": [False, True], "column": "hp_config.prio"},
            "beta": {
                "type": "float",
                "low": 0.0,
                "high": 58 / 60,
                "column": "hp_config.beta",
                "if": {"prio": True},
            },
        },
        "objectives": {"performance": "maximize"},
        "fidelity": {"column": "budget"},
        "seeds": {"column": "seed", "use": "draw"},
    }


def test_signs_behind_names_are_directions(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,ignoredX,Speed+,Energy-\n1,7,3.5,2\n2,8,1.5,3\n")
    found = guess(read(tmp_path / "t.csv"))
    assert found["objectives"] == {
        "Speed": {"direction": "maximize", "column": "Speed+"},
        "Energy": {"direction": "minimize", "column": "Energy-"},
    }
    assert list(found["hyperparameters"]) == ["a"]


def test_the_file_that_is_written_is_a_task(landscape: Path, tmp_path: Path) -> None:
    code, printed = new(tmp_path, landscape)
    assert code == 0
    assert "then: hpobench show cart-pole/cart-pole" in printed
    task = Catalogue([tmp_path]).task("cart-pole/cart-pole")
    assert (task.dimension, task.fidelity, task.objectives) == (4, "budget", ("performance",))
    assert task.types == ("categorical", "condition", "float", "ordinal")
    assert task.params["file"] == "cart pole.v1.csv"


def test_what_cannot_be_guessed_is_to_be_mended(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,loss\n1,,1\n2,3,2\n3,,4\n2,4,9\n2,,8\n")
    code, printed = new(tmp_path, tmp_path / "t.csv")
    assert code == 1
    assert "mend this first: " in printed
    assert "t.yaml:18: task 't/t': hyperparameter 'b': no hyperparameter 'NAME'" in printed


def test_an_array_has_columns_without_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", one=np.arange(6.0).reshape(2, 3))
    assert new(tmp_path, tmp_path / "t.npz", "--array", "one")[0] == 0
    assert Catalogue([tmp_path]).task("t/t").objectives == ("c2",)


def test_nothing_is_overwritten_and_a_file_without_columns_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("loss\n1\n2\n")
    with pytest.raises(UserError, match="no column that could be a hyperparameter"):
        new(tmp_path, tmp_path / "t.csv")
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "t.yaml").write_text("mine")
    with pytest.raises(UserError, match="exists already"):
        new(tmp_path, tmp_path / "t.csv")
    with pytest.raises(UserError, match="is no file"):
        new(tmp_path, tmp_path / "absent.csv")
    assert (tmp_path / "tasks" / "t.yaml").read_text() == "mine"
