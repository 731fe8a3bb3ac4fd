"""Support vector machines on a share of the data."""

import math
from typing import Any

import numpy as np
from ConfigSpace import ConfigurationSpace, EqualsCondition, Float, InCondition, Integer

from hpobench.benchmarks.learners.datasets import Split
from hpobench.benchmarks.learners.learner import DatasetLearner, TrainingInProgress
from hpobench.benchmarks.learners.predictions import (
    PartScores,
    as_probabilities,
    judge_classes,
    with_all_classes,
)
from hpobench.task import Fidelity
from hpobench.trial import Config

MOST_ITERATIONS = 20_000
"""Limit of libsvm's solver, which takes minutes where it hardly converges."""


class Kernel(DatasetLearner):
    """scikit-learn's `SVC`; the fidelity is the share of the training part that it learns from.

    Smaller shares lie in larger ones, but nothing learnt from one is of use for the next. A share
    is at least so large that each class occurs.
    """

    fidelity = Fidelity(name="share", low=0.0625, high=1.0)
    continues = False
    library = "sklearn.svm"

    @staticmethod
    def make_space() -> ConfigurationSpace:
        """Nine hyperparameters, three of them under conditions."""
        space = ConfigurationSpace(
            {
                "kernel": ["rbf", "linear", "poly", "sigmoid"],
                "C": Float("C", (1e-3, 1e3), log=True, default=1.0),
                "gamma": Float("gamma", (1e-5, 10.0), log=True, default=0.05),
                "coef0": Float("coef0", (-1.0, 1.0), default=0.0),
                "degree": Integer("degree", (2, 5), default=3),
                "class_weight": ["none", "balanced"],
                "shrinking": [True, False],
                "tol": Float("tol", (1e-5, 1e-1), log=True, default=1e-3),
                "rank": ["full", "half", "quarter"],
            }
        )
        space.add(InCondition(space["gamma"], space["kernel"], ["rbf", "poly", "sigmoid"]))
        space.add(InCondition(space["coef0"], space["kernel"], ["poly", "sigmoid"]))
        space.add(EqualsCondition(space["degree"], space["kernel"], "poly"))
        return space

    def train_on(self, split: Split, config: Config, seed: int) -> TrainingInProgress:
        """Set up a machine that has seen nothing."""
        return _Kernel(config, split, seed)


class _Kernel(TrainingInProgress):
    """A machine that is fitted from nothing to each share; `rank` keeps leading components."""

    def __init__(self, config: Config, split: Split, seed: int) -> None:
        self._config, self._split, self._seed = config, split, seed
        width = split.train[0].shape[1]
        kept = {"full": 1, "half": 2, "quarter": 4}[str(config["rank"])]
        _, _, axes = np.linalg.svd(split.train[0], full_matrices=False)
        self._axes = axes[: max(math.ceil(width / kept), 1)].T if kept > 1 else np.eye(width)
        self._model: Any = None

    def advance(self, level: float) -> None:
        """Fit to the first rows of the training part."""
        from sklearn.svm import SVC

        config = self._config
        features, targets = self._split.train
        rows = max(math.ceil(level * len(targets)), self._all_classes(targets))
        self._model = SVC(
            C=config["C"],
            kernel=config["kernel"],
            gamma=config.get("gamma", "scale"),
            coef0=config.get("coef0", 0.0),
            degree=config.get("degree", 3),
            class_weight=None if config["class_weight"] == "none" else "balanced",
            shrinking=config["shrinking"],
            tol=config["tol"],
            max_iter=MOST_ITERATIONS,
            cache_size=50,
            random_state=self._seed,
        ).fit(features[:rows] @ self._axes, targets[:rows])

    def _all_classes(self, targets: Any) -> int:
        """How many rows it takes until each class has occurred."""
        return int(np.unique(targets, return_index=True)[1].max()) + 1

    def state(self) -> Any:
        """Nothing is of use for a larger share."""

    def resume(self, state: Any) -> None:
        """Begin from nothing, as ever."""

    def scores(self) -> tuple[PartScores, PartScores]:
        """Judge by the softmax of the decision function."""
        valid, test = (
            judge_classes(self._predict(part[0]), part[1])
            for part in (self._split.valid, self._split.test)
        )
        return valid, test

    def _predict(self, features: Any) -> Any:
        decision = self._model.decision_function(features @ self._axes)
        return with_all_classes(as_probabilities(decision), self._model.classes_, self._split)

    @property
    def size(self) -> int:
        """The support vectors and their coefficients."""
        return int(self._model.support_vectors_.size + self._model.dual_coef_.size)
