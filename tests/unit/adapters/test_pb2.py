"""Population-based bandits against Ray Tune's, and against the rules of the paper."""

from dataclasses import replace
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer
from sklearn.gaussian_process import GaussianProcessRegressor

from hpobench.adapters.shared.evidence import evidence
from hpobench.adapters.shared.gaussian_process import GaussianProcess
from hpobench.adapters.trainings.pb2 import (
    Improvement,
    PopulationBasedBandits,
    confidence_weight,
    propose_point,
)
from hpobench.adapters.trainings.time_varying import (
    Floats,
    TimeVarying,
    fit_time_varying,
)
from hpobench.execution.runner import execute
from hpobench.run import Run, Status
from hpobench.task import Budget, Fidelity, Objective, Problem
from hpobench.trial import Outcome, Trial
from tests.driving import catalogue, drive

NOISE = 1e-2


def observed(count: int = 40) -> tuple[Floats, Floats]:
    """Gains drawn from a process whose kernel forgets, normalised."""
    rng = np.random.default_rng(4)
    points = rng.random((count, 4))
    prior = TimeVarying(1.0, 0.3, 0.4)(points, points) + NOISE * np.eye(count)
    gains = np.linalg.cholesky(prior) @ rng.normal(size=count)
    return points, (gains - gains.mean()) / gains.std()


def ray_tune() -> Any:
    """Ray Tune's module of its PB2, by its file: the package that holds it wants pydantic."""
    ray = find_spec("ray")
    assert ray
    assert ray.origin
    file = Path(ray.origin).parent / "tune/schedulers/pb2_utils.py"
    spec = spec_from_file_location("pb2_utils", file)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def original(points: Floats, values: Floats, *, fitted: bool) -> Any:
    """Ray Tune's model, with our noise."""
    kernel = ray_tune().TV_SquaredExp(variance=1.0, lengthscale=1.0, epsilon=0.1)
    optimizer = "fmin_l_bfgs_b" if fitted else None
    model = GaussianProcessRegressor(kernel=kernel, optimizer=optimizer, alpha=NOISE)
    return model.fit(points, values)


def test_the_kernel_and_its_evidence_are_those_of_ray_tune() -> None:
    points, values = observed()
    theirs = original(points, values, fitted=False)
    ours, slopes = evidence(TimeVarying(), points, values, NOISE)
    theta = np.log([1.0, 1.0, 0.1])
    expected, gradient = theirs.log_marginal_likelihood(theta, eval_gradient=True)
    assert ours == pytest.approx(expected, rel=1e-9)
    assert slopes == pytest.approx(gradient, rel=1e-6)


def test_the_fitted_process_and_its_bound_are_those_of_ray_tune() -> None:
    points, values = observed()
    theirs = original(points, values, fitted=True)
    kernel = fit_time_varying(points, values, NOISE)
    assert kernel.variance == pytest.approx(theirs.kernel_.variance, rel=1e-2)
    assert kernel.scale == pytest.approx(theirs.kernel_.lengthscale, rel=1e-2)
    process = GaussianProcess(kernel, points, values, noise=NOISE)
    asked = np.random.default_rng(1).random((6, 4))
    mean, variance = process.predict(asked)
    for point, expected in zip(asked, mean + confidence_weight(40) * variance, strict=True):
        bound = ray_tune().UCB(theirs, theirs, point[2:], point[:2])
        assert bound == pytest.approx(expected, rel=1e-2, abs=1e-2)


def test_the_proposed_point_is_where_improvements_were_large() -> None:
    rng = np.random.default_rng(0)
    points = rng.random((60, 2))
    data = [
        Improvement(time=float(i), before=0.0, point=tuple(p), gain=1 - 4 * (p[0] - 0.7) ** 2)
        for i, p in enumerate(points.tolist())
    ]
    best = propose_point(data, (60.0, 0.0), [], rng)
    assert best[0] == pytest.approx(0.7, abs=0.12)


def test_what_is_under_way_is_not_proposed_again() -> None:
    data = [Improvement(1.0, 0.0, (x,), 0.0) for x in (0.4, 0.6)]
    proposals = []
    under_way: list[list[tuple[float, ...]]] = [[], [(0.0,), (0.1,)]]
    for running in under_way:
        rng = np.random.default_rng(0)
        proposals.append(propose_point(data, (1.0, 0.0), running, rng)[0])
    assert proposals[0] == pytest.approx(0.0, abs=0.01)
    assert proposals[1] == pytest.approx(1.0, abs=0.01)


def problem() -> Problem:
    space = ConfigurationSpace(seed=1)
    space.add(Float("rate", (1e-4, 1), log=True), Integer("units", (1, 50)))
    space.add(Categorical("kind", ["a", "b"]))
    return Problem(
        space=space,
        objectives=(Objective(name="f"),),
        fidelity=Fidelity(name="epochs", low=1, high=10, integer=True, continuable=True),
        budget=Budget(100),
        continues=True,
    )


def answer(trial: Trial, _: int = 0) -> Outcome:
    loss = abs(np.log10(float(trial.config["rate"])) + 2) + 1 / (trial.fidelity or 10)
    return Outcome(values={"f": float(loss)})


def test_a_copy_keeps_what_has_no_range_and_begins_where_its_model_is() -> None:
    asked = drive(PopulationBasedBandits(problem(), 1, steps=10), problem(), 100, answer=answer)
    copies = 0
    for trial in asked:
        if trial.parent is not None and trial.config != asked[trial.parent].config:
            copies += 1
            assert trial.config["kind"] == asked[trial.parent].config["kind"]
            assert asked[trial.parent].fidelity < trial.fidelity  # type: ignore[operator]
    assert copies > 5


def test_it_explores_as_population_based_training_does_until_something_has_improved() -> None:
    posed = replace(problem(), budget=Budget(10))
    assert drive(PopulationBasedBandits(posed, 1, steps=2), posed, 15, answer=answer)


@pytest.mark.slow
def test_it_solves_the_toy_of_population_based_training() -> None:
    task = catalogue().task("pbt-toy/quadratic").under(budget=Budget(10))
    trajectory = execute(Run(task=task, variant=catalogue().variant("pb2"), seed=0))
    assert trajectory.status is Status.COMPLETED
    assert min(record.values[0] for record in trajectory.records) < -1.19
