"""What is no results folder is refused by every command in one clear line, and left as it is."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hpobench.errors import UserError
from hpobench.store import Store
from hpobench.store.rows import seal
from tests.unit.results.conftest import Cli
from tests.unit.test_store import fill, trajectory

NOBODY = 65534

Command = Callable[[Path, Path], tuple[object, ...]]

READERS: dict[str, Command] = {
    "list": lambda path, other: ("results", "list", path),
    "merge from": lambda path, other: ("results", "merge", path, other),
    "prune": lambda path, other: ("results", "prune", path, "--failed", "--yes"),
    "export": lambda path, other: ("results", "export", path, "--format", "csv", "--output", other),
    "verify": lambda path, other: ("verify", path),
    "analyze": lambda path, other: ("analyze", path),
}
WRITERS: dict[str, Command] = {
    "merge into": lambda path, other: ("results", "merge", other, path),
    "import": lambda path, other: (
        "results",
        "import",
        other,
        "--format",
        "csv",
        "--results",
        path,
    ),
}


def foreign(path: Path) -> None:
    path.mkdir()
    (path / "study.db").write_text("optuna")


def newer(path: Path) -> None:
    fill(path, trajectory())
    (path / "hpobench-store.json").write_text('{"format": "hpobench-store", "version": 2}')


def of_another_format(path: Path) -> None:
    path.mkdir()
    (path / "hpobench-store.json").write_text('{"format": "thesis", "version": 1}')


def a_file(path: Path) -> None:
    path.write_text("x")


def nothing(path: Path) -> None:
    return


def snapshot(path: Path) -> dict[Path, bytes | None]:
    return {item: item.read_bytes() if item.is_file() else None for item in path.rglob("*")}


def let_others_in(path: Path) -> None:
    """Open a temporary folder, and those of the tests around it, to other users."""
    while path != Path(tempfile.gettempdir()):
        path.chmod(0o755)
        path = path.parent


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (foreign, "r: is no results folder: it has no hpobench-store.json"),
        (newer, "r: was made by a newer hpobench (format 2); upgrade to read it"),
        (of_another_format, "r/hpobench-store.json: is not that of a results folder"),
        (a_file, "r: is a file, not a results folder"),
        (nothing, "r: there is no such results folder; 'hpobench run' makes one"),
    ],
)
def test_a_reader_refuses_it(
    tmp_path: Path, cli: Cli, command: str, make: Callable[[Path], None], words: str
) -> None:
    make(tmp_path / "r")
    before = snapshot(tmp_path)
    done = cli(*READERS[command](tmp_path / "r", tmp_path / "other"))
    assert done.code == 2
    assert words in done.err
    assert len(done.err.splitlines()) == 1
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("command", WRITERS)
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (foreign, "r: is no results folder: it holds 'study.db' and no hpobench-store.json"),
        (newer, "r: was made by a newer hpobench (format 2); upgrade to read it"),
        (of_another_format, "r/hpobench-store.json: is not that of a results folder"),
        (a_file, "r: cannot be a results folder: File exists"),
    ],
)
def test_a_writer_refuses_it(
    tmp_path: Path, cli: Cli, command: str, make: Callable[[Path], None], words: str
) -> None:
    make(tmp_path / "r")
    other = tmp_path / "other"
    if command == "import":
        other.write_text("optimizer,task,seed,trial,value\na,t,0,0,1\n")
    else:
        fill(other, trajectory(3))
    before = snapshot(tmp_path)
    done = cli(*WRITERS[command](tmp_path / "r", other))
    assert done.code == 2
    assert words in done.err
    assert snapshot(tmp_path) == before


def test_other_stores_may_lie_below_at_any_depth_and_nothing_else(tmp_path: Path) -> None:
    results = tmp_path / "r"
    fill(results / "baselines" / "ci", trajectory(3))
    Store.create(results)
    (tmp_path / "s").mkdir()
    shutil.copytree(results / "baselines", tmp_path / "s" / "baselines")
    (tmp_path / "s" / "baselines" / "study.db").touch()
    with pytest.raises(UserError, match="it holds 'baselines'"):
        Store.create(tmp_path / "s")


def test_the_results_folder_of_the_checkout_takes_results(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[3] / "results"
    shutil.copytree(shipped / "baselines", tmp_path / "r" / "baselines")
    shutil.copy(shipped / "README.md", tmp_path / "r")
    Store.create(tmp_path / "r")


@contextmanager
def without_rights() -> Iterator[None]:
    """Be nobody for a while, if we are root; else we have no more rights than others."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize("command", ["list", "merge from", "prune", "export"])
