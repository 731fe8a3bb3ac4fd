"""The HEBO adapter, only where its environment is made."""

from dataclasses import replace

import pytest
from ConfigSpace import ConfigurationSpace, Float, Integer

from hpobench.catalogue import Catalogue
from hpobench.environments import Installation
from hpobench.optimizer import Environment
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Outcome
from tests.driving import drive, start

VARIANT = Catalogue().variant("hebo")
PLACE = Installation.of(VARIANT.environment or Environment())

pytestmark = pytest.mark.skipif(
    not PLACE.ready, reason="its environment is not made: hpobench environments make hebo"
)


def problem() -> Problem:
    space = ConfigurationSpace()
    space.add(Float("lr", (1e-4, 1.0), log=True), Float("mix", (0, 1)), Integer("depth", (1, 9)))
    return Problem(space=space, objectives=(Objective(name="f"),), fidelity=None, budget=Budget(6))


def test_failures_before_the_first_success_are_not_modelled_as_successes() -> None:
    wide = replace(problem(), budget=Budget(3))
    asked = drive(
        start(VARIANT, wide, 1), wide, 6,
        answer=lambda _, number: Outcome(failure="no") if number < 5 else Outcome(values={"f": 1}),
    )  # fmt: skip
    assert len({str(trial.config) for trial in asked}) == 6
