"""Language models by what they were trained on: mixtures of data as RegMix publishes them."""

import csv
from pathlib import Path
from statistics import fmean

from hpobench.benchmarks.tabular.publisher_formats import Columns
from hpobench.errors import FileError

SIZES = {"1m": 1, "60m": 60, "1B": 1000}
"""Millions of parameters by how RegMix's files call a model."""

PARTS, LOSSES, AFTER = "train_the_pile_", "metric/the_pile_", "_val_loss"
"""What RegMix's columns have around the name of a domain."""


def regmix(path: Path, files: str) -> Columns:
    """Mixtures of some of RegMix's files, with the losses of the models trained on them.

    Args:
        path: One of the publisher's files; the others lie beside it.
        files: Such as `train_1m+test_1m`: of each `train_mixture_1m.csv` has the weights of 17
            domains, and `train_pile_loss_1m.csv` the losses on 13 of them, of the same rows.

    Returns:
        A weight by domain, `loss_DOMAIN` and their mean `loss_mean`, and `million_parameters`.

    Raises:
        FileError: The two files of a pair have other rows.
    """
    columns: Columns = {}
    for name in files.split("+"):
        split, size = name.split("_")
        mixtures = _rows(path.with_name(f"{split}_mixture_{size}.csv"), PARTS, "")
        losses = _rows(path.with_name(f"{split}_pile_loss_{size}.csv"), LOSSES, AFTER)
        if mixtures.keys() != losses.keys():
            raise FileError(path, f"the mixtures and the losses of {name} have other rows")
        for index, weights in mixtures.items():
            told = {f"loss_{domain}": loss for domain, loss in losses[index].items()}
            mean = fmean(told.values())
            row = {**weights, **told, "loss_mean": mean, "million_parameters": SIZES[size]}
            for column, value in row.items():
                columns.setdefault(column, []).append(value)
    return columns


def _rows(path: Path, before: str, after: str) -> dict[str, dict[str, float]]:
    """By index the numbers of a row, by domain."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row.pop("index"): {
                name.removeprefix(before).removesuffix(after): float(cell)
                for name, cell in row.items()
            }
            for row in csv.DictReader(file)
        }
