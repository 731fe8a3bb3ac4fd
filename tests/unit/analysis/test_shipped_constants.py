"""The constants that ship fit the tasks that ship."""

from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pytest

from hpobench.catalogue import Catalogue
from hpobench.scoring.constants import References, load_constants, references_of, save_constants
from hpobench.scoring.hypervolume import front, volume
from hpobench.scoring.regret import has_scale

CATALOGUE = Catalogue()


@pytest.fixture(scope="module")
def shipped() -> References:
    return load_constants([root / "tasks" / "constants" for root in CATALOGUE.roots])


def test_read_when_asked_for_they_are_the_same(shipped: References, tmp_path: Path) -> None:
    found = references_of(tmp_path, CATALOGUE)
    assert found.tasks == shipped.tasks
    assert list(found.versions.items()) == list(shipped.versions.items())
    assert "bbob/unknown" not in found.tasks
    assert "unknown" not in found.tasks


def test_constants_beside_runs_count_before_those_that_ship(
    shipped: References, tmp_path: Path
) -> None:
    own = replace(shipped.tasks["bbob/f01-d2-i1"], best=-1.0)
    save_constants(tmp_path / "constants" / "mine.json", {"bbob/f01-d2-i1": own})
    found = references_of(tmp_path, CATALOGUE)
    assert found.tasks["bbob/f01-d2-i1"] == own
    assert found.tasks["bbob/f02-d2-i1"] == shipped.tasks["bbob/f02-d2-i1"]
    assert len(found.tasks) == len(shipped.tasks)


def test_every_task_of_the_core_set_has_a_scale(shipped: References) -> None:
    core = CATALOGUE.select_tasks([], ["core"])
    assert [task.id for task in core if task.id not in shipped.tasks] == []
    assert [task.id for task in core if not has_scale(shipped.tasks[task.id])] == []


TABLES = ("hpobench.benchmarks.recorded:Recorded", "hpobench.benchmarks.tables:Table")


UNREAD = (
    "hpo-b-archive/*",
    "pd1/*",
    *(
        f"arlbench/{name}_ppo*"
        for name in (
            "atari_battle_zone",
            "atari_double_dunk",
            "atari_phoenix",
            "atari_qbert",
            "atari_this_game",
            "box2d_bipedal_walker",
            "box2d_continuous_lunar_lander",
            "box2d_lunar_lander",
            "brax_ant",
            "brax_halfcheetah",
            "brax_hopper",
            "brax_humanoid",
            "cc_acrobot",
            "cc_continuous_mountain_car",
            "cc_pendulum",
        )
    ),
)
"""Tasks whose data nobody has read here, as their pages say."""


def test_every_table_of_a_collection_has_a_best_that_is_exact(shipped: References) -> None:
    tables = [
        task
        for task in CATALOGUE.tasks.values()
        if task.benchmark in TABLES and not any(fnmatchcase(task.id, glob) for glob in UNREAD)
    ]
    assert [task.id for task in tables if task.id not in shipped.tasks] == []
    assert {shipped.tasks[task.id].source for task in tables} == {"exact"}


def test_they_belong_to_tasks_with_this_budget_and_as_many_objectives(
    shipped: References,
) -> None:
    for name, constants in shipped.tasks.items():
        task = CATALOGUE.tasks[name]
        assert constants.budget == str(task.budget), name
        several = len(task.objectives) > 1
        assert len(constants.reference) == (len(task.objectives) if several else 0), name


def test_random_search_lies_between_the_best_known_and_a_single_trial(
    shipped: References,
) -> None:
    for name, constants in shipped.tasks.items():
        assert constants.best <= constants.random <= constants.start, name
        assert constants.seconds > 0, name


def test_a_front_has_the_hypervolume_that_ships_with_it(shipped: References) -> None:
    known = shipped.tasks.values()
    fronts = [each for each in known if each.reference and each.source == "exact"]
    assert len(fronts) > 100
    for constants in fronts:
        points = np.array(constants.front)
        assert volume(points, np.array(constants.reference)) == pytest.approx(-constants.best)
        assert points.min(axis=0).tolist() == pytest.approx(constants.ideal)
        assert len(front(points)) == len(points)


def test_the_best_of_the_hartmann_functions_is_the_published_one(shipped: References) -> None:
    assert shipped.tasks["mfh/hartmann3-good"].best == pytest.approx(-3.86278, abs=1e-5)
    assert shipped.tasks["mfh/hartmann6-good"].best == pytest.approx(-3.32237, abs=1e-5)
