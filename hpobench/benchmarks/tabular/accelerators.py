"""Networks of accelerators, simulated: the designs that ArchGym publishes."""

from pathlib import Path

from hpobench.benchmarks.recorded.delimited import read_delimited
from hpobench.benchmarks.tabular.publisher_formats import Columns
from hpobench.errors import FileError


def archgym(path: Path, measures: str) -> Columns:
    """Designs, and what the simulator measured of them in the same rows of a second file.

    Args:
        path: The designs, one a row.
        measures: Name of the file beside it, such as `observations_feasible`.

    Returns:
        The columns of both files.

    Raises:
        FileError: They have not equally many rows.
    """
    designs = read_delimited(path).to_pydict()
    beside = path.with_name(f"{measures}.csv")
    measured = read_delimited(beside).to_pydict()
    counts = [len(next(iter(columns.values()))) for columns in (designs, measured)]
    if counts[0] != counts[1]:
        raise FileError(beside, f"has {counts[1]} rows, and {path.name} has {counts[0]}")
    return {**designs, **measured}
