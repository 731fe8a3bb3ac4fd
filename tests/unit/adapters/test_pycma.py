"""The pycma adapter against the library's own `fmin2`."""

from typing import Any

import cma
import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace

from hpobench.adapters.libraries.pycma import Pycma
from hpobench.randomness import GlobalGenerators
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Outcome, Trial
from tests.driving import drive, trace

QUIET = {"bounds": [0, 1], "verbose": -9, "verb_log": 0}


def problem(dimension: int) -> Problem:
    return Problem(
        space=ConfigurationSpace({f"x{i}": (0.0, 1.0) for i in range(dimension)}),
        objectives=(Objective(name="f"),),
        fidelity=None,
        budget=Budget(300),
    )


def ellipsoid(point: Any) -> float:
    return float(sum(10.0**i * (x - 0.3) ** 2 for i, x in enumerate(point)))


def answer(trial: Trial, _: int) -> Outcome:
    return Outcome(values={"f": ellipsoid(trial.config.values())})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("options", [{}, {"CMA_diagonal": True}])
def test_the_trajectory_is_the_one_of_fmin2(options: dict[str, Any]) -> None:
    evaluated: list[list[float]] = []

    def objective(x: Any) -> float:
        evaluated.append(x.tolist())
        return ellipsoid(x)

    with GlobalGenerators(0):  # it seeds numpy's
        native = {**QUIET, **options, "seed": 6, "maxfevals": 300}
        cma.fmin2(objective, np.full(4, 0.5), 0.25, native)
    posed = problem(4)
    asked = drive(Pycma(posed, 6, **options), posed, 300, answer=answer)
    assert [list(trial.config.values()) for trial in asked] == evaluated[:300]


def test_the_global_generator_is_neither_read_nor_moved_even_by_a_new_beginning() -> None:
    posed, found = problem(2), []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002 (it is about the global one)
        before = repr(np.random.get_state())  # noqa: NPY002
        found.append(trace(drive(Pycma(posed, 3), posed, 700, answer=answer)))
        assert repr(np.random.get_state()) == before  # noqa: NPY002
    assert found[0] == found[1]


def test_it_converges_and_then_begins_anew_with_twice_the_population() -> None:
    posed = problem(2)
    optimizer = Pycma(posed, 3)
    asked = drive(optimizer, posed, 900, answer=answer)
    found = [ellipsoid(trial.config.values()) for trial in asked]
    assert min(found) < 1e-12
    last = found.index(min(found))
    assert max(found[last + 50 :]) > 1e-3
    assert optimizer._es.popsize in {12, 24}
