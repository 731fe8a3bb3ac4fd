"""A stored run that is not what its definition makes is found, and named to the bit."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hpobench.dispatch.replay import deviation
from hpobench.store import Store
from hpobench.store.shards import table, write_shard
from tests.unit.results.conftest import Cli

Row = dict[str, Any]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """Four real runs: two optimizers, two seeds."""
    from click.testing import CliRunner

    from hpobench.cli import group

    path = tmp_path_factory.mktemp("verify") / "r"
    command = ["run", "-o", "random", "-o", "optuna/tpe", "-t", "bbob/f03-d2-i1", "--seeds", "0:2"]
    done = CliRunner().invoke(
        group,
        [*command, "--budget", "5", "--jobs", "1", "--results", str(path)],
        standalone_mode=False,
    )
    assert done.exit_code == 0, done.output
    rows: list[Row] = Store(path).runs().to_pylist()
    assert len(rows) == 4
    return rows


def stored(tmp_path: Path, rows: list[Row]) -> Path:
    store = Store.create(tmp_path / "r")
    write_shard(store.path / "runs", table(rows))
    return store.path


def with_json(row: Row, column: str, edit: Callable[[Any], Any]) -> Row:
    data = json.loads(row[column])
    edit(data)
    return row | {column: json.dumps(data)}


def variant(**changes: Any) -> Callable[[Row], Row]:
    """Change what is said of the optimizer; its options are part of the identity."""
    other = {"run": "0" * 32} if "options" in changes else {}
    return lambda row: with_json(row, "variant_info", lambda data: data.update(changes)) | other


def info(**changes: Any) -> Callable[[Row], Row]:
    """Change what is said of the task."""
    return lambda row: with_json(row, "task_info", lambda data: data.update(changes))


def definition(**changes: Any) -> Callable[[Row], Row]:
    """Change the task's definition, and the identity with it."""

    def edit(data: Any) -> None:
        data["definition"].update(changes)

    return lambda row: with_json(row, "task_info", edit) | {"run": "0" * 32}


def one_bit_off(value: float) -> float:
    (bits,) = struct.unpack("<q", struct.pack("<d", value))
    (changed,) = struct.unpack("<d", struct.pack("<q", bits ^ 1))
    assert changed != value
    return float(changed)


def test_an_honest_store_is_equal(tmp_path: Path, made: list[Row], cli: Cli) -> None:
    done = cli("verify", stored(tmp_path, made), "--all", "--jobs", "1")
    assert (done.code, done.out) == (
        0,
        "4 equal, 0 different, 0 cannot be executed as they were.\n",
    )


def test_one_changed_bit_is_found_and_named(tmp_path: Path, made: list[Row], cli: Cli) -> None:
    victim = next(row for row in made if (row["optimizer"], row["seed"]) == ("random", 1))
    values = list(victim["values"])
    values[3] = one_bit_off(values[3])
    rows = [row for row in made if row is not victim] + [victim | {"values": values}]
    path = stored(tmp_path, rows)
    done = cli("verify", path, "--all", "-o", "random", "--jobs", "1")
    assert done.code == 1
    assert "1 equal, 1 different, 0 cannot" in done.out
    name = "different: random on bbob/f03-d2-i1@trials=5, seed 1: trial 3: values is stored as"
    assert f"{name} {values[3]!r}, and is now {victim['values'][3]!r}" in done.out
    found = json.loads(cli("verify", path, "--all", "--seeds", "1", "-o", "random", "--json").out)
    (run,) = found["runs"]
    assert (run["verdict"], run["trial"], run["field"]) == ("different", 3, "values")
    assert (run["stored"], run["found"]) == (repr(values[3]), repr(victim["values"][3]))


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (variant(version="0.0.1"), "it was made with optuna 0.0.1, "),
        (
            definition(params={"function": 3}),
            "task bbob/f03-d2-i1@trials=5 is defined otherwise now: params was {'function': 3}, is",
        ),
        (
            variant(options={"x": 1}),
            "optimizer optuna/tpe is defined otherwise now: options was {'x': 1}, is {",
        ),
        (lambda row: row | {"task": "bbob/f03-d2-i0"}, "no task 'bbob/f03-d2-i0': did you mean"),
        (lambda row: row | {"optimizer": "optuna/tpf"}, "no optimizer 'optuna/tpf': did you mean"),
        (info(overhead="measured"), "the optimizer's real time was part of it"),
        (info(real_time=True, workers=2), "its costs were measured, and decided"),
        (definition(imported="csv"), "another tool made it"),
    ],
)
def test_a_run_that_cannot_be_executed_as_it_was_is_not_executed_and_the_reason_is_said(
    tmp_path: Path, made: list[Row], cli: Cli, edit: Callable[[Row], Row], words: str
) -> None:
    row = next(row for row in made if row["optimizer"] == "optuna/tpe")
    done = cli("verify", stored(tmp_path, [edit(row)]))
    assert done.code == 2
    assert "0 equal, 0 different, 1 cannot be executed as they were." in done.out
    assert words in done.out