def test_a_folder_without_permission_is_said_to_be_so(
    tmp_path: Path, cli: Cli, command: str
) -> None:
    path = fill(tmp_path / "r", trajectory()).path
    let_others_in(tmp_path)
    arguments = READERS[command](path, tmp_path / "other")
    cli("results", "list", path)  # so that all is imported
    path.chmod(0)
    with without_rights():
        done = cli(*arguments)
    path.chmod(0o755)
    assert done.code == 2
    assert "Permission denied" in done.err
    assert str(path) in done.err


def test_a_read_only_folder_can_be_listed_and_exported_but_not_pruned(
    tmp_path: Path, cli: Cli
) -> None:
    path = fill(tmp_path / "r", trajectory()).path
    let_others_in(tmp_path)
    (tmp_path / "out").mkdir(mode=0o777)
    (tmp_path / "out").chmod(0o777)
    before = snapshot(path)
    cli("results", "list", path)
    for folder in (path, path / "runs", path / "journal"):
        folder.chmod(0o555)
    with without_rights():
        listed = cli("results", "list", path)
        out = tmp_path / "out" / "t.csv"
        exported = cli("results", "export", path, "--format", "csv", "--output", out)
        pruned = cli("results", "prune", path, "--seeds", "0", "--yes")
    for folder in (path, path / "runs", path / "journal"):
        folder.chmod(0o755)
    assert (listed.code, exported.code, pruned.code) == (0, 0, 2)
    assert "Permission denied" in pruned.err
    assert snapshot(path) == before
    assert json.loads(cli("results", "list", path, "--json").out)["runs"] == 1
    assert Store(path).statuses()


@pytest.mark.parametrize("name", ["journal/x.jsonl", "runs/x.parquet", "experiments/x.json"])
@pytest.mark.parametrize("command", ["list", "merge from", "prune", "export", "verify"])
@pytest.mark.parametrize("make", ["loop", "dangling", "folder", "pipe"])
def test_what_is_no_file_in_the_place_of_one_hides_nothing_of_the_rest(
    tmp_path: Path, cli: Cli, name: str, command: str, make: str
) -> None:
    fill(tmp_path / "r", trajectory())
    place = tmp_path / "r" / name
    match make:
        case "loop":
            place.symlink_to(place.name)
        case "dangling":
            place.symlink_to("nowhere")
        case "folder":
            place.mkdir()
        case _:
            os.mkfifo(place)
    done = cli(*READERS[command](tmp_path / "r", tmp_path / "other"))
    assert "hpobench: " not in done.err
    assert Store(tmp_path / "r").runs().num_rows == 1


@pytest.mark.parametrize("amount", [-1, float("nan"), 10**30, "5", None])
def test_a_run_whose_budget_is_no_amount_is_damage(tmp_path: Path, amount: object) -> None:
    fill(tmp_path / "r", trajectory())
    (journal,) = (tmp_path / "r" / "journal").glob("*.jsonl")
    row = json.loads(journal.read_bytes())
    row.pop("crc32")
    info = json.loads(row["task_info"])
    row["task_info"] = json.dumps(info | {"budget": {"unit": "trials", "amount": amount}})
    journal.write_bytes(seal(json.dumps(row)))
    store = Store(tmp_path / "r")
    assert store.runs().num_rows == 0
    assert "task_info.budget" in str(store.damage)


@pytest.mark.parametrize("number", [10**30, -(10**30), 2**53 + 2])
@pytest.mark.parametrize("column", ["seconds", "finished"])
def test_a_whole_number_that_no_column_holds_is_damage_and_the_rest_is_read(
    tmp_path: Path, column: str, number: int
) -> None:
    fill(tmp_path / "r", trajectory(), trajectory(1))
    (journal,) = (tmp_path / "r" / "journal").glob("*.jsonl")
    rows = [json.loads(line) for line in journal.read_bytes().splitlines()]
    for row in rows:
        row.pop("crc32")
    rows[0][column] = number
    journal.write_bytes(b"".join(seal(json.dumps(row)) for row in rows))
    store = Store(tmp_path / "r")
    assert store.runs().column("seed").to_pylist() == [1]
    assert column in str(store.damage)


@pytest.mark.parametrize("format_", ["csv", "parquet", "carps"])
def test_an_export_for_which_there_is_no_room_names_its_place_and_leaves_nothing(
    tmp_path: Path, format_: str
) -> None:
    place = tmp_path / "r"
    fill(place, trajectory(), trajectory(1))
    code = (
        "import resource, sys; from hpobench.cli import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16)); main()"
    )
    command = ["results", "export", str(place), "--format", format_, "--output", "out"]
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "out: cannot be written: " in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["r"]
