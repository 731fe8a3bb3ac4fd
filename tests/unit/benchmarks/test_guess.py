"""`hpobench new task` guesses what a header says, and leaves the rest to the reader."""

import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet as pq

from hpobench.benchmarks.recorded.guess import guess
from hpobench.benchmarks.recorded.source import read_table
from hpobench.catalogue import Catalogue
from hpobench.cli.new import command
from hpobench.errors import UserError
from hpobench.execution.construction import build
from hpobench.trial import Trial


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
    assert guess(read_table(landscape)).params == {
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
    found = guess(read_table(tmp_path / "t.csv")).params
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


def test_empty_is_a_value_where_no_other_column_explains_it(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,loss\n1,,1\n2,3,2\n3,,4\n2,4,9\n2,,8\n")
    code, _ = new(tmp_path, tmp_path / "t.csv")
    task = Catalogue([tmp_path]).task("t/t")
    assert code == 0
    assert task.params["hyperparameters"]["b"] == {
        "type": "ordinal",
        "values": [3, 4, "none"],
        "empty": "none",
    }
    outcome = build(task).evaluate(Trial(config={"a": 2, "b": "none"}), 0)
    assert outcome.values == {"loss": 8.0}  # noqa: PD011


def test_what_is_left_out_is_said_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,a,when,loss\n7,1,2024-01-01,3\n9,2,2024-01-02,4\n")
    _, printed = new(tmp_path, tmp_path / "t.csv")
    assert "left out 'id': it tells rows apart" in printed
    assert "left out 'when': it holds dates or times" in printed
    assert "# Left out 'when'" in (tmp_path / "tasks" / "t.yaml").read_text()


def test_another_encoding_is_refused_with_the_line_and_read_when_it_is_named(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(
        "größe,mode,error\n1,süd,0.3\n2,süd,0.2\n1,ost,0.4\n2,ost,0.5\n".encode("latin-1")
    )
    with pytest.raises(UserError, match=r"t.csv:1: is no UTF-8 text .*--encoding latin-1"):
        new(tmp_path, path)
    with pytest.raises(UserError, match="no encoding 'latn'"):
        new(tmp_path, path, "--encoding", "latn")
    assert new(tmp_path, path, "--encoding", "latin-1")[0] == 0
    task = Catalogue([tmp_path]).task("t/t")
    assert task.params["encoding"] == "latin-1"
    outcome = build(task).evaluate(Trial(config={"größe": 2, "mode": "süd"}), 0)
    assert outcome.values == {"error": 0.2}  # noqa: PD011


def test_values_of_decimal_commas_and_infinity_come_out_right(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "lr;clip;error\n0,1;1;0,3\n0,1;inf;0,25\n0,01;1;0,5\n0,01;inf;0,75\n"
    )
    assert new(tmp_path, tmp_path / "t.csv")[0] == 0
    benchmark = build(Catalogue([tmp_path]).task("t/t"))
    outcome = benchmark.evaluate(Trial(config={"lr": 0.01, "clip": math.inf}), 0)
    assert outcome.values == {"error": 0.75}  # noqa: PD011


def test_parquet_of_any_type_is_read(tmp_path: Path) -> None:
    pq.write_table(
        pa.table(
            {
                "layers": pa.array([[64], [64, 64], [64], [64, 64]], pa.list_(pa.int32())),
                "opt": pa.array(
                    [{"lr": 0.5, "n": 1}, {"lr": 0.5, "n": 1}] + [{"lr": 0.25, "n": 2}] * 2
                ),
                "width": pa.array([1, 1, 2, 2], pa.uint64()),
                "fit_time": pa.array([1_500_000_001, 10**9, 10**9, 10**9], pa.duration("ns")),
                "when": pa.array([1, 2, 3, 4], pa.timestamp("ns")),
                "error": pa.array(
                    [Decimal("0.10"), Decimal("0.20"), Decimal("0.30"), Decimal("0.45")]
                ),
            }
        ),
        tmp_path / "t.parquet",
    )
    code, printed = new(tmp_path, tmp_path / "t.parquet")
    assert code == 0
    assert "left out 'when'" in printed
    task = Catalogue([tmp_path]).task("t/t")
    assert list(task.params["hyperparameters"]) == ["layers", "opt.lr", "opt.n", "width"]
    config: dict[str, Any] = {"layers": "[64]", "opt.lr": 0.5, "opt.n": 1, "width": 1}
    outcome = build(task).evaluate(Trial(config=config), 0)
    assert outcome.values == {"error": 0.1}  # noqa: PD011
    assert outcome.cost == pytest.approx(1.5)


def test_one_column_asks_for_the_delimiter(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("lr^error\n1^0.5\n2^0.6\n")
    with pytest.raises(UserError, match=r"has one column, 'lr\^error'.*--delimiter"):
        new(tmp_path, tmp_path / "t.csv")
    assert new(tmp_path, tmp_path / "t.csv", "--delimiter", "^")[0] == 0


def test_a_single_trial_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "loss,training_iteration,time_total_s,config/lr\n0.5,1,1.5,0.1\n0.4,2,3.0,0.1\n"
    )
    with pytest.raises(UserError, match="are these rows of one trial"):
        new(tmp_path, tmp_path / "t.csv")


def test_an_array_has_columns_without_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", one=np.arange(6.0).reshape(2, 3))
    assert new(tmp_path, tmp_path / "t.npz", "--array", "one")[0] == 0
    assert Catalogue([tmp_path]).task("t/t").objectives == ("c2",)


def test_nothing_is_overwritten_and_a_file_without_columns_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("loss,a\n1,4\n2,4\n")
    with pytest.raises(UserError, match="no column that could be a hyperparameter"):
        new(tmp_path, tmp_path / "t.csv")
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "t.yaml").write_text("mine")
    with pytest.raises(UserError, match="exists already"):
        new(tmp_path, tmp_path / "t.csv")
    with pytest.raises(UserError, match="is no file"):
        new(tmp_path, tmp_path / "absent.csv")
    assert (tmp_path / "tasks" / "t.yaml").read_text() == "mine"


def test_a_name_without_latin_letters_is_a_name(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("größe,深さ,error\n1,ä,0.3\n2,b,0.2\n1,b,.4\n2,ä,.1\n", encoding="utf-8")
    new(tmp_path, path)
    text = (tmp_path / "tasks" / "t.yaml").read_text(encoding="utf-8")
    assert '"深さ": {type: categorical' in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lr,opt,loss\n0.1,a,0.5\n0.2,b\0c,0.6\n", r"column 'opt' holds a .* in row 2: 'b\\x00c'"),
        ("l\0r,loss\n0.1,0.5\n0.2,0.6\n", r"the name of column 'l\\x00r' is not printable"),
        (f"{'l' * 5000},loss\n0.1,0.5\n0.2,0.6\n", "has a name of 5,000 characters: at most 1000"),
        (f"lr,{'loss' * 1250}\n0.1,0.5\n0.2,0.6\n", "has a name of 5,000 characters: at most"),
    ],
)
def test_what_no_yaml_can_say_is_refused_before_anything_is_written(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=words):
        new(tmp_path / "out", path)
    assert not (tmp_path / "out").exists()
