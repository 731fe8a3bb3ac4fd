"""Training measures what it says, can be continued where it says so, and fails by declaration."""

import math
from typing import Any

import numpy as np
import pytest
from sklearn import datasets
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.metrics import accuracy_score, mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from hpobench.benchmarks.training.models import FAMILIES
from hpobench.benchmarks.training.scikit_learn import CLASSES, NUMBERS, ROWS, Training, load_split
from hpobench.space import plain_config
from hpobench.trial import Config, Trial

DIVERGES: Config = {
    "activation": "relu",
    "alpha": 1e-6,
    "batch_size": 32,
    "layers": 2,
    "learning_rate_init": 1.0,
    "momentum": 0.99,
    "solver": "sgd",
    "units_1": 64,
    "units_2": 64,
}

unfinished = pytest.mark.filterwarnings("ignore:Stochastic Optimizer. Maximum iterations")


def default(benchmark: Training) -> Config:
    return plain_config(benchmark.space.get_default_configuration())


def test_error_is_the_share_of_wrong_classes_on_the_part_held_out_by_hand() -> None:
    features, targets = load_breast_cancer(return_X_y=True)
    train_x, rest_x, train_y, rest_y = train_test_split(
        features, targets, test_size=0.5, random_state=0, stratify=targets
    )
    valid_x, test_x, valid_y, test_y = train_test_split(
        rest_x, rest_y, test_size=0.5, random_state=0, stratify=rest_y
    )
    scale = StandardScaler().fit(train_x)
    model = SVC(C=3.0, kernel="rbf", gamma=0.05).fit(scale.transform(train_x), train_y)
    config: Config = {"C": 3.0, "gamma": 0.05, "kernel": "rbf"}
    outcome = Training(model="svm", dataset="breast_cancer").evaluate(Trial(config=config), 0)
    valid, test = model.predict(scale.transform(valid_x)), model.predict(scale.transform(test_x))
    assert outcome.values["error"] == pytest.approx(1 - accuracy_score(valid_y, valid))
    assert outcome.test["error"] == pytest.approx(1 - accuracy_score(test_y, test))
    assert outcome.values["error"] != outcome.test["error"]


def test_error_of_numbers_is_the_mean_squared_error_over_the_variance() -> None:
    features, targets = load_diabetes(return_X_y=True)
    targets = (targets - targets.mean()) / targets.std()
    train_x, rest_x, train_y, rest_y = train_test_split(
        features, targets, test_size=0.5, random_state=0
    )
    valid_x, _, valid_y, _ = train_test_split(rest_x, rest_y, test_size=0.5, random_state=0)
    scale = StandardScaler().fit(train_x)
    model = SVR(C=0.5, kernel="linear").fit(scale.transform(train_x), train_y)
    squared = mean_squared_error(valid_y, model.predict(scale.transform(valid_x)))
    config: Config = {"C": 0.5, "kernel": "linear"}
    outcome = Training(model="svm", dataset="diabetes").evaluate(Trial(config=config), 0)
    assert outcome.values["error"] == pytest.approx(squared / np.var(valid_y), rel=1e-6)


