"""Learning curves continued: against sums over a grid, and on curves whose end is known."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from hpobench.adapters.shared.learning_curves import (
    DROP,
    FARTHEST,
    FINAL,
    NOISES,
    CurveEnsemble,
    Scale,
    level_ladder,
)
from hpobench.task import Fidelity

EPOCHS = Fidelity(name="epochs", low=1, high=64, integer=True, continuable=True)
few = settings(max_examples=10)
VALUES = st.lists(st.floats(-4, 4), min_size=1, max_size=10)


Floats = npt.NDArray[np.float64]


def reference(shapes: Floats, values: Floats, last: Floats) -> tuple[float, float]:
    """Mean and variance of the end by conditioning of normal distributions, one by one."""
    logs, means, variances = [], [], []
    prior = np.diag([FINAL[1] ** 2, DROP[1] ** 2])
    at = np.array([FINAL[0], DROP[0]])
    for shape, end in zip(shapes, last, strict=True):
        for noise in NOISES:
            design = np.column_stack([np.ones_like(shape), shape])
            goal = np.array([1.0, end])
            covariance = design @ prior @ design.T + noise**2 * np.eye(len(shape))
            gain = goal @ prior @ design.T @ np.linalg.inv(covariance)
            logs.append(multivariate_normal.logpdf(values, design @ at, covariance))
            means.append(goal @ at + gain @ (values - design @ at))
            variances.append(goal @ prior @ goal - gain @ design @ prior @ goal + noise**2)
    weights = np.exp(np.array(logs) - np.max(logs))
    weights /= weights.sum()
    mean = weights @ means
    return float(mean), float(weights @ (np.array(variances) + (np.array(means) - mean) ** 2))


@few
@given(VALUES)
def test_the_end_is_that_of_conditioning_each_shape_and_noise_by_itself(seen: list[float]) -> None:
    ensemble, values = CurveEnsemble(EPOCHS), np.array(seen)
    levels = level_ladder(EPOCHS)[: len(seen)]
    found = ensemble.final(levels, values)
    last = ensemble.shapes([64])[:, 0]
    mean, variance = reference(ensemble.shapes(levels), values, last)
    assert found.mean == pytest.approx(mean, abs=1e-5)
    assert found.variance == pytest.approx(variance, rel=1e-4)


def test_all_shapes_fall_from_one_to_nothing() -> None:
    shapes = CurveEnsemble(EPOCHS).shapes(range(1, 65))
    assert shapes[:, 0] == pytest.approx(1.0)
    assert shapes[:, -1] == pytest.approx(0.0, abs=1e-12)
    assert (np.diff(shapes, axis=1) <= 1e-12).all()


@pytest.mark.parametrize("rate", [0.3, 0.7, 1.3])
@pytest.mark.parametrize("kind", ["power", "exponential"])
def test_curves_between_those_of_the_grid_are_continued_to_their_end(
    kind: str, rate: float
) -> None:
    levels = np.array(level_ladder(EPOCHS))
    shape = levels**-rate if kind == "power" else np.exp(-rate * levels / 8)
    curve = -1.0 + 2.0 * (shape - shape[-1]) / (shape[0] - shape[-1])
    errors, deviations = [], []
    for seen in (4, 6, 8):
        found = CurveEnsemble(EPOCHS).final(levels[:seen].tolist(), curve[:seen])
        errors.append(abs(found.mean + 1))
        deviations.append(found.variance**0.5)
    assert errors[-1] < 0.1
    assert all(error < 3 * deviation for error, deviation in zip(errors, deviations, strict=True))
    assert deviations[0] > deviations[-1]


@few
@given(VALUES, st.floats(-5, 5), st.floats(0, 3))
def test_the_probability_below_grows_with_the_threshold(
    seen: list[float], threshold: float, more: float
) -> None:
    found = CurveEnsemble(EPOCHS).final(level_ladder(EPOCHS)[: len(seen)], np.array(seen))
    assert 0 <= found.below(threshold) <= found.below(threshold + more) <= 1 + 1e-12


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=9))
def test_every_value_has_a_place_on_the_scale_and_keeps_its_order(values: list[float]) -> None:
    placed = Scale.of(values).apply(values)
    assert np.isfinite(placed).all()
    assert np.abs(placed).max() <= FARTHEST
    order = np.argsort(values)
    assert (np.diff(placed[order]) >= 0).all()


def test_levels_are_evenly_spaced_in_their_logarithm_and_end_at_the_highest() -> None:
    assert level_ladder(EPOCHS) == [1, 2, 3, 4, 6, 10, 16, 25, 40, 64]
    share = Fidelity(name="share", low=0.1, high=1.0)
    assert level_ladder(share, 3) == pytest.approx([0.1, 0.1**0.5, 1.0])
    assert level_ladder(Fidelity(name="two", low=1, high=2, integer=True)) == [1, 2]
