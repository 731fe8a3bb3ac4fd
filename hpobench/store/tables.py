"""The types of the columns, and the rows of a Parquet file as far as they are rows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hpobench.store.columns import (
    COLUMNS,
    ID,
    LISTS,
    OPTIONAL,
    Per,
    Presence,
    StoreColumn,
    Type,
)
from hpobench.store.rows import DamagedError
from hpobench.store.shape import outline_flaw

ARROW: Mapping[Type, pa.DataType] = {
    Type.TEXT: pa.string(),
    Type.JSON: pa.string(),
    Type.LONG: pa.int64(),
    Type.WHOLE: pa.int32(),
    Type.REAL: pa.float64(),
    Type.SHORT: pa.float32(),
}
"""By type of a column's values that of Arrow."""


def _place(column: StoreColumn) -> tuple[bool, bool, bool, int]:
    """Where a column stands in a shard: like beside like, and last what few runs have."""
    of_trials = column.per is not Per.RUN
    text = column.type is Type.JSON
    rank = [*ARROW].index(column.type)
    return column.presence is Presence.OPTIONAL, of_trials and text, of_trials, rank


SCHEMA = pa.schema(
    [
        (column.name, pa.list_(ARROW[column.type]) if column.is_list else ARROW[column.type])
        for column in sorted(COLUMNS, key=_place)
    ]
)
_CONTEXT = ("number", "task_info")
"""By these a column with numbers or texts of each trial is checked."""
_OF_TRIALS = {column.name for column in COLUMNS if column.per is not Per.RUN}
_NULLABLE = {column.name for column in COLUMNS if column.presence is not Presence.ALWAYS}


class FileRows(NamedTuple):
    """What a file holds.

    Attributes:
        table: Its sound rows.
        flaws: What is wrong with each of the others that are there.
        total: How many rows it had when it was written.
    """

    table: pa.Table
    flaws: Sequence[str]
    total: int


