"""A recorded table as a Parquet file that says by itself how it is looked up."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.recorded.embedded import embed_metadata
from hpobench.errors import UserError
from hpobench.recording.columns import LEVEL
from hpobench.recording.description import describe_forbidden, describe_hyperparameters
from hpobench.recording.table import (
    FAILURE,
    SECONDS,
    SEED,
    TEST,
    VALUE,
    RecordedTable,
    hyperparameter_columns,
)
from hpobench.space import types
from hpobench.task import Objective, Task


def write_parquet(table: RecordedTable, path: Path) -> None:
    """Write the rows, so that a reader sees all of the file or none.

    Columns that say nothing are left out: of failures if nothing failed, of test values that are
    always the value.

    Args:
        table: What was recorded.
        path: Where the file is to be.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = table.rows.drop(columns=_redundant(table))
    columns = {str(name): _column(pa, rows[name]) for name in rows}
    arrow, temporary = pa.table(columns), path.with_suffix(".tmp")
    with pq.ParquetWriter(
        temporary,
        arrow.schema,
        compression="zstd",
        compression_level=LEVEL,
        write_statistics=False,
        store_schema=False,
    ) as writer:
        writer.write_table(arrow)
        writer.add_key_value_metadata(embed_metadata(described_table(table)))
    temporary.replace(path)


def described_table(table: RecordedTable) -> dict[str, Any]:
    """What the file says of itself: parameters of the look-up, the task, and how it was made."""
    task, rows = table.task, table.rows
    return {
        "params": table_params(table),
        "task": {
            "description": task.description.partition(":")[0],
            "source": task.source,
            "licence": task.licence,
            "dimension": len(table.benchmark.space),
            "types": list(types(table.benchmark.space)),
            "objectives": ordered_objectives(task, table.benchmark),
            "fidelity": table.fidelity,
        },
        "recorded": {
            "task": task.id,
            "configurations": int(rows["configuration"].nunique()),
            "seeds": sorted({int(seed) for seed in rows[SEED]}),
            "levels": int(rows[table.fidelity].nunique()) if table.fidelity else 0,
        },
    }


def check_recordable(task: Task, benchmark: Benchmark) -> None:
    """Refuse before anything is trained what could not be written afterwards.

    Raises:
        UserError: A condition or a forbidden clause cannot be said in a table's YAML, or a
            hyperparameter's values are of several types.
    """
    try:
        described = describe_hyperparameters(benchmark.space)
        describe_forbidden(benchmark.space)
    except UserError as error:
        raise UserError(f"{task.id} cannot be recorded: {error}") from None
    for name, each in described.items():
        kinds = {int if type(v) is float else type(v) for v in each.get("values", ())}
        if len(kinds) > 1:
            raise UserError(
                f"{task.id} cannot be recorded: the values of {name!r} are of several types, "
                "which no column holds: make all of them texts"
            )


def table_params(table: RecordedTable) -> dict[str, Any]:
    """The parameters of `Recorded` for the table, but for the file."""
    benchmark = table.benchmark
    hyperparameters = describe_hyperparameters(benchmark.space)
    for name, column in hyperparameter_columns(benchmark).items():
        hyperparameters[name] |= {"column": column} if column != name else {}
    forbidden, fidelity = describe_forbidden(benchmark.space), benchmark.fidelity
    without = _redundant(table)
    params: dict[str, Any] = {
        "lookup": "nearest",
        "hyperparameters": hyperparameters,
        **({"forbidden": forbidden} if forbidden else {}),
        "objectives": {
            objective.name: _measure(objective, without) for objective in benchmark.objectives
        },
        "seeds": {"column": SEED, "use": "draw"},
        "cost": {"column": SECONDS},
    }
    if fidelity:
        params["fidelity"] = {"column": fidelity.name, "continuable": fidelity.continuable}
    return params


def ordered_objectives(task: Task, benchmark: Benchmark) -> list[str]:
    """The objectives' names, those first that the task is about."""
    names = [objective.name for objective in benchmark.objectives]
    return list(dict.fromkeys([*task.objectives, *names]))


def _measure(objective: Objective, without: Iterable[str]) -> dict[str, str]:
    """An objective's columns and direction."""
    test = TEST + objective.name
    return {
        "column": VALUE + objective.name,
        "direction": "maximize" if objective.maximize else "minimize",
        **({} if test in without else {"test": test}),
    }


def _redundant(table: RecordedTable) -> list[str]:
    """The columns that say nothing."""
    rows = table.rows
    absent = [] if (rows[FAILURE] != "").any() else [FAILURE]
    for objective in table.benchmark.objectives:
        tests = rows[TEST + objective.name]
        if tests.isna().all() or _same(tests, rows[VALUE + objective.name]):
            absent.append(TEST + objective.name)
    return absent


def _same(one: Any, other: Any) -> bool:
    """Whether two columns are equal row by row, what is missing included."""
    return bool(((one == other) | (one.isna() & other.isna())).all())


def _column(pa: Any, column: Any) -> Any:
    """A column of the narrowest whole numbers that hold it, or of what its values are."""
    array = pa.array([None if value != value else value for value in column])  # noqa: PLR0124 (NaN)
    if not pa.types.is_integer(array.type):
        return array
    for kind in (pa.int8(), pa.int16(), pa.int32()):
        try:
            return array.cast(kind)
        except pa.ArrowInvalid:
            continue
    return array