@pytest.mark.parametrize("dataset", sorted(CLASSES | NUMBERS))
def test_the_three_parts_share_no_row_and_leave_none_out(dataset: str) -> None:
    features, _ = getattr(datasets, f"load_{dataset}")(return_X_y=True)
    data = load_split(dataset)
    parts = [{row.tobytes() for row in part[0]} for part in (data.train, data.valid, data.test)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == min(len(features), ROWS)
    assert np.allclose(data.train[0].mean(axis=0), 0)


@pytest.mark.parametrize("model", ["forest", "boosting"])
def test_an_ensemble_continues_the_smaller_one(model: str) -> None:
    benchmark = Training(model=model, dataset="diabetes")
    small, large = (benchmark._fit(default(benchmark), trees, 5) for trees in (9, 27))
    features, _ = benchmark._data.valid
    pairs = zip(np.ravel(small.estimators_), np.ravel(large.estimators_), strict=False)
    assert all((one.predict(features) == other.predict(features)).all() for one, other in pairs)
    assert len(large.estimators_) == 27


@unfinished
def test_a_network_continues_the_one_of_fewer_epochs() -> None:
    benchmark = Training(model="mlp", dataset="breast_cancer")
    short, long = (benchmark._fit(default(benchmark), epochs, 5) for epochs in (4, 12))
    assert short.loss_curve_ == long.loss_curve_[:4]
    assert len(long.loss_curve_) == 12


@unfinished
def test_no_model_stops_before_its_last_epoch() -> None:
    network = Training(model="mlp", dataset="diabetes")
    linear = Training(model="linear", dataset="breast_cancer")
    assert network._fit({**default(network), "learning_rate_init": 0.2}, 27, 0).n_iter_ == 27
    assert linear._fit(default(linear), 27, 0).n_iter_ == 27


def test_a_share_is_of_the_rows_and_smaller_ones_lie_in_larger_ones() -> None:
    benchmark = Training(model="svm", dataset="digits")
    rows = len(benchmark._data.train[1])
    config: Config = {"C": 1000.0, "gamma": 1.0, "kernel": "rbf"}
    small, large = (benchmark._fit(config, share, 2) for share in (0.2, 0.6))
    assert small.shape_fit_[0] == math.ceil(0.2 * rows)
    assert large.shape_fit_[0] == math.ceil(0.6 * rows)
    seen = {row.tobytes() for row in benchmark._data.train[0]}
    inner, outer = ({row.tobytes() for row in model.support_vectors_} for model in (small, large))
    assert inner < outer < seen
    assert len(inner) == math.ceil(0.2 * rows)  # so narrow a kernel rests on every row


def test_other_seeds_draw_other_shares() -> None:
    benchmark = Training(model="svm", dataset="diabetes")
    trial = Trial(config={"C": 1.0, "kernel": "linear"}, fidelity=0.2)
    assert len({benchmark.evaluate(trial, seed).values["error"] for seed in range(5)}) == 5


def test_other_seeds_give_other_networks_and_forests() -> None:
    for model in ("mlp", "forest"):
        benchmark = Training(model=model, dataset="diabetes")
        trial = Trial(config=default(benchmark), fidelity=5)
        assert len({benchmark.evaluate(trial, seed).values["error"] for seed in range(4)}) == 4


def test_the_size_of_a_network_is_its_number_of_weights() -> None:
    benchmark = Training(model="mlp", dataset="breast_cancer")
    config = {**DIVERGES, "learning_rate_init": 1e-3, "units_1": 8, "units_2": 20}
    outcome = benchmark.evaluate(Trial(config=config, fidelity=1), 0)
    assert outcome.values["size"] == (30 * 8 + 8) + (8 * 20 + 20) + (20 + 1)
    assert outcome.test["size"] == outcome.values["size"]


def test_stumps_have_three_nodes_each() -> None:
    config: Config = {
        "learning_rate": 0.1,
        "max_depth": 1,
        "max_features": 1.0,
        "min_samples_leaf": 1,
        "subsample": 1.0,
    }
    outcome = Training(model="boosting", dataset="diabetes").evaluate(Trial(config=config), 0)
    assert outcome.values["size"] == 27 * 3


def test_a_training_that_diverges_is_a_declared_failure_that_took_time() -> None:
    outcome = Training(model="mlp", dataset="diabetes").evaluate(Trial(config=DIVERGES), 0)
    assert not outcome.ok
    assert not outcome.values
    assert not outcome.test
    assert 0 < outcome.cost < 60
    assert "\n" not in outcome.failure


@pytest.mark.parametrize("model", sorted(FAMILIES))
def test_nothing_but_divergence_ever_fails(model: str) -> None:
    benchmark = Training(model=model, dataset="breast_cancer")
    benchmark.space.seed(7)
    low = benchmark._family.fidelity.low
    for config in benchmark.space.sample_configuration(40):
        failure = benchmark.evaluate(Trial(config=plain_config(config), fidelity=low), 1).failure
        assert not failure or "non-finite" in failure or "diverged" in failure


def test_a_family_without_regressor_says_so() -> None:
    family: Any = FAMILIES["linear"]
    with pytest.raises(ValueError, match="no regressor"):
        family.estimator({}, 1, regression=True)
