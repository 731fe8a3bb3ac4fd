"""A linear classifier by stochastic gradient descent, epoch by epoch."""

from typing import Any

import numpy as np
from ConfigSpace import ConfigurationSpace, EqualsCondition, Float, InCondition, Integer

from hpobench.benchmarks.learners.datasets import Part, Split
from hpobench.benchmarks.learners.learner import DatasetLearner, TrainingInProgress
from hpobench.benchmarks.learners.predictions import (
    PartScores,
    as_probabilities,
    judge_classes,
    with_all_classes,
)
from hpobench.task import Fidelity
from hpobench.trial import Config


class Linear(DatasetLearner):
    """scikit-learn's `SGDClassifier`, on the features or on random Fourier features of them.

    Source: Rahimi and Recht (2007), Random Features for Large-Scale Kernel Machines, NIPS 20.
    """

    fidelity = Fidelity(name="epochs", low=1, high=64, integer=True, continuable=True)
    inherited = ("features", "components", "average")
    library = "sklearn.linear_model"

    @staticmethod
    def make_space() -> ConfigurationSpace:
        """Eleven hyperparameters, five of them under conditions."""
        space = ConfigurationSpace(
            {
                "features": ["raw", "fourier"],
                "gamma": Float("gamma", (1e-4, 1.0), log=True, default=0.05),
                "components": Integer("components", (16, 256), log=True, default=128),
                "loss": ["log_loss", "hinge", "modified_huber", "perceptron"],
                "penalty": ["l2", "l1", "elasticnet"],
                "l1_ratio": Float("l1_ratio", (0.0, 1.0), default=0.15),
                "alpha": Float("alpha", (1e-7, 1e-1), log=True, default=1e-4),
                "learning_rate": ["optimal", "constant", "invscaling"],
                "eta0": Float("eta0", (1e-4, 1.0), log=True, default=1e-2),
                "power_t": Float("power_t", (0.1, 0.9), default=0.5),
                "average": [False, True],
            }
        )
        space.add(EqualsCondition(space["gamma"], space["features"], "fourier"))
        space.add(EqualsCondition(space["components"], space["features"], "fourier"))
        space.add(EqualsCondition(space["l1_ratio"], space["penalty"], "elasticnet"))
        space.add(InCondition(space["eta0"], space["learning_rate"], ["constant", "invscaling"]))
        space.add(EqualsCondition(space["power_t"], space["learning_rate"], "invscaling"))
        return space

    def train_on(self, split: Split, config: Config, seed: int) -> TrainingInProgress:
        """Set up a classifier whose weights are 0."""
        return _Linear(config, split, seed)


class StochasticDescent(TrainingInProgress):
    """A linear classifier that sees all rows once an epoch, in an order drawn anew."""

    _model: Any
    _train: Part

    def begin_descent(self, seed: int) -> None:
        """Draw the orders to come from a generator of this seed."""
        self._epoch, self._generator = 0, np.random.default_rng(seed)

    def advance(self, level: float) -> None:
        """Train for more epochs."""
        features, targets = self._train
        classes = np.arange(int(targets.max()) + 1)
        for _ in range(int(level) - self._epoch):
            order = self._generator.permutation(len(targets))
            self._model.partial_fit(features[order], targets[order], classes=classes)
        self._epoch = int(level)

    def state(self) -> Any:
        """The classifier, its epochs, and the generator of its orders."""
        return self._model, self._epoch, self._generator

    def resume(self, state: Any) -> None:
        """Take over a classifier of as many features, averaged or not as this one."""
        model, self._epoch, self._generator = state
        if model.coef_.shape[1] != self._train[0].shape[1]:
            raise ValueError("a classifier goes on with as many features as it began with")
        if model.average != self._model.average:
            raise ValueError("a classifier goes on with the 'average' that it began with")
        self._model = model.set_params(**self._model.get_params())


class _Linear(StochasticDescent):
    """A classifier on the features, or on random projections of them."""

    def __init__(self, config: Config, split: Split, seed: int) -> None:
        from sklearn.linear_model import SGDClassifier

        self._split = split
        self.begin_descent(seed)
        self._see = self._features(config, split)
        self._train = self._see(split.train[0]), split.train[1]
        self._model: Any = SGDClassifier(
            loss=config["loss"],
            penalty=config["penalty"],
            l1_ratio=config.get("l1_ratio", 0.0),
            alpha=config["alpha"],
            learning_rate=config["learning_rate"],
            eta0=config.get("eta0", 0.01),
            power_t=config.get("power_t", 0.5),
            average=config["average"],
            shuffle=False,
            random_state=seed,
        )

    def _features(self, config: Config, split: Split) -> Any:
        """The features as they are, or cosines of random projections of them."""
        if config["features"] == "raw":
            return lambda features: features
        width, count = split.train[0].shape[1], int(config["components"])
        scale = np.sqrt(2 * float(config["gamma"]))
        weights = self._generator.normal(scale=scale, size=(width, count))
        shift = self._generator.uniform(0, 2 * np.pi, size=count)
        return lambda features: np.sqrt(2 / count) * np.cos(features @ weights + shift)

    def scores(self) -> tuple[PartScores, PartScores]:
        """Judge by the softmax of the decision function."""
        valid, test = (
            judge_classes(self._predict(part[0]), part[1])
            for part in (self._split.valid, self._split.test)
        )
        return valid, test

    def _predict(self, features: Any) -> Any:
        decision = self._model.decision_function(self._see(features))
        return with_all_classes(as_probabilities(decision), self._model.classes_, self._split)

    @property
    def size(self) -> int:
        """The weights that are not 0, the intercepts, and the numbers of the projection."""
        projection = 0 if self._train[0] is self._split.train[0] else self._projection_size
        return int(np.count_nonzero(self._model.coef_) + self._model.intercept_.size + projection)

    @property
    def _projection_size(self) -> int:
        return int((self._split.train[0].shape[1] + 1) * self._train[0].shape[1])
