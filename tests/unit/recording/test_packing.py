"""A packed table holds every published value, and says whose it is."""

from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpobench.benchmarks.recorded.embedded import read_origin
from hpobench.benchmarks.recorded.source import read_table
from hpobench.errors import UserError
from hpobench.fetch.checksums import checksum
from hpobench.recording.columns import narrow_column, smallest_parquet
from hpobench.recording.packing import pack, read_packings

SOURCE = """
package: somebodys
version: 1.2.3
copyright: Copyright (c) Somebody
licence: MIT
tables:
  packed:
    file: {file}
    sha256: "{sha256}"
"""

NUMBERS = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=7, max_size=7),
    st.lists(st.integers(-200, 200), min_size=7, max_size=7),
    st.lists(st.floats(), min_size=7, max_size=7),
    st.lists(st.floats(width=32), min_size=7, max_size=7),
    st.lists(st.booleans(), min_size=7, max_size=7),
    st.lists(st.text("ab é", max_size=3), min_size=7, max_size=7),
)


def described(folder: Path, name: str, more: str = "") -> Path:
    """A description of the published file of that name."""
    path = folder / "source.yaml"
    text = SOURCE.format(file=name, sha256=checksum(folder / name))
    path.write_text(text + "".join(f"    {line}\n" for line in more.splitlines()))
    return path


def packed(folder: Path, name: str, more: str = "") -> Path:
    """The one file that is made of it."""
    (packing,) = read_packings(described(folder, name, more))
    pack(packing, folder)
    return packing.path


@given(columns=st.lists(NUMBERS, min_size=1, max_size=4))
def test_values_of_every_type_come_back_as_they_were(
    columns: list[list[Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("packed")
    arrays: dict[str, Any] = {f"c{i}": np.array(each) for i, each in enumerate(columns)}
    np.savez(folder / "published.npz", **arrays)
    table = read_table(packed(folder, "published.npz"))
    for name, array in arrays.items():
        expected = [None if isinstance(v, float) and isnan(v) else v for v in array.tolist()]
        assert table.column(name) == expected
        assert [type(v) for v in table.column(name)] == [type(v) for v in expected]


def test_what_is_said_of_the_package_stands_in_the_file_and_reaches_people(tmp_path: Path) -> None:
    (tmp_path / "published.csv").write_text("a,b\n1,x\n2,y\n")
    path = packed(tmp_path, "published.csv")
    assert read_origin(path) == {
        "package": "somebodys",
        "version": "1.2.3",
        "copyright": "Copyright (c) Somebody",
        "licence": "MIT",
        "file": "published.csv",
        "sha256": checksum(tmp_path / "published.csv"),
    }


def test_only_the_columns_that_are_named_are_kept(tmp_path: Path) -> None:
    (tmp_path / "published.csv").write_text("a,b,c\n1,x,0.5\n2,y,0.25\n")
    table = read_table(packed(tmp_path, "published.csv", "columns: [c, a]"))
    assert dict(table.columns) == {"c": [0.5, 0.25], "a": [1, 2]}


def test_the_same_source_gives_the_same_bytes(tmp_path: Path) -> None:
    np.savez(tmp_path / "published.npz", a=np.linspace(0, 1, 500), b=np.arange(500) % 7)
    first = packed(tmp_path, "published.npz").read_bytes()
    assert packed(tmp_path, "published.npz").read_bytes() == first


def test_no_encoding_of_a_column_alone_is_smaller() -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(5)
    for values in (rng.random(3000), rng.integers(0, 9, 3000) / 8, np.arange(3000) / 7):
        ours = len(smallest_parquet({"x": pa.array(values)}, {}))
        for encoding in ({"use_dictionary": True}, {"use_dictionary": False}):
            stream = pa.BufferOutputStream()
            options = {"compression": "zstd", "compression_level": 19, "write_statistics": False}
            pq.write_table(pa.table({"x": values}), stream, **options, **encoding)
            assert ours <= len(stream.getvalue())


REFUSED = {
    "another file beside it": ("beside", "more.csv: has the SHA-256 checksum"),
    "another file": ("sha256", "has the SHA-256 checksum"),
    "no such file": ("file", "is not there"),
    "no such column": ("column", "no column 'bb': did you mean 'b'?"),
    "an unknown field": ("field", "unknown field 'column': did you mean 'columns'?"),
}


@pytest.mark.parametrize(("fault", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_leaves_no_file(tmp_path: Path, fault: str, message: str) -> None:
    (tmp_path / "published.csv").write_text("a,b\n1,x\n2,y\n")
    (tmp_path / "more.csv").touch()
    lines = {
        "column": "columns: [bb]",
        "field": "column: [b]",
        "beside": f"beside: {{more.csv: {'0' * 63 + 'f'}}}",
    }
    more = lines.get(fault, "")
    description = described(tmp_path, "published.csv", more)
    if fault == "sha256":
        (tmp_path / "published.csv").write_text("a,b\n1,x\n2,z\n")
    elif fault == "file":
        (tmp_path / "published.csv").unlink()
    with pytest.raises(UserError) as caught:
        pack(read_packings(description)[0], tmp_path)
    assert message in str(caught.value)
    assert not (tmp_path / "packed.parquet").exists()


@pytest.mark.parametrize("values", [[1, "a"], ["a", 0.5], [True, "x"]])
def test_a_column_of_several_types_is_refused_by_name(values: list[Any]) -> None:
    with pytest.raises(UserError, match="column 'mixed' holds values of several types"):
        narrow_column(Path("published.csv"), "mixed", values)
