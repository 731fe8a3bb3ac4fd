"""Runs go to other processes as JSON and come back the same."""

import json
from dataclasses import fields

import pytest

from hpobench.catalogue import Catalogue
from hpobench.dispatch.job import Job
from hpobench.environments.wire import pack_trial
from hpobench.errors import ParameterError
from hpobench.fidelity import Fidelity
from hpobench.optimizer import Variant
from hpobench.run import Run
from hpobench.system.plain_data import from_plain, to_plain
from hpobench.task import Budget, Task, Unit
from hpobench.trial import Trial

CATALOGUE = Catalogue()


def test_every_variant_comes_back_as_it_was() -> None:
    for variant in CATALOGUE.variants.values():
        assert from_plain(Variant, json.loads(json.dumps(to_plain(variant)))) == variant


def test_a_task_of_each_collection_comes_back_as_it_was() -> None:
    for task in {task.collection: task for task in CATALOGUE.tasks.values()}.values():
        assert from_plain(Task, json.loads(json.dumps(to_plain(task)))) == task


def test_a_job_comes_back_with_the_run_of_the_same_id() -> None:
    task = CATALOGUE.task("bbob/f01-d2-i1").under(budget=Budget(7, Unit.EVALUATIONS), workers=2)
    job = Job(
        run=Run(task=task, variant=CATALOGUE.variant("random"), seed=3),
        trial=Trial(config={"x": 0.1, "y": "a", "z": True}, fidelity=2.0, parent=1),
        number=4,
    )
    again = Job.parse(job.message())
    assert again == job
    assert again.run.id == job.run.id


def test_all_of_a_trial_crosses_but_for_its_handle() -> None:
    """A field that is added to it needs no other place to be named in."""
    trial = Trial(config={"x": 0.1}, fidelity=2.0, parent=1, draw=3, handle=object())
    plain = json.loads(json.dumps(pack_trial(trial)))
    assert plain.keys() == {field.name for field in fields(Trial)} - {"handle"}
    assert Trial(**plain) == trial


@pytest.mark.parametrize("value", [0.1, 1e-300, float("inf"), -0.0])
def test_numbers_come_back_to_the_bit(value: float) -> None:
    plain = json.loads(json.dumps(to_plain(Budget(value))))
    assert repr(from_plain(Budget, plain).amount) == repr(value)


def test_what_is_refused_when_made_is_refused_when_it_comes_back() -> None:
    plain = to_plain(Fidelity(name="epochs", low=1, high=9))
    with pytest.raises(ParameterError, match="low"):
        from_plain(Fidelity, plain | {"low": 99})
