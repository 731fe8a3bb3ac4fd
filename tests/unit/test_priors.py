"""Priors: made by a command, the same each time, good ones better than bad ones."""

import json
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace
from hypothesis import given
from hypothesis import strategies as st

from hpobench.adapters.shared.beliefs import Beliefs, density, probabilities
from hpobench.adapters.shared.vectors import Vectors
from hpobench.catalogue import Catalogue
from hpobench.catalogue.priors import load_priors, save_priors
from hpobench.errors import FileError, UserError
from hpobench.execution.construction import build, pose
from hpobench.normalisation.priors import BANDS, FEWEST, band_of, draw_priors, medoid
from hpobench.optimizer import Variant
from hpobench.prior import Belief
from hpobench.settings import Prior, Settings
from hpobench.space import draw_configs, violation
from hpobench.system.folders import shipped_dir
from hpobench.system.plain_data import from_plain, to_plain
from hpobench.task import Task
from hpobench.trial import Trial
from tests.driving import drive, prior_of, start, zoo
from tests.driving import pose as pose_for

SHIPPED = sorted((shipped_dir() / "tasks/priors").glob("*.json"))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue()


def told(catalogue: Catalogue, name: str, prior: Prior) -> Task:
    return catalogue.told(catalogue.task(name).under(settings=Settings(prior=prior)))


def test_each_collection_with_priors_has_them_for_tasks_of_the_catalogue(
    catalogue: Catalogue,
) -> None:
    assert {path.stem for path in SHIPPED} >= {"hpobench-mlp", "fcnet", "nasbench201", "mfh"}
    for path in SHIPPED:
        known = catalogue.collection(path.stem)
        for name, qualities in load_priors([path.parent], path.stem).items():
            assert len(known[name].objectives) == 1
            assert set(qualities) == set(BANDS) == {*Prior} - {Prior.NONE}


def test_what_is_shipped_is_what_the_command_makes_of_a_table(catalogue: Catalogue) -> None:
    task = catalogue.task("nasbench201/cifar10")
    shipped = load_priors([SHIPPED[0].parent], task.collection)[task.id]
    assert draw_priors(task, build(task), 1000) == shipped


def test_a_good_prior_is_near_the_best_and_a_bad_one_near_the_worst(catalogue: Catalogue) -> None:
    task = catalogue.task("hpobench-mlp/car")
    benchmark = build(task)
    configs = draw_configs(deepcopy(benchmark.space), 300, seed=7)
    losses = [scored(task, config) for config in configs]
    shares = {}
    for quality in BANDS:
        prior = told(catalogue, task.id, Prior(quality)).prior
        likeliest = Beliefs(benchmark.space, prior).likeliest()
        shares[quality] = float(np.mean(np.array(losses) < scored(task, likeliest)))
    assert shares["good"] < 0.03
    assert 0.05 < shares["medium"] < 0.35
    assert shares["bad"] > 0.9


def scored(task: Task, config: object) -> float:
    """The loss without noise of a configuration."""
    answer = build(task).evaluate(Trial(config=config), 0)  # type: ignore[arg-type]
    return answer.noiseless[task.objectives[0]]


@given(st.integers(FEWEST, 2000))
def test_bands_hold_their_quantiles_and_never_less_than_a_few(count: int) -> None:
    order = np.arange(count)
    for quality, (low, high) in BANDS.items():
        band = band_of(order, quality)
        assert len(band) == max(FEWEST, round(high * count) - round(low * count))
        assert (np.diff(band) == 1).all()


def test_the_medoid_is_the_point_nearest_to_the_others() -> None:
    assert medoid(np.array([[0.0, 0.0], [0.4, 0.4], [0.5, 0.5], [1.0, 1.0]])) in {1, 2}
    assert medoid(np.array([[0.0], [0.1], [5.0]])) == 1


def test_several_objectives_have_no_prior(catalogue: Catalogue) -> None:
    task = catalogue.task("hpobench-mlp/car-train_time")
    with pytest.raises(UserError, match="several objectives"):
        draw_priors(task, build(task), 100)
    assert "has no prior" in catalogue.untold(task.under(settings=Settings(prior=Prior.GOOD)))


def test_a_prior_is_part_of_an_identity_and_survives_a_message(catalogue: Catalogue) -> None:
    good, bad = (told(catalogue, "hpobench-mlp/car", p) for p in (Prior.GOOD, Prior.BAD))
    assert good.id == "hpobench-mlp/car@prior=good"
    assert good.known != bad.known
    assert pose(good, build(good)).prior == good.prior
    assert from_plain(Task, json.loads(json.dumps(to_plain(good)))) == good


def test_files_of_priors_are_added_to_and_refused_where_they_are_none(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    one, two = ({"good": {"x": Belief(default=v, width=0.1)}} for v in (1, "a"))
    save_priors(path, {"mine/b": one})
    save_priors(path, {"mine/a": two})
    assert load_priors([tmp_path], "mine") == {"mine/a": two, "mine/b": one}
    assert load_priors([tmp_path], "another") == {}
    path.write_text(path.read_text().replace("0.1", "1.5"))
    with pytest.raises(FileError, match="width of x"):
        load_priors([tmp_path], "mine")


def test_draws_from_beliefs_are_legal_and_near_the_defaults() -> None:
    space = ConfigurationSpace({"x": (0.0, 1.0), "n": (1, 100), "c": ["a", "b", "d"]})
    prior = {
        "x": Belief(default=0.9, width=0.05),
        "n": Belief(default=10, width=0.1),
        "c": Belief(default="b", width=0.2),
    }
    beliefs, rng = Beliefs(space, prior), np.random.default_rng(0)
    drawn = [beliefs.draw(rng) for _ in range(400)]
    assert not any(violation(space, config) for config in drawn)
    assert beliefs.likeliest() == {"c": "b", "n": 10, "x": 0.9}
    assert np.mean([config["c"] == "b" for config in drawn]) == pytest.approx(0.8, abs=0.06)
    assert np.mean([float(config["x"]) for config in drawn]) == pytest.approx(0.9, abs=0.02)
    assert sum(probabilities(["a", "b", "d"], prior["c"])) == pytest.approx(1)


def test_density_is_largest_at_the_default_and_one_where_nothing_is() -> None:
    space = ConfigurationSpace({"x": (0.0, 1.0), "c": ["a", "b"]})
    at = density(space["x"], Belief(default=0.5, width=0.1), np.array([0.5, 0.4, np.nan]))
    assert at.tolist() == pytest.approx([1.0, np.exp(-0.5), 1.0])
    by_choice = density(space["c"], Belief(default="b", width=0.3), np.array([0.0, 1.0]))
    assert by_choice.tolist() == pytest.approx([0.3, 0.7])


def test_vectors_find_the_point_at_which_a_configuration_lies() -> None:
    space = zoo(frozenset({"float", "integer", "categorical", "ordinal", "condition"}))
    vectors = Vectors(space)
    for config in draw_configs(deepcopy(space), 50, seed=3):
        again = vectors.config(vectors.vector(config))
        assert again.keys() == config.keys()
        for name, value in config.items():
            if isinstance(value, float):
                assert again[name] == pytest.approx(value)
            else:
                assert again[name] == value


def test_sampling_begins_with_what_is_believed_best(catalogue: Catalogue) -> None:
    variant: Variant = catalogue.variant("prior/sampling")
    space = ConfigurationSpace({"x": (0.0, 1.0), "y": (0.0, 1.0)})
    problem = pose_for(variant, space)
    asked = drive(start(variant, problem), problem, 3)
    assert asked[0].config == {name: b.default for name, b in prior_of(space).items()}
