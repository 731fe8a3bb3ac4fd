"""Language models that are served: throughput by engine, GPUs and batch size."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean

from hpobench.benchmarks.tabular.publisher_formats import Columns
from hpobench.errors import FileError, nearest

Settings = tuple[str, int, int]
"""The engine, the number of GPUs and the batch size."""


def infpop(path: Path, model: str) -> Columns:
    """What a model reached with each setting, over all runs whatever they ran on.

    Returns:
        `engine`, `gpus`, `batch_size`; `throughput` in tokens a second, the mean of the runs that
        succeeded and 0 if none did; `out_of_memory`, the share of runs that did not.

    Raises:
        FileError: There are no such runs; names the nearest model.
    """
    runs: dict[str, dict[Settings, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            place = row["engine"], int(row["nrGPUs"]), int(row["batchSize"])
            runs[row["model"]][place].append((row["throughput"], row["errors_l"]))
    return _columns(path, model, runs)


def infpop_by_hardware(path: Path, which: str) -> Columns:
    """What a model reached with each setting on one kind of GPU: as `infpop`.

    Args:
        path: `all_improvement_hardware_ENGINE.md`, a table of one engine; the other's is beside it.
        which: `MODEL@a100` or `MODEL@tesla`, as the file calls an A100 and a V100.

    Raises:
        FileError: There are no such runs; names the nearest model.
    """
    model, _, hardware = which.partition("@")
    runs: dict[str, dict[Settings, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for file in sorted(path.parent.glob("all_improvement_hardware_*.md")):
        for row in _markdown(file):
            place = row["engine"], int(row["nrGPUs_a100"]), int(row["batchSize_a100"])
            told = row[f"throughput_{hardware}"], row[f"errors_l_{hardware}"]
            runs[row["model"]][place].append(told)
    return _columns(path, model, runs)


def _markdown(path: Path) -> Iterable[dict[str, str]]:
    """The rows of a table between bars."""
    lines = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    for cells in lines[2:]:
        yield dict(zip(lines[0], cells, strict=True))


def _columns(
    path: Path, model: str, runs: Mapping[str, Mapping[Settings, list[tuple[str, str]]]]
) -> Columns:
    """The settings of one model with the mean of their runs."""
    if model not in runs:
        raise FileError(path, f"no model {model!r}{nearest(model, runs)}")
    found = runs[model]
    succeeded = {
        place: [float(text) for text, error in told if error == "ok"]
        for place, told in found.items()
    }
    return {
        "engine": [engine for engine, _, _ in found],
        "gpus": [gpus for _, gpus, _ in found],
        "batch_size": [size for _, _, size in found],
        "throughput": [fmean(succeeded[place] or [0.0]) for place in found],
        "out_of_memory": [1 - len(succeeded[p]) / len(told) for p, told in found.items()],
    }
