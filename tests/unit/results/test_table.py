"""A table that we wrote reads back to the bit, is safe to open, and cannot claim another's run."""

import csv
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.errors import FileError
from hpobench.exchange import table as exchange
from hpobench.exchange.table import FORMULA
from hpobench.run import Status, Trajectory
from hpobench.store import Store, encode
from hpobench.store.rows import decode
from hpobench.store.shards import newest, table
from tests.examples import examples
from tests.unit.results.conftest import Cli
from tests.unit.test_store import CONFIGS, VARIANT, fill, record, run, trajectory

FORMATS = {
    "csv": (exchange.write_csv, exchange.read_csv),
    "parquet": (exchange.write_runs_parquet, exchange.read_runs_parquet),
}
HOSTILE = st.text(st.sampled_from([*FORMULA, *'abc",\n\ré']), max_size=6)
NUMBERS = st.one_of(st.floats(), st.just(-0.0))


@st.composite
def trajectories(draw: st.DrawFn, seed: int) -> Trajectory:
    """A run with any content that the store can hold, hostile names included."""
    fidelity, test = draw(st.booleans()), draw(st.booleans())
    records = []
    for i in range(draw(st.integers(0, 3))):
        failure = draw(HOSTILE)
        numbers = draw(st.tuples(*[NUMBERS] * 5))
        records.append(
            record(
                i,
                config=draw(CONFIGS),
                fidelity=draw(st.floats(1e-9, 1e9)) if fidelity else None,
                values=() if failure else numbers[:2],
                test=(numbers[2], math.nan) if test and not failure else (),
                cost=numbers[3],
                end=numbers[4],
                failure=failure,
                worker=i,
            )
        )
    name = draw(HOSTILE) or "o"
    variant = replace(VARIANT, id=name, options={"a": draw(HOSTILE)})
    return trajectory(
        run=replace(run(seed, id=f"c/{draw(HOSTILE)}"), variant=variant),
        records=records,
        status=draw(st.sampled_from(Status)),
        reason=draw(HOSTILE),
        stop_reason=draw(HOSTILE),
    )


def stored(runs: list[Trajectory]) -> Any:
    return newest(table([decode(encode(found, "=e")) for found in runs]), ("run",))[0]


@pytest.mark.parametrize("name", FORMATS)
@examples(25)
@given(data=st.data())
def test_what_is_exported_is_imported_to_the_bit(name: str, data: st.DataObject) -> None:
    before = stored([data.draw(trajectories(seed)) for seed in range(2)])
    write, read = FORMATS[name]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t"
        write(before, path)
        after = table(list(exchange.restore(path, read(path))))
        for cells in _cells(path) if name == "csv" else ():
            assert not cells.startswith(FORMULA[:-1]) or _is_number(cells)
    assert repr(after.to_pylist()) == repr(before.to_pylist())


