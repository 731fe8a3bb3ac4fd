"""The families of scikit-learn models that `training` tunes: spaces, fidelities and sizes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ConfigSpace import (
    Categorical,
    ConfigurationSpace,
    EqualsCondition,
    Float,
    GreaterThanCondition,
    InCondition,
    Integer,
)

from hpobench.system.loading import load
from hpobench.task import Fidelity
from hpobench.trial import Config

EPOCHS = Fidelity(name="epochs", low=1, high=27, integer=True, continuable=True)
TREES = Fidelity(name="trees", low=1, high=27, integer=True, continuable=True)
SHARE = Fidelity(name="share", low=0.1, high=1.0)
"""Share of the training data; the seed says which rows, and smaller shares lie in larger ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A kind of model, for classification and, where there is one, for regression.

    Attributes:
        classifier: Estimator for classes, `module:Class`, as scikit-learn takes long to import.
        regressor: Estimator for numbers, likewise; empty if there is none.
        fidelity: What can be saved on.
        argument: The estimator's argument that the fidelity sets; empty if it is `SHARE`.
        space: Builds the space; hyperparameters are called as the estimator's arguments.
        size: How many numbers (or tree nodes) the fitted estimator has to store.
        arguments: Turns a configuration into arguments of the estimator.
        fixed: Arguments that are not tuned.
    """

    classifier: str
    regressor: str = ""
    fidelity: Fidelity
    argument: str = ""
    space: Callable[[], ConfigurationSpace]
    size: Callable[[Any], int]
    arguments: Callable[[Config], dict[str, Any]] = dict
    fixed: Mapping[str, Any] = field(default_factory=dict)

    def estimator(self, config: Config, fidelity: float, *, regression: bool) -> Any:
        """An estimator yet to be fitted.

        Raises:
            ValueError: The family has no regressor.
        """
        target = self.regressor if regression else self.classifier
        if not target:
            raise ValueError("this family of models has no regressor")
        reach = {self.argument: int(fidelity)} if self.argument else {}
        return load(target)(**self.arguments(config), **self.fixed, **reach)


def _mlp_space() -> ConfigurationSpace:
    """Up to three layers; units of a layer only where there is one, momentum only for SGD."""
    space = ConfigurationSpace(
        {
            "activation": ["relu", "tanh", "logistic"],
            "alpha": Float("alpha", (1e-6, 1e-1), log=True),
            "batch_size": Integer("batch_size", (32, 128), log=True),
            "layers": Integer("layers", (1, 3)),
            "learning_rate_init": Float("learning_rate_init", (1e-4, 1.0), log=True),
            "momentum": Float("momentum", (0.0, 0.99)),
            "solver": ["adam", "sgd"],
            **{f"units_{i}": Integer(f"units_{i}", (8, 64), log=True) for i in (1, 2, 3)},
        }
    )
    space.add(EqualsCondition(space["momentum"], space["solver"], "sgd"))
    space.add(GreaterThanCondition(space["units_2"], space["layers"], 1))
    space.add(GreaterThanCondition(space["units_3"], space["layers"], 2))
    return space


def _mlp_arguments(config: Config) -> dict[str, Any]:
    """The layers' units as the one tuple scikit-learn wants."""
    kept = {k: v for k, v in config.items() if k != "layers" and not k.startswith("units_")}
    units = tuple(config[f"units_{i + 1}"] for i in range(int(config["layers"])))
    return {**kept, "hidden_layer_sizes": units}


def _linear_space() -> ConfigurationSpace:
    """Stochastic gradient descent, with what belongs to one penalty or one schedule only."""
    space = ConfigurationSpace(
        {
            "alpha": Float("alpha", (1e-6, 1e-1), log=True),
            "average": [False, True],
            "eta0": Float("eta0", (1e-4, 1.0), log=True),
            "l1_ratio": Float("l1_ratio", (0.0, 1.0)),
            "learning_rate": ["optimal", "constant", "invscaling"],
            "loss": ["hinge", "log_loss", "modified_huber"],
            "penalty": ["l2", "l1", "elasticnet"],
            "power_t": Float("power_t", (0.1, 0.9)),
        }
    )
    space.add(EqualsCondition(space["l1_ratio"], space["penalty"], "elasticnet"))
    space.add(InCondition(space["eta0"], space["learning_rate"], ["constant", "invscaling"]))
    space.add(EqualsCondition(space["power_t"], space["learning_rate"], "invscaling"))
    return space


