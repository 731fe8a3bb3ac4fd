"""A column of the store is declared once, and all that stores, checks and compares follows."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hpobench.store.columns import COLUMNS, Per, Presence, StoreColumn, Type
from tests.folders import CHECKOUT

PAGE = CHECKOUT / "docs" / "trajectory-format.md"

READERS = {
    "run.py": "an imported run's id is a hash of these, and stays so whatever else is stored",
    "scoring/frame.py": "what scores are computed from, which is read and no more",
    "store/rows.py": "where each value of a run comes from",
    "store/selection.py": "by these runs are chosen",
}
"""Modules that name many columns at a place, and why that is no second declaration."""
MOST_OF_RUN, MOST_OF_TRIALS = 7, 6
"""So many columns of either kind a reader may ask for at a place."""

NEW = """
StoreColumn(
    name="entropy",
    type=Type.REAL,
    per=Per.OBJECTIVE,
    presence=Presence.OPTIONAL,
    compared=Compared.ALWAYS,
)
"""
WITH_ANOTHER_COLUMN = """
import ast, importlib.util, json, math, sys
from pathlib import Path

import hpobench

place = Path(hpobench.__file__).parent / "store" / "columns.py"
tree = ast.parse(place.read_text())
(declared,) = (
    node.value for node in tree.body
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "COLUMNS"
)
declared.elts.append(ast.parse(sys.argv[1].strip(), mode="eval").body)
spec = importlib.util.spec_from_file_location("hpobench.store.columns", place)
module = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = module
exec(compile(ast.fix_missing_locations(tree), str(place), "exec"), module.__dict__)

from hpobench.exchange.table import read_csv, restore, write_csv, read_runs_parquet
from hpobench.exchange.table import write_runs_parquet
from hpobench.store import encode
from hpobench.store.conflicts import conflicts, first_difference
from hpobench.store.rows import decode
from hpobench.store.shape import row_flaw
from hpobench.store.shards import read_shard, table, write_shard
from hpobench.store.thin import thin
from tests.unit import test_store
from tests.unit.test_store import record, trajectory


class Entropic(test_store.Record):
    entropy = (0.5, -0.0)


class Bare(test_store.Record):
    entropy = ()


class Other(test_store.Record):
    entropy = (0.5, 9.0)


def made(kind, seed=0):
    records = [kind(*record(0)), kind(*record(1, values=(9.0, 9.0))), kind(*record(2))]
    return decode(encode(trajectory(seed, records=records), "e"))


row, without = made(Entropic), made(Bare, 1)
assert row["entropy"] == [0.5, -0.0] * 3 and "entropy" not in without
assert not row_flaw(row) and not row_flaw(without)
assert "of 2 objectives" in row_flaw({**row, "entropy": [1.0]})
assert "its entropy is" in row_flaw({**row, "entropy": ["1"] * 6})
assert first_difference(row, row) is None
assert first_difference(row, made(Other)).field == "entropy"
assert conflicts(table([row]), table([made(Other)]))
slim = thin(row)
assert repr(slim["entropy"]) == repr([0.5, -0.0] * len(slim["number"])), slim
folder = Path(sys.argv[2])
both = table([row, without])
shard = write_shard(folder, both)
assert repr(read_shard(shard).table.to_pylist()) == repr(both.to_pylist())
for write, read in ((write_csv, read_csv), (write_runs_parquet, read_runs_parquet)):
    path = folder / write.__name__
    write(both, path)
    assert next(iter(read(path)))[1].keys() >= {"entropy.f", "entropy.g"}
    assert repr(table(list(restore(path, read(path)))).to_pylist()) == repr(both.to_pylist())
print("carried")
"""

WORDS = {
    Type.TEXT: "text",
    Type.JSON: "text, JSON",
    Type.LONG: "integer",
    Type.WHOLE: "integers",
    Type.REAL: "numbers",
    Type.SHORT: "numbers",
}
"""What the page calls the types, those of lists in the plural."""


def literals(path: Path) -> dict[int, set[str]]:
    """By line the texts of each tuple, list, set or dictionary that a module writes down."""
    found: dict[int, set[str]] = {}
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
                parts: list[ast.expr | None] = [*items]
            case ast.Dict(keys=keys):
                parts = keys
            case _:
                continue
        texts = {part.value for part in parts if isinstance(part, ast.Constant)}
        found.setdefault(node.lineno, set()).update(t for t in texts if isinstance(t, str))
    return found


def of_the_page() -> dict[str, str]:
    """By column the type that the page of the format gives it."""
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \| ([^|]+) \|", PAGE.read_text(), re.MULTILINE)
    return {name: kind.strip() for names, kind in rows for name in re.findall(r"`(\w+)`", names)}


def expected(column: StoreColumn) -> str:
    """The type in the page's words."""
    word = WORDS[column.type]
    if column.is_list:
        null = ", or null" if column.presence is Presence.NULLABLE else ""
        return f"list of {word}{null}"
    return "number" if column.type is Type.REAL else word


def test_a_column_that_is_declared_is_stored_checked_compared_thinned_and_exported(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITH_ANOTHER_COLUMN, NEW, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        check=False,
    )
    assert done.stdout == "carried\n", done.stderr


def test_no_other_module_lists_the_columns() -> None:
    package = CHECKOUT / "hpobench"
    of_run = {column.name for column in COLUMNS if column.per is Per.RUN}
    of_trials = {column.name for column in COLUMNS} - of_run
    places = {
        path.relative_to(package).as_posix(): line
        for path in package.rglob("*.py")
        for line, texts in literals(path).items()
        if len(texts & of_run) > MOST_OF_RUN or len(texts & of_trials) > MOST_OF_TRIALS
    }
    spare = {name: line for name, line in places.items() if name not in READERS}
    assert set(spare) <= {"store/columns.py"}, spare
    assert set(READERS) <= set(places), "a reader that names few columns needs no leave"


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: str(column.name))
def test_the_page_of_the_format_gives_each_column_its_type(column: StoreColumn) -> None:
    found = of_the_page()[column.name].replace("lists of", "list of")
    assert found == expected(column)


def test_the_page_of_the_format_names_no_column_that_there_is_not() -> None:
    assert set(of_the_page()) == {column.name for column in COLUMNS}
