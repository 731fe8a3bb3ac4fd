"""Checkpoint-guided search: what it is told of checkpoints, and its model against references."""

import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace
from scipy.optimize import approx_fprime
from scipy.stats import percentileofscore
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel

from hpobench.adapters.freeze_thaw.checkpoint_guided import (
    CheckpointGuidedSearch,
    FeatureScales,
    adapted_kernel,
    shares_below,
)
from hpobench.adapters.shared.evidence import evidence
from hpobench.adapters.shared.gaussian_process import NOISE, GaussianProcess
from hpobench.execution.loop import Loop
from hpobench.execution.workers import Simulated
from hpobench.task import Budget, Fidelity, Objective, Problem, Unit
from hpobench.trial import Outcome, Record, Trial
from tests.driving import catalogue

NORM = "weight-norm"
HIGH = 32


def problem(evaluations: float) -> Problem:
    return Problem(
        space=ConfigurationSpace({"x": (0.0, 1.0), "y": (0.0, 1.0)}),
        objectives=(Objective(name="f"),),
        fidelity=Fidelity(name="epochs", low=1, high=HIGH, integer=True, continuable=True),
        budget=Budget(evaluations, Unit.EVALUATIONS),
        signals=(NORM,),
    )


def hidden(trial: Trial | Record) -> float:
    """A number in [0, 1) that nothing of a configuration tells."""
    return zlib.crc32(repr(sorted(trial.config.items())).encode()) / 2**32


def revealed_by_the_checkpoint(trial: Trial) -> Outcome:
    """First values are all alike, and the first checkpoint tells what the later ones will be."""
    value = hidden(trial) if trial.fidelity != 1 else 1.0
    return Outcome(values={"f": value}, signals={NORM: np.exp(9 * hidden(trial))})


def run(
    search: CheckpointGuidedSearch,
    posed: Problem,
    answer: Callable[[Trial], Outcome] = revealed_by_the_checkpoint,
) -> list[Record]:
    return list(Loop(search, Simulated(answer, ("f",), posed.signals), posed).records())


def began_second(records: list[Record]) -> float:
    """The mean hidden number of what was trained beyond the first level."""
    return float(np.mean([hidden(record) for record in records if record.fidelity == 2]))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_checkpoints_tell_decides_which_trainings_go_on(seed: int) -> None:
    posed = problem(60)
    guided = run(CheckpointGuidedSearch(posed, seed, watched=(NORM,)), posed)
    blind = run(CheckpointGuidedSearch(posed, seed), posed)
    assert began_second(guided) < began_second(blind) - 0.1


def test_any_increasing_change_of_a_signal_leaves_the_search_as_it_is() -> None:
    def logarithmic(trial: Trial) -> Outcome:
        outcome = revealed_by_the_checkpoint(trial)
        return replace(outcome, signals={NORM: 3 * np.log(outcome.signals[NORM]) - 5})

    posed = problem(30)
    plain, changed = (
        run(CheckpointGuidedSearch(posed, 4, watched=(NORM,)), posed, answer)
        for answer in (revealed_by_the_checkpoint, logarithmic)
    )
    assert [each[:3] for each in plain] == [each[:3] for each in changed]


def test_signals_that_are_missing_and_trainings_that_fail_are_survived() -> None:
    def odd(trial: Trial) -> Outcome:
        if hidden(trial) > 0.8:
            return Outcome(failure="diverged")
        return Outcome(values={"f": hidden(trial)}, signals={NORM: np.nan})

    posed = problem(30)
    assert len(run(CheckpointGuidedSearch(posed, 0, watched=(NORM,)), posed, odd)) == 30


def test_a_share_is_the_percentile_among_the_finite_and_the_middle_for_no_number() -> None:
    rng = np.random.default_rng(0)
    known = np.round(rng.normal(size=40), 1)
    asked = np.array([*known[:9], 0.05, -99.0, 99.0])
    expected = [percentileofscore(known, each, kind="mean") / 100 for each in asked]
    assert shares_below(asked, np.array([*known, np.nan, np.inf])) == pytest.approx(expected)
    assert list(shares_below(np.array([np.nan, np.inf]), known)) == [0.5, 0.5]
    assert list(shares_below(np.array([1.0]), np.array([np.nan]))) == [0.5]


def drawn(count: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Points with three columns that belong together, two of their own, and values at them."""
    rng = np.random.default_rng(5)
    points = rng.random((count, 5))
    prior = FeatureScales(1.0, np.array([0.6, 0.2, 9.0]), 3)(points, points) + 1e-2 * np.eye(count)
    return points, np.linalg.cholesky(prior) @ rng.normal(size=count)


def test_the_process_is_scikit_learns_with_a_length_for_each_column() -> None:
    points, values = drawn()
    asked = np.random.default_rng(6).random((7, 5))
    kernel = FeatureScales(1.7, np.array([0.6, 0.3, 2.0]), 3)
    reference = GaussianProcessRegressor(
        ConstantKernel(1.7) * RBF([0.6, 0.6, 0.6, 0.3, 2.0]), alpha=NOISE, optimizer=None
    ).fit(points, values)
    mean, deviation = reference.predict(asked, return_std=True)
    found, variance = GaussianProcess(kernel, points, values).predict(asked)
    assert found == pytest.approx(mean, abs=1e-8)
    assert np.sqrt(variance) == pytest.approx(deviation, abs=1e-6)


def test_the_slope_of_the_evidence_is_that_of_differences() -> None:
    points, values = drawn()

    def at(logarithms: np.ndarray) -> float:
        variance, *lengths = np.exp(logarithms)
        return evidence(FeatureScales(variance, np.array(lengths), 3), points, values)[0]

    place = np.log([1.2, 0.5, 0.4, 2.0])
    _, slopes = evidence(FeatureScales(1.2, np.array([0.5, 0.4, 2.0]), 3), points, values)
    assert slopes == pytest.approx(approx_fprime(place, at, 1e-6), rel=1e-3, abs=1e-3)


def test_lengths_tell_what_matters_from_what_does_not() -> None:
    points, values = drawn(80)
    shared, matters, idle = adapted_kernel(points, values, together=3).lengths
    assert matters < shared < idle


def test_it_needs_its_signals_and_its_ablation_needs_none() -> None:
    guided, blind = (catalogue().variant(n).capabilities for n in ("fms", "fms/without-weights"))
    plain, watched = (catalogue().task(f"torch/image-digits{n}") for n in ("", "-mf"))
    assert not guided.obstacle(watched)
    assert "smoothness" in guided.obstacle(replace(watched, signals=("training-loss",)))
    assert not blind.obstacle(replace(watched, signals=()))
    assert blind.obstacle(plain)
