"""Settings of a problem: one field, one option, one key; part of an identity if not as usual."""

from dataclasses import fields, replace
from inspect import signature
from pathlib import Path

import click
import pandas as pd
import pytest
from scipy.stats import t as student

from hpobench.analysis import notes, protocol
from hpobench.api import experiments
from hpobench.catalogue import Catalogue, Experiment
from hpobench.catalogue.sets import experiment
from hpobench.cli.run import command
from hpobench.dispatch.planning import make_plan
from hpobench.errors import UserError
from hpobench.execution.construction import build, pose
from hpobench.run import Run
from hpobench.scoring.trials import TaskInfo, describe_task
from hpobench.settings import SETTINGS, USUAL, Noise, Settings, as_usual, parse_settings
from hpobench.stats.gaps import gaps
from hpobench.task import Budget, Overhead, Problem, Task

NAME = "bbob-noisy/f101-d2-i1"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue()


@pytest.fixture(scope="module")
def task(catalogue: Catalogue) -> Task:
    return catalogue.task(NAME)


def run_of(task: Task, catalogue: Catalogue) -> Run:
    return Run(task=task, variant=catalogue.variant("random"), seed=3)


def test_each_setting_is_a_field_of_the_problem_an_option_a_key_and_an_argument() -> None:
    options = {option.name for option in command.params}
    assert set(SETTINGS) <= options
    assert set(SETTINGS) <= {field.name for field in fields(Problem)}
    assert set(SETTINGS) <= set(signature(experiments.run).parameters)
    assert isinstance(command, click.Command)


def test_what_is_as_usual_leaves_name_definition_and_id(task: Task, catalogue: Catalogue) -> None:
    assert task.under(settings=USUAL) == task
    assert "settings" not in task.definition()
    assert run_of(task.under(settings=Settings()), catalogue).id == run_of(task, catalogue).id


def test_a_setting_stands_behind_the_at_sign_and_in_the_id(
    task: Task, catalogue: Catalogue
) -> None:
    posed = task.under(budget=Budget(9), settings=Settings(noise=Noise.FRESH, masked=True))
    assert posed.id == f"{NAME}@trials=9,masked,noise=fresh"
    assert posed.base_id == NAME
    assert posed.definition()["settings"] == {"noise": "fresh", "masked": True}
    assert catalogue.task(posed.id) == posed
    ids = {run_of(each, catalogue).id for each in (task.under(budget=Budget(9)), posed)}
    assert len(ids) == 2


def test_a_setting_that_a_name_says_stays_under_another() -> None:
    fresh = Settings(noise=Noise.FRESH)
    assert fresh.under(Settings(masked=True)) == Settings(noise=Noise.FRESH, masked=True)
    assert fresh.changed(noise=Noise.FIXED, masked=None) == USUAL


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("noise=frehs", "noise is one of fixed, fresh, not 'frehs'"),
        ("masked=perhaps", "masked is true or false, not 'perhaps'"),
    ],
)
def test_a_value_that_a_setting_has_not_is_refused(
    said: str, message: str, catalogue: Catalogue
) -> None:
    with pytest.raises(UserError, match=message):
        catalogue.task(f"{NAME}@{said}")


def test_a_setting_of_no_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UserError, match="no setting 'nois': did you mean 'noise'"):
        parse_settings({"nois": "fresh"})
    with pytest.raises(UserError, match="settings are a mapping, not 5"):
        parse_settings(5)


def test_an_experiment_says_settings_and_where_a_mistake_is(tmp_path: Path) -> None:
    path = tmp_path / "e.yaml"
    path.write_text("optimizers: [random]\ntasks: [a]\nnoise: fresh\nmasked: true\n")
    assert experiment(path).settings == Settings(noise=Noise.FRESH, masked=True)
    path.write_text("optimizers: [random]\nmasked: maybe\n")
    with pytest.raises(UserError, match=r"e\.yaml:2: masked is true or false, not 'maybe'"):
        experiment(path)


def test_the_protocol_tells_each_setting_and_a_note_what_is_mixed(
    task: Task, catalogue: Catalogue
) -> None:
    found = [info(each) for each in (task, task.under(settings=Settings(masked=True)))]
    (name,) = rules = protocol.settings(found)
    assert name == "Setting: masked"
    (posed,) = found[1].settings.texts().values()
    assert rules[name].endswith(f"On 1 of 2 tasks: {posed}.")
    (note,) = notes.under_several_settings(found)
    assert "(as usual; masked)" in note.text
    assert note.details == (NAME, f"{NAME}@masked")
    assert not list(notes.under_several_settings(found[:1]))
    assert not protocol.settings(found[:1])


def info(task: Task) -> TaskInfo:
    return describe_task(task, pose(task, build(task)))


def test_fresh_noise_is_for_tasks_that_have_noise(catalogue: Catalogue) -> None:
    asked = Experiment(
        optimizers=("random",),
        tasks=(NAME, "bbob/f01-d2-i1"),
        seeds=(0,),
        settings=Settings(noise=Noise.FRESH),
    )
    plan = make_plan(catalogue, asked, Overhead.NONE)
    assert [each.id for each in plan.tasks] == [f"{NAME}@noise=fresh"]
    assert plan.unready == {"bbob/f01-d2-i1": "bbob/f01-d2-i1 has no noise to be drawn afresh"}
    with pytest.raises(UserError, match="f01-d2-i1 has no noise to be drawn afresh"):
        make_plan(catalogue, replace(asked, tasks=("bbob/f01-d2-i1",)), Overhead.NONE)


def test_the_gap_is_over_the_same_tasks_and_seeds(task: Task) -> None:
    infos = {each.id: info(each) for each in (task, task.under(settings=Settings(masked=True)))}
    usual, masked = infos
    cells = [(usual, 0, 1.0), (usual, 1, 2.0), (usual, 2, 9.0), (masked, 0, 2.0), (masked, 1, 4.0)]
    runs = pd.DataFrame(cells, columns=["task", "seed", "regret"]).assign(
        kind="blackbox", optimizer="a"
    )
    (row,) = gaps(runs, infos).to_dict("records")
    assert (row["setting"], row["tasks"], row["runs"]) == ("masked", 1, 2)
    assert (row["usual"], row["under"], row["gap"]) == (1.5, 3.0, 1.5)
    half = student.ppf(0.975, 1) * 0.5  # the standard error of 1 and 2 is one half
    assert (row["low"], row["high"]) == pytest.approx((max(0, 1.5 - half), 1.5 + half), abs=2.0)
    assert row["low"] < row["gap"] < row["high"]
    assert gaps(runs[runs["task"] == usual], infos).empty


def test_a_task_as_usual_keeps_its_other_changes() -> None:
    assert as_usual("a/b@trials=3,masked,noise=fresh,workers=2") == "a/b@trials=3,workers=2"
    assert as_usual("a/b@masked") == as_usual("a/b") == "a/b"
