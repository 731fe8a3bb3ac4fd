"""The pymoo adapter against the library's own `minimize`."""

from typing import Any

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace
from pymoo.algorithms.moo.age import AGEMOEA
from pymoo.algorithms.moo.moead import MOEAD
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.algorithms.soo.nonconvex.pso import PSO
from pymoo.core.population import Population
from pymoo.core.problem import ElementwiseProblem
from pymoo.optimize import minimize
from pymoo.util.ref_dirs import get_reference_directions

from hpobench.adapters.libraries.pymoo import Pymoo, directions
from hpobench.optimizer import Signal
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Outcome, Trial
from tests.driving import drive

TRIALS = 60


def values(point: Any, objectives: int) -> list[float]:
    """Schaffer's conflicting parabolas, or their sum."""
    first, second = float(np.sum(point**2)), float(np.sum((point - 0.7) ** 2))
    return [first, second] if objectives > 1 else [first + second]


def natively(algorithm: Any, objectives: int, seed: int) -> list[list[float]]:
    evaluated: list[list[float]] = []

    class Parabolas(ElementwiseProblem):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(n_var=3, n_obj=objectives, xl=0.0, xu=1.0)

        def _evaluate(self, x: Any, out: dict[str, Any], *_: Any, **__: Any) -> None:
            evaluated.append(x.tolist())
            out["F"] = values(x, objectives)

    minimize(Parabolas(), algorithm, ("n_eval", TRIALS), seed=seed)
    return evaluated[:TRIALS]


TWO = get_reference_directions("das-dennis", 2, n_partitions=19)


@pytest.mark.parametrize(
    ("target", "native", "objectives", "options"),
    [
        ("moo.nsga2:NSGA2", NSGA2(pop_size=20), 2, {"pop_size": 20}),
        (
            "moo.moead:MOEAD",
            MOEAD(TWO, n_neighbors=10),
            2,
            {"references": 20, "n_neighbors": 10},
        ),
        ("moo.age:AGEMOEA", AGEMOEA(pop_size=20), 2, {"pop_size": 20}),
        ("soo.nonconvex.pso:PSO", PSO(pop_size=20), 1, {"pop_size": 20}),
    ],
    ids=["NSGA-II", "MOEA/D", "AGE-MOEA", "PSO"],
)
def test_the_trajectory_is_the_one_of_minimize(
    target: str, native: Any, objectives: int, options: dict[str, int]
) -> None:
    names = [f"f{i}" for i in range(objectives)]
    problem = Problem(
        space=ConfigurationSpace({f"x{i}": (0.0, 1.0) for i in range(3)}),
        objectives=tuple(Objective(name=name) for name in names),
        fidelity=None,
        budget=Budget(TRIALS),
    )

    def answer(trial: Trial, _: int) -> Outcome:
        found = values(np.array(list(trial.config.values())), objectives)
        return Outcome(values=dict(zip(names, found, strict=True)))

    optimizer = Pymoo(problem, 7, algorithm=f"pymoo.algorithms.{target}", **options)
    asked = drive(optimizer, problem, TRIALS, answer=answer)
    expected = natively(native, objectives, 7)
    assert [list(trial.config.values()) for trial in asked] == expected


@pytest.mark.parametrize(("objectives", "number", "found"), [(2, 20, 20), (3, 20, 15), (1, 5, 5)])
def test_there_are_no_more_directions_than_asked_for(
    objectives: int, number: int, found: int
) -> None:
    assert directions(objectives, number).shape == (found, objectives)


class Barren:
    """A mating without new offspring, as where all of them are duplicates."""

    def do(self, *_: Any, **__: Any) -> Population:
        return Population.new(X=np.empty((0, 3)))


def test_without_new_offspring_the_search_ends_as_its_own_loop_does() -> None:
    algorithm = "pymoo.algorithms.soo.nonconvex.ga:GA"
    space = ConfigurationSpace({f"x{i}": (0.0, 1.0) for i in range(3)})
    problem = Problem(
        space=space, objectives=(Objective(name="f"),), fidelity=None, budget=Budget(TRIALS)
    )
    optimizer = Pymoo(problem, 0, algorithm=algorithm, pop_size=4, mating=Barren())
    for _ in range(4):
        trial = optimizer.ask()
        assert isinstance(trial, Trial)
        optimizer.tell(trial, Outcome(values={"f": 1.0}))
    assert optimizer.ask() is Signal.EXHAUSTED