def _cells(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return [cell for row in csv.reader(file) for cell in row]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("name", FORMATS)
def test_a_store_goes_through_the_command_line_and_back(
    tmp_path: Path, cli: Cli, name: str
) -> None:
    older = trajectory(run=run(params={"a": 2}))
    failed = trajectory(2, trials=0, status=Status.FAILED, reason="=SUM(A1)")
    whole = trajectory(records=[record(0), record(1, config={"y": 2**70, "x": None})])
    source = fill(tmp_path / "a", older, whole, failed)
    assert (
        cli("results", "export", source.path, "--format", name, "--output", tmp_path / "t").code
        == 0
    )
    done = cli("results", "import", tmp_path / "t", "--format", name, "--results", tmp_path / "b")
    assert "3 runs imported" in done.out
    again = cli("results", "import", tmp_path / "t", "--format", name, "--results", tmp_path / "b")
    assert "0 runs imported" in again.out
    before, after = source.history().to_pylist(), Store(tmp_path / "b").history().to_pylist()
    assert repr(before) == repr(after)


def test_the_parquet_table_is_typed_and_one_row_a_trial(tmp_path: Path) -> None:
    exchange.write_runs_parquet(stored([trajectory(0), trajectory(1)]), tmp_path / "t")
    found = pq.read_table(tmp_path / "t")
    assert found.num_rows == 6
    assert found.column("value.g").to_pylist() == [-1.5] * 6
    assert {str(found.schema.field(name).type) for name in ("value.f", "end")} == {"double"}


def test_only_what_is_chosen_is_exported(tmp_path: Path, cli: Cli) -> None:
    source = fill(tmp_path / "a", *(trajectory(seed) for seed in range(4)))
    cli(
        "results",
        "export",
        source.path,
        "--format",
        "csv",
        "--output",
        tmp_path / "t",
        "--seeds",
        "1:3",
    )
    rows = [cells for _, cells in exchange.read_csv(tmp_path / "t")]
    assert {row["seed"] for row in rows} == {"1", "2"}
    done = cli(
        "results", "export", source.path, "--format", "csv", "--output", tmp_path / "u", "-o", "x"
    )
    assert done.code == 2
    assert "there is no such run to export" in done.err
    assert not (tmp_path / "u").exists()


def test_nothing_is_overwritten(tmp_path: Path, cli: Cli) -> None:
    source = fill(tmp_path / "a", trajectory(0))
    (tmp_path / "t").write_text("thesis")
    done = cli("results", "export", source.path, "--format", "csv", "--output", tmp_path / "t")
    assert done.code == 2
    assert "is there already" in done.err
    assert (tmp_path / "t").read_text() == "thesis"
    assert len(list(tmp_path.iterdir())) == 2


def edited(path: Path, edit: Callable[[list[dict[str, str]]], Any]) -> Path:
    """An export of two runs of two trials, after somebody has edited it."""
    exchange.write_csv(stored([trajectory(0, trials=2), trajectory(1, trials=2)]), path)
    rows = [dict(cells) for _, cells in exchange.read_csv(path)]
    edit(rows)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda rows: rows[2].update(cost="cheap"), r"t:4: .*cost is 'cheap', not a number"),
        (lambda rows: rows[1].update(end=""), r"t:2: .*end is empty"),
        (lambda rows: rows[0].update(seed="-1"), r"t:2: .*seed is -1, not in 0 to"),
        (lambda rows: rows[1].update(config="{"), r"t:2: is not what an export has here"),
        (lambda rows: rows[0].update(task_info=""), r"t:2: is not what an export has here"),
        (lambda rows: rows[0].update(status="fine"), r"t:2: .*its status is 'fine'"),
        (lambda rows: rows[0].update(optimizer="better"), r"is not what its definition says"),
        (lambda rows: rows[0].update(seed="5"), r"is not what its definition says"),
        (lambda rows: rows.append(rows.pop(0)), r"do not stand together|is not what"),
        (lambda rows: rows.insert(1, rows.pop(2)), r"do not stand together"),
    ],
)
def test_an_edited_table_is_refused_with_its_line(
    tmp_path: Path, edit: Callable[[list[dict[str, str]]], Any], words: str
) -> None:
    path = edited(tmp_path / "t", edit)
    with pytest.raises(FileError, match=words):
        list(exchange.restore(path, exchange.read_csv(path)))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"run,run\n1,2\n", "has two columns 'run'"),
        (b"a,b\n1,2\n3\n", "t:3: has 1 cells, the header has 2"),
        (b"a,b\n\xff,2\n", "is not UTF-8 text"),
        (b'a,b\n"x"y,2\n', "t:2: is no CSV"),
    ],
)
def test_what_is_no_csv_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "t").write_bytes(data)
    with pytest.raises(FileError, match=words):
        list(exchange.read_csv(tmp_path / "t"))


def test_what_is_no_parquet_is_refused(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "t").write_bytes(b"optimizer,task\n")
    done = cli(
        "results", "import", tmp_path / "t", "--format", "parquet", "--results", tmp_path / "b"
    )
    assert done.code == 2
    assert "cannot be read as Parquet" in done.err
    assert not (tmp_path / "b").exists()
