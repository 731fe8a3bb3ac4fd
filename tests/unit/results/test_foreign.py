"""Results of other tools can be analysed beside ours, and are never taken for ours."""

import json
import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hpobench.catalogue import Catalogue
from hpobench.run import Run, recompute_id
from hpobench.store import Store, configs
from tests.unit.results.conftest import Cli, Done

HEADER = "optimizer,task,seed,trial,value"


def imported(cli: Cli, folder: Path, text: str, *options: str, code: int = 0) -> Done:
    (folder / "my.csv").write_text(text, encoding="utf-8")
    places = (folder / "my.csv", "--format", "csv", "--results", folder / "r")
    done = cli("results", "import", *places, *options)
    assert done.code == code, done.err
    return done


def rows(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Store(folder / "r").runs().to_pylist()
    return found


def test_five_columns_are_enough(tmp_path: Path, cli: Cli) -> None:
    imported(cli, tmp_path, f"{HEADER}\nmine,cifar,0,2,0.25\nmine,cifar,0,1,0.5\n")
    (row,) = rows(tmp_path)
    assert (row["optimizer"], row["task"], row["seed"]) == ("mine", "imported/cifar", 0)
    assert (row["status"], row["values"], row["number"]) == ("completed", [0.5, 0.25], [0, 1])
    assert (row["cost"], row["end"], row["spent"]) == ([1, 1], [1, 2], [1, 2])
    info = json.loads(row["task_info"])
    assert (info["kind"], info["budget"]) == ("blackbox", {"unit": "trials", "amount": 2.0})
    assert info["definition"]["imported"] == "csv"


def test_every_column_is_understood(tmp_path: Path, cli: Cli) -> None:
    imported(
        cli,
        tmp_path,
        "optimizer,task,seed,trial,value.loss,value.accuracy,test.loss,cost,fidelity,config,config.lr,config.act,failure\n"
        'a,t,3,10,0.5,0.9,0.6,2,1,"{""n"": 4, ""off"": null}",1e-3,relu,\n'
        "a,t,3,20,0.4,,,3,3,{},0.1,,\n"
        "a,t,3,30,0.3,0.8,,4,,{},true,tanh,out of memory\n",
        "--maximize",
        "accuracy",
    )
    (row,) = rows(tmp_path)
    info = json.loads(row["task_info"])
    assert info["kind"] == "multi-fidelity-multi-objective"
    assert info["objectives"] == [
        {"name": "loss", "maximize": False},
        {"name": "accuracy", "maximize": True},
    ]
    assert (info["fidelity"]["low"], info["fidelity"]["high"], info["dimension"]) == (1.0, 3.0, 3)
    assert row["fidelity"] == [1.0, 3.0, 3.0]
    assert row["spent"] == pytest.approx([1 / 3, 4 / 3, 7 / 3])
    assert (row["start"], row["end"]) == ([0.0, 2.0, 5.0], [2.0, 5.0, 9.0])
    assert row["values"][:2] == [0.5, -0.9]
    assert all(map(math.isnan, row["values"][2:]))
    assert row["test"][0] == 0.6
    assert json.loads(row["failures"]) == {"1": "there is no accuracy", "2": "out of memory"}
    assert list(configs(row["configs"])) == [
        {"n": 4, "lr": 0.001, "act": "relu"},
        {"lr": 0.1},
        {"lr": True, "act": "tanh"},
    ]


def test_a_parquet_table_is_understood_likewise(tmp_path: Path, cli: Cli) -> None:
    same = {"optimizer": ["a", "a"], "task": ["t", "t"], "seed": [0, 0], "trial": [0, 1]}
    configs_ = {"config": [{"x": 1}, {"x": 2}], "config.y": [0.5, None]}
    table = pa.table({**same, "value": [1.5, None], **configs_})
    pq.write_table(table, tmp_path / "my.parquet")
    cli(
        "results",
        "import",
        tmp_path / "my.parquet",
        "--format",
        "parquet",
        "--results",
        tmp_path / "r",
    )
    (row,) = rows(tmp_path)
    assert json.loads(row["failures"]) == {"1": "there is no value"}
    assert list(configs(row["configs"])) == [{"x": 1, "y": 0.5}, {"x": 2}]


def test_a_run_that_bears_our_names_is_not_taken_for_ours(tmp_path: Path, cli: Cli) -> None:
    imported(cli, tmp_path, f"{HEADER}\nrandom,bbob/f01-d2-i1,0,0,0.25\n")
    catalogue = Catalogue()
    ours = Run(task=catalogue.task("bbob/f01-d2-i1"), variant=catalogue.variant("random"), seed=0)
    assert ours.id not in Store(tmp_path / "r").statuses()
    (row,) = rows(tmp_path)
    assert row["task"] not in catalogue.tasks
    dry = cli(
        "run", "-o", "random", "-t", "bbob/f01-d2-i1", "--results", tmp_path / "r", "--dry-run"
    )
    assert "0 already stored, 1 to do" in dry.out


def test_the_identity_is_what_the_table_says(tmp_path: Path, cli: Cli) -> None:
    text = f"{HEADER}\na,t,0,0,0.25\na,t,1,0,0.5\n"
    imported(cli, tmp_path, text)
    assert "0 runs imported" in imported(cli, tmp_path, text).out
    assert "1 run imported" in imported(cli, tmp_path, text.replace("0.5", "0.75")).out
    found = Store(tmp_path / "r").history().to_pylist()
    assert len({row["run"] for row in found}) == 3
    assert all(recompute_id(row) == row["run"] for row in found)


def test_a_later_table_about_a_task_does_not_outdate_an_earlier_one(
    tmp_path: Path, cli: Cli
) -> None:
    imported(cli, tmp_path, f"{HEADER}\na,t,0,0,0.25\na,t,0,1,0.2\n")
    imported(cli, tmp_path, f"{HEADER}\nb,t,0,0,0.35\nb,t,0,1,0.3\nb,t,0,2,0.3\n")
    found = json.loads(cli("analyze", tmp_path / "r", "--no-figures", "--json").out)
    (kind,) = found["kinds"]
    ranks = {row["optimizer"]: (row["rank"], row["runs"]) for row in kind["final"]}
    assert ranks == {"a": (1.0, 1), "b": (2.0, 1)}
    assert kind["tasks"] == ["imported/t"]


def test_imported_runs_are_exported_and_come_back(tmp_path: Path, cli: Cli) -> None:
    imported(cli, tmp_path, f"{HEADER},fidelity\n=a,@t,0,0,0.25,9\n=a,@t,0,1,,1\n")
    cli("results", "export", tmp_path / "r", "--format", "csv", "--output", tmp_path / "x.csv")
    assert b"\n=" not in (tmp_path / "x.csv").read_bytes()
    cli("results", "import", tmp_path / "x.csv", "--format", "csv", "--results", tmp_path / "s")
    before, after = (Store(tmp_path / name).history().to_pylist() for name in "rs")
    assert repr(before) == repr(after)
    assert before[0]["optimizer"] == "=a"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("optimizer,task,sed,trial,value\na,t,0,0,1\n", "2: there is no column 'seed': did you"),
        ("optimizer,task,seed,trial\na,t,0,0\n", "there is no column 'value'"),
        (f"{HEADER}\na,t,0,0,1\na,t,0,1,low\n", "my.csv:3: value is 'low', not a number"),
        (f"{HEADER}\na,t,0,0,1\na,t,0,0,2\n", "my.csv:3: trial 0 of 'a' on 't' stands twice"),
        (f"{HEADER}\na,t,1.5,0,1\n", "my.csv:2: seed is '1.5', not a whole number"),
        (f"{HEADER}\na,t,4294967296,0,1\n", "is above 2147483647"),
        (f"{HEADER}\n,t,0,0,1\n", "my.csv:2: optimizer is empty"),
        (f"{HEADER},cost\na,t,0,0,1,-1\n", "the cost is -1.0"),
        (f"{HEADER},cost\na,t,0,0,1,inf\n", "the cost is inf"),
        (f"{HEADER},fidelity\na,t,0,0,1,0\n", "the fidelity is 0.0"),
        (f"{HEADER},config\na,t,0,0,1,[1]\n", "config is no JSON object"),
        (f'{HEADER},config\na,t,0,0,1,"{{""a"": [1]}}"\n', "config is no JSON object of plain"),
        (f"{HEADER}\n", "holds no run"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_is_said_and_nothing_is_made(
    tmp_path: Path, cli: Cli, text: str, words: str
) -> None:
    assert words in imported(cli, tmp_path, text, code=2).err
    assert not (tmp_path / "r").exists()


def test_an_unknown_objective_to_maximize_is_refused(tmp_path: Path, cli: Cli) -> None:
    done = imported(cli, tmp_path, f"{HEADER}\na,t,0,0,1\n", "--maximize", "valu", code=2)
    assert "did you mean 'value'" in done.err


def test_columns_of_no_use_are_named(tmp_path: Path, cli: Cli) -> None:
    done = imported(cli, tmp_path, f"{HEADER},fidelty\na,t,0,0,1,3\n")
    assert "left out: fidelty" in done.out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f'{HEADER},config\na,t,0,0,1,"{"[" * 5000}"\n', "config is no JSON object"),
        (f"{HEADER},config\na,t,0,0,1,{'9' * 5000}\n", "config is no JSON object"),
        (f"{HEADER}\n{'a' * 3_000_000},t,0,0,1\n", "more than 1,000"),
        (",".join([HEADER, *map(str, range(100_000))]) + "\n", "has 100,005 columns"),
        (",".join([HEADER, *["x"] * 9_000]) + "\n", "two columns 'x'"),
        (
            ",".join([HEADER[: HEADER.rindex(",")], *(f"value.v{i}" for i in range(300))])
            + "\na,t,0,0"
            + ",1" * 300
            + "\n",
            "300 objectives are more than 10",
        ),
    ],
)
def test_what_would_take_for_ever_is_refused_in_one_line(
    tmp_path: Path, cli: Cli, text: str, message: str
) -> None:
    done = imported(cli, tmp_path, text, code=2)
    assert message in done.err
    assert len(done.err) < 1_000


def test_columns_without_a_meaning_are_counted_where_they_are_many(
    tmp_path: Path, cli: Cli
) -> None:
    names = [f"c{i}" for i in range(2_000)]
    done = imported(cli, tmp_path, ",".join([HEADER, *names]) + "\na,t,0,0,1" + "," * 2_000 + "\n")
    assert "c49 and 1,950 more" in done.out
