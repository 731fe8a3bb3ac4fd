"""Models that predict clicks, and how they were tuned: the runs that BARS publishes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from hpobench.benchmarks.tabular.publisher_formats import Columns
from hpobench.errors import FileError

RUN = re.compile(r"\[exp_id\] ([^,]+),.*\[val\] (.*),\[test\] (.*)")
AUC = re.compile(r"(?<!g)AUC: ([0-9.]+)")
"""The area under the curve in a line of results, which is not the grouped one."""

NONE = "none"


class _Loader(yaml.CSafeLoader):
    """Reads the tuner's configurations, in which some lists are Python's tuples."""


def _sequence(loader: Any, node: Any) -> Any:
    """The list that stands for one of Python's tuples."""
    return loader.construct_sequence(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:python/tuple", _sequence)


def bars_runs(path: Path, dataset: str) -> Columns:
    """All tuned models of a data set whose configuration is published, one run a row.

    Args:
        path: Any file below the publisher's folder `ctr`, in which all models lie.
        dataset: Such as `avazu_x1`.

    Returns:
        `model`, `auc` on the validation data and `test_auc`, and each setting; lists as texts such
        as `400-400`, and `none` where it is null, a mapping or not said.

    Raises:
        FileError: There are no such runs.
    """
    root = next((folder for folder in path.parents if folder.name == "ctr"), path)
    settings = dict(_settings(root, dataset))
    runs: dict[str, tuple[str, float, float]] = {}
    for results in sorted(root.glob(f"*/*_{dataset}/*.csv")):
        model = results.parent.name.removesuffix(f"_{dataset}")
        for run, told, test in _results(results):
            if run in settings:
                runs.setdefault(run, (model, told, test))
    if not runs:
        raise FileError(path, f"there are no runs of {dataset!r} beside it")
    names = sorted({name for run in runs for name in settings[run]} - {"model"})
    return {
        "model": [model for model, _, _ in runs.values()],
        "auc": [told for _, told, _ in runs.values()],
        "test_auc": [test for _, _, test in runs.values()],
        **{name: [_plain(settings[run].get(name)) for run in runs] for name in names},
    }


def _settings(root: Path, dataset: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The runs of a data set by name with what the tuner set."""
    for file in sorted(root.glob("*/**/*.yaml")):
        text = file.read_text(encoding="utf-8")
        if f"_{dataset}_" in text and file.name != "dataset_config.yaml":
            for run, said in yaml.load(text, Loader=_Loader).items():  # noqa: S506 (a safe one)
                if isinstance(said, dict) and f"_{dataset}_" in run:
                    yield run, said


def _results(path: Path) -> Iterator[tuple[str, float, float]]:
    """Each run of a file with its areas under the curve on validation and test data."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line_found := RUN.search(line):
            run, told, test = line_found.groups()
            areas = AUC.search(told), AUC.search(test)
            if areas[0] and areas[1]:
                yield run, float(areas[0][1]), float(areas[1][1])


def _plain(value: Any) -> Any:
    """A value as one that a table can hold."""
    if isinstance(value, list):
        return "-".join(map(str, value)) or NONE
    return NONE if value is None or isinstance(value, dict) else value
