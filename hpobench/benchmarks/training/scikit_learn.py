"""Real training of scikit-learn models on the data sets that come with scikit-learn."""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hpobench.benchmark import Benchmark
from hpobench.benchmarks.training.memory import measured_peak
from hpobench.benchmarks.training.models import FAMILIES
from hpobench.system.loading import load as resolve
from hpobench.task import Objective
from hpobench.trial import Config, Outcome, Trial

CLASSES = {"breast_cancer", "digits"}
NUMBERS = {"diabetes"}

ROWS = 1000
"""Only the first so many rows of a data set are used, which keeps a training below a second."""

DIVERGED = 1e3
"""From this error on a training counts as failed; predicting the mean has an error of 1."""

Part = tuple[NDArray[Any], NDArray[Any]]
"""Features (rows x columns) and targets (rows)."""


@dataclass(frozen=True, slots=True)
class Data:
    """A data set in three parts, the features standardised by the first."""

    train: Part
    valid: Part
    test: Part


class Training(Benchmark):
    """Fit a model to half of a data set and validate it on a quarter.

    The objectives are `error` on the validation part (1 - accuracy for classes; for numbers the
    mean squared error divided by the targets' variance, which is 1 - R^2) and `size`, the numbers
    or tree nodes that the fitted model stores. The test values are the error on the last quarter,
    which is never told, and the size again. The seed is the model's random state; the split is
    the same for all. The cost is measured: seconds to fit and validate. Everything else is
    deterministic. A training that cannot be done, or whose error is not below `DIVERGED`, is a
    failed trial.

    Where memory is watched, the objective `megabytes` is the most that fitting took at once: the
    model, its gradients and what is computed for a batch. Watching takes longer than the fit.
    """

    def __init__(self, *, model: str, dataset: str, watch_memory: bool = False) -> None:
        """Set up a training task.

        Args:
            model: A key of `FAMILIES`.
            dataset: One of `CLASSES` or `NUMBERS`.
            watch_memory: Whether `megabytes` is an objective.
        """
        self._family = FAMILIES[model]
        self._dataset = dataset
        self._regression = dataset in NUMBERS
        self.space = self._family.space()
        self.fidelity = self._family.fidelity
        self._watch_memory = watch_memory
        memory = (Objective(name="megabytes", measured=True),) if watch_memory else ()
        self.objectives = (Objective(name="error"), Objective(name="size"), *memory)

    def evaluate(self, trial: Trial, seed: int) -> Outcome:
        """Train, and answer with error and size."""
        fidelity = self._family.fidelity.high if trial.fidelity is None else trial.fidelity
        self.warm_up()
        data, started = self._data, perf_counter()
        with _quiet():
            try:
                with measured_peak(wanted=self._watch_memory) as memory:
                    model = self._fit(trial.config, fidelity, seed)
            except (ArithmeticError, ValueError) as fault:
                return Outcome(failure=_line(fault), cost=perf_counter() - started)
            error = part_error(model, data.valid)
            cost = perf_counter() - started
            if not error < DIVERGED:
                return Outcome(failure=f"diverged: the error is not below {DIVERGED:g}", cost=cost)
            size, test = float(self._family.size(model)), part_error(model, data.test)
        held_back = {"error": test, "size": size} if math.isfinite(test) else {"size": size}
        values = {"error": error, "size": size, **memory}
        return Outcome(values=values, test=held_back, cost=cost)

    def warm_up(self) -> None:
        """Read the data set, and import scikit-learn, which takes a second or two."""
        resolve(self._family.classifier)
        self._data  # noqa: B018 (it is kept)

    @cached_property
    def _data(self) -> Data:
        """The data set, read when it is needed."""
        return load_split(self._dataset)

    def _fit(self, config: Config, fidelity: float, seed: int) -> Any:
        """Train on all rows, or on the share of them that is the fidelity."""
        model = self._family.estimator(config, fidelity, regression=self._regression)
        model.random_state = seed  # SVR has it too, undeclared: else it draws from numpy's global
        features, targets = self._data.train
        if not self._family.argument:
            rows = np.random.default_rng(seed).permutation(len(targets))
            rows = rows[: math.ceil(fidelity * len(targets))]
            features, targets = features[rows], targets[rows]
        return model.fit(features, targets)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep warnings of overflows and of no convergence to ourselves: the error tells."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _line(fault: Exception) -> str:
    """An exception as one line."""
    return f"{type(fault).__name__}: {fault}".partition("\n")[0]


def part_error(model: Any, part: Part) -> float:
    """1 - accuracy, or 1 - R^2; NaN if not all predictions are finite."""
    try:
        return 1 - float(model.score(*part))
    except ValueError:
        return math.nan


@lru_cache
def load_split(dataset: str) -> Data:
    """Split a data set into 50% / 25% / 25%, always in the same way, classes evenly."""
    features, targets = resolve(f"sklearn.datasets:load_{dataset}")(return_X_y=True)
    features, targets = features[:ROWS], targets[:ROWS]
    if dataset in NUMBERS:
        targets = (targets - targets.mean()) / targets.std()
    train, rest = _split((features, targets), stratify=dataset in CLASSES)
    mean, spread = train[0].mean(axis=0), train[0].std(axis=0)
    spread[spread == 0] = 1.0
    valid, test = _split(rest, stratify=dataset in CLASSES)
    return Data(*(((part[0] - mean) / spread, part[1]) for part in (train, valid, test)))


def _split(part: Part, *, stratify: bool) -> tuple[Part, Part]:
    """Halve at random, with a fixed seed."""
    from sklearn.model_selection import train_test_split

    features, targets = part
    first, second, first_targets, second_targets = train_test_split(
        features, targets, test_size=0.5, random_state=0, stratify=targets if stratify else None
    )
    return (first, first_targets), (second, second_targets)