def parse(data: bytes, names: Sequence[str], groups: Sequence[int] | None = None) -> FileRows:
    """The rows in the bytes of a Parquet file.

    Types may be wider or narrower than those of `SCHEMA`, as other writers have them.

    Args:
        data: What the file holds.
        names: The columns that are wanted, and by which rows are checked.
        groups: The row groups that are wanted; all by default.

    Raises:
        DamagedError: It is no Parquet file, or lacks a column, or has one of another type.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(data))  # `read_table` goes through a whole data set
        _check(file.schema_arrow)
        needed = list(dict.fromkeys([*names, *(_CONTEXT if _of_trials(names) else ())]))
        chosen = range(file.num_row_groups) if groups is None else groups
        there = [name for name in needed if name in file.schema_arrow.names]
        raw = file.read_row_groups(list(chosen), columns=there).select(there)
        typed = _completed(raw.cast(pa.schema([SCHEMA.field(name) for name in there])), needed)
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise DamagedError(f"no table of rows: {error}".partition("\n")[0]) from None
    flaws = dict(_flaws(typed)) | dict.fromkeys(_with_gaps(typed), "a list of numbers has a gap")
    if flaws:
        typed = typed.filter(pa.array([i not in flaws for i in range(len(typed))]))
    texts = [f"row {i + 1}: {flaws[i]}" for i in sorted(flaws)]
    return FileRows(typed.select(list(names)), texts, file.metadata.num_rows)


def _completed(runs: pa.Table, names: Sequence[str]) -> pa.Table:
    """The table with these columns in their order; null where a file does without."""
    for name in names:
        if name not in runs.column_names:
            field = SCHEMA.field(name)
            runs = runs.append_column(field, pa.nulls(len(runs), field.type))
    return runs.select(names)


def _of_trials(names: Sequence[str]) -> bool:
    """Whether any of the columns holds something of each trial."""
    return not _OF_TRIALS.isdisjoint(names)


def _check(schema: pa.Schema) -> None:
    """Refuse a table that lacks a column, or has one of another kind.

    Raises:
        ValueError: It does.
    """
    for field in SCHEMA:
        places = schema.get_all_field_indices(field.name)
        if not places and field.name in OPTIONAL:
            continue
        if len(places) != 1:
            raise ValueError(f"it has {len(places) or 'no'} columns {field.name!r}")
        there = schema.field(places[0]).type
        absent = field.name in _NULLABLE and pa.types.is_null(there)
        if not absent and _kind(there) != _kind(field.type):
            raise ValueError(f"its column {field.name!r} is of type {there}, not {field.type}")


def _kind(type_: pa.DataType) -> str:
    """What a type is for; types of one kind differ in size or encoding only."""
    types = pa.types
    if types.is_list(type_) or types.is_large_list(type_) or types.is_fixed_size_list(type_):
        return f"list of {_kind(type_.value_type)}"
    if types.is_dictionary(type_):
        return _kind(type_.value_type)
    if types.is_string(type_) or types.is_large_string(type_) or types.is_string_view(type_):
        return "text"
    if types.is_integer(type_):
        return "whole number"
    return "number" if types.is_floating(type_) else str(type_)


def _flaws(runs: pa.Table) -> Iterator[tuple[int, str]]:
    """The rows whose outline is wrong, and why.

    Rows have most of their values in common, so each distinct value is looked at once; row by
    row, which takes ten times as long, only a table in which something is wrong.
    """
    outlines = pa.table(
        [
            pc.list_value_length(column) if name in LISTS else column
            for name, column in zip(runs.column_names, runs.columns, strict=True)
        ],
        runs.column_names,
    )
    if any(map(outline_flaw, _samples(outlines))):
        for i, outline in enumerate(_plain(outlines)):
            if flaw := outline_flaw(outline):
                yield i, flaw


def _samples(outlines: pa.Table) -> Iterator[dict[str, Any]]:
    """Parts of outlines, one of which has a flaw if any of the outlines has one.

    These are the distinct values of each column, and of the columns that are checked together.
    """
    for name in outlines.column_names:
        if name != "configs":
            yield from _plain(pa.table([_doubtful(name, outlines.column(name))], [name]))
    if "number" in outlines.column_names:
        joint = [name for name in outlines.column_names if name in {*LISTS, "task_info"}]
        yield from _plain(_distinct(outlines.select(joint)))
    if "configs" in outlines.column_names:  # differ from run to run
        yield from _plain(outlines.select(["number", "configs"]))


def _doubtful(name: str, column: pa.ChunkedArray) -> pa.Array:
    """The distinct values of a column, without those that are sound at a glance."""
    if name == "run":
        sound = pc.match_substring_regex(column, rf"\A{ID}\z")
    elif pa.types.is_floating(column.type):
        sound = pc.is_finite(column)
    else:
        return pc.unique(column)
    return pc.unique(column.filter(pc.invert(pc.fill_null(sound, fill_value=False))))


def _distinct(table: pa.Table) -> pa.Table:
    """The rows that differ from all before them."""
    codes = np.zeros(len(table), np.int64)
    for column in table.columns:
        encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
        joint = pa.array(codes * len(encoded.dictionary) + encoded.indices.to_numpy())
        codes = joint.dictionary_encode().indices.to_numpy().astype(np.int64)
    return table.take(pa.array(np.unique(codes, return_index=True)[1]))


def _plain(table: pa.Table) -> Iterator[dict[str, Any]]:
    """The rows as plain data, of which few are held in memory at a time."""
    for batch in table.to_batches(max_chunksize=_PIECE):
        yield from batch.to_pylist()


_PIECE = 10_000
"""Rows that are held in memory as plain data."""


def _with_gaps(runs: pa.Table) -> Iterator[int]:
    """The rows that have a list in which a number is missing."""
    for name in {*LISTS} & {*runs.column_names}:
        column = runs.column(name).combine_chunks()
        numbers = pc.list_flatten(column)
        if numbers.null_count:
            yield from pc.list_parent_indices(column).filter(pc.is_null(numbers)).to_pylist()
