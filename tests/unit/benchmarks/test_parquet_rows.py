"""Of a Parquet file only those rows become values of Python that a task may want."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hpobench.benchmarks.recorded.source import FileTable, read_parquet, read_table
from hpobench.errors import UserError

NAMES = st.sampled_from(["x", "y", "", "nan"])
ROWS = st.lists(st.tuples(NAMES | st.none(), st.integers(0, 2), NAMES), min_size=1, max_size=12)
WHERE = st.fixed_dictionaries(
    {}, optional={"a": NAMES, "b": st.integers(0, 2), "c": NAMES, "absent": NAMES}
)


def told(table: FileTable, where: dict[str, Any]) -> object:
    """The wanted rows and their places in the file, or the complaint."""
    try:
        found = table.where(where)
    except UserError as error:
        return str(error)
    return dict(found.columns), found.numbers


@given(rows=ROWS, where=WHERE)
@example(rows=[("x", 0, "x"), ("x", 1, "y")], where={"b": 0, "c": "y"})
def test_the_wanted_rows_and_complaints_are_those_of_the_whole_table(
    rows: list[tuple[Any, ...]], where: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    path = tmp_path_factory.mktemp("rows") / "t.parquet"
    columns = dict(zip("abc", map(list, zip(*rows, strict=True)), strict=True))
    schema = pa.schema([("a", pa.string()), ("b", pa.int8()), ("c", pa.string())])
    parquet.write_table(pa.table(columns, schema=schema), path)
    assert told(read_parquet(path, where), where) == told(read_table(path), where)


def test_rows_of_other_texts_are_left_out(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table({"data": ["x", "y", "x", "z"], "loss": [0.1, 0.2, 0.3, 0.4]})
    parquet.write_table(table, tmp_path / "t.parquet")
    found = read_parquet(tmp_path / "t.parquet", {"data": "x"})
    assert found.numbers == [1, 3]
    assert found.columns["loss"] == [0.1, 0.3]