def _forest_space() -> ConfigurationSpace:
    """Shape of the trees, and how much of the data each sees if it draws its own."""
    space = ConfigurationSpace(
        {
            "bootstrap": [True, False],
            "max_depth": Integer("max_depth", (2, 20), log=True),
            "max_features": Float("max_features", (0.05, 1.0)),
            "max_samples": Float("max_samples", (0.1, 1.0)),
            "min_samples_leaf": Integer("min_samples_leaf", (1, 20), log=True),
            "min_samples_split": Integer("min_samples_split", (2, 40), log=True),
        }
    )
    space.add(EqualsCondition(space["max_samples"], space["bootstrap"], True))
    return space


def _boosting_space() -> ConfigurationSpace:
    """Numbers only, without conditions."""
    return ConfigurationSpace(
        {
            "learning_rate": Float("learning_rate", (0.01, 1.0), log=True),
            "max_depth": Integer("max_depth", (1, 6)),
            "max_features": Float("max_features", (0.1, 1.0)),
            "min_samples_leaf": Integer("min_samples_leaf", (1, 32), log=True),
            "subsample": Float("subsample", (0.3, 1.0)),
        }
    )


def _svm_space() -> ConfigurationSpace:
    """Four kernels, with what each of them needs."""
    space = ConfigurationSpace(
        {
            "C": Float("C", (1e-2, 1e3), log=True),
            "coef0": Float("coef0", (-1.0, 1.0)),
            "degree": Integer("degree", (2, 4)),
            "gamma": Float("gamma", (1e-4, 1.0), log=True),
            "kernel": Categorical("kernel", ["rbf", "linear", "poly", "sigmoid"]),
        }
    )
    space.add(InCondition(space["coef0"], space["kernel"], ["poly", "sigmoid"]))
    space.add(EqualsCondition(space["degree"], space["kernel"], "poly"))
    space.add(InCondition(space["gamma"], space["kernel"], ["rbf", "poly", "sigmoid"]))
    return space


def _nodes(model: Any) -> int:
    """The nodes of all trees of an ensemble."""
    return sum(tree.tree_.node_count for tree in np.ravel(model.estimators_))


FAMILIES = {
    "mlp": Family(
        classifier="sklearn.neural_network:MLPClassifier",
        regressor="sklearn.neural_network:MLPRegressor",
        fidelity=EPOCHS,
        argument="max_iter",
        space=_mlp_space,
        size=lambda model: sum(weights.size for weights in model.coefs_ + model.intercepts_),
        arguments=_mlp_arguments,
        fixed={"tol": 0.0, "n_iter_no_change": int(EPOCHS.high)},  # no early stop
    ),
    "linear": Family(
        classifier="sklearn.linear_model:SGDClassifier",
        fidelity=EPOCHS,
        argument="max_iter",
        space=_linear_space,
        size=lambda model: int(np.count_nonzero(model.coef_)) + model.intercept_.size,
        fixed={"tol": None},  # no early stop
    ),
    "forest": Family(
        classifier="sklearn.ensemble:RandomForestClassifier",
        regressor="sklearn.ensemble:RandomForestRegressor",
        fidelity=TREES,
        argument="n_estimators",
        space=_forest_space,
        size=_nodes,
    ),
    "boosting": Family(
        classifier="sklearn.ensemble:GradientBoostingClassifier",
        regressor="sklearn.ensemble:GradientBoostingRegressor",
        fidelity=TREES,
        argument="n_estimators",
        space=_boosting_space,
        size=_nodes,
    ),
    "svm": Family(
        classifier="sklearn.svm:SVC",
        regressor="sklearn.svm:SVR",
        fidelity=SHARE,
        space=_svm_space,
        size=lambda model: model.support_vectors_.size + model.dual_coef_.size,
        fixed={"max_iter": 10_000},  # else libsvm takes minutes where it hardly converges
    ),
}
"""By the name tasks use."""
