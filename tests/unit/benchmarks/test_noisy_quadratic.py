"""The noisy quadratic against a simulation, and schedules of rates against constant ones."""

import numpy as np
import pytest
from scipy.optimize import minimize

from hpobench.benchmarks.synthetic.noisy_quadratic import (
    CURVATURES,
    NOISE,
    RANGE,
    STEPS,
    NoisyQuadratic,
)
from hpobench.execution.runner import execute
from hpobench.run import Run
from hpobench.trial import Trial
from tests.driving import catalogue


def loss(rates: list[float]) -> float:
    config = {f"rate_{number + 1}": rate for number, rate in enumerate(rates)}
    outcome = NoisyQuadratic(rates=len(rates)).evaluate(Trial(config=config), 0)
    return outcome.values["loss"]


def test_the_loss_is_the_mean_of_simulated_descents() -> None:
    rng, curvatures = np.random.default_rng(0), np.array(CURVATURES)
    weights, rates = np.ones((4000, len(curvatures))), np.repeat([1.0, 0.3, 0.2, 0.05], STEPS // 4)
    for rate in rates:
        noise = rng.normal(size=weights.shape) * np.sqrt(NOISE * curvatures)
        weights -= rate * (curvatures * weights + noise)
    simulated = (0.5 * curvatures * weights**2).sum(axis=1)
    off = 4 * simulated.std() / np.sqrt(len(simulated))
    assert loss([1.0, 0.3, 0.2, 0.05]) == pytest.approx(simulated.mean(), abs=off)


def test_a_schedule_beats_the_best_constant_rate() -> None:
    constant = min(loss([float(rate)]) for rate in np.geomspace(*RANGE, 400))
    found = minimize(
        lambda x: loss(np.exp(x).tolist()),
        np.log([1.0, 0.5, 0.3, 0.1]),
        method="L-BFGS-B",
        bounds=[np.log(RANGE)] * 4,
    )
    assert found.fun < 0.4 * constant
    rates = np.exp(found.x).tolist()
    assert rates == sorted(rates, reverse=True)


def test_equal_rates_are_a_constant_one() -> None:
    assert loss([0.2] * 8) == loss([0.2] * 4) == loss([0.2])


def test_a_population_finds_a_schedule_that_beats_every_constant_rate() -> None:
    constant = min(loss([float(rate)]) for rate in np.geomspace(*RANGE, 400))
    ends = []
    for seed in range(5):
        run = Run(
            task=catalogue().task("noisy-quadratic/constant"),
            variant=catalogue().variant("pbt"),
            seed=seed,
        )
        ends.append(min(r.values[0] for r in execute(run).records if r.fidelity == STEPS))
    assert np.median(ends) < 0.9 * constant
