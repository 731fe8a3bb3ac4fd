"""Trainings of scikit-learn's models that go on end where one training does."""

import numpy as np
import pytest

from hpobench.benchmarks.training.scikit_learn import Training
from hpobench.benchmarks.training.warm_start import TRAININGS, WarmStartedTraining
from hpobench.space import plain_config
from hpobench.trial import Config, Outcome, Trial

PAIRS = [
    ("boosting", "diabetes"),
    ("boosting", "breast_cancer"),
    ("forest", "digits"),
    ("forest", "diabetes"),
    ("mlp", "breast_cancer"),
    ("mlp", "diabetes"),
    ("linear", "digits"),
    ("linear", "breast_cancer"),
]


def drawn(benchmark: WarmStartedTraining, count: int) -> list[Config]:
    benchmark.space.seed(5)
    return [plain_config(config) for config in benchmark.space.sample_configuration(count)]


def relay(model: str, dataset: str, legs: list[tuple[Config, int]]) -> Outcome:
    """Train in legs, each in an instance of its own, as in another process."""
    checkpoint: bytes | None = None
    outcome = Outcome()
    for config, level in legs:
        benchmark = WarmStartedTraining(model=model, dataset=dataset)
        trial = Trial(config=config, fidelity=level)
        outcome, checkpoint = benchmark.advance(trial, 11, checkpoint)
        if not outcome.ok:
            break
    return outcome


@pytest.mark.parametrize(("model", "dataset"), PAIRS)
def test_going_on_in_legs_ends_where_one_training_ends_to_the_bit(model: str, dataset: str) -> None:
    for config in drawn(WarmStartedTraining(model=model, dataset=dataset), 2):
        whole = WarmStartedTraining(model=model, dataset=dataset).evaluate(Trial(config=config), 11)
        legs = relay(model, dataset, [(config, 1), (config, 4), (config, 27)])
        assert (legs.values, legs.test, legs.ok) == (whole.values, whole.test, whole.ok)


@pytest.mark.parametrize(("model", "dataset"), [pair for pair in PAIRS if pair[0] != "linear"])
def test_all_but_linear_models_are_those_that_one_fit_of_scikit_learn_makes(
    model: str, dataset: str
) -> None:
    for config in drawn(WarmStartedTraining(model=model, dataset=dataset), 2):
        fitted = Training(model=model, dataset=dataset).evaluate(Trial(config=config), 11)
        legs = relay(model, dataset, [(config, 2), (config, 27)])
        assert (legs.values, legs.test) == (fitted.values, fitted.test)


def test_linear_models_differ_from_one_fit_by_their_orders_only() -> None:
    benchmark = WarmStartedTraining(model="linear", dataset="digits")
    ours, theirs = [], []
    for config in drawn(benchmark, 20):
        fitted = Training(model="linear", dataset="digits").evaluate(Trial(config=config), 11)
        ours.append(relay("linear", "digits", [(config, 3), (config, 27)]).values["error"])
        theirs.append(fitted.values["error"])
    off = np.abs(np.subtract(ours, theirs))
    assert off.max() > 0
    assert np.median(off) < 0.02  # five rows of the 250 that are judged


CHANGED: dict[str, Config] = {
    "boosting": {"learning_rate": 1.0},
    "forest": {"max_features": 0.05},
    "linear": {"alpha": 0.1},
    "mlp": {"alpha": 0.1},
}


@pytest.mark.parametrize("model", sorted(TRAININGS))
def test_another_configuration_goes_on_from_what_the_first_has_learnt(model: str) -> None:
    benchmark = WarmStartedTraining(model=model, dataset="digits")
    ended, alone = [], []
    for first in drawn(benchmark, 2):
        second = {**first, **CHANGED[model]}
        ended.append(relay(model, "digits", [(first, 3), (second, 5)]))
        again = relay(model, "digits", [(first, 3), (second, 5)])
        assert ended[-1].values == again.values
        alone.append(benchmark.evaluate(Trial(config=second, fidelity=5), 11))
    assert [each.values for each in ended] != [each.values for each in alone]


def test_a_perceptron_goes_on_with_the_rate_and_the_optimizer_of_the_new_configuration() -> None:
    common: Config = {
        "activation": "relu",
        "alpha": 1e-4,
        "batch_size": 32,
        "layers": 1,
        "units_1": 16,
    }
    sgd: Config = {**common, "solver": "sgd", "momentum": 0.9, "learning_rate_init": 1e-2}
    slow: Config = {**sgd, "learning_rate_init": 1e-4}
    adam: Config = {**common, "solver": "adam", "learning_rate_init": 1e-2}
    ends = [
        relay("mlp", "digits", [(sgd, 2), (second, 9)]).values["error"]
        for second in (sgd, slow, adam)
    ]
    assert len(set(ends)) == 3
    assert ends[0] < ends[1]


def test_layers_that_differ_cannot_be_taken_over() -> None:
    common: Config = {"activation": "relu", "alpha": 1e-4, "batch_size": 32, "solver": "adam"}
    narrow: Config = {**common, "learning_rate_init": 1e-2, "layers": 1, "units_1": 16}
    wide: Config = {**narrow, "units_1": 32}
    outcome = relay("mlp", "digits", [(narrow, 2), (wide, 9)])
    assert "layers that it began with" in outcome.failure
