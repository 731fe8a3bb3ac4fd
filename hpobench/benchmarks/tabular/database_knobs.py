"""Settings of a database under a workload, measured: the records of KnobsTuningEA."""

import math
from ast import literal_eval
from pathlib import Path
from typing import Any

from hpobench.benchmarks.tabular.publisher_formats import Columns
from hpobench.errors import FileError


def mysql_runs(path: Path, _: str) -> Columns:
    """Settings of MySQL and what a workload reached with them, one a line.

    A line is a dictionary as Python writes it, then `tps_NUMBER`, `lat_NUMBER` and more behind
    bars. A server that did not start, or served nothing, has a throughput of at most 0 and perhaps
    no latency: both measures are then missing.

    Returns:
        The knobs by name, `throughput` in transactions a second, and `latency` in milliseconds.

    Raises:
        FileError: A line is not like that, or sets other knobs than the first.
    """
    columns: Columns = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        row = _row(path, number, line)
        if columns and row.keys() != columns.keys():
            raise FileError(path, f"line {number} sets other knobs than the first")
        for name, value in row.items():
            columns.setdefault(name, []).append(value)
    return columns


def _row(path: Path, number: int, line: str) -> dict[str, Any]:
    """The knobs and the measures of a line."""
    said, *measured = line.split("|")
    try:
        knobs = literal_eval(said)
        numbers = dict(each.split("_", 1) for each in measured if each.startswith(("tps_", "lat_")))
        throughput, latency = float(numbers["tps"]), float(numbers.get("lat", "nan"))
    except (ValueError, SyntaxError, KeyError) as error:
        raise FileError(path, f"line {number} is no record of a run: {error!r:.80}") from None
    served = throughput > 0 and math.isfinite(throughput)
    plain = {name: float(v) if isinstance(v, int) else v for name, v in knobs.items()}
    return plain | {
        "throughput": throughput if served else None,
        "latency": latency if served else None,
    }
