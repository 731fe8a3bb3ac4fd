"""TuRBO against the claim of its paper, and its new beginnings; only where BoTorch is.

BoTorch has the parts and no loop of its own that the trajectory could be compared with, and the
authors' program draws its points from other generators.
"""

from typing import Any

import numpy as np
from ConfigSpace import ConfigurationSpace

from hpobench.catalogue import Catalogue
from hpobench.task import Budget, Objective, Problem
from hpobench.trial import Outcome, Trial
from tests.driving import drive, start, trace
from tests.installed import needs

VARIANT = Catalogue().variant("ax/turbo")

pytestmark = needs(VARIANT)


def problem(dimension: int, trials: int, workers: int = 1) -> Problem:
    return Problem(
        space=ConfigurationSpace({f"x{i:02}": (0.0, 1.0) for i in range(dimension)}),
        objectives=(Objective(name="f"),),
        fidelity=None,
        budget=Budget(trials),
        workers=workers,
    )


def point(trial: Trial) -> list[float]:
    return [float(value) for value in trial.config.values()]


def ackley(trial: Trial) -> float:
    """On [-5, 10] in all dimensions, as in BoTorch's tutorial; the optimum is 0."""
    x = 15 * np.array(point(trial)) - 5
    waves = np.exp(np.mean(np.cos(2 * np.pi * x)))
    return float(20 + np.e - 20 * np.exp(-0.2 * np.sqrt(np.mean(x * x))) - waves)


def best(name: str) -> float:
    """The least value of Ackley's function in 20 dimensions in 100 trials; mean of two seeds."""
    posed, found = problem(20, 100, workers=4), []
    for seed in (1, 2):
        optimizer = start(Catalogue().variant(name), posed, seed)
        asked = drive(optimizer, posed, 100, answer=lambda t, _: Outcome(values={"f": ackley(t)}))
        found.append(min(map(ackley, asked)))
    return float(np.mean(found))


def test_in_twenty_dimensions_it_is_ahead_of_random_search_and_of_a_density_estimator() -> None:
    found = best("ax/turbo")
    assert found < best("optuna/tpe") - 1
    assert found < best("random") - 2


def test_it_shrinks_around_the_best_point_and_begins_anew_when_nothing_improves() -> None:
    posed = problem(2, 40)

    def answer(_: Trial, number: int) -> Outcome:
        return Outcome(values={"f": 0.0 if number == 2 else 1.0})

    points = np.array([point(t) for t in drive(start(VARIANT, posed, 3), posed, 40, answer=answer)])
    away = np.abs(points - points[2])
    # A design of 4, and four failures for each of seven lengths; the model stretches the square.
    areas = away[4:32].prod(axis=1).reshape(7, 4).max(axis=1)
    assert (areas <= (0.8 / 2 ** np.arange(7)) ** 2 / 4 + 1e-12).all()
    assert away[28:32].max() < 0.1 < away[32:36].max()  # and again a design
    assert len(np.unique(points, axis=0)) == 40


def test_beyond_the_design_the_same_seed_repeats_and_another_differs() -> None:
    posed = problem(2, 8)

    def asked(seed: int) -> list[Any]:
        answer = lambda trial, _: Outcome(values={"f": ackley(trial)})  # noqa: E731
        return trace(drive(start(VARIANT, posed, seed), posed, 8, answer=answer))

    assert asked(1) == asked(1)
    assert asked(1)[4:] != asked(2)[4:]