def test_another_version_of_the_benchmarks_library_is_named(
    tmp_path: Path, made: list[Row], cli: Cli
) -> None:
    path = stored(tmp_path, made[:1])
    manifest = {"id": made[0]["experiment"], "started": 0.0, "versions": {"ioh": "0.0.1"}}
    nothing: dict[str, list[str]] = {"optimizers": [], "tasks": [], "seeds": [], "skipped": []}
    Store(path).note_experiment(manifest | nothing)
    done = cli("verify", path)
    assert done.code == 2
    assert "it was made with ioh 0.0.1, " in done.out


def test_a_sample_is_as_large_as_asked_for_and_the_same_again(
    tmp_path: Path, made: list[Row], cli: Cli
) -> None:
    unknown = [
        row | {"run": f"{i:032x}", "seed": i, "optimizer": "x"} for i, row in enumerate(made * 5)
    ]
    path = stored(tmp_path, unknown)

    def chosen(*options: str) -> list[str]:
        found = json.loads(cli("verify", path, "--sample", "6", "--json", *options).out)
        return [run["run"] for run in found["runs"]]

    assert len(set(chosen())) == 6
    assert chosen() == chosen()
    assert chosen() != chosen("--sample-seed", "1")


def test_failed_runs_are_no_part_of_it(tmp_path: Path, made: list[Row], cli: Cli) -> None:
    done = cli("verify", stored(tmp_path, [made[0] | {"status": "failed"}]))
    assert done.code == 2
    assert "there is no such completed run" in done.err


def test_damage_is_no_success(tmp_path: Path, made: list[Row], cli: Cli) -> None:
    path = stored(tmp_path, made[:1])
    (path / "runs" / f"{'0' * 32}.parquet").write_bytes(b"x")
    done = cli("verify", path, "--jobs", "1")
    assert done.code == 1
    assert "1 equal" in done.out
    assert "! " in done.out


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({}, None),
        ({"ask_seconds": [9.0] * 5, "tell_seconds": [9.0] * 5, "seconds": 9.0}, None),
        ({"finished": 9.0, "experiment": "x"}, None),
        ({"cost": [1.0, 1.0, 2.0, 1.0, 1.0]}, (2, "cost")),
        ({"worker": [0, 0, 0, 0, 1]}, (4, "worker")),
        ({"failures": '{"1": "x"}'}, (1, "failure")),
        ({"status": "failed", "reason": "x"}, (None, "status")),
        ({"cut": "x"}, (None, "cut")),
    ],
)
def test_all_is_compared_but_real_clocks(
    made: list[Row], change: Row, where: tuple[int | None, str] | None
) -> None:
    found = deviation(made[0], made[0] | change)
    assert where == (found and (found.trial, found.field))


def test_measured_costs_are_not_compared(made: list[Row]) -> None:
    row = with_json(made[0], "task_info", lambda info: info.update(real_time=True))
    assert deviation(row, row | {"cost": [7.0] * 5, "end": [7.0] * 5}) is None
    assert deviation(row, row | {"spent": [7.0] * 5}) is not None


def test_a_zero_is_not_a_negative_zero_and_nan_is_itself(made: list[Row]) -> None:
    row = made[0] | {"values": [0.0, float("nan"), 1.0, 1.0, 1.0]}
    assert deviation(row, row | {"values": list(row["values"])}) is None
    found = deviation(row, row | {"values": [-0.0, *row["values"][1:]]})
    assert found is not None
    assert str(found) == "trial 0: values is stored as 0.0, and is now -0.0"


def test_a_run_that_is_shorter_than_it_was_is_different(made: list[Row]) -> None:
    columns = ("number", "values", "cost", "start", "end", "worker", "spent")
    shorter = made[0] | {name: made[0][name][:4] for name in columns}
    found = deviation(made[0], shorter)
    assert found is not None
    assert (found.field, found.stored, found.found) == ("number of trials", 5, 4)


def test_runs_that_were_merged_thin_are_verified_by_what_is_left(
    made: list[Row], tmp_path: Path, cli: Cli
) -> None:
    cli("results", "merge", str(stored(tmp_path, made)), str(tmp_path / "thin"), "--thin")
    rows = Store(tmp_path / "thin").runs().to_pylist()
    assert sum(len(row["number"]) for row in rows) < sum(len(row["number"]) for row in made)
    assert "4 equal, 0 different" in cli("verify", str(tmp_path / "thin"), "--all").out
    rows[0]["values"][-1] += 1
    bent = stored(tmp_path / "bent", rows)
    done = cli("verify", str(bent), "--all")
    assert "3 equal, 1 different" in done.out
