"""A recorded table as files: Parquet, the YAML of its tasks, and a page about its quality."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from hpobench.benchmarks.described import describe_space
from hpobench.fetch.checksums import checksum
from hpobench.recording.quality import NEAR, Quality, quality_of
from hpobench.recording.table import FAILURE, NUMBER, SECONDS, SEED, RecordedTable
from hpobench.space import types
from hpobench.store.files import write_atomically
from hpobench.task import Objective

KINDS = {"": (1, False), "-mf": (1, True), "-mo": (2, False), "-mfmo": (2, True)}
"""By the end of a task's name: how many objectives count, and whether the fidelity does."""


def write_recording(table: RecordedTable, folder: Path) -> list[Path]:
    """Write a recording into a catalogue folder.

    Args:
        table: What was recorded.
        folder: Its `tables/` takes the Parquet file, its `tasks/` YAML and page.

    Returns:
        The files: Parquet, YAML, page.
    """
    name = table_name(table)
    parquet = folder / "tables" / f"{name}.parquet"
    described = folder / "tasks" / f"{name}.yaml"
    page = folder / "tables" / f"{name}.md"
    for path in (parquet, described):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(table, parquet)
    entry = {"file": f"tables/{name}.parquet", "sha256": checksum(parquet), **table_params(table)}
    text = yaml.safe_dump(_yaml(table, name, entry), sort_keys=False, allow_unicode=True, width=100)
    write_atomically(described, text.encode())
    write_atomically(page, ("\n".join(_page(table, name)) + "\n").encode())
    return [parquet, described, page]


def table_name(table: RecordedTable) -> str:
    """The recording's name: that of its task, without what says the kind."""
    name = table.task.base_id.partition("/")[2] or table.task.base_id
    for end in ("-mfmo", "-mf", "-mo"):
        name = name.removesuffix(end)
    return name


def write_parquet(table: RecordedTable, path: Path) -> None:
    """Write the rows as compactly as lossless compression of columns allows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = table.rows.drop(columns=NUMBER)
    arrow = pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata(None)
    temporary = path.with_suffix(".tmp")
    pq.write_table(
        arrow,
        temporary,
        compression="zstd",
        compression_level=19,
        use_dictionary=True,
        write_statistics=False,
        store_schema=False,
    )
    temporary.replace(path)


def table_params(table: RecordedTable) -> dict[str, Any]:
    """What a task's YAML says of the table, but for the file."""
    benchmark = table.benchmark
    objectives = {
        objective.name: {
            "direction": "maximize" if objective.maximize else "minimize",
            **({"test": f"test_{objective.name}"} if _has_test(table, objective) else {}),
        }
        for objective in benchmark.objectives
    }
    fidelity = benchmark.fidelity
    ladder = {"column": fidelity.name, "continuable": fidelity.continuable} if fidelity else {}
    return {
        "lookup": "nearest",
        "hyperparameters": describe_space(benchmark.space),
        "objectives": objectives,
        **({"fidelity": ladder} if fidelity else {}),
        "seeds": {"column": SEED, "use": "draw"},
        "cost": {"column": SECONDS},
    }


def _has_test(table: RecordedTable, objective: Objective) -> bool:
    """Whether test values of an objective were recorded."""
    return bool(table.rows[f"test_{objective.name}"].notna().any())


def _yaml(table: RecordedTable, name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """The task file: what all kinds share, and an entry for each."""
    benchmark = table.benchmark
    chosen = [objective.name for objective in benchmark.objectives]
    first = [*table.task.objectives, *(each for each in chosen if each not in table.task.objectives)]
    second = [first[0], *(["size"] if "size" in chosen else first[1:2])]
    entries = []
    for end, (count, by_fidelity) in KINDS.items():
        if (by_fidelity and not benchmark.fidelity) or count > len(second):
            continue
        level = {"fidelity": benchmark.fidelity.name} if by_fidelity and benchmark.fidelity else {}
        entries.append({"id": f"{name}{end}", "objectives": second[:count], **level})
    dimension = len(benchmark.space)
    return {
        "benchmark": "hpobench.benchmarks.recorded:Recorded",
        "description": f"{name}, recorded: {table.task.description.partition(':')[0]}",
        "source": table.task.source or "recorded by hpobench",
        "licence": table.task.licence or "unknown",
        "dimension": dimension,
        "types": list(types(benchmark.space)),
        "budget": {"trials": math.ceil(20 + 40 * math.sqrt(dimension))},
        "params": dict(params),
        "tasks": entries,
    }


def _page(table: RecordedTable, name: str) -> Iterator[str]:
    """The page, line by line."""
    rows = table.rows
    failed = rows[rows[FAILURE] != ""]
    trainings = rows.groupby([NUMBER, SEED]).ngroups
    yield f"# {name}"
    yield ""
    yield f"Recorded from `{table.task.id}`: {rows[NUMBER].nunique()} configurations, "
    yield f"{rows[SEED].nunique()} seeds, {trainings} trainings, {len(rows)} rows, "
    yield f"{rows[SECONDS].groupby([rows[NUMBER], rows[SEED]]).max().sum() / 3600:.2f} core hours."
    if table.missing:
        yield ""
        yield f"**Incomplete: {table.missing} trainings of the plan are missing.**"
    yield ""
    yield f"{len(failed)} trainings failed."
    for reason, count in failed[FAILURE].value_counts().head(5).items():
        yield f"- {count} times: {reason}"
    for objective in table.benchmark.objectives:
        yield ""
        quality = quality_of(table, objective.name, maximize=objective.maximize)
        yield from _section(objective.name, quality)


def _section(name: str, quality: Quality) -> Iterator[str]:
    """What is known of one objective."""
    yield f"## {name}"
    yield ""
    yield "| measure | value |"
    yield "|---|---|"
    yield f"| best configuration, mean over seeds | {quality.best:.5g} |"
    yield f"| median configuration | {quality.median:.5g} |"
    yield f"| spread over seeds (standard deviation, median) | {quality.seed_spread:.3g} |"
    yield f"| spread over configurations, in that unit | {quality.signal:.3g} |"
    yield f"| share of configurations within {NEAR:.0%} of the best | {quality.near_best:.2%} |"
    yield f"| rank correlation with test values | {quality.test_correlation:.3f} |"
    for trials, value in quality.random_search.items():
        yield f"| random search after {trials} trials, median | {value:.5g} |"
    if quality.level_correlations:
        yield ""
        yield "Rank correlation with the highest fidelity, by fidelity: " + ", ".join(
            f"{level:g}: {value:.2f}" for level, value in quality.level_correlations.items()
        )
